// Order: sort, argsort, searchsorted.
// In: arrays; a line of elements along one axis is sorted by itself. Out: one registry entry for each operation.
// Sorting is stable and NaN comes last, in ascending and in descending order.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "compiler/ops/batching.h"
#include "compiler/ops/kernel.h"

namespace brainpy::compiler {
namespace {

/// Whether a stands before b.
template <bool descending, class T>
bool before(T a, T b) {
  const bool ordered = descending ? a > b : a < b;
  if constexpr (std::is_floating_point_v<T>) return ordered || (b != b && a == a);
  else return ordered;
}

/// Stable, in place. Short lines, which are the common ones, need no memory.
template <class Element, class Before>
void sort_line(Element* line, std::int64_t length, Before is_before) {
  constexpr std::int64_t short_line = 32;
  if (length > short_line) {
    std::stable_sort(line, line + length, is_before);
    return;
  }
  for (std::int64_t i = 1; i < length; ++i) {
    const Element moving = line[i];
    std::int64_t k = i;
    for (; k > 0 && is_before(moving, line[k - 1]); --k) line[k] = line[k - 1];
    line[k] = moving;
  }
}

/// Calls sort(from, to, stride) for each line along the axis.
template <class T, class Out, class Sort>
void each_line(const KernelCall& call, Sort sort) {
  const kernel::AxisSplit split =
      kernel::split_at(call.in_types[0].shape, static_cast<int>(call.attributes->integer("axis")));
  for (std::int64_t o = 0; o < split.outer; ++o)
    for (std::int64_t i = 0; i < split.inner; ++i) {
      const std::int64_t first = o * split.extent * split.inner + i;
      sort(call.input<T>(0) + first, call.output<Out>(0) + first, split.extent, split.inner);
    }
}

template <bool descending, class T>
void sort_values(const KernelCall& call) {
  std::vector<T> scratch;
  each_line<T, T>(call, [&](const T* from, T* to, std::int64_t length, std::int64_t stride) {
    if (stride == 1) {
      std::copy_n(from, length, to);
      sort_line(to, length, before<descending, T>);
      return;
    }
    scratch.resize(static_cast<std::size_t>(length));
    T* line = scratch.data();
    for (std::int64_t k = 0; k < length; ++k) line[k] = from[k * stride];
    sort_line(line, length, before<descending, T>);
    for (std::int64_t k = 0; k < length; ++k) to[k * stride] = line[k];
  });
}

template <bool descending, class T>
void sort_places(const KernelCall& call) {
  struct Placed {
    T value;
    std::int32_t place;
  };
  std::vector<Placed> scratch;
  each_line<T, std::int32_t>(call, [&](const T* from, std::int32_t* to, std::int64_t length, std::int64_t stride) {
    scratch.resize(static_cast<std::size_t>(length));
    Placed* line = scratch.data();
    for (std::int64_t k = 0; k < length; ++k) line[k] = {from[k * stride], static_cast<std::int32_t>(k)};
    sort_line(line, length, [](const Placed& a, const Placed& b) { return before<descending>(a.value, b.value); });
    for (std::int64_t k = 0; k < length; ++k) to[k * stride] = line[k].place;
  });
}

/// std::vector<bool> has no data(): bools are sorted as bytes.
template <class T>
using Sorted = std::conditional_t<std::is_same_v<T, bool>, std::uint8_t, T>;

InferFn infer_sort(std::string op, bool places) {
  return [op, places](std::span<const Type> operands, const Attributes& attributes) -> std::vector<Type> {
    kernel::expect_operands(op, operands, 1, "x");
    kernel::expect_axis(op, operands[0], attributes);
    return {{places ? DType::i32 : operands[0].dtype, operands[0].shape}};
  };
}

void add_sort_samples(OpDef& def) {
  for (bool descending : {false, true}) {
    kernel::add_samples(
        def, kernel::sample_anything,
        [](DType t, std::int64_t n) {
          return std::vector<Type>{{t, {n}}};
        },
        {{-50, 50}},
        [descending](std::int64_t) {
          return Attributes{{"axis", std::int64_t{0}}, {"descending", descending}};
        });
    kernel::add_samples(
        def, kernel::sample_floats,
        [](DType t, std::int64_t n) {
          return std::vector<Type>{{t, {2, n, 3}}};
        },
        {{-50, 50}},
        [descending](std::int64_t) {
          return Attributes{{"axis", std::int64_t{1}}, {"descending", descending}};
        });
  }
}

OpDef sort() {
  OpDef def = kernel::kernel_op("sort", "Each line along `axis` in ascending (or `descending`) order; NaN last.",
                                ShapeClass::opaque, 1, infer_sort("sort", false), [](const KernelCall& call) {
                                  kernel::dispatch(Anything{}, call.in_types[0].dtype, [&]<class E>(E) {
                                    using T = Sorted<typename E::type>;
                                    if (call.attributes->flag("descending")) sort_values<true, T>(call);
                                    else sort_values<false, T>(call);
                                  });
                                });
  def.jvp = JvpFn([](JvpRule& r) -> std::vector<ir::Value*> {
    ir::Value* places = r.apply("argsort", {r.operand(0)}, r.op().attributes);
    return {r.apply("take_along", {r.tangent(0), places}, {{"axis", r.op().attributes.integer("axis")}})};
  });
  def.never_fails = true;
  def.batch = BatchFn(batching::along_axis);
  add_sort_samples(def);
  return def;
}

OpDef argsort() {
  OpDef def = kernel::kernel_op("argsort",
                                "Places (i32) of the elements of each line along `axis` in the order of sort; stable.",
                                ShapeClass::opaque, 1, infer_sort("argsort", true), [](const KernelCall& call) {
                                  kernel::dispatch(Anything{}, call.in_types[0].dtype, [&]<class E>(E) {
                                    using T = Sorted<typename E::type>;
                                    if (call.attributes->flag("descending")) sort_places<true, T>(call);
                                    else sort_places<false, T>(call);
                                  });
                                });
  def.jvp = ZeroDerivative{};
  def.never_fails = true;
  def.batch = BatchFn(batching::along_axis);
  add_sort_samples(def);
  return def;
}

OpDef searchsorted() {
  const auto infer = [](std::span<const Type> operands, const Attributes&) -> std::vector<Type> {
    kernel::expect_operands("searchsorted", operands, 2, "sorted, values");
    kernel::expect_same_dtype("searchsorted", operands, 0, 1);
    if (operands[0].shape.rank() != 1)
      kernel::shape_error("searchsorted", "the sorted operand is not a vector",
                          "operands " + kernel::list_types(operands),
                          "pass sorted values of shape [n]; the values may have any shape");
    return {{DType::i32, operands[1].shape}};
  };
  const auto run = [](const KernelCall& call) {
    const bool right = call.attributes->flag("right");
    kernel::dispatch(Anything{}, call.in_types[0].dtype, [&]<class E>(E) {
      using T = typename E::type;
      const T *sorted = call.input<T>(0), *end = sorted + call.in_types[0].size(), *values = call.input<T>(1);
      std::int32_t* out = call.output<std::int32_t>(0);
      for (std::int64_t i = 0; i < call.in_types[1].size(); ++i) {
        const T* place = right ? std::upper_bound(sorted, end, values[i], before<false, T>)
                               : std::lower_bound(sorted, end, values[i], before<false, T>);
        out[i] = static_cast<std::int32_t>(place - sorted);
      }
    });
  };
  OpDef def = kernel::kernel_op(
      "searchsorted",
      "Place (i32) where each value would be inserted into a sorted vector: before its equals, or after "
      "them (`right`); NaN counts as the largest.",
      ShapeClass::gather, 2, infer, run);
  def.jvp = ZeroDerivative{};
  def.never_fails = true;
  def.batch = BatchFn([](BatchRule& r) {
    return r.is_batched(0) ? r.loop() : r.append("searchsorted", {r.operand(0), r.operand(1)}, r.op().attributes);
  });
  for (bool right : {false, true})
    kernel::add_samples(
        def, kernel::sample_numbers,
        [](DType t, std::int64_t n) {
          return std::vector<Type>{{t, {n}}, {t, {n, 2}}};
        },
        {{-20, 20}},
        [right](std::int64_t) {
          return Attributes{{"right", right}};
        });
  return def;
}

}  // namespace

void register_sort(Registry& ops) {
  ops.add(sort());
  ops.add(argsort());
  ops.add(searchsorted());
}

}  // namespace brainpy::compiler
