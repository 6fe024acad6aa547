// Reductions over any set of axes: sum, prod, max, min, any, all, argmax, argmin.
// In: an array and the attribute `axes`, which are removed. Out: one registry entry for each operation.
//
// The order is part of the contract: the reduced elements of one output, in row-major order of the reduced axes, go to
// 16 interleaved partial results, element j to partial j mod 16, each starting from the operation's identity; then a
// fixed tree joins them: partial p with p + 8, then with p + 4, p + 2, p + 1. Sums of f32 are in f32.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "compiler/ops/batching.h"
#include "compiler/ops/extreme.h"
#include "compiler/ops/kernel.h"
#include "compiler/ops/partials.h"

namespace brainpy::compiler {
namespace {

using kernel::partials;

// --- what is reduced: an identity and a combination of two ---------------------------------------

/// Sums and products of bools are counted in i32; everything else stays in its type.
template <class T>
using Counted = std::conditional_t<std::is_same_v<T, bool>, std::int32_t, T>;

struct Sum {
  template <class T>
  using Result = Counted<T>;
  template <class R>
  static constexpr R identity = R(0);
  template <class R>
  static R apply(R a, R b) {
    return (lane::Host(a) + lane::Host(b)).v;
  }
};
struct Product {
  template <class T>
  using Result = Counted<T>;
  template <class R>
  static constexpr R identity = R(1);
  template <class R>
  static R apply(R a, R b) {
    return (lane::Host(a) * lane::Host(b)).v;
  }
};
struct Maximum {
  template <class T>
  using Result = T;
  template <class R>
  static constexpr R identity = std::is_floating_point_v<R> ? -std::numeric_limits<R>::infinity()
                                                            : std::numeric_limits<R>::lowest();
  template <class R>
  static R apply(R a, R b) {
    return kernel::maximum(a, b);
  }
};
struct Minimum {
  template <class T>
  using Result = T;
  template <class R>
  static constexpr R identity = std::is_floating_point_v<R> ? std::numeric_limits<R>::infinity()
                                                            : std::numeric_limits<R>::max();
  template <class R>
  static R apply(R a, R b) {
    return kernel::minimum(a, b);
  }
};
struct Any {
  template <class T>
  using Result = T;
  template <class R>
  static constexpr R identity = false;
  template <class R>
  static R apply(R a, R b) {
    return a | b;
  }
};
struct All {
  template <class T>
  using Result = T;
  template <class R>
  static constexpr R identity = true;
  template <class R>
  static R apply(R a, R b) {
    return a & b;
  }
};

// --- the loops -----------------------------------------------------------------------------------

/// Axes of a dense array in two groups; neighbours of one group are one axis, axes of one element are left out.
struct Loops {
  struct Axis {
    std::int64_t extent, stride;
  };
  struct Group {
    std::array<Axis, Shape::max_rank> axes;
    int rank = 0;
    std::int64_t size = 1;
  };
  Group kept, reduced;
  bool innermost_reduced = true;

  Loops(const Shape& shape, const std::vector<std::int64_t>& axes) {
    const kernel::Strides strides = kernel::dense_strides(shape);
    const Group* last = nullptr;
    for (int a = 0; a < shape.rank(); ++a) {
      const bool is_reduced = std::find(axes.begin(), axes.end(), a) != axes.end();
      Group& group = is_reduced ? reduced : kept;
      group.size *= shape[a];
      if (shape[a] == 1) continue;
      const Axis axis{shape[a], strides[static_cast<std::size_t>(a)]};
      if (last == &group) {
        Axis& joined = group.axes[static_cast<std::size_t>(group.rank - 1)];
        joined = {joined.extent * axis.extent, axis.stride};
      } else {
        group.axes[static_cast<std::size_t>(group.rank++)] = axis;
      }
      last = &group;
      innermost_reduced = is_reduced;
    }
  }
};

/// Calls f(offset) for each place along the group's axes without the innermost `skipped` ones, in row-major order.
template <class F>
void each_place(const Loops::Group& group, int skipped, F&& f) {
  const int rank = group.rank - skipped;
  std::array<std::int64_t, Shape::max_rank> counter{};
  std::int64_t offset = 0;
  while (true) {
    f(offset);
    int a = rank - 1;
    for (; a >= 0; --a) {
      const auto k = static_cast<std::size_t>(a);
      offset += group.axes[k].stride;
      if (++counter[k] < group.axes[k].extent) break;
      counter[k] = 0;
      offset -= group.axes[k].stride * group.axes[k].extent;
    }
    if (a < 0) return;
  }
}

/// The partial results of one output.
template <class Op, class R>
struct Partials {
  R values[partials];  ///< one that got no element holds the identity, and joining leaves it out

