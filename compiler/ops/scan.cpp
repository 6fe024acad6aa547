// Running results along one axis: cumsum, cumprod, cummax, and the linear recurrence y[i] = a[i] y[i-1] + b[i].
// In: arrays and the attribute `axis`. Out: one registry entry for each operation. The order is the sequential one.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "compiler/ops/batching.h"
#include "compiler/ops/extreme.h"
#include "compiler/ops/kernel.h"

namespace brainpy::compiler {
namespace {

using kernel::AxisSplit;
using List = std::vector<std::int64_t>;

template <class T>
using Counted = std::conditional_t<std::is_same_v<T, bool>, std::int32_t, T>;

AxisSplit split_of(const KernelCall& call) {
  return kernel::split_at(call.in_types[0].shape, static_cast<int>(call.attributes->integer("axis")));
}

/// out[i] = combine(out[i - 1], x[i]) along the axis.
template <class R, class T, class Combine>
void scan(const KernelCall& call, Combine combine) {
  const AxisSplit split = split_of(call);
  const T* x = call.input<T>(0);
  R* out = call.output<R>(0);
  if (split.extent == 0) return;
  for (std::int64_t o = 0; o < split.outer; ++o) {
    for (std::int64_t c = 0; c < split.inner; ++c) out[c] = static_cast<R>(x[c]);
    for (std::int64_t i = 1; i < split.extent; ++i) {
      const T* row = x + i * split.inner;
      const R* before = out + (i - 1) * split.inner;
      R* now = out + i * split.inner;
      for (std::int64_t c = 0; c < split.inner; ++c) now[c] = combine(before[c], static_cast<R>(row[c]));
    }
    x += split.extent * split.inner;
    out += split.extent * split.inner;
  }
}

InferFn infer_scan(std::string op, bool counts) {
  return [op, counts](std::span<const Type> operands, const Attributes& attributes) -> std::vector<Type> {
    kernel::expect_operands(op, operands, 1, "x");
    kernel::expect_axis(op, operands[0], attributes);
    const bool converts = counts && operands[0].dtype == DType::bool_;
    return {{converts ? DType::i32 : operands[0].dtype, operands[0].shape}};
  };
}

/// What all operations here are: each line of the axis by itself, for all values.
void running(OpDef& def) {
  def.never_fails = true;
  def.batch = BatchFn(batching::along_axis);
}

void add_scan_samples(OpDef& def, std::initializer_list<DType> dtypes, Ranges ranges) {
  kernel::add_samples(
      def, dtypes,
      [](DType t, std::int64_t n) {
        return std::vector<Type>{{t, {n}}};
      },
      ranges,
      [](std::int64_t) {
        return Attributes{{"axis", std::int64_t{0}}};
      });
  kernel::add_samples(
      def, kernel::sample_floats,
      [](DType t, std::int64_t n) {
        return std::vector<Type>{{t, {2, n, 3}}};
      },
      ranges,
      [](std::int64_t) {
        return Attributes{{"axis", std::int64_t{1}}};
      });
}

/// The value one place earlier along the axis; `first` where there is none.
ir::Value* shifted(JvpRule& r, ir::Value* v, double first) {
  const auto axis = static_cast<std::size_t>(r.op().attributes.integer("axis"));
  const Shape& shape = v->type.shape;
  const auto rank = static_cast<std::size_t>(shape.rank());
  List stop = kernel::to_list(shape), low(rank, 0);
  stop[axis] -= 1;
  low[axis] = 1;
  ir::Value* front = r.apply("slice", {v}, {{"start", List(rank, 0)}, {"stop", stop}, {"step", List(rank, 1)}});
  return r.apply("pad", {front, r.number(first, v->type.dtype)}, {{"low", low}, {"high", List(rank, 0)}});
}

std::vector<ir::Value*> cumprod_rule(JvpRule& r) {
  if (r.result()->type.size() == 0) return {nullptr};
  ir::Value* added = r.apply("mul", {shifted(r, r.result(), 1.0), r.tangent(0)});
  return {r.apply("linear_recurrence", {r.operand(0), added}, r.op().attributes)};
}

/// The tangent of the element that was the largest so far, the first of equals.
std::vector<ir::Value*> cummax_rule(JvpRule& r) {
  if (r.result()->type.size() == 0) return {nullptr};
  const auto axis = r.op().attributes.integer("axis");
  const Shape& shape = r.result()->type.shape;
  List along(static_cast<std::size_t>(shape.rank()), 1);
  along[static_cast<std::size_t>(axis)] = shape[static_cast<int>(axis)];
  ir::Value* zero = r.number(0.0, DType::i32);
  ir::Value* place = r.apply("iota", {zero, r.number(1.0, DType::i32)}, {{"shape", along}});
  place = r.apply("broadcast", {place}, {{"shape", kernel::to_list(shape)}});
  ir::Value* rises = r.apply("gt", {r.operand(0), shifted(r, r.result(), -std::numeric_limits<double>::infinity())});
  ir::Value* largest = r.apply("cummax", {r.apply("select", {rises, place, zero})}, r.op().attributes);
  return {r.apply("take_along", {r.tangent(0), largest}, r.op().attributes)};
}

OpDef linear_recurrence() {
  const auto infer = [](std::span<const Type> operands, const Attributes& attributes) -> std::vector<Type> {
    kernel::expect_operands("linear_recurrence", operands, 2, "a, b");
    kernel::expect_float("linear_recurrence", operands[0]);
    kernel::expect_axis("linear_recurrence", operands[0], attributes);
    if (!(operands[0] == operands[1]))
      kernel::shape_error("linear_recurrence", "the operands differ", "operands " + kernel::list_types(operands),
                          "factors and addends have one type and shape; broadcast them first");
    return {operands[0]};
  };
  const auto run = [](const KernelCall& call) {
    const AxisSplit split = split_of(call);
    kernel::dispatch(Floats{}, call.in_types[0].dtype, [&]<class E>(E) {
      using T = typename E::type;
      const T *a = call.input<T>(0), *b = call.input<T>(1);
      T* y = call.output<T>(0);
      for (std::int64_t o = 0; o < split.outer; ++o)
        for (std::int64_t i = 0; i < split.extent; ++i, a += split.inner, b += split.inner, y += split.inner)
          for (std::int64_t c = 0; c < split.inner; ++c) y[c] = i == 0 ? b[c] : a[c] * y[c - split.inner] + b[c];
    });
  };
  OpDef def =
      kernel::kernel_op("linear_recurrence", "y[i] = a[i] y[i-1] + b[i] along `axis`, with y[-1] = 0: a leaky sum.",
                        ShapeClass::opaque, 2, infer, run);
  def.jvp = JvpFn([](JvpRule& r) -> std::vector<ir::Value*> {
    if (r.result()->type.size() == 0) return {nullptr};
    ir::Value* bend = r.tangent(0) ? r.apply("mul", {r.tangent(0), shifted(r, r.result(), 0.0)}) : nullptr;
    return {r.apply("linear_recurrence", {r.operand(0), r.add(bend, r.tangent(1))}, r.op().attributes)};
  });
  running(def);
  kernel::add_samples(
      def, kernel::sample_floats,
      [](DType t, std::int64_t n) {
        return std::vector<Type>{{t, {n}}, {t, {n}}};
      },
      {{-1, 1}},
      [](std::int64_t) {
        return Attributes{{"axis", std::int64_t{0}}};
      });
  kernel::add_samples(
      def, kernel::sample_floats,
      [](DType t, std::int64_t n) {
        return std::vector<Type>{{t, {2, n, 3}}, {t, {2, n, 3}}};
      },
      {{-1, 1}},
      [](std::int64_t) {
        return Attributes{{"axis", std::int64_t{1}}};
      });
  return def;
}

}  // namespace

void register_scan(Registry& ops) {
  OpDef def = kernel::kernel_op(
      "cumsum", "Running sum along `axis`; integers wrap, bools are counted in i32.", ShapeClass::opaque, 1,
      infer_scan("cumsum", true), [](const KernelCall& call) {
        kernel::dispatch(Anything{}, call.in_types[0].dtype, [&]<class E>(E) {
          using T = typename E::type;
          scan<Counted<T>, T>(call, [](Counted<T> a, Counted<T> b) { return (lane::Host(a) + lane::Host(b)).v; });
        });
      });
  def.jvp = kernel::linear_rule({0});
  running(def);
  add_scan_samples(def, kernel::sample_anything, {{-1e3, 1e3}});
  ops.add(std::move(def));

  def = kernel::kernel_op("cumprod", "Running product along `axis`; integers wrap, bools give i32.", ShapeClass::opaque,
                          1, infer_scan("cumprod", true), [](const KernelCall& call) {
                            kernel::dispatch(Anything{}, call.in_types[0].dtype, [&]<class E>(E) {
                              using T = typename E::type;
                              scan<Counted<T>, T>(
                                  call, [](Counted<T> a, Counted<T> b) { return (lane::Host(a) * lane::Host(b)).v; });
                            });
                          });
  def.jvp = JvpFn(cumprod_rule);
  running(def);
  add_scan_samples(def, kernel::sample_anything, {{-1.9, 1.9}});
  ops.add(std::move(def));

  def = kernel::kernel_op("cummax", "Largest element so far along `axis`; NaN wins.", ShapeClass::opaque, 1,
                          infer_scan("cummax", false), [](const KernelCall& call) {
                            kernel::dispatch(Anything{}, call.in_types[0].dtype, [&]<class E>(E) {
                              using T = typename E::type;
                              scan<T, T>(call, [](T a, T b) { return kernel::maximum(a, b); });
                            });
                          });
  def.jvp = JvpFn(cummax_rule);
  running(def);
  add_scan_samples(def, kernel::sample_anything, {{-1e3, 1e3}});
  ops.add(std::move(def));

  ops.add(linear_recurrence());
}

}  // namespace brainpy::compiler
