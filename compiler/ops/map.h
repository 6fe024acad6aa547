// Map operations from a lane body: one captureless generic lambda becomes, for each list of element types, the host
// loop and the emitter of the same computation.
// In: a lambda over lanes, such as [](auto x, auto y) { return x + y; }. Out: MapBody records, inference, an OpDef.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "compiler/ops/lane.h"
#include "compiler/ops/op_def.h"
#include "compiler/ops/registry.h"

namespace brainpy::compiler {

/// Stands for a random key in a list of element types; its lane is a u64.
struct Key {};

namespace detail {

template <class T>
struct LaneScalar {
  using type = T;
  static constexpr DType dtype = runtime::dtype_of<T>;
};
template <>
struct LaneScalar<Key> {
  using type = std::uint64_t;
  static constexpr DType dtype = DType::key;
};
template <class T>
using lane_scalar = typename LaneScalar<T>::type;

/// `Out` of void: the body's own result type; Key: a u64 lane stored as a key.
template <class Body, bool Indexed, class Out, class... In>
struct MapInstance {
  template <std::size_t... k>
  static auto call_host(const void* const* in, std::int64_t first, std::int64_t i, std::index_sequence<k...>) {
    if constexpr (Indexed)
      return Body{}(lane::Host<std::uint64_t>(static_cast<std::uint64_t>(first + i)),
                    lane::Host<lane_scalar<In>>(static_cast<const lane_scalar<In>*>(in[k])[i])...);
    else return Body{}(lane::Host<lane_scalar<In>>(static_cast<const lane_scalar<In>*>(in[k])[i])...);
  }

  static void host(const void* const* in, void* const* out, std::int64_t first, std::int64_t count) {
    using Result = typename decltype(call_host(in, first, 0, std::index_sequence_for<In...>{}))::Scalar;
    auto* result = static_cast<Result*>(out[0]);
    for (std::int64_t i = 0; i < count; ++i) result[i] = call_host(in, first, i, std::index_sequence_for<In...>{}).v;
  }

  template <std::size_t... k>
  static auto call_emit(const EmitHandle* in, [[maybe_unused]] EmitHandle index, std::index_sequence<k...>) {
    if constexpr (Indexed)
      return Body{}(lane::Emit<std::uint64_t>(lane::Emitted{index}),
                    lane::Emit<lane_scalar<In>>(lane::Emitted{in[k]})...);
    else return Body{}(lane::Emit<lane_scalar<In>>(lane::Emitted{in[k]})...);
  }

  /// Cold: it runs once a compile, and is not worth the time that optimising it takes.
  [[gnu::cold]] static void emit(const EmitHandle* in, EmitHandle* out, EmitHandle index) {
    out[0] = call_emit(in, index, std::index_sequence_for<In...>{}).v;
  }

  static MapBody make() {
    MapBody body;
    body.operands = {LaneScalar<In>::dtype...};
    using Result = typename decltype(call_emit(nullptr, nullptr, std::index_sequence_for<In...>{}))::Scalar;
    if constexpr (std::is_same_v<Out, void>) body.results = {runtime::dtype_of<Result>};
    else body.results = {LaneScalar<Out>::dtype};
    body.host = &host;
    body.emit = &emit;
    return body;
  }
};

}  // namespace detail

/// The body for operands of the types `In`.
template <class... In, class Body>
MapBody map_body(Body) {
  return detail::MapInstance<Body, false, void, In...>::make();
}

/// The same for a body whose first argument is the element's index, a u64 lane.
template <class... In, class Body>
MapBody indexed_body(Body) {
  return detail::MapInstance<Body, true, void, In...>::make();
}

/// The same for a body whose u64 result is a key.
template <class... In, class Body>
MapBody key_body(Body) {
  return detail::MapInstance<Body, true, Key, In...>::make();
}

template <class... T>
struct Types {};
using Floats = Types<float, double>;
using Integers = Types<std::int32_t, std::int64_t, std::uint32_t, std::uint64_t>;
using SignedNumbers = Types<float, double, std::int32_t, std::int64_t>;
using Numbers = Types<float, double, std::int32_t, std::int64_t, std::uint32_t, std::uint64_t>;
using Anything = Types<float, double, std::int32_t, std::int64_t, std::uint32_t, std::uint64_t, bool>;

namespace detail {
template <class T, std::size_t>
using Repeat = T;
template <class T, class Body, std::size_t... k>
MapBody same_type_body(Body body, std::index_sequence<k...>) {
  return map_body<Repeat<T, k>...>(body);
}
}  // namespace detail

/// One body for each type of the set, with `arity` operands of that one type.
template <std::size_t arity, class... T, class Body>
std::vector<MapBody> same_type_bodies(Types<T...>, Body body) {
  return {detail::same_type_body<T>(body, std::make_index_sequence<arity>{})...};
}

/// Inference of map operations: the element types of one of the bodies; shapes equal, or scalars beside them; an
/// attribute `shape` gives the result's shape when there is one.
std::vector<Type> infer_map(const OpDef& def, std::span<const Type> operands, const Attributes& attributes);

/// The body that takes these element types, or null.
const MapBody* find_body(const OpDef& def, std::span<const Type> operands);

/// Starts the record of a map operation; the caller sets jvp, identities and samples, then adds it to
/// the registry.
OpDef map_op(std::string name, std::string doc, std::vector<MapBody> bodies);

}  // namespace brainpy::compiler