  Partials() { std::fill_n(values, partials, Op::template identity<R>); }

  /// Takes `count` more elements; `taken` came before.
  template <class T>
  void take(const T* x, std::int64_t count, std::int64_t taken) {
    std::int64_t i = 0;
    for (std::int64_t p = taken % partials; p != 0 && i < count; p = (p + 1) % partials, ++i)
      values[p] = Op::apply(values[p], static_cast<R>(x[i]));
    for (; i + partials <= count; i += partials)
      for (std::int64_t p = 0; p < partials; ++p) values[p] = Op::apply(values[p], static_cast<R>(x[i + p]));
    for (std::int64_t p = 0; i < count; ++p, ++i) values[p] = Op::apply(values[p], static_cast<R>(x[i]));
  }

  R join(std::int64_t taken) {
    return kernel::join_partials(values, taken, [](R a, R b) { return Op::apply(a, b); });
  }
};

/// The innermost axis is reduced: each output reads whole runs.
template <class Op, class R, class T>
void reduce_runs(const Loops& loops, const T* x, R* out) {
  const std::int64_t run =
      loops.reduced.rank > 0 ? loops.reduced.axes[static_cast<std::size_t>(loops.reduced.rank - 1)].extent : 1;
  each_place(loops.kept, 0, [&](std::int64_t place) {
    Partials<Op, R> sums;
    if (loops.reduced.rank <= 1) {
      sums.take(x + place, run, 0);
    } else {
      std::int64_t taken = 0;
      each_place(loops.reduced, 1, [&](std::int64_t offset) {
        sums.take(x + place + offset, run, taken);
        taken += run;
      });
    }
    *out++ = sums.join(loops.reduced.size);
  });
}

/// The innermost axis is kept: a block of neighbouring outputs is reduced at once, row by row.
template <class Op, class R, class T>
void reduce_columns(const Loops& loops, const T* x, R* out) {
  constexpr std::int64_t block = 512 / sizeof(R);
  alignas(64) R sums[partials][block];
  const std::int64_t width = loops.kept.axes[static_cast<std::size_t>(loops.kept.rank - 1)].extent;
  // Partials that get no element hold the identity, which joining would not notice: they are left out.
  const std::int64_t used = std::min(partials, loops.reduced.size);
  each_place(loops.kept, 1, [&](std::int64_t place) {
    for (std::int64_t first = 0; first < width; first += block) {
      const std::int64_t columns = std::min(block, width - first);
      for (std::int64_t p = 0; p < used; ++p) std::fill_n(sums[p], columns, Op::template identity<R>);
      std::int64_t j = 0;
      each_place(loops.reduced, 0, [&](std::int64_t offset) {
        const T* row = x + place + offset + first;
        R* sum = sums[j++ % partials];
        for (std::int64_t c = 0; c < columns; ++c) sum[c] = Op::apply(sum[c], static_cast<R>(row[c]));
      });
      for (std::int64_t half = partials / 2; half > 0; half /= 2)
        for (std::int64_t p = 0; p < half && p + half < used; ++p)
          for (std::int64_t c = 0; c < columns; ++c) sums[p][c] = Op::apply(sums[p][c], sums[p + half][c]);
      std::copy_n(sums[0], columns, out);
      out += columns;
    }
  });
}

template <class Op, class T>
void reduce(const KernelCall& call) {
  using R = typename Op::template Result<T>;
  R* out = call.output<R>(0);
  const Loops loops(call.in_types[0].shape, call.attributes->integers("axes"));
  if (loops.kept.size == 0) return;
  if (loops.reduced.size == 0) std::fill_n(out, loops.kept.size, Op::template identity<R>);
  else if (loops.innermost_reduced) reduce_runs<Op>(loops, call.input<T>(0), out);
  else reduce_columns<Op>(loops, call.input<T>(0), out);
}

/// Whether a later element takes the place of the best one so far: only when it is better, so the first of equals
/// stays; a NaN is better than any number.
template <bool largest, class T>
bool is_better(T next, T best) {
  const bool wins = largest ? next > best : next < best;
  if constexpr (std::is_floating_point_v<T>) return wins || (next != next && best == best);
  else return wins;
}

template <bool largest, class T>
void find_extreme(const KernelCall& call) {
  const T* x = call.input<T>(0);
  std::int32_t* out = call.output<std::int32_t>(0);
  const Loops loops(call.in_types[0].shape, call.attributes->integers("axes"));
  if (loops.kept.size == 0) return;
  const bool runs = loops.innermost_reduced;
  // As in the reductions: one output at a time along runs, a block of neighbouring outputs otherwise.
  constexpr std::int64_t block = 512 / sizeof(T);
  T best[block];
  const std::int64_t width = runs ? 1 : loops.kept.axes[static_cast<std::size_t>(loops.kept.rank - 1)].extent;
  each_place(loops.kept, runs ? 0 : 1, [&](std::int64_t place) {
    for (std::int64_t first = 0; first < width; first += block) {
      const std::int64_t columns = std::min(block, width - first);
      std::int32_t j = 0;
      each_place(loops.reduced, 0, [&](std::int64_t offset) {
        const T* row = x + place + offset + first;
        for (std::int64_t c = 0; c < columns; ++c)
          if (j == 0 || is_better<largest>(row[c], best[c])) {
            best[c] = row[c];
            out[c] = j;
          }
        ++j;
      });
      out += columns;
    }
  });
}

// --- inference -----------------------------------------------------------------------------------

/// The operand's shape without the axes.
Shape remaining_shape(const std::string& op, std::span<const Type> operands, const Attributes& attributes) {
  kernel::expect_operands(op, operands, 1, "x");
  const Shape& from = operands[0].shape;
  const std::vector<std::int64_t>& axes = attributes.integers("axes");
  unsigned removed = 0;
  for (std::int64_t a : axes) {
    if (a < 0 || a >= from.rank() || (removed >> a & 1U))
      kernel::value_error(op, "an axis is out of range or named twice",
                          fmt::format("axes {}, operand {}", kernel::list_numbers(axes), to_string(operands[0])),
                          "name each axis 0 .. rank-1 at most once");
    removed |= 1U << a;
  }
  Shape shape;
  for (int a = 0; a < from.rank(); ++a)
    if (!(removed >> a & 1U)) shape.push_back(from[a]);
  return shape;
}

enum class OnEmpty { identity, error };

InferFn infer_reduction(std::string op, OnEmpty on_empty, DType (*result)(DType)) {
  return [op, on_empty, result](std::span<const Type> operands, const Attributes& attributes) -> std::vector<Type> {
    const Shape shape = remaining_shape(op, operands, attributes);
    if (on_empty == OnEmpty::error && operands[0].size() == 0 && shape.size() > 0)
      kernel::value_error(
          op, "no elements to choose from",
          fmt::format("axes {}, operand {}", kernel::list_numbers(attributes.integers("axes")), to_string(operands[0])),
          "an empty array has no largest or smallest element; append one with concatenate");
    return {{result(operands[0].dtype), shape}};
  };
}

DType same(DType t) { return t; }
DType counted(DType t) { return t == DType::bool_ ? DType::i32 : t; }
DType place_type(DType) { return DType::i32; }

// --- rules ---------------------------------------------------------------------------------------

/// A result of the reduction, stretched back over the operand's shape.
ir::Value* stretch(JvpRule& r, ir::Value* result) {
  const Shape& shape = r.operand(0)->type.shape;
  std::vector<std::int64_t> kept = kernel::to_list(shape);
  for (std::int64_t a : r.op().attributes.integers("axes")) kept[static_cast<std::size_t>(a)] = 1;
  return r.apply("broadcast", {r.apply("reshape", {result}, {{"shape", kept}})}, {{"shape", kernel::to_list(shape)}});
}

/// The mean of the tangents of the elements that are the extreme.
std::vector<ir::Value*> extreme_rule(JvpRule& r) {
  const DType dtype = r.result()->type.dtype;
  ir::Value* is_extreme = r.apply("eq", {r.operand(0), stretch(r, r.result())});
  ir::Value* weight = r.apply(dtype == DType::f32 ? "to_f32" : "to_f64", {is_extreme});
  ir::Value* total = r.apply("sum", {r.apply("mul", {weight, r.tangent(0)})}, r.op().attributes);
  return {r.apply("div", {total, r.apply("sum", {weight}, r.op().attributes)})};
}

/// Each tangent times the product of the other elements, made from the products before and after it, so that zeros
/// do no harm.
std::vector<ir::Value*> product_rule(JvpRule& r) {
  using List = std::vector<std::int64_t>;
  const Shape& shape = r.operand(0)->type.shape;
  if (shape.size() == 0) return {nullptr};
  const List& axes = r.op().attributes.integers("axes");
  List order, sorted = axes;
  std::sort(sorted.begin(), sorted.end());
  std::int64_t rows = 1, columns = 1;
  for (int a = 0; a < shape.rank(); ++a)
    if (std::find(axes.begin(), axes.end(), a) == axes.end()) {
      order.push_back(a);
      rows *= shape[a];
    }
  for (std::int64_t a : sorted) {
    order.push_back(a);
    columns *= shape[static_cast<int>(a)];
  }
  const auto as_rows = [&](ir::Value* v) {
    return r.apply("reshape", {r.apply("transpose", {v}, {{"axes", order}})}, {{"shape", List{rows, columns}}});
  };
  const auto backwards = [&](ir::Value* v) { return r.apply("reverse", {v}, {{"axes", List{1}}}); };
  const auto before = [&](ir::Value* v) {
    ir::Value* front =
        r.apply("slice", {v}, {{"start", List{0, 0}}, {"stop", List{rows, columns - 1}}, {"step", List{1, 1}}});
    ir::Value* shifted =
        r.apply("pad", {front, r.number(1.0, v->type.dtype)}, {{"low", List{0, 1}}, {"high", List{0, 0}}});
    return r.apply("cumprod", {shifted}, {{"axis", std::int64_t{1}}});
  };
  ir::Value* x = as_rows(r.operand(0));
  ir::Value* others = r.apply("mul", {before(x), backwards(before(backwards(x)))});
  ir::Value* total = r.apply("sum", {r.apply("mul", {as_rows(r.tangent(0)), others})}, {{"axes", List{1}}});
  return {r.apply("reshape", {total}, {{"shape", kernel::to_list(r.result()->type.shape)}})};
}

// --- records -------------------------------------------------------------------------------------

/// Each row of a batch is reduced by itself, its elements in the same order.
OpDef batched_by_row(OpDef def) {
  def.batch = BatchFn(batching::along_axes);
  return def;
}

/// Samples of one axis, the first of two, the last of two, and an outer and an inner one together.
void add_reduction_samples(OpDef& def, std::initializer_list<DType> dtypes, Ranges ranges, std::int64_t least) {
  using List = std::vector<std::int64_t>;
  const auto add = [&](std::initializer_list<DType> types, auto shape, List axes) {
    kernel::add_samples(
        def, types,
        [shape](DType t, std::int64_t n) {
          return std::vector<Type>{{t, shape(n)}};
        },
        ranges,
        [axes](std::int64_t) {
          return Attributes{{"axes", axes}};
        });
  };
  add(dtypes, [least](std::int64_t n) { return Shape{n + least}; }, {0});
  add(dtypes, [least](std::int64_t n) { return Shape{n + least, 5}; }, {0});
  const std::initializer_list<DType> some = {*dtypes.begin()};
  add(some, [least](std::int64_t n) { return Shape{3, n + least}; }, {1});
  add(some, [least](std::int64_t n) { return Shape{2, n, 5 + least}; }, {0, 2});
  add(some, [](std::int64_t n) { return Shape{n, 2}; }, {});
}

template <class Op, class... T>
OpDef reduction(const char* name, const char* doc, Types<T...> types, OnEmpty on_empty, DType (*result)(DType)) {
  return batched_by_row(kernel::kernel_op(
      name, doc, ShapeClass::reduce, 1, infer_reduction(name, on_empty, result), [types](const KernelCall& call) {
        kernel::dispatch(types, call.in_types[0].dtype, [&]<class E>(E) { reduce<Op, typename E::type>(call); });
      }));
}

OpDef logical_reduction(OpDef def) {
  const InferFn infer = def.infer;
  def.infer = [infer, name = def.name](std::span<const Type> operands, const Attributes& attributes) {
    std::vector<Type> results = infer(operands, attributes);
    if (operands[0].dtype != DType::bool_)
      kernel::dtype_error(name, "needs bools", "operand " + to_string(operands[0]),
                          "compare first, or convert with to_bool");
    return results;
  };
  def.jvp = ZeroDerivative{};
  add_reduction_samples(def, {DType::bool_}, {{0, 1}}, 0);
  return def;
}

template <bool largest>
OpDef extreme_place(const char* name, const char* doc) {
  OpDef def = batched_by_row(kernel::kernel_op(
      name, doc, ShapeClass::reduce, 1, infer_reduction(name, OnEmpty::error, place_type), [](const KernelCall& call) {
        kernel::dispatch(Anything{}, call.in_types[0].dtype,
                         [&]<class E>(E) { find_extreme<largest, typename E::type>(call); });
      }));
  def.jvp = ZeroDerivative{};
  add_reduction_samples(def, kernel::sample_anything, {{-20, 20}}, 1);
  return def;
}

}  // namespace

void register_scan(Registry& ops);  // scan.cpp

void register_reduce(Registry& ops) {
  OpDef def = reduction<Sum>("sum", "Sum over `axes`; integers wrap, bools are counted in i32.", Anything{},
                             OnEmpty::identity, counted);
  def.jvp = kernel::linear_rule({0});
  add_reduction_samples(def, kernel::sample_anything, {{-1e3, 1e3}}, 0);
  ops.add(std::move(def));

  def = reduction<Product>("prod", "Product over `axes`; integers wrap, bools give an i32.", Anything{},
                           OnEmpty::identity, counted);
  def.jvp = JvpFn(product_rule);
  add_reduction_samples(def, kernel::sample_anything, {{-1.9, 1.9}}, 0);
  ops.add(std::move(def));

  def = reduction<Maximum>("max", "Largest element over `axes`; NaN wins.", Anything{}, OnEmpty::error, same);
  def.jvp = JvpFn(extreme_rule);
  add_reduction_samples(def, kernel::sample_anything, {{-1e3, 1e3}}, 1);
  ops.add(std::move(def));

  def = reduction<Minimum>("min", "Smallest element over `axes`; NaN wins.", Anything{}, OnEmpty::error, same);
  def.jvp = JvpFn(extreme_rule);
  add_reduction_samples(def, kernel::sample_anything, {{-1e3, 1e3}}, 1);
  ops.add(std::move(def));

  ops.add(logical_reduction(
      reduction<Any>("any", "Whether any bool over `axes` is true.", Types<bool>{}, OnEmpty::identity, same)));
  ops.add(logical_reduction(
      reduction<All>("all", "Whether all bools over `axes` are true.", Types<bool>{}, OnEmpty::identity, same)));
  ops.add(extreme_place<true>(
      "argmax", "Place (i32) of the first largest element, counted row by row over `axes`; the first NaN wins."));
  ops.add(extreme_place<false>(
      "argmin", "Place (i32) of the first smallest element, counted row by row over `axes`; the first NaN wins."));
  register_scan(ops);
}

}  // namespace brainpy::compiler
