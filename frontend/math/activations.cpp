// Activation functions of neural networks.
// In: arrays, Variables, numbers. Out: arrays of floats. Declared in elementwise.hpp.
#include "frontend/math/elementwise.hpp"
#include "frontend/math/primitives.h"
#include "frontend/math/reductions.hpp"

namespace brainpy::math {

namespace {

/// An operand that stands for an intermediate value and keeps the user's line.
Operand floats(const Operand& a) {
  const DType dtype = to_float(common_dtype({a}));
  return Operand(convert(a.array(dtype), dtype, a.site()), a.site());
}

}  // namespace

Array sigmoid(const Operand& a) { return float_unary("sigmoid", a); }
Array relu(const Operand& a) { return maximum(a, 0); }
Array relu6(const Operand& a) { return clip(a, 0, 6); }
Array softplus(const Operand& a) { return float_unary("softplus", a); }

Array hard_sigmoid(const Operand& a) {
  const Operand x = floats(a);
  return divide(Operand(relu6(Operand(add(x, 3.0), a.site())), a.site()), 6.0);
}

Array leaky_relu(const Operand& a, double slope) {
  const Operand x = floats(a);
  return where(Operand(greater_equal(x, 0.0), a.site()), x, Operand(multiply(x, slope), a.site()));
}

Array elu(const Operand& a, double alpha) {
  const Operand x = floats(a);
  // expm1 only sees what it is used for: its overflow must not reach a derivative.
  const Operand below(minimum(x, 0.0), a.site());
  return where(Operand(greater(x, 0.0), a.site()), x,
               Operand(multiply(Operand(expm1(below), a.site()), alpha), a.site()));
}

Array selu(const Operand& a) {
  const double alpha = 1.6732632423543772848170429916717, scale = 1.0507009873554804934193349852946;
  return multiply(Operand(elu(a, alpha), a.site()), scale);
}

Array gelu(const Operand& a, bool approximate) {
  const Site& site = a.site();
  const Operand x = floats(a);
  const Operand half(multiply(x, 0.5), site);
  if (!approximate) {
    const Operand scaled(multiply(x, 0.70710678118654752440), site);
    return multiply(half, Operand(add(Operand(erf(scaled), site), 1.0), site));
  }
  const Operand cubic(multiply(Operand(power(x, 3), site), 0.044715), site);
  const Operand inner(multiply(Operand(add(x, cubic), site), 0.79788456080286535588), site);
  return multiply(half, Operand(add(Operand(tanh(inner), site), 1.0), site));
}

Array silu(const Operand& a) {
  const Operand x = floats(a);
  return multiply(x, Operand(sigmoid(x), a.site()));
}

Array soft_sign(const Operand& a) {
  const Operand x = floats(a);
  return divide(x, Operand(add(Operand(abs(x), a.site()), 1.0), a.site()));
}

Array log_sigmoid(const Operand& a) {
  const Operand x = floats(a);
  return negative(Operand(softplus(Operand(negative(x), a.site())), a.site()));
}

Array softmax(const Operand& a, int axis) {
  const Site& site = a.site();
  const Operand x = floats(a);
  const Operand shifted(subtract(x, Operand(max(x, axis, true), site)), site);
  const Operand weights(exp(shifted), site);
  return divide(weights, Operand(sum(weights, axis, true), site));
}

Array log_softmax(const Operand& a, int axis) {
  const Site& site = a.site();
  const Operand x = floats(a);
  const Operand shifted(subtract(x, Operand(max(x, axis, true), site)), site);
  return subtract(shifted, Operand(log(Operand(sum(Operand(exp(shifted), site), axis, true), site)), site));
}

Array one_hot(const Operand& a, std::int64_t classes, std::optional<DType> dtype) {
  const Site& site = a.site();
  const Array x = array_of(a);
  const Operand column(insert_axis(x, x.ndim(), site), site);
  return convert(equal(column, Operand(count_up(classes, site), site)), dtype.value_or(default_float()), site);
}

}  // namespace brainpy::math
