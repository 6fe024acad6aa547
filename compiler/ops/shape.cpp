// Operations that make, repeat and rearrange elements without computing: iota, broadcast, reshape, transpose, reverse,
// concatenate, pad, slice.
// In: arrays of any element type; attributes are normalised (axes from 0, slices as Python's slice.indices gives them).
// Out: one registry entry for each operation.
#include <fmt/format.h>

#include <algorithm>

#include "compiler/ops/batching.h"
#include "compiler/ops/kernel.h"

namespace brainpy::compiler {
namespace {

using kernel::copy_view;
using kernel::dense_view;
using kernel::dispatch_word;
using kernel::View;

/// start + index * step for each of the number types.
template <class... T>
std::vector<MapBody> iota_bodies(Types<T...>) {
  return {indexed_body<T, T>([](auto index, auto start, auto step) {
    using L = decltype(start);
    return start + lane::convert<lane::scalar<L>>(index) * step;
  })...};
}

OpDef iota() {
  OpDef def = map_op("iota", "start + index * step over the attribute `shape`, counted row by row; integers wrap.",
                     iota_bodies(Numbers{}));
  def.indexed = true;
  def.jvp = JvpFn([](JvpRule& r) -> std::vector<ir::Value*> {
    const DType dtype = r.result()->type.dtype;
    ir::Value* start = r.tangent(0) ? r.tangent(0) : r.number(0.0, dtype);
    ir::Value* step = r.tangent(1) ? r.tangent(1) : r.number(0.0, dtype);
    return {r.apply("iota", {start, step}, r.op().attributes)};
  });
  kernel::add_samples(
      def, {DType::f32, DType::f64, DType::i32, DType::i64, DType::u32, DType::u64},
      [](DType t, std::int64_t) {
        return std::vector<Type>{{t, {}}, {t, {}}};
      },
      {{0, 50}},
      [](std::int64_t n) {
        return Attributes{{"shape", std::vector<std::int64_t>{n, 2}}};
      });
  return def;
}

OpDef broadcast() {
  const auto infer = [](std::span<const Type> operands, const Attributes& attributes) -> std::vector<Type> {
    kernel::expect_operands("broadcast", operands, 1, "x");
    const Shape shape = attributes.shape("shape");
    Shape common;
    if (!runtime::broadcast(operands[0].shape, shape, common) || !(common == shape))
      kernel::shape_error("broadcast", "the operand does not stretch to the shape",
                          fmt::format("operand {}, shape {}", to_string(operands[0]), to_string(shape)),
                          "axes are aligned from the last one; only axes of extent 1 stretch");
    return {{operands[0].dtype, shape}};
  };
  const auto run = [](const KernelCall& call) {
    const Shape &from = call.in_types[0].shape, &to = call.out_types[0].shape;
    const View source = dense_view(from);
    View stretched;
    const int missing = to.rank() - from.rank();
    for (int a = 0; a < from.rank(); ++a)
      stretched.strides[static_cast<std::size_t>(a + missing)] =
          from[a] == 1 ? 0 : source.strides[static_cast<std::size_t>(a)];
    dispatch_word(call.in_types[0].dtype, [&]<class E>(E) {
      using Word = typename E::type;
      copy_view(to, call.output<Word>(0), dense_view(to), call.input<Word>(0), stretched);
    });
  };
  OpDef def = kernel::kernel_op("broadcast", "The operand stretched to the attribute `shape` by NumPy's rule.",
                                ShapeClass::gather, 1, infer, run);
  def.jvp = kernel::linear_rule({0});
  def.never_fails = true;
  def.batch = BatchFn([](BatchRule& r) -> std::vector<ir::Value*> {
    return {batching::stretch(r, r.operand(0), r.op().result()->type.shape)};
  });
  kernel::add_samples(
      def, kernel::sample_anything,
      [](DType t, std::int64_t n) {
        return std::vector<Type>{{t, {n, 1}}};
      },
      {{-1e3, 1e3}},
      [](std::int64_t n) {
        return Attributes{{"shape", std::vector<std::int64_t>{2, n, 3}}};
      });
  kernel::add_samples(
      def, {DType::f32, DType::f64},
      [](DType t, std::int64_t n) {
        return std::vector<Type>{{t, {n}}};
      },
      {{-1e3, 1e3}},
      [](std::int64_t n) {
        return Attributes{{"shape", std::vector<std::int64_t>{3, n}}};
      });
  return def;
}

OpDef reshape() {
  const auto infer = [](std::span<const Type> operands, const Attributes& attributes) -> std::vector<Type> {
    kernel::expect_operands("reshape", operands, 1, "x");
    const Shape shape = attributes.shape("shape");
    if (shape.size() != operands[0].size())
      kernel::shape_error("reshape", "the number of elements changes",
                          fmt::format("operand {} has {}, shape {} has {}", to_string(operands[0]), operands[0].size(),
                                      to_string(shape), shape.size()),
                          "a reshape keeps all elements; use slice, pad or broadcast to have fewer or more");
    return {{operands[0].dtype, shape}};
  };
  OpDef def =
      kernel::kernel_op("reshape", "The same elements, row by row, in the attribute `shape`.", ShapeClass::gather, 1,
                        infer, [](const KernelCall& call) { kernel::copy_first_operand(call); });
  def.jvp = kernel::linear_rule({0});
  def.never_fails = true;
  def.batch = BatchFn([](BatchRule& r) -> std::vector<ir::Value*> {
    return {batching::reshape(r, r.operand(0), batching::with_extent(r, r.op().result()->type.shape))};
  });
  kernel::add_samples(
      def, kernel::sample_anything,
      [](DType t, std::int64_t n) {
        return std::vector<Type>{{t, {n, 6}}};
      },
      {{-1e3, 1e3}},
      [](std::int64_t n) {
        return Attributes{{"shape", std::vector<std::int64_t>{3, n, 2}}};
      });
  return def;
}

OpDef transpose() {
  const auto infer = [](std::span<const Type> operands, const Attributes& attributes) -> std::vector<Type> {
    kernel::expect_operands("transpose", operands, 1, "x");
    const Shape& from = operands[0].shape;
    const std::vector<std::int64_t>& axes = kernel::expect_list("transpose", attributes, "axes", from.rank());
    unsigned seen = 0;
    Shape shape;
    for (std::int64_t a : axes) {
      if (a < 0 || a >= from.rank() || (seen >> a & 1U))
        kernel::value_error("transpose", "axes are not a permutation",
                            fmt::format("axes {}, operand {}", kernel::list_numbers(axes), to_string(operands[0])),
                            "name each axis 0 .. rank-1 once");
      seen |= 1U << a;
      shape.push_back(from[static_cast<int>(a)]);
    }
    return {{operands[0].dtype, shape}};
  };
  const auto run = [](const KernelCall& call) {
    const std::vector<std::int64_t>& axes = call.attributes->integers("axes");
    const kernel::Strides source = kernel::dense_strides(call.in_types[0].shape);
    View permuted;
    for (std::size_t a = 0; a < axes.size(); ++a) permuted.strides[a] = source[static_cast<std::size_t>(axes[a])];
    const Shape& to = call.out_types[0].shape;
    dispatch_word(call.in_types[0].dtype, [&]<class E>(E) {
      using Word = typename E::type;
      copy_view(to, call.output<Word>(0), dense_view(to), call.input<Word>(0), permuted);
    });
  };
  OpDef def = kernel::kernel_op("transpose", "Axis i of the result is axis axes[i] of the operand.", ShapeClass::gather,
                                1, infer, run);
  def.jvp = kernel::linear_rule({0});
  def.never_fails = true;
  def.batch = BatchFn([](BatchRule& r) -> std::vector<ir::Value*> {
    std::vector<std::int64_t> axes = r.op().attributes.integers("axes");
    for (std::int64_t& a : axes) ++a;
    return {batching::transpose(r, r.operand(0), batching::with_first(0, axes))};
  });
  kernel::add_samples(
      def, kernel::sample_anything,
      [](DType t, std::int64_t n) {
        return std::vector<Type>{{t, {n, 3}}};
      },
      {{-1e3, 1e3}},
      [](std::int64_t) {
        return Attributes{{"axes", std::vector<std::int64_t>{1, 0}}};
      });
  kernel::add_samples(
      def, {DType::f32, DType::f64},
      [](DType t, std::int64_t n) {
        return std::vector<Type>{{t, {2, n, 3}}};
      },
      {{-1e3, 1e3}},
      [](std::int64_t) {
        return Attributes{{"axes", std::vector<std::int64_t>{2, 0, 1}}};
      });
  return def;
}

OpDef reverse() {
  const auto infer = [](std::span<const Type> operands, const Attributes& attributes) -> std::vector<Type> {
    kernel::expect_operands("reverse", operands, 1, "x");
    const std::vector<std::int64_t>& axes = attributes.integers("axes");
    unsigned seen = 0;
    for (std::int64_t a : axes) {
      if (a < 0 || a >= operands[0].shape.rank() || (seen >> a & 1U))
        kernel::value_error("reverse", "an axis is out of range or named twice",
                            fmt::format("axes {}, operand {}", kernel::list_numbers(axes), to_string(operands[0])),
                            "name each axis 0 .. rank-1 at most once");
      seen |= 1U << a;
    }
    return {operands[0]};
  };
  const auto run = [](const KernelCall& call) {
    const Shape& shape = call.in_types[0].shape;
    View backwards = dense_view(shape);
    for (std::int64_t a : call.attributes->integers("axes")) {
      std::int64_t& stride = backwards.strides[static_cast<std::size_t>(a)];
      backwards.first += (shape[static_cast<int>(a)] - 1) * stride;
      stride = -stride;
    }
    dispatch_word(call.in_types[0].dtype, [&]<class E>(E) {
      using Word = typename E::type;
      copy_view(shape, call.output<Word>(0), dense_view(shape), call.input<Word>(0), backwards);
    });
  };
  OpDef def = kernel::kernel_op("reverse", "The elements along each of `axes` in the opposite order.",
                                ShapeClass::gather, 1, infer, run);
  def.jvp = kernel::linear_rule({0});
  def.never_fails = true;
  def.batch = BatchFn(batching::along_axes);
  kernel::add_samples(
      def, kernel::sample_anything,
      [](DType t, std::int64_t n) {
        return std::vector<Type>{{t, {n, 3}}};
      },
      {{-1e3, 1e3}},
      [](std::int64_t) {
        return Attributes{{"axes", std::vector<std::int64_t>{0}}};
      });
  kernel::add_samples(
      def, {DType::f32, DType::f64},
      [](DType t, std::int64_t n) {
        return std::vector<Type>{{t, {2, n}}};
      },
      {{-1e3, 1e3}},
      [](std::int64_t) {
        return Attributes{{"axes", std::vector<std::int64_t>{0, 1}}};
      });
  return def;
}

OpDef concatenate() {
  const auto infer = [](std::span<const Type> operands, const Attributes& attributes) -> std::vector<Type> {
    if (operands.empty())
      kernel::value_error("concatenate", "nothing to join", "no operands", "give at least one array");
    const int axis = kernel::expect_axis("concatenate", operands[0], attributes);
    Type joined = operands[0];
    for (std::size_t k = 1; k < operands.size(); ++k) {
      kernel::expect_same_dtype("concatenate", operands, 0, k);
      const Shape& shape = operands[k].shape;
      if (shape.rank() != joined.shape.rank() || !(shape.without_axis(axis) == joined.shape.without_axis(axis)))
        kernel::shape_error("concatenate", "shapes differ outside the axis",
                            fmt::format("axis {}, operands {}", axis, kernel::list_types(operands)),
                            "all axes but the joined one must be equal");
      joined.shape[axis] += shape[axis];
    }
    return {joined};
  };
  const auto run = [](const KernelCall& call) {
    const int axis = static_cast<int>(call.attributes->integer("axis"));
    const kernel::AxisSplit split = kernel::split_at(call.out_types[0].shape, axis);
    const std::size_t element = runtime::size_of(call.out_types[0].dtype);
    const std::size_t row = static_cast<std::size_t>(split.extent * split.inner) * element;
    std::byte* to = call.output<std::byte>(0);
    for (std::size_t k = 0; k < call.in_types.size(); ++k) {
      const std::size_t part = static_cast<std::size_t>(call.in_types[k].shape[axis] * split.inner) * element;
      const std::byte* from = call.input<std::byte>(static_cast<int>(k));
      for (std::int64_t o = 0; o < split.outer; ++o)
        std::memcpy(to + static_cast<std::size_t>(o) * row, from + static_cast<std::size_t>(o) * part, part);
      to += part;
    }
  };
  OpDef def = kernel::kernel_op("concatenate", "The operands one after the other along `axis`.", ShapeClass::gather, -1,
                                infer, run);
  def.jvp = JvpFn([](JvpRule& r) -> std::vector<ir::Value*> {
    std::vector<ir::Value*> tangents;
    for (std::size_t k = 0; k < r.op().operands.size(); ++k)
      tangents.push_back(kernel::tangent_or_zeros(r, static_cast<int>(k)));
    return {r.apply("concatenate", tangents, r.op().attributes)};
  });
  def.never_fails = true;
  def.batch = BatchFn(batching::along_axis);
  kernel::add_samples(
      def, kernel::sample_anything,
      [](DType t, std::int64_t n) {
        return std::vector<Type>{{t, {n}}, {t, {3}}, {t, {n}}};
      },
      {{-1e3, 1e3}},
      [](std::int64_t) {
        return Attributes{{"axis", std::int64_t{0}}};
      });
  kernel::add_samples(
      def, {DType::f32, DType::f64},
      [](DType t, std::int64_t n) {
        return std::vector<Type>{{t, {3, n}}, {t, {3, 2}}};
      },
      {{-1e3, 1e3}},
      [](std::int64_t) {
        return Attributes{{"axis", std::int64_t{1}}};
      });
  return def;
}

OpDef pad() {
  const auto infer = [](std::span<const Type> operands, const Attributes& attributes) -> std::vector<Type> {
    kernel::expect_operands("pad", operands, 2, "x, value");
    kernel::expect_same_dtype("pad", operands, 0, 1);
    if (!operands[1].shape.is_scalar())
      kernel::shape_error("pad", "the padding value is not a scalar", "value " + to_string(operands[1]),
                          "pass one number");
    Type padded = operands[0];
    const auto& low = kernel::expect_list("pad", attributes, "low", padded.shape.rank());
    const auto& high = kernel::expect_list("pad", attributes, "high", padded.shape.rank());
    for (int a = 0; a < padded.shape.rank(); ++a) {
      const auto k = static_cast<std::size_t>(a);
      if (low[k] < 0 || high[k] < 0)
        kernel::value_error("pad", "a width is negative",
                            fmt::format("low {}, high {}", kernel::list_numbers(low), kernel::list_numbers(high)),
                            "use slice to remove elements");
      padded.shape[a] += low[k] + high[k];
    }
    return {padded};
  };
  const auto run = [](const KernelCall& call) {
    const Shape &from = call.in_types[0].shape, &to = call.out_types[0].shape;
    View inside = dense_view(to);
    const std::vector<std::int64_t>& low = call.attributes->integers("low");
    for (std::size_t a = 0; a < low.size(); ++a) inside.first += low[a] * inside.strides[a];
    dispatch_word(call.in_types[0].dtype, [&]<class E>(E) {
      using Word = typename E::type;
      std::fill_n(call.output<Word>(0), to.size(), *call.input<Word>(1));
      copy_view(from, call.output<Word>(0), inside, call.input<Word>(0), dense_view(from));
    });
  };
  OpDef def =
      kernel::kernel_op("pad", "`low` elements before and `high` after each axis, all equal to the second operand.",
                        ShapeClass::scatter, 2, infer, run);
  def.jvp = kernel::linear_rule({0, 1});
  def.never_fails = true;
  def.batch = BatchFn([](BatchRule& r) -> std::vector<ir::Value*> {
    if (r.is_batched(1)) return r.loop();
    const Attributes& widths = r.op().attributes;
    return {r.apply("pad", {r.operand(0), r.operand(1)},
                    {{"low", batching::with_first(0, widths.integers("low"))},
                     {"high", batching::with_first(0, widths.integers("high"))}})};
  });
  kernel::add_samples(
      def, kernel::sample_anything,
      [](DType t, std::int64_t n) {
        return std::vector<Type>{{t, {n}}, {t, {}}};
      },
      {{-1e3, 1e3}},
      [](std::int64_t) {
        return Attributes{{"low", std::vector<std::int64_t>{2}}, {"high", std::vector<std::int64_t>{1}}};
      });
  kernel::add_samples(
      def, {DType::f32, DType::f64},
      [](DType t, std::int64_t n) {
        return std::vector<Type>{{t, {2, n}}, {t, {}}};
      },
      {{-1e3, 1e3}},
      [](std::int64_t) {
        return Attributes{{"low", std::vector<std::int64_t>{0, 1}}, {"high", std::vector<std::int64_t>{1, 3}}};
      });
  return def;
}

/// Elements of range(start, stop, step).
std::int64_t range_length(std::int64_t start, std::int64_t stop, std::int64_t step) {
  const std::int64_t span = step > 0 ? stop - start : start - stop;
  return span <= 0 ? 0 : (span - 1) / (step > 0 ? step : -step) + 1;
}

OpDef slice() {
  const auto infer = [](std::span<const Type> operands, const Attributes& attributes) -> std::vector<Type> {
    kernel::expect_operands("slice", operands, 1, "x");
    const Shape& from = operands[0].shape;
    const auto& start = kernel::expect_list("slice", attributes, "start", from.rank());
    const auto& stop = kernel::expect_list("slice", attributes, "stop", from.rank());
    const auto& step = kernel::expect_list("slice", attributes, "step", from.rank());
    Shape shape;
    for (int a = 0; a < from.rank(); ++a) {
      const auto k = static_cast<std::size_t>(a);
      if (step[k] == 0)
        kernel::value_error("slice", "a step is zero", "step " + kernel::list_numbers(step), "steps are not zero");
      const std::int64_t length = range_length(start[k], stop[k], step[k]);
      const std::int64_t last = start[k] + (length - 1) * step[k];
      if (length > 0 && (start[k] < 0 || start[k] >= from[a] || last < 0 || last >= from[a]))
        kernel::value_error(
            "slice", "the region leaves the array",
            fmt::format("operand {}, start {}, stop {}, step {}", to_string(operands[0]), kernel::list_numbers(start),
                        kernel::list_numbers(stop), kernel::list_numbers(step)),
            "limits are as Python's slice.indices gives them; a stop of -1 means before the first element");
      shape.push_back(length);
    }
    return {{operands[0].dtype, shape}};
  };
  const auto run = [](const KernelCall& call) {
    const Shape& to = call.out_types[0].shape;
    const View part =
        kernel::view(call.in_types[0].shape, call.attributes->integers("start"), call.attributes->integers("step"));
    dispatch_word(call.in_types[0].dtype, [&]<class E>(E) {
      using Word = typename E::type;
      copy_view(to, call.output<Word>(0), dense_view(to), call.input<Word>(0), part);
    });
  };
  OpDef def = kernel::kernel_op("slice",
                                "Elements start, start + step, ... before stop along each axis; steps may be negative.",
                                ShapeClass::gather, 1, infer, run);
  def.jvp = kernel::linear_rule({0});
  def.never_fails = true;
  def.batch = BatchFn([](BatchRule& r) -> std::vector<ir::Value*> {
    const Attributes& range = r.op().attributes;
    return {r.apply("slice", {r.operand(0)},
                    {{"start", batching::with_first(0, range.integers("start"))},
                     {"stop", batching::with_first(r.extent(), range.integers("stop"))},
                     {"step", batching::with_first(1, range.integers("step"))}})};
  });
  kernel::add_samples(
      def, kernel::sample_anything,
      [](DType t, std::int64_t n) {
        return std::vector<Type>{{t, {n + 2}}};
      },
      {{-1e3, 1e3}},
      [](std::int64_t n) {
        using List = std::vector<std::int64_t>;
        return Attributes{{"start", List{1}}, {"stop", List{n + 1}}, {"step", List{2}}};
      });
  kernel::add_samples(
      def, {DType::f32, DType::f64},
      [](DType t, std::int64_t n) {
        return std::vector<Type>{{t, {n, 4}}};
      },
      {{-1e3, 1e3}},
      [](std::int64_t n) {
        using List = std::vector<std::int64_t>;
        return Attributes{{"start", List{n - 1, 1}}, {"stop", List{-1, 3}}, {"step", List{-1, 1}}};
      });
  return def;
}

}  // namespace

void register_shape(Registry& ops) {
  ops.add(iota());
  ops.add(broadcast());
  ops.add(reshape());
  ops.add(transpose());
  ops.add(reverse());
  ops.add(concatenate());
  ops.add(pad());
  ops.add(slice());
}

}  // namespace brainpy::compiler
