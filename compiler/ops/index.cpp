// Reads at computed places: take, gather, take_along, and regions of arrays, static and dynamic (slices that are read,
// updated, or placed by numbers known only at run time).
// In: arrays of any element type; indices are i32 or i64, and negative ones count from the end, as in NumPy. One that
// is out of range fails the call and is clamped, so that nothing outside the array is touched. Out: one registry entry
// for each operation. The scatter operations are in scatter.cpp.
#include <fmt/format.h>

#include <algorithm>

#include "compiler/ops/batching.h"
#include "compiler/ops/indexing.h"

namespace brainpy::compiler {
namespace {

using kernel::AxisSplit;
using kernel::copy_view;
using kernel::dense_view;
using kernel::dispatch_index;
using kernel::dispatch_word;
using kernel::Row;
using kernel::View;

using List = std::vector<std::int64_t>;

/// Rows that are read at places of their own: index rows into the batch of rows, whose indexed axis comes first.
std::vector<ir::Value*> take_at_own_places(BatchRule& r) {
  const std::int64_t axis = r.op().attributes.integer("axis");
  const Shape &row = r.op().operands[0]->type.shape, &places = r.op().operands[1]->type.shape;
  const std::int64_t n = r.extent(), m = places.size();
  List order = {0, axis + 1};
  for (int a = 0; a < row.rank(); ++a)
    if (a != axis) order.push_back(a + 1);
  ir::Value* x = batching::transpose(r, r.operand(0), order);
  ir::Value* rows = batching::index_rows(r, batching::reshape(r, r.operand(1), {n, m, 1}));
  ir::Value* taken = r.apply("gather", {x, rows}, {{"axes", std::int64_t{2}}});
  List shape = batching::with_extent(r, places);
  for (std::size_t a = 2; a < order.size(); ++a) shape.push_back(x->type.shape[static_cast<int>(a)]);
  taken = batching::reshape(r, taken, shape);
  // The axes before the indexed one come back before the indices' axes.
  List back = {0};
  const std::int64_t indexed = places.rank(), all = static_cast<std::int64_t>(shape.size());
  for (std::int64_t a = 0; a < axis; ++a) back.push_back(1 + indexed + a);
  for (std::int64_t a = 1; a <= indexed; ++a) back.push_back(a);
  for (std::int64_t a = 1 + indexed + axis; a < all; ++a) back.push_back(a);
  return {batching::transpose(r, taken, back)};
}

std::vector<ir::Value*> take_rows(BatchRule& r) {
  const std::int64_t axis = r.op().attributes.integer("axis");
  if (r.is_batched(0) && r.is_batched(1)) return take_at_own_places(r);
  if (r.is_batched(0)) return {r.apply("take", {r.operand(0), r.operand(1)}, {{"axis", axis + 1}})};
  ir::Value* taken = r.apply("take", {r.operand(0), r.operand(1)}, r.op().attributes);
  List order = {axis};
  for (int a = 0; a < taken->type.shape.rank(); ++a)
    if (a != axis) order.push_back(a);
  return {batching::transpose(r, taken, order)};
}

std::vector<ir::Value*> gather_rows(BatchRule& r) {
  const Shape& indices = r.op().operands[1]->type.shape;
  ir::Value* gathered = nullptr;
  if (r.is_batched(0)) {
    gathered = r.apply("gather", {r.operand(0), batching::index_rows(r, r.batched(1))}, {{"axes", indices[1] + 1}});
  } else {
    ir::Value* rows = batching::reshape(r, r.operand(1), {r.extent() * indices[0], indices[1]});
    gathered = r.apply("gather", {r.operand(0), rows}, r.op().attributes);
  }
  return {batching::reshape(r, gathered, batching::with_extent(r, r.op().result()->type.shape))};
}

/// Regions whose starts all rows share; `first_start` is the operand that holds the first of them.
std::vector<ir::Value*> region_rows(BatchRule& r, int first_start) {
  const int operands = static_cast<int>(r.op().operands.size());
  for (int i = first_start; i < operands; ++i)
    if (r.is_batched(i)) return r.loop();
  std::vector<ir::Value*> values;
  for (int i = 0; i < first_start; ++i) values.push_back(r.batched(i));
  values.push_back(r.number(0.0, DType::i64));
  for (int i = first_start; i < operands; ++i) values.push_back(r.operand(i));
  Attributes attributes = r.op().attributes;
  if (attributes.find("sizes")) attributes.set("sizes", batching::with_first(r.extent(), attributes.integers("sizes")));
  return {r.apply(r.op().def->name, values, attributes)};
}

OpDef take() {
  const auto infer = [](std::span<const Type> operands, const Attributes& attributes) -> std::vector<Type> {
    kernel::expect_operands("take", operands, 2, "x, indices");
    kernel::expect_indices("take", operands[1]);
    const int axis = kernel::expect_axis("take", operands[0], attributes);
    const Shape& from = operands[0].shape;
    if (from[axis] == 0 && operands[1].size() > 0) kernel::empty_axis_error("take", operands, axis);
    Shape shape;
    for (int a = 0; a < axis; ++a) shape.push_back(from[a]);
    for (std::int64_t e : operands[1].shape) shape.push_back(e);
    for (int a = axis + 1; a < from.rank(); ++a) shape.push_back(from[a]);
    return {{operands[0].dtype, shape}};
  };
  const auto run = [](const KernelCall& call) {
    const int axis = static_cast<int>(call.attributes->integer("axis"));
    const AxisSplit split = kernel::split_at(call.in_types[0].shape, axis);
    const std::int64_t count = call.in_types[1].size();
    dispatch_word(call.in_types[0].dtype, [&]<class E>(E) {
      dispatch_index(call.in_types[1].dtype, [&]<class I>(I) {
        using Word = typename E::type;
        const auto* indices = call.input<typename I::type>(1);
        const Word* from = call.input<Word>(0);
        Word* to = call.output<Word>(0);
        const Row<Word> row{split.inner};
        for (std::int64_t o = 0; o < split.outer; ++o, from += split.extent * split.inner)
          for (std::int64_t k = 0; k < count; ++k, to += split.inner)
            row.copy(to, from + kernel::place(call, indices[k], axis, split.extent) * split.inner);
      });
    });
  };
  OpDef def =
      kernel::kernel_op("take", "Elements of x at the indices along `axis`; the indices' axes replace that axis.",
                        ShapeClass::gather, 2, infer, run);
  def.jvp = kernel::linear_rule({0});
  def.batch = BatchFn(take_rows);
  for (DType index : {DType::i32, DType::i64}) {
    kernel::add_samples(
        def, kernel::sample_anything,
        [index](DType t, std::int64_t n) {
          return std::vector<Type>{{t, {n + 5}}, {index, {n, 2}}};
        },
        {{-1e3, 1e3}, {-5, 4}},
        [](std::int64_t) {
          return Attributes{{"axis", std::int64_t{0}}};
        });
    kernel::add_samples(
        def, kernel::sample_floats,
        [index](DType t, std::int64_t n) {
          return std::vector<Type>{{t, {n, 5, 2}}, {index, {3}}};
        },
        {{-1e3, 1e3}, {-5, 4}},
        [](std::int64_t) {
          return Attributes{{"axis", std::int64_t{1}}};
        });
  }
  return def;
}

OpDef gather() {
  const auto infer = [](std::span<const Type> operands, const Attributes& attributes) -> std::vector<Type> {
    kernel::expect_operands("gather", operands, 2, "x, indices");
    const std::int64_t axes = kernel::expect_index_rows("gather", operands, 0, 1);
    if (attributes.integer_or("axes", axes) != axes)
      kernel::value_error("gather", "'axes' is not the number of indexed axes",
                          fmt::format("axes {}, indices {}", attributes.integer("axes"), to_string(operands[1])),
                          "it is the last extent of the indices");
    return {{operands[0].dtype, kernel::rows_shape(operands[0].shape, operands[1].shape)}};
  };
  const auto run = [](const KernelCall& call) {
    dispatch_word(call.in_types[0].dtype, [&]<class E>(E) {
      dispatch_index(call.in_types[1].dtype, [&]<class I>(I) {
        using Word = typename E::type;
        const kernel::IndexRows<typename I::type> rows(call, 0, 1);
        const Word* from = call.input<Word>(0);
        Word* to = call.output<Word>(0);
        const Row<Word> row{rows.inner()};
        for (std::int64_t m = 0; m < rows.count(); ++m, to += rows.inner()) row.copy(to, from + rows.place(m));
      });
    });
  };
  OpDef def = kernel::kernel_op(
      "gather", "x at index rows: (x, indices [m, k]) -> [m, rest...], where each row indexes the first k axes of x.",
      ShapeClass::gather, 2, infer, run);
  def.jvp = kernel::linear_rule({0});
  def.batch = BatchFn(gather_rows);
  for (DType index : {DType::i32, DType::i64}) {
    kernel::add_samples(
        def, kernel::sample_anything,
        [index](DType t, std::int64_t n) {
          return std::vector<Type>{{t, {n + 5, 4, 3}}, {index, {n, 2}}};
        },
        {{-1e3, 1e3}, {-4, 3}},
        [](std::int64_t) {
          return Attributes{{"axes", std::int64_t{2}}};
        });
    kernel::add_samples(
        def, kernel::sample_floats,
        [index](DType t, std::int64_t n) {
          return std::vector<Type>{{t, {n + 5}}, {index, {n, 1}}};
        },
        {{-1e3, 1e3}, {-5, 4}},
        [](std::int64_t) {
          return Attributes{{"axes", std::int64_t{1}}};
        });
  }
  return def;
}

OpDef take_along() {
  const auto infer = [](std::span<const Type> operands, const Attributes& attributes) -> std::vector<Type> {
    kernel::expect_operands("take_along", operands, 2, "x, indices");
    kernel::expect_indices("take_along", operands[1]);
    const int axis = kernel::expect_axis("take_along", operands[0], attributes);
    const Shape &from = operands[0].shape, &indices = operands[1].shape;
    if (from.rank() != indices.rank() || !(from.without_axis(axis) == indices.without_axis(axis)))
      kernel::shape_error("take_along", "x and indices differ outside the axis",
                          fmt::format("axis {}, operands {}", axis, kernel::list_types(operands)),
                          "all axes but the indexed one must be equal; broadcast them first");
    if (from[axis] == 0 && operands[1].size() > 0) kernel::empty_axis_error("take_along", operands, axis);
    return {{operands[0].dtype, indices}};
  };
  const auto run = [](const KernelCall& call) {
    const int axis = static_cast<int>(call.attributes->integer("axis"));
    const AxisSplit split = kernel::split_at(call.in_types[0].shape, axis);
    const std::int64_t count = call.in_types[1].shape[axis];
    dispatch_word(call.in_types[0].dtype, [&]<class E>(E) {
      dispatch_index(call.in_types[1].dtype, [&]<class I>(I) {
        using Word = typename E::type;
        const auto* index = call.input<typename I::type>(1);
        const Word* from = call.input<Word>(0);
        Word* to = call.output<Word>(0);
        for (std::int64_t o = 0; o < split.outer; ++o, from += split.extent * split.inner)
          for (std::int64_t k = 0; k < count; ++k)
            for (std::int64_t i = 0; i < split.inner; ++i)
              *to++ = from[kernel::place(call, *index++, axis, split.extent) * split.inner + i];
      });
    });
  };
  OpDef def = kernel::kernel_op("take_along", "Along `axis`, the element of x that the index at the same place names.",
                                ShapeClass::gather, 2, infer, run);
  def.jvp = kernel::linear_rule({0});
  def.batch = BatchFn(batching::along_axis);
  for (DType index : {DType::i32, DType::i64}) {
    kernel::add_samples(
        def, kernel::sample_anything,
        [index](DType t, std::int64_t n) {
          return std::vector<Type>{{t, {5, n}}, {index, {3, n}}};
        },
        {{-1e3, 1e3}, {-5, 4}},
        [](std::int64_t) {
          return Attributes{{"axis", std::int64_t{0}}};
        });
    kernel::add_samples(
        def, kernel::sample_floats,
        [index](DType t, std::int64_t n) {
          return std::vector<Type>{{t, {2, n + 5}}, {index, {2, n}}};
        },
        {{-1e3, 1e3}, {-5, 4}},
        [](std::int64_t) {
          return Attributes{{"axis", std::int64_t{1}}};
        });
  }
  return def;
}

OpDef update_slice() {
  const auto infer = [](std::span<const Type> operands, const Attributes& attributes) -> std::vector<Type> {
    kernel::expect_operands("update_slice", operands, 2, "x, updates");
    kernel::expect_same_dtype("update_slice", operands, 0, 1);
    const Shape &shape = operands[0].shape, &region = operands[1].shape;
    if (shape.rank() != region.rank())
      kernel::shape_error("update_slice", "ranks differ", "operands " + kernel::list_types(operands),
                          "the updates have one axis for each axis of x; reshape them");
    const List& start = kernel::expect_list("update_slice", attributes, "start", shape.rank());
    const List& step = kernel::expect_list("update_slice", attributes, "step", shape.rank());
    for (int a = 0; a < shape.rank(); ++a) {
      const auto k = static_cast<std::size_t>(a);
      if (step[k] <= 0)
        kernel::value_error("update_slice", "a step is not positive", "step " + kernel::list_numbers(step),
                            "reverse the updates instead");
      if (region[a] > 0 && (start[k] < 0 || start[k] + (region[a] - 1) * step[k] >= shape[a]))
        kernel::shape_error("update_slice", "the region leaves the array",
                            fmt::format("operands {}, start {}, step {}", kernel::list_types(operands),
                                        kernel::list_numbers(start), kernel::list_numbers(step)),
                            "start + (extent of the updates - 1) * step must be inside each axis");
    }
    return {operands[0]};
  };
  const auto run = [](const KernelCall& call) {
    const Shape& region = call.in_types[1].shape;
    const View part =
        kernel::view(call.in_types[0].shape, call.attributes->integers("start"), call.attributes->integers("step"));
    kernel::copy_first_operand(call);
    dispatch_word(call.in_types[0].dtype, [&]<class E>(E) {
      using Word = typename E::type;
      copy_view(region, call.output<Word>(0), part, call.input<Word>(1), dense_view(region));
    });
  };
  OpDef def = kernel::kernel_op("update_slice",
                                "x with the region from `start` by `step`, as large as the updates, replaced by them.",
                                ShapeClass::scatter, 2, infer, run);
  def.replaces_a_part = true;
  def.jvp = kernel::linear_rule({0, 1});
  def.never_fails = true;
  def.batch = BatchFn([](BatchRule& r) -> std::vector<ir::Value*> {
    const Attributes& region = r.op().attributes;
    return {r.apply("update_slice", {r.batched(0), r.batched(1)},
                    {{"start", batching::with_first(0, region.integers("start"))},
                     {"step", batching::with_first(1, region.integers("step"))}})};
  });
  kernel::add_samples(
      def, kernel::sample_anything,
      [](DType t, std::int64_t n) {
        return std::vector<Type>{{t, {2 * n + 3}}, {t, {n}}};
      },
      {{-1e3, 1e3}},
      [](std::int64_t) {
        return Attributes{{"start", List{1}}, {"step", List{2}}};
      });
  kernel::add_samples(
      def, kernel::sample_floats,
      [](DType t, std::int64_t n) {
        return std::vector<Type>{{t, {3, n + 2}}, {t, {1, n}}};
      },
      {{-1e3, 1e3}},
      [](std::int64_t) {
        return Attributes{{"start", List{2, 1}}, {"step", List{1, 1}}};
      });
  return def;
}

/// A start of dynamic_slice is moved so that the whole region lies inside the axis.
Shape clamped_starts(const KernelCall& call, int first_start, const Shape& shape, const Shape& region) {
  Shape starts = shape;
  for (int a = 0; a < shape.rank(); ++a)
    starts[a] = std::clamp<std::int64_t>(*call.input<std::int64_t>(first_start + a), 0, shape[a] - region[a]);
  return starts;
}

View region_view(const Shape& shape, const Shape& starts) {
  View v = dense_view(shape);
  for (int a = 0; a < shape.rank(); ++a) v.first += starts[a] * v.strides[static_cast<std::size_t>(a)];
  return v;
}

void expect_starts(const std::string& op, std::span<const Type> operands, std::size_t first) {
  const int rank = operands.empty() ? 0 : operands[0].shape.rank();
  if (operands.size() != first + static_cast<std::size_t>(rank))
    kernel::value_error(op, "needs one start for each axis", "operands " + kernel::list_types(operands),
                        fmt::format("pass {} i64 scalars after the arrays", rank));
  for (std::size_t k = first; k < operands.size(); ++k)
    if (!(operands[k] == Type{DType::i64, {}}))
      kernel::dtype_error(op, "a start is not an i64 scalar",
                          fmt::format("operand {} is {}", k, to_string(operands[k])),
                          "convert it with to_i64, reshape it to rank 0");
}

void expect_inside(const std::string& op, const Type& x, const Shape& region) {
  for (int a = 0; a < region.rank(); ++a)
    if (region[a] > x.shape[a])
      kernel::shape_error(op, "the region is larger than the array",
                          fmt::format("region {}, array {}", to_string(region), to_string(x)),
                          "no extent of the region may exceed that of the array");
}

OpDef dynamic_slice() {
  const auto infer = [](std::span<const Type> operands, const Attributes& attributes) -> std::vector<Type> {
    expect_starts("dynamic_slice", operands, 1);
    kernel::expect_list("dynamic_slice", attributes, "sizes", operands[0].shape.rank());
    const Shape sizes = attributes.shape("sizes");
    expect_inside("dynamic_slice", operands[0], sizes);
    return {{operands[0].dtype, sizes}};
  };
  const auto run = [](const KernelCall& call) {
    const Shape &from = call.in_types[0].shape, &to = call.out_types[0].shape;
    const View part = region_view(from, clamped_starts(call, 1, from, to));
    dispatch_word(call.in_types[0].dtype, [&]<class E>(E) {
      using Word = typename E::type;
      copy_view(to, call.output<Word>(0), dense_view(to), call.input<Word>(0), part);
    });
  };
  OpDef def = kernel::kernel_op(
      "dynamic_slice", "A region of `sizes` elements of x from run-time starts, which are clamped so that it fits.",
      ShapeClass::gather, -1, infer, run);
  def.jvp = kernel::linear_rule({0});
  def.never_fails = true;
  def.batch = BatchFn([](BatchRule& r) { return region_rows(r, 1); });
  kernel::add_samples(
      def, kernel::sample_anything,
      [](DType t, std::int64_t n) {
        return std::vector<Type>{{t, {n + 5}}, {DType::i64, {}}};
      },
      {{-1e3, 1e3}, {-1, 7}},
      [](std::int64_t n) {
        return Attributes{{"sizes", List{n}}};
      });
  kernel::add_samples(
      def, kernel::sample_floats,
      [](DType t, std::int64_t n) {
        return std::vector<Type>{{t, {4, n}}, {DType::i64, {}}, {DType::i64, {}}};
      },
      {{-1e3, 1e3}, {-1, 7}, {-1, 7}},
      [](std::int64_t n) {
        return Attributes{{"sizes", List{2, n / 2}}};
      });
  return def;
}

OpDef dynamic_update_slice() {
  const auto infer = [](std::span<const Type> operands, const Attributes&) -> std::vector<Type> {
    expect_starts("dynamic_update_slice", operands, 2);
    kernel::expect_same_dtype("dynamic_update_slice", operands, 0, 1);
    if (operands[1].shape.rank() != operands[0].shape.rank())
      kernel::shape_error("dynamic_update_slice", "ranks differ", "operands " + kernel::list_types(operands),
                          "the updates have one axis for each axis of x; reshape them");
    expect_inside("dynamic_update_slice", operands[0], operands[1].shape);
    return {operands[0]};
  };
  const auto run = [](const KernelCall& call) {
    const Shape &shape = call.in_types[0].shape, &region = call.in_types[1].shape;
    const View part = region_view(shape, clamped_starts(call, 2, shape, region));
    kernel::copy_first_operand(call);
    dispatch_word(call.in_types[0].dtype, [&]<class E>(E) {
      using Word = typename E::type;
      copy_view(region, call.output<Word>(0), part, call.input<Word>(1), dense_view(region));
    });
  };
  OpDef def = kernel::kernel_op(
      "dynamic_update_slice", "x with the region at run-time starts, clamped so that it fits, replaced by the updates.",
      ShapeClass::scatter, -1, infer, run);
  def.replaces_a_part = true;
  def.jvp = kernel::linear_rule({0, 1});
  def.never_fails = true;
  def.batch = BatchFn([](BatchRule& r) { return region_rows(r, 2); });
  kernel::add_samples(def, kernel::sample_anything,
                      [](DType t, std::int64_t n) {
                        return std::vector<Type>{{t, {n + 5}}, {t, {n}}, {DType::i64, {}}};
                      },
                      {{-1e3, 1e3}, {-1e3, 1e3}, {-1, 7}});
  kernel::add_samples(def, kernel::sample_floats,
                      [](DType t, std::int64_t n) {
                        return std::vector<Type>{{t, {4, n}}, {t, {1, n}}, {DType::i64, {}}, {DType::i64, {}}};
                      },
                      {{-1e3, 1e3}, {-1e3, 1e3}, {-1, 7}, {-1, 7}});
  return def;
}

}  // namespace

void register_scatter(Registry& ops);  // scatter.cpp

void register_index(Registry& ops) {
  ops.add(take());
  ops.add(gather());
  ops.add(take_along());
  ops.add(update_slice());
  ops.add(dynamic_slice());
  ops.add(dynamic_update_slice());
  register_scatter(ops);
}

}  // namespace brainpy::compiler
