// Short ways to write the record of an elementwise function of floats: its body for both types, its derivative rule.
// In: lane functions, derivatives in terms of the operands (x), the result (y) and tangents (t). Out: registry entries.
#pragma once

#include "compiler/ops/map.h"
#include "compiler/ops/samples.h"
#include "compiler/ops/vecmath.h"

namespace brainpy::compiler {

namespace function_rule {

/// A constant as a lane.
template <lane::Lane L>
L number(double value) {
  return static_cast<lane::scalar<L>>(value);
}

using Values = std::vector<ir::Value*>;

/// Short names for building a rule.
struct Rule {
  JvpRule& r;

  ir::Value* x(int i = 0) const { return r.operand(i); }
  ir::Value* y() const { return r.result(); }
  ir::Value* t(int i = 0) const { return r.tangent(i); }
  ir::Value* number(double value) const { return r.number(value, r.result()->type.dtype); }
  ir::Value* apply(const char* name, ir::Value* a) const { return r.apply(name, {a}); }
  ir::Value* add(ir::Value* a, ir::Value* b) const { return r.apply("add", {a, b}); }
  ir::Value* sub(ir::Value* a, ir::Value* b) const { return r.apply("sub", {a, b}); }
  ir::Value* mul(ir::Value* a, ir::Value* b) const { return r.apply("mul", {a, b}); }
  ir::Value* div(ir::Value* a, ir::Value* b) const { return r.apply("div", {a, b}); }
  ir::Value* neg(ir::Value* a) const { return apply("neg", a); }
  /// (1 - x)(1 + x): 1 - x^2 with its digits near 1.
  ir::Value* one_minus_square(ir::Value* a) const { return mul(sub(number(1), a), add(number(1), a)); }
};

/// The tangent of a function of one operand from its derivative.
template <class Derivative>
JvpFn times(Derivative derivative) {
  return [derivative](JvpRule& r) -> Values {
    const Rule rule{r};
    return {rule.mul(rule.t(), derivative(rule))};
  };
}

/// The same where the derivative is one over something.
template <class Inverse>
JvpFn over(Inverse inverse) {
  return [inverse](JvpRule& r) -> Values {
    const Rule rule{r};
    return {rule.div(rule.t(), inverse(rule))};
  };
}

/// The tangent of a function of two operands; a derivative is only built where its tangent is not zero.
template <class First, class Second>
JvpFn partial(First first, Second second) {
  return [first, second](JvpRule& r) -> Values {
    const Rule rule{r};
    ir::Value* a = rule.t(0) ? rule.mul(rule.t(0), first(rule)) : nullptr;
    ir::Value* b = rule.t(1) ? rule.mul(rule.t(1), second(rule)) : nullptr;
    return {r.add(a, b)};
  };
}

/// Adds a function of one float operand; samples are drawn from [low, high].
template <class Body>
void add_function(Registry& ops, const char* name, const char* doc, Body body, Jvp jvp, double low, double high) {
  OpDef def = map_op(name, doc, same_type_bodies<1>(Floats{}, body));
  def.jvp = std::move(jvp);
  def.samples = float_samples(1, low, high);
  ops.add(std::move(def));
}

/// The same for two operands, each with its own range.
template <class Body>
void add_function_of_two(Registry& ops, const char* name, const char* doc, Body body, Jvp jvp, const Ranges& ranges) {
  OpDef def = map_op(name, doc, same_type_bodies<2>(Floats{}, body));
  def.jvp = std::move(jvp);
  def.samples = {sample({DType::f32, DType::f32}, ranges), sample({DType::f64, DType::f64}, ranges)};
  ops.add(std::move(def));
}

}  // namespace function_rule
}  // namespace brainpy::compiler
