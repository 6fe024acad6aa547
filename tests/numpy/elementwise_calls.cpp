// Calls of the elementwise functions.
#include "case.h"

namespace numpy_test {

namespace {

using Unary = bm::Array (*)(const bm::Operand&);
using Binary = bm::Array (*)(const bm::Operand&, const bm::Operand&);

}  // namespace

void add_elementwise_calls(Table& table) {
  const std::pair<const char*, Unary> unary[] = {
      {"exp", bm::exp},
      {"exp2", bm::exp2},
      {"expm1", bm::expm1},
      {"log", bm::log},
      {"log2", bm::log2},
      {"log10", bm::log10},
      {"log1p", bm::log1p},
      {"sqrt", bm::sqrt},
      {"cbrt", bm::cbrt},
      {"sin", bm::sin},
      {"cos", bm::cos},
      {"tan", bm::tan},
      {"arcsin", bm::arcsin},
      {"arccos", bm::arccos},
      {"arctan", bm::arctan},
      {"sinh", bm::sinh},
      {"cosh", bm::cosh},
      {"tanh", bm::tanh},
      {"arcsinh", bm::arcsinh},
      {"arccosh", bm::arccosh},
      {"arctanh", bm::arctanh},
      {"reciprocal", bm::reciprocal},
      {"deg2rad", bm::deg2rad},
      {"radians", bm::radians},
      {"rad2deg", bm::rad2deg},
      {"degrees", bm::degrees},
      {"sinc", bm::sinc},
      {"erf", bm::erf},
      {"erfc", bm::erfc},
      {"lgamma", bm::lgamma},
      {"sigmoid", bm::sigmoid},
      {"softplus", bm::softplus},
      {"silu", bm::silu},
      {"selu", bm::selu},
      {"soft_sign", bm::soft_sign},
      {"log_sigmoid", bm::log_sigmoid},
      {"hard_sigmoid", bm::hard_sigmoid},
      {"exprel", bm::exprel},
      {"negative", bm::negative},
      {"positive", bm::positive},
      {"abs", bm::abs},
      {"absolute", bm::absolute},
      {"fabs", bm::fabs},
      {"sign", bm::sign},
      {"square", bm::square},
      {"floor", bm::floor},
      {"ceil", bm::ceil},
      {"trunc", bm::trunc},
      {"fix", bm::fix},
      {"rint", bm::rint},
      {"isnan", bm::isnan},
      {"isinf", bm::isinf},
      {"isfinite", bm::isfinite},
      {"isposinf", bm::isposinf},
      {"isneginf", bm::isneginf},
      {"signbit", bm::signbit},
      {"relu", bm::relu},
      {"relu6", bm::relu6},
      {"logical_not", bm::logical_not},
      {"invert", bm::invert},
      {"bitwise_not", bm::bitwise_not},
  };
  for (const auto& [name, function] : unary)
    table[name] = [function = function](const Case& c) { return Arrays{function(c.in[0])}; };

  const std::pair<const char*, Binary> binary[] = {
      {"arctan2", bm::arctan2},
      {"hypot", bm::hypot},
      {"logaddexp", bm::logaddexp},
      {"logaddexp2", bm::logaddexp2},
      {"power", bm::power},
      {"power_float", bm::power},
      {"pow", bm::pow},
      {"float_power", bm::float_power},
      {"fmod", bm::fmod},
      {"mod", bm::mod},
      {"remainder", bm::remainder},
      {"add", bm::add},
      {"subtract", bm::subtract},
      {"multiply", bm::multiply},
      {"divide", bm::divide},
      {"true_divide", bm::true_divide},
      {"floor_divide", bm::floor_divide},
      {"maximum", bm::maximum},
      {"minimum", bm::minimum},
      {"fmax", bm::fmax},
      {"fmin", bm::fmin},
      {"copysign", bm::copysign},
      {"heaviside", bm::heaviside},
      {"equal", bm::equal},
      {"not_equal", bm::not_equal},
      {"less", bm::less},
      {"less_equal", bm::less_equal},
      {"greater", bm::greater},
      {"greater_equal", bm::greater_equal},
      {"logical_and", bm::logical_and},
      {"logical_or", bm::logical_or},
      {"logical_xor", bm::logical_xor},
      {"bitwise_and", bm::bitwise_and},
      {"bitwise_or", bm::bitwise_or},
      {"bitwise_xor", bm::bitwise_xor},
      {"left_shift", bm::left_shift},
      {"right_shift", bm::right_shift},
  };
  for (const auto& [name, function] : binary)
    table[name] = [function = function](const Case& c) { return Arrays{function(c.in[0], c.in[1])}; };

  table["elu"] = [](const Case& c) { return Arrays{bm::elu(c.in[0])}; };
  table["gelu"] = [](const Case& c) { return Arrays{bm::gelu(c.in[0])}; };
  table["leaky_relu"] = [](const Case& c) { return Arrays{bm::leaky_relu(c.in[0])}; };
  table["round"] = [](const Case& c) { return Arrays{bm::round(c.in[0])}; };
  table["round_decimals"] = [](const Case& c) { return Arrays{bm::around(c.in[0], c.integer("decimals"))}; };
  table["nan_to_num"] = [](const Case& c) { return Arrays{bm::nan_to_num(c.in[0])}; };
  table["power_number"] = [](const Case& c) { return Arrays{bm::power(c.in[0], c.integer("number"))}; };
  table["isclose"] = [](const Case& c) { return Arrays{bm::isclose(c.in[0], c.in[1])}; };
  table["allclose"] = [](const Case& c) { return Arrays{bm::allclose(c.in[0], c.in[1])}; };
  table["array_equal"] = [](const Case& c) { return Arrays{bm::array_equal(c.in[0], c.in[1])}; };
  table["where"] = [](const Case& c) { return Arrays{bm::where(c.in[0], c.in[1], c.in[2])}; };
  table["clip"] = [](const Case& c) { return Arrays{bm::clip(c.in[0], c.in[1], c.in[2])}; };
  table["divmod"] = [](const Case& c) { return bm::divmod(c.in[0], c.in[1]); };
  table["fma"] = [](const Case& c) { return Arrays{bm::fma(c.in[0], c.in[1], c.in[2])}; };
  table["one_hot"] = [](const Case& c) { return Arrays{bm::one_hot(c.in[0], c.integer("classes"))}; };
}

}  // namespace numpy_test
