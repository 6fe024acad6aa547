// Writes at computed places: scatter_set, scatter_add, scatter_mul, scatter_min, scatter_max.
// In: (x, indices [m, k], updates [m, rest...]); indices as in index.cpp. Row after row is applied in order, so that
// repeated indices have one defined result.
// Out: one registry entry for each operation.
#include <fmt/format.h>

#include "compiler/ops/batching.h"
#include "compiler/ops/extreme.h"
#include "compiler/ops/indexing.h"

namespace brainpy::compiler {

namespace kernel {

void index_failure(const KernelCall& call, std::int64_t index, int axis, std::int64_t extent) {
  if (!call.error->failed)
    call.fail(KernelError::Kind::index, fmt::format("index {}, axis {} of size {}", index, axis, extent));
}

void empty_axis_error(const std::string& op, std::span<const Type> operands, int axis) {
  throw runtime::IndexError({.what = op + ": an empty axis has no elements to index",
                             .values = fmt::format("axis {}, operands {}", axis, list_types(operands)),
                             .hint = "pass no indices, or an array with elements"});
}

std::int64_t expect_index_rows(const std::string& op, std::span<const Type> operands, std::size_t array,
                               std::size_t indices) {
  expect_indices(op, operands[indices]);
  const Shape &shape = operands[array].shape, &rows = operands[indices].shape;
  if (rows.rank() != 2 || rows[1] < 1 || rows[1] > shape.rank())
    shape_error(op, "indices are not rows into the first axes", "operands " + list_types(operands),
                "indices have the shape [m, k]: m rows of one index for each of the first k axes of x, 1 <= k <= rank");
  for (int a = 0; a < rows[1]; ++a)
    if (shape[a] == 0 && rows[0] > 0) empty_axis_error(op, operands, a);
  return rows[1];
}

Shape rows_shape(const Shape& array, const Shape& indices) {
  Shape shape{indices[0]};
  for (int a = static_cast<int>(indices[1]); a < array.rank(); ++a) shape.push_back(array[a]);
  return shape;
}

}  // namespace kernel

namespace {

/// Applies `combine(old, update)` to each element of each row.
template <class T, class Combine>
void scatter(const KernelCall& call, Combine combine) {
  kernel::copy_first_operand(call);
  kernel::dispatch_index(call.in_types[1].dtype, [&]<class I>(I) {
    const kernel::IndexRows<typename I::type> rows(call, 0, 1);
    T* to = call.output<T>(0);
    const T* update = call.input<T>(2);
    for (std::int64_t m = 0; m < rows.count(); ++m, update += rows.inner()) {
      T* row = to + rows.place(m);
      for (std::int64_t i = 0; i < rows.inner(); ++i) row[i] = combine(row[i], update[i]);
    }
  });
}

InferFn infer_scatter(std::string op) {
  return [op](std::span<const Type> operands, const Attributes&) -> std::vector<Type> {
    kernel::expect_operands(op, operands, 3, "x, indices, updates");
    kernel::expect_same_dtype(op, operands, 0, 2);
    kernel::expect_index_rows(op, operands, 0, 1);
    const Shape expected = kernel::rows_shape(operands[0].shape, operands[1].shape);
    if (!(operands[2].shape == expected))
      kernel::shape_error(
          op, "the updates have another shape",
          fmt::format("operands {}, expected updates of {}", kernel::list_types(operands), to_string(expected)),
          "updates have the shape [m, rest...]: one row for each row of indices");
    return {operands[0]};
  };
}

/// One scatter into the batch of rows; the updates of each row keep their order.
std::vector<ir::Value*> scatter_rows(BatchRule& r) {
  ir::Value* rows = batching::index_rows(r, r.batched(1));
  ir::Value* updates = r.batched(2);
  const Shape& shape = updates->type.shape;
  batching::List merged = {shape[0] * shape[1]};
  merged.insert(merged.end(), shape.begin() + 2, shape.end());
  return {r.apply(r.op().def->name, {r.batched(0), rows, batching::reshape(r, updates, merged)})};
}

/// `Op` is a struct of one static template T apply(T old, T update).
template <class Op, class... T>
OpDef scatter_op(const char* name, const char* doc, Types<T...> types, std::initializer_list<DType> sampled,
                 Ranges ranges) {
  const auto run = [types](const KernelCall& call) {
    kernel::dispatch(types, call.in_types[0].dtype, [&]<class E>(E) {
      using U = typename E::type;
      scatter<U>(call, [](U old, U update) { return Op::apply(old, update); });
    });
  };
  OpDef def = kernel::kernel_op(name, doc, ShapeClass::scatter, 3, infer_scatter(name), run);
  def.batch = BatchFn(scatter_rows);
  for (DType index : {DType::i32, DType::i64}) {
    kernel::add_samples(
        def, sampled,
        [index](DType t, std::int64_t n) {
          return std::vector<Type>{{t, {n + 5}}, {index, {n, 1}}, {t, {n}}};
        },
        ranges);
    kernel::add_samples(def, kernel::sample_floats,
                        [index](DType t, std::int64_t n) {
                          return std::vector<Type>{{t, {n + 5, 2, 3}}, {index, {n, 2}}, {t, {n, 3}}};
                        },
                        {ranges[0], {-2, 1}, ranges[2]});
  }
  return def;
}

struct Set {
  template <class T>
  static T apply(T, T update) {
    return update;
  }
};
struct Add {
  template <class T>
  static T apply(T old, T update) {
    return (lane::Host(old) + lane::Host(update)).v;
  }
};
struct Multiply {
  template <class T>
  static T apply(T old, T update) {
    return (lane::Host(old) * lane::Host(update)).v;
  }
};
struct Minimum {
  template <class T>
  static T apply(T old, T update) {
    return kernel::minimum(old, update);
  }
};
struct Maximum {
  template <class T>
  static T apply(T old, T update) {
    return kernel::maximum(old, update);
  }
};

/// 1 where the bool is true, in the type of the tangent.
ir::Value* as_number(JvpRule& r, ir::Value* condition) {
  return r.apply(r.result()->type.dtype == DType::f32 ? "to_f32" : "to_f64", {condition});
}

/// The tangent of the element that won; elements that tie share evenly.
std::vector<ir::Value*> extreme_rule(JvpRule& r) {
  ir::Value *x = r.operand(0), *indices = r.operand(1), *updates = r.operand(2), *result = r.result();
  const Attributes axes{{"axes", indices->type.shape[1]}};
  ir::Value* x_wins = as_number(r, r.apply("eq", {x, result}));
  ir::Value* update_wins = as_number(r, r.apply("eq", {updates, r.apply("gather", {result, indices}, axes)}));
  ir::Value* winners = r.apply("scatter_add", {x_wins, indices, update_wins});
  ir::Value* share = r.apply("mul", {x_wins, kernel::tangent_or_zeros(r, 0)});
  if (r.tangent(2)) share = r.apply("scatter_add", {share, indices, r.apply("mul", {update_wins, r.tangent(2)})});
  return {r.apply("div", {share, winners})};
}

/// Each factor's tangent times the product of the other factors of its place, which is right with zeros too: the
/// product of the factors that are not zero, unless there is another zero.
std::vector<ir::Value*> product_rule(JvpRule& r) {
  ir::Value *x = r.operand(0), *indices = r.operand(1), *updates = r.operand(2);
  const DType dtype = r.result()->type.dtype;
  const Attributes axes{{"axes", indices->type.shape[1]}};
  ir::Value *zero = r.number(0.0, dtype), *one = r.number(1.0, dtype);
  ir::Value *x_zero = r.apply("eq", {x, zero}), *update_zero = r.apply("eq", {updates, zero});
  ir::Value *x_factor = r.apply("select", {x_zero, one, x}),
            *update_factor = r.apply("select", {update_zero, one, updates});
  ir::Value* product = r.apply("scatter_mul", {x_factor, indices, update_factor});
  ir::Value *x_zeros = as_number(r, x_zero), *update_zeros = as_number(r, update_zero);
  ir::Value* zeros = r.apply("scatter_add", {x_zeros, indices, update_zeros});
  const auto others = [&](ir::Value* all, ir::Value* all_zeros, ir::Value* factor, ir::Value* own_zeros) {
    ir::Value* no_other_zero = r.apply("eq", {all_zeros, own_zeros});
    return r.apply("select", {no_other_zero, r.apply("div", {all, factor}), zero});
  };
  ir::Value* tangent = r.tangent(0) ? r.apply("mul", {r.tangent(0), others(product, zeros, x_factor, x_zeros)})
                                    : kernel::zeros(r, x->type);
  if (r.tangent(2)) {
    ir::Value* all = r.apply("gather", {product, indices}, axes);
    ir::Value* all_zeros = r.apply("gather", {zeros, indices}, axes);
    ir::Value* part = r.apply("mul", {r.tangent(2), others(all, all_zeros, update_factor, update_zeros)});
    tangent = r.apply("scatter_add", {tangent, indices, part});
  }
  return {tangent};
}

}  // namespace

void register_scatter(Registry& ops) {
  const Ranges ranges{{-1e3, 1e3}, {-5, 4}, {-1e3, 1e3}};
  OpDef def =
      scatter_op<Set>("scatter_set", "x with the rows at the indices replaced by the updates; the last one wins.",
                      Anything{}, kernel::sample_anything, ranges);
  def.jvp = kernel::linear_rule({0, 2});
  ops.add(std::move(def));

  def = scatter_op<Add>("scatter_add", "x with the updates added at the indices, in order; integers wrap.", Numbers{},
                        kernel::sample_numbers, ranges);
  def.jvp = kernel::linear_rule({0, 2});
  ops.add(std::move(def));

  def = scatter_op<Multiply>("scatter_mul",
                             "x with the rows at the indices multiplied by the updates, in order; integers wrap.",
                             Numbers{}, kernel::sample_numbers, {{-2, 2}, {-5, 4}, {-2, 2}});
  def.jvp = JvpFn(product_rule);
  ops.add(std::move(def));

  def = scatter_op<Minimum>("scatter_min", "The smaller one of x and the updates at the indices; NaN wins.", Anything{},
                            kernel::sample_anything, ranges);
  def.jvp = JvpFn(extreme_rule);
  ops.add(std::move(def));

  def = scatter_op<Maximum>("scatter_max", "The larger one of x and the updates at the indices; NaN wins.", Anything{},
                            kernel::sample_anything, ranges);
  def.jvp = JvpFn(extreme_rule);
  ops.add(std::move(def));
}

}  // namespace brainpy::compiler
