// Elementwise arithmetic, comparison, logic, bits, rounding and choice.
// In: lanes of equal type. Out: one registry entry for each operation.
#include <limits>

#include "compiler/ops/batching.h"
#include "compiler/ops/map.h"
#include "compiler/ops/samples.h"

namespace brainpy::compiler {
namespace {

using lane::Bool;
using lane::Lane;
using lane::scalar;
using lane::select;

template <Lane L>
constexpr bool is_bool = std::is_same_v<scalar<L>, bool>;

/// NaN wins, as in NumPy; -0.0 < +0.0 here, so that the result does not depend on the order of operands.
template <Lane L>
L maximum(L a, L b) {
  if constexpr (is_bool<L>) {
    return a | b;
  } else if constexpr (lane::is_float<L>) {
    const L larger = select(a > b, a, b);
    const L zero_sign = select(a == b, lane::copysign(a, a + b), larger);
    const L tie = select((a == b) & (a == L(0)), a + b, zero_sign);
    return select(lane::is_nan(a), a, select(lane::is_nan(b), b, tie));
  } else {
    return select(a > b, a, b);
  }
}

template <Lane L>
L minimum(L a, L b) {
  if constexpr (is_bool<L>) return a & b;
  else if constexpr (lane::is_float<L>) return -maximum(-a, -b);
  else return select(a < b, a, b);
}

template <Lane L>
L floor_divide(L a, L b) {
  if constexpr (lane::is_float<L>) {
    // NumPy: floor of the quotient, from the exact remainder's side.
    return lane::floor(a / b);
  } else {
    const L q = a / b;
    if constexpr (std::is_unsigned_v<scalar<L>>) return q;
    else return select(((a % b) != L(0)) & ((a < L(0)) != (b < L(0))), q - L(1), q);
  }
}

/// The remainder has the divisor's sign.
template <Lane L>
L remainder(L a, L b) {
  if constexpr (lane::is_float<L>) {
    const L q = lane::floor(a / b);
    const L r = lane::fma(-q, b, a);
    // The quotient may have been rounded up to an integer: bring the remainder back into [0, b).
    const L low = select((r != L(0)) & ((r < L(0)) != (b < L(0))), r + b, r);
    const L whole = select(lane::abs(b) == L(std::numeric_limits<scalar<L>>::infinity()),
                           select((a < L(0)) != (b < L(0)), select(a == L(0), a, b), a), low);
    return select(whole == L(0), lane::copysign(L(0), b), whole);
  } else {
    const L r = a % b;
    if constexpr (std::is_unsigned_v<scalar<L>>) return r;
    else return select((r != L(0)) & ((r < L(0)) != (b < L(0))), r + b, r);
  }
}

template <Lane L>
L sign(L x) {
  if constexpr (lane::is_float<L>) {
    return select(lane::is_nan(x), x, select(x > L(0), L(1), select(x < L(0), L(-1), L(0))));
  } else if constexpr (std::is_unsigned_v<scalar<L>>) {
    return select(x != L(0), L(1), L(0));
  } else {
    return select(x > L(0), L(1), select(x < L(0), L(-1), L(0)));
  }
}

/// Conversion that is defined everywhere: float to integer truncates, clamps to the type's range, NaN gives 0.
template <class To, Lane L>
lane::with<To, L> astype(L x) {
  using From = scalar<L>;
  using R = lane::with<To, L>;
  if constexpr (std::is_same_v<To, bool>) {
    return x != L(0);
  } else if constexpr (std::is_same_v<From, bool>) {
    return select(x, R(1), R(0));
  } else if constexpr (lane::is_float<L> && std::is_integral_v<To>) {
    // The largest float that converts without overflow: all bits of the significand set below the type's limit.
    constexpr int digits = std::numeric_limits<To>::digits, precision = std::numeric_limits<From>::digits;
    constexpr To top = digits > precision
                           ? static_cast<To>(std::numeric_limits<To>::max() -
                                             ((To(1) << (digits > precision ? digits - precision : 0)) - 1))
                           : std::numeric_limits<To>::max();
    const L high = static_cast<From>(top), low = static_cast<From>(std::numeric_limits<To>::min());
    const L inside = select(x > high, high, select(x < low, low, x));
    const R number = lane::convert<To>(select(lane::is_nan(x), L(0), inside));
    return select(x > high, R(std::numeric_limits<To>::max()), number);
  } else {
    return lane::convert<To>(x);
  }
}

template <class To, class... From, class Ops>
void append_conversions(Types<From...>, Ops& bodies) {
  (bodies.push_back(map_body<From>([](auto x) { return astype<To>(x); })), ...);
}

/// Bodies of the conversion to one element type. One operation per target, as a body is chosen by operand types.
template <class To>
OpDef conversion(const char* name) {
  std::vector<MapBody> bodies;
  append_conversions<To>(Anything{}, bodies);
  OpDef def = map_op(name, "Converts the element type; float to integer truncates and clamps, NaN becomes 0.",
                     std::move(bodies));
  for (DType t : {DType::f32, DType::f64, DType::i32, DType::i64, DType::u32, DType::u64, DType::bool_})
    def.samples.push_back(sample({t}, {{-1e3, 1e3}}));
  if constexpr (std::is_floating_point_v<To>) {
    const std::string self = name;
    def.jvp = JvpFn([self](JvpRule& r) -> std::vector<ir::Value*> {
      if (!runtime::is_float(r.operand(0)->type.dtype)) return {nullptr};
      return {r.apply(self, {r.tangent(0)})};
    });
  } else {
    def.jvp = ZeroDerivative{};
  }
  return def;
}

}  // namespace

void register_elementwise(Registry& ops) {
  const auto numbers = [](auto body) { return same_type_bodies<2>(Numbers{}, body); };

  // --- arithmetic
  OpDef def = map_op("add", "a + b; integers wrap.", numbers([](auto a, auto b) { return a + b; }));
  def.jvp = JvpFn([](JvpRule& r) -> std::vector<ir::Value*> { return {r.add(r.tangent(0), r.tangent(1))}; });
  def.identities = {{0, -0.0}, {1, -0.0}};
  def.samples = number_samples(2, -1e3, 1e3);
  ops.add(std::move(def));

  def = map_op("sub", "a - b; integers wrap.", numbers([](auto a, auto b) { return a - b; }));
  def.jvp = JvpFn([](JvpRule& r) -> std::vector<ir::Value*> {
    if (!r.tangent(1)) return {r.tangent(0)};
    if (!r.tangent(0)) return {r.apply("neg", {r.tangent(1)})};
    return {r.apply("sub", {r.tangent(0), r.tangent(1)})};
  });
  def.identities = {{1, 0.0}};
  def.samples = number_samples(2, -1e3, 1e3);
  ops.add(std::move(def));

  def = map_op("mul", "a * b; integers wrap.", numbers([](auto a, auto b) { return a * b; }));
  def.jvp = JvpFn([](JvpRule& r) -> std::vector<ir::Value*> {
    ir::Value* left = r.tangent(0) ? r.apply("mul", {r.tangent(0), r.operand(1)}) : nullptr;
    ir::Value* right = r.tangent(1) ? r.apply("mul", {r.operand(0), r.tangent(1)}) : nullptr;
    return {r.add(left, right)};
  });
  def.identities = {{0, 1.0}, {1, 1.0}};
  def.samples = number_samples(2, -1e3, 1e3);
  ops.add(std::move(def));

  def = map_op("div", "a / b; integers truncate, and x / 0 is 0.", numbers([](auto a, auto b) { return a / b; }));
  def.jvp = JvpFn([](JvpRule& r) -> std::vector<ir::Value*> {
    if (!r.tangent(1)) return {r.apply("div", {r.tangent(0), r.operand(1)})};
    ir::Value* bend = r.apply("mul", {r.result(), r.tangent(1)});
    ir::Value* top = r.tangent(0) ? r.apply("sub", {r.tangent(0), bend}) : r.apply("neg", {bend});
    return {r.apply("div", {top, r.operand(1)})};
  });
  def.identities = {{1, 1.0}};
  def.samples = number_samples(2, 0.5, 1e3);
  ops.add(std::move(def));

  def = map_op("floor_divide", "Floor of a / b; integers round down, and x // 0 is 0.",
               numbers([](auto a, auto b) { return floor_divide(a, b); }));
  def.jvp = ZeroDerivative{};
  def.samples = number_samples(2, -1e2, 1e2);
  ops.add(std::move(def));

  def = map_op("remainder", "a mod b with the sign of b (NumPy's %); integers give 0 for b = 0.",
               numbers([](auto a, auto b) { return remainder(a, b); }));
  def.jvp = JvpFn([](JvpRule& r) -> std::vector<ir::Value*> {
    ir::Value* bend = nullptr;
    if (r.tangent(1)) {
      ir::Value* q = r.apply("floor_divide", {r.operand(0), r.operand(1)});
      bend = r.apply("neg", {r.apply("mul", {q, r.tangent(1)})});
    }
    return {r.add(r.tangent(0), bend)};
  });
  def.samples = number_samples(2, 0.7, 1e2);
  ops.add(std::move(def));

  def = map_op("neg", "-a.", same_type_bodies<1>(Numbers{}, [](auto a) { return -a; }));
  def.jvp = JvpFn([](JvpRule& r) -> std::vector<ir::Value*> { return {r.apply("neg", {r.tangent(0)})}; });
  def.samples = number_samples(1, -1e3, 1e3);
  ops.add(std::move(def));

  def = map_op("abs", "Magnitude.", same_type_bodies<1>(Numbers{}, [](auto a) { return lane::abs(a); }));
  def.jvp = JvpFn([](JvpRule& r) -> std::vector<ir::Value*> {
    return {r.apply("mul", {r.tangent(0), r.apply("sign", {r.operand(0)})})};
  });
  def.samples = number_samples(1, -1e3, 1e3);
  ops.add(std::move(def));

  def = map_op("sign", "-1, 0 or 1; NaN stays.", same_type_bodies<1>(Numbers{}, [](auto a) { return sign(a); }));
  def.jvp = ZeroDerivative{};
  def.samples = number_samples(1, -1e3, 1e3);
  ops.add(std::move(def));

  def = map_op("sqrt", "Square root, exactly rounded.",
               same_type_bodies<1>(Floats{}, [](auto a) { return lane::sqrt(a); }));
  def.jvp = JvpFn([](JvpRule& r) -> std::vector<ir::Value*> {
    ir::Value* twice = r.apply("mul", {r.number(2.0, r.result()->type.dtype), r.result()});
    return {r.apply("div", {r.tangent(0), twice})};
  });
  def.samples = float_samples(1, 0.01, 1e3);
  ops.add(std::move(def));

  def = map_op("fma", "a * b + c, rounded once.",
               same_type_bodies<3>(Floats{}, [](auto a, auto b, auto c) { return lane::fma(a, b, c); }));
  def.jvp = JvpFn([](JvpRule& r) -> std::vector<ir::Value*> {
    ir::Value* left = r.tangent(0) ? r.apply("mul", {r.tangent(0), r.operand(1)}) : nullptr;
    ir::Value* right = r.tangent(1) ? r.apply("mul", {r.operand(0), r.tangent(1)}) : nullptr;
    return {r.add(r.add(left, right), r.tangent(2))};
  });
  def.samples = float_samples(3, -1e2, 1e2);
  ops.add(std::move(def));

  // --- extremes
  const auto extreme_jvp = [](const char* compare) {
    return JvpFn([compare](JvpRule& r) -> std::vector<ir::Value*> {
      const DType dtype = r.result()->type.dtype;
      ir::Value* zero = r.number(0.0, dtype);
      return {r.apply("select", {r.apply(compare, {r.operand(0), r.operand(1)}), r.tangent(0) ? r.tangent(0) : zero,
                                 r.tangent(1) ? r.tangent(1) : zero})};
    });
  };
  def = map_op("maximum", "The larger one; NaN wins.",
               same_type_bodies<2>(Anything{}, [](auto a, auto b) { return maximum(a, b); }));
  def.jvp = extreme_jvp("ge");
  def.samples = number_samples(2, -1e3, 1e3);
  ops.add(std::move(def));

  def = map_op("minimum", "The smaller one; NaN wins.",
               same_type_bodies<2>(Anything{}, [](auto a, auto b) { return minimum(a, b); }));
  def.jvp = extreme_jvp("le");
  def.samples = number_samples(2, -1e3, 1e3);
  ops.add(std::move(def));

  // --- rounding
  const auto rounding = [&](const char* name, const char* doc, auto body) {
    OpDef d = map_op(name, doc, same_type_bodies<1>(Floats{}, body));
    d.jvp = ZeroDerivative{};
    d.samples = float_samples(1, -1e2, 1e2);
    ops.add(std::move(d));
  };
  rounding("floor", "Largest integer not above.", [](auto a) { return lane::floor(a); });
  rounding("ceil", "Smallest integer not below.", [](auto a) { return lane::ceil(a); });
  rounding("trunc", "Towards zero.", [](auto a) { return lane::trunc(a); });
  rounding("round", "To the nearest integer, ties to even.", [](auto a) { return lane::nearbyint(a); });

  def = map_op("copysign", "Magnitude of a, sign of b.",
               same_type_bodies<2>(Floats{}, [](auto a, auto b) { return lane::copysign(a, b); }));
  def.jvp = JvpFn([](JvpRule& r) -> std::vector<ir::Value*> {
    if (!r.tangent(0)) return {nullptr};
    ir::Value* one = r.number(1.0, r.result()->type.dtype);
    ir::Value* same =
        r.apply("mul", {r.apply("copysign", {one, r.operand(0)}), r.apply("copysign", {one, r.operand(1)})});
    return {r.apply("mul", {r.tangent(0), same})};
  });
  def.samples = float_samples(2, -1e2, 1e2);
  ops.add(std::move(def));

  // --- comparison
  const auto comparison = [&](const char* name, const char* doc, auto bodies) {
    OpDef d = map_op(name, doc, bodies);
    d.jvp = ZeroDerivative{};
    d.samples = number_samples(2, -5, 5);
    ops.add(std::move(d));
  };
  comparison("eq", "a == b.", same_type_bodies<2>(Anything{}, [](auto a, auto b) { return a == b; }));
  comparison("ne", "a != b; true for NaN.", same_type_bodies<2>(Anything{}, [](auto a, auto b) { return a != b; }));
  comparison("lt", "a < b.", numbers([](auto a, auto b) { return a < b; }));
  comparison("le", "a <= b.", numbers([](auto a, auto b) { return a <= b; }));
  comparison("gt", "a > b.", numbers([](auto a, auto b) { return a > b; }));
  comparison("ge", "a >= b.", numbers([](auto a, auto b) { return a >= b; }));

  const auto test = [&](const char* name, const char* doc, auto body) {
    OpDef d = map_op(name, doc, same_type_bodies<1>(Floats{}, body));
    d.jvp = ZeroDerivative{};
    d.samples = float_samples(1, -1e2, 1e2);
    ops.add(std::move(d));
  };
  test("is_nan", "True for NaN.", [](auto a) { return lane::is_nan(a); });
  test("is_inf", "True for both infinities.", [](auto a) {
    using L = decltype(a);
    return lane::abs(a) == L(std::numeric_limits<scalar<L>>::infinity());
  });
  test("is_finite", "False for NaN and infinities.", [](auto a) {
    using L = decltype(a);
    return lane::abs(a) < L(std::numeric_limits<scalar<L>>::infinity());
  });
  test("sign_bit", "True when the sign bit is set, also of -0.0.", [](auto a) {
    using L = decltype(a);
    return lane::copysign(L(1), a) < L(0);
  });

  // --- logic and bits
  using Bits = Types<std::int32_t, std::int64_t, std::uint32_t, std::uint64_t, bool>;
  const auto bitwise = [&](const char* name, const char* doc, auto body) {
    OpDef d = map_op(name, doc, same_type_bodies<2>(Bits{}, body));
    d.jvp = ZeroDerivative{};
    d.samples = integer_samples(2, -1000, 1000);
    d.samples.push_back(sample({DType::bool_, DType::bool_}, {{0, 1}}));
    ops.add(std::move(d));
  };
  bitwise("and", "Bitwise and; logical on bools.", [](auto a, auto b) { return a & b; });
  bitwise("or", "Bitwise or; logical on bools.", [](auto a, auto b) { return a | b; });
  bitwise("xor", "Bitwise exclusive or; logical on bools.", [](auto a, auto b) { return a ^ b; });

  def = map_op("not", "All bits inverted; logical on bools.", same_type_bodies<1>(Bits{}, [](auto a) { return ~a; }));
  def.jvp = ZeroDerivative{};
  def.samples = integer_samples(1, -1000, 1000);
  def.samples.push_back(sample({DType::bool_}, {{0, 1}}));
  ops.add(std::move(def));

  const auto shift = [&](const char* name, const char* doc, auto body) {
    OpDef d = map_op(name, doc, same_type_bodies<2>(Integers{}, body));
    d.jvp = ZeroDerivative{};
    d.samples = integer_samples(2, 0, 40);
    ops.add(std::move(d));
  };
  // A shift by the width or more gives what shifting bit by bit would: 0, or the sign.
  shift("shift_left", "a << b; 0 when b is not in [0, width).", [](auto a, auto b) {
    using L = decltype(a);
    constexpr auto width = static_cast<scalar<L>>(sizeof(scalar<L>) * 8);
    const auto inside = (b >= L(0)) & (b < L(width));
    return select(inside, a << select(inside, b, L(0)), L(0));
  });
  shift("shift_right", "a >> b, arithmetic on signed integers; a full shift when b is not in [0, width).",
        [](auto a, auto b) {
          using L = decltype(a);
          constexpr auto width = static_cast<scalar<L>>(sizeof(scalar<L>) * 8);
          const auto inside = (b >= L(0)) & (b < L(width));
          const L full = select(a < L(0), ~L(0), L(0));
          return select(inside, a >> select(inside, b, L(0)), full);
        });

  // --- choice
  std::vector<MapBody> choices;
  const auto choice = [](auto c, auto a, auto b) { return select(c, a, b); };
  choices.push_back(map_body<bool, float, float>(choice));
  choices.push_back(map_body<bool, double, double>(choice));
  choices.push_back(map_body<bool, std::int32_t, std::int32_t>(choice));
  choices.push_back(map_body<bool, std::int64_t, std::int64_t>(choice));
  choices.push_back(map_body<bool, std::uint32_t, std::uint32_t>(choice));
  choices.push_back(map_body<bool, std::uint64_t, std::uint64_t>(choice));
  choices.push_back(map_body<bool, bool, bool>(choice));
  choices.push_back(key_body<bool, Key, Key>([](auto, auto c, auto a, auto b) { return select(c, a, b); }));
  def = map_op("select", "a where the condition is true, else b.", std::move(choices));
  def.jvp = JvpFn([](JvpRule& r) -> std::vector<ir::Value*> {
    ir::Value* zero = r.number(0.0, r.result()->type.dtype);
    return {r.apply("select", {r.operand(0), r.tangent(1) ? r.tangent(1) : zero, r.tangent(2) ? r.tangent(2) : zero})};
  });
  for (DType t : {DType::f32, DType::f64, DType::i32, DType::i64, DType::u32, DType::u64, DType::bool_})
    def.samples.push_back(sample({DType::bool_, t, t}, {{-1e3, 1e3}}));
  ops.add(std::move(def));

  // --- conversion
  ops.add(conversion<float>("to_f32"));
  ops.add(conversion<double>("to_f64"));
  ops.add(conversion<std::int32_t>("to_i32"));
  ops.add(conversion<std::int64_t>("to_i64"));
  ops.add(conversion<std::uint32_t>("to_u32"));
  ops.add(conversion<std::uint64_t>("to_u64"));
  ops.add(conversion<bool>("to_bool"));

  // --- copies
  std::vector<MapBody> fills = same_type_bodies<1>(Anything{}, [](auto x) { return x; });
  def = map_op("fill", "A scalar repeated over the attribute `shape`.", std::move(fills));
  def.jvp =
      JvpFn([](JvpRule& r) -> std::vector<ir::Value*> { return {r.apply("fill", {r.tangent(0)}, r.op().attributes)}; });
  def.batch = BatchFn([](BatchRule& r) -> std::vector<ir::Value*> {
    return {batching::stretch(r, r.operand(0), r.op().result()->type.shape)};
  });
  for (DType t : {DType::f32, DType::f64, DType::i32, DType::i64, DType::u32, DType::u64, DType::bool_}) {
    Sample s = sample({t}, {{-1e3, 1e3}});
    s.operands = [t](std::int64_t) { return std::vector<Type>{{t, {}}}; };
    s.sized_attributes = [](std::int64_t n) { return Attributes{{"shape", std::vector<std::int64_t>{n}}}; };
    def.samples.push_back(std::move(s));
  }
  ops.add(std::move(def));
}

}  // namespace brainpy::compiler
