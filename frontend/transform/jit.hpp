// bp::jit: a callable that is recorded and compiled at its first call, per argument types; and the switch that turns
// this off.
// In: a lambda, a function, or an object and one of its methods. Out: Jitted, called like the original.
#pragma once

#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include "frontend/object/object.hpp"
#include "frontend/transform/structure.hpp"
#include "runtime/owner.h"

namespace brainpy {

/// The stages at which a program can be looked at.
enum class Stage : std::uint8_t {
  trace,      ///< as recorded: reads and writes of Variables
  optimized,  ///< after the passes: what is compiled
  llvm,       ///< LLVM IR
  assembly,   ///< machine code
};

/// While it lives, everything runs eagerly: each operation computes at once; breakpoints, prints and .item() work.
class NoJit {
 public:
  NoJit();
  ~NoJit();
  NoJit(const NoJit&) = delete;

 private:
  bool saved_;
};

/// Turns the JIT off (or on again) for the whole process; BRAINPY_JIT=0 does the same.
void disable_jit(bool disabled = true);
void enable_jit();

/// How recorded programs run: "jit" (compiled), "interp" (operation by operation), "shadow" (both, compared); the same
/// as BRAINPY_RUN. Another word is a ValueError.
void set_run_mode(const char* mode);

/// True while a function is being recorded: its arrays have no numbers yet.
bool is_tracing();

/// Stops at the operation that makes a NaN, with its file:line. Programs then run operation by operation (same bits).
void set_debug_nans(bool enabled = true);

namespace transform {

/// The part of a jitted callable that needs no types: recording, compiled programs by argument types, running.
class JitCallable {
 public:
  JitCallable(const char* label, FunctionPtr function);
  /// Labelled with the object's class: the method's name is found while recording.
  JitCallable(const BrainPyObject& object, FunctionPtr function);
  ~JitCallable();
  JitCallable(JitCallable&&) noexcept;

  /// `statics` are the values of arguments that are plain numbers: they are literals of the program.
  Arrays call(const Arrays& arguments, const std::string& statics, const math::Site& site) const;
  std::string dump(Stage stage) const;
  int compiled_count() const;

 private:
  struct Impl;
  runtime::Owner<Impl> impl_;
};

namespace detail {
/// Holds the place of an argument that is an array.
struct NoNumber {};

template <class A>
inline constexpr bool is_array_argument = std::is_convertible_v<Array, A> && !std::is_arithmetic_v<A>;

/// The arguments of one call, as they are bound.
void add_array(Arrays& arrays, const math::Operand& given);
void add_number(std::string& statics, double given);
}  // namespace detail

/// Owns the callable, binds plain-number arguments and hands array arguments on.
template <class F, class R, class... A>
struct Bound final : Function {
  mutable F f;
  std::tuple<std::conditional_t<detail::is_array_argument<A>, detail::NoNumber, A>...> numbers;
  explicit Bound(F callable) : f(std::move(callable)) {}

  Arrays operator()(const Arrays& arrays) const override { return call(arrays, std::index_sequence_for<A...>{}); }

 private:
  template <std::size_t k>
  static constexpr std::size_t array_position() {
    constexpr bool flags[] = {detail::is_array_argument<A>..., false};
    std::size_t position = 0;
    for (std::size_t i = 0; i < k; ++i) position += flags[i];
    return position;
  }
  template <std::size_t k>
  decltype(auto) argument(const Arrays& arrays) const {
    using T = std::tuple_element_t<k, std::tuple<A...>>;
    if constexpr (detail::is_array_argument<T>) return arrays[array_position<k>()];
    else return std::get<k>(numbers);
  }
  template <std::size_t... k>
  Arrays call(const Arrays& arrays, std::index_sequence<k...>) const {
    if constexpr (std::is_void_v<R>) {
      f(argument<k>(arrays)...);
      return {};
    } else {
      return flatten<R>(f(argument<k>(arrays)...));
    }
  }
};

/// A jitted callable with the signature of the original; array arguments take numbers, arrays and Variables.
template <class F, class R, class... A>
class Jitted {
 public:
  Jitted(const char* label, F callable) : Jitted(label, new Bound<F, R, A...>(std::move(callable))) {}
  Jitted(const BrainPyObject& object, F callable) : Jitted(object, new Bound<F, R, A...>(std::move(callable))) {}

  template <class... Given>
  R operator()(const Given&... given) const {
    static_assert(sizeof...(Given) == sizeof...(A), "a jitted callable takes as many arguments as the original");
    return call(math::Site(), std::index_sequence_for<A...>{}, given...);
  }

  /// The program of the last call as text.
  std::string dump(Stage stage) const { return core_.dump(stage); }
  /// How many programs were recorded: one for each combination of argument types.
  int compiled_count() const { return core_.compiled_count(); }

 private:
  template <class Label>
  Jitted(const Label& label, Bound<F, R, A...>* made) : bound_(made), core_(label, own(made)) {}

  template <std::size_t... k, class... Given>
  R call(const math::Site& site, std::index_sequence<k...>, const Given&... given) const {
    Arrays arrays;
    std::string statics;
    (bind<k>(arrays, statics, given), ...);
    if constexpr (std::is_void_v<R>) core_.call(arrays, statics, site);
    else return unflatten<R>(core_.call(arrays, statics, site));
  }

  template <std::size_t k, class Given>
  void bind(Arrays& arrays, std::string& statics, const Given& given) const {
    using T = std::tuple_element_t<k, std::tuple<A...>>;
    if constexpr (detail::is_array_argument<T>) {
      detail::add_array(arrays, math::Operand(given));
    } else {
      static_assert(std::is_arithmetic_v<T>, "arguments of a jitted callable are bm::Array or plain numbers");
      std::get<k>(bound_->numbers) = given;
      detail::add_number(statics, static_cast<double>(given));
    }
  }

  Bound<F, R, A...>* bound_;  ///< owned by core_
  JitCallable core_;
};

namespace detail {
template <class Label, class F, class R, class... A>
Jitted<F, R, A...> make_jitted(const Label& label, F f, R (*)(A...)) {
  return Jitted<F, R, A...>(label, std::move(f));
}
template <class C, class R, class... A>
auto plain(R (C::*)(A...) const) -> R (*)(std::decay_t<A>...);
template <class C, class R, class... A>
auto plain(R (C::*)(A...)) -> R (*)(std::decay_t<A>...);
}  // namespace detail

}  // namespace transform

/// Compiles a lambda or any other callable with one call operator.
template <class F>
requires std::is_class_v<F>
auto jit(F f) {
  using Plain = decltype(transform::detail::plain(&F::operator()));
  return transform::detail::make_jitted("lambda", std::move(f), Plain{});
}

/// Compiles a free function.
template <class R, class... A>
auto jit(R (*function)(A...)) {
  return transform::detail::make_jitted("function", function, static_cast<R (*)(std::decay_t<A>...)>(nullptr));
}

/// Compiles a method of a model. The object must outlive the result.
template <class T, class C, class R, class... A>
auto jit(T& object, R (C::*method)(A...)) {
  auto bound = [&object, method](std::decay_t<A>... arguments) -> R {
    return (object.*method)(std::move(arguments)...);
  };
  const auto signature = static_cast<R (*)(std::decay_t<A>...)>(nullptr);
  if constexpr (std::is_base_of_v<BrainPyObject, T>)
    return transform::detail::make_jitted<BrainPyObject>(object, std::move(bound), signature);
  else return transform::detail::make_jitted("object", std::move(bound), signature);
}

template <class T, class C, class R, class... A>
auto jit(T& object, R (C::*method)(A...) const) {
  auto bound = [&object, method](std::decay_t<A>... arguments) -> R {
    return (object.*method)(std::move(arguments)...);
  };
  const auto signature = static_cast<R (*)(std::decay_t<A>...)>(nullptr);
  if constexpr (std::is_base_of_v<BrainPyObject, T>)
    return transform::detail::make_jitted<BrainPyObject>(object, std::move(bound), signature);
  else return transform::detail::make_jitted("object", std::move(bound), signature);
}

}  // namespace brainpy
