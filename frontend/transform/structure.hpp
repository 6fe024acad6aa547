// How C++ results and arguments become lists of arrays and back: Array, tuples, pairs, vectors, nothing.
// In: a value of such a type. Out: flatten(value), unflatten<R>(arrays).
#pragma once

#include <memory>
#include <tuple>
#include <utility>
#include <vector>

#include "frontend/math/array.hpp"

namespace brainpy::transform {

using math::Array;
using Arrays = std::vector<Array>;

/// Specialised for each type that a traced function may return.
template <class R>
struct Structure {
  static_assert(
      sizeof(R) == 0,
      "a traced function returns bm::Array, a std::tuple or std::pair of them, std::vector<bm::Array>, or void");
};

template <>
struct Structure<Array> {
  static void flatten(const Array& value, Arrays& into);
  static Array take(const Arrays& from, std::size_t& next) { return from[next++]; }
};

template <>
struct Structure<math::Variable> {
  static void flatten(const math::Variable& value, Arrays& into);
};

template <class... Parts>
struct Structure<std::tuple<Parts...>> {
  static void flatten(const std::tuple<Parts...>& value, Arrays& into) {
    std::apply([&](const Parts&... part) { (Structure<Parts>::flatten(part, into), ...); }, value);
  }
  static std::tuple<Parts...> take(const Arrays& from, std::size_t& next) {
    return std::tuple<Parts...>{Structure<Parts>::take(from, next)...};
  }
};

template <class A, class B>
struct Structure<std::pair<A, B>> {
  static void flatten(const std::pair<A, B>& value, Arrays& into) {
    Structure<A>::flatten(value.first, into);
    Structure<B>::flatten(value.second, into);
  }
  static std::pair<A, B> take(const Arrays& from, std::size_t& next) {
    A first = Structure<A>::take(from, next);
    return {std::move(first), Structure<B>::take(from, next)};
  }
};

template <>
struct Structure<Arrays> {
  static void flatten(const Arrays& value, Arrays& into);
  static Arrays take(const Arrays& from, std::size_t& next);
};

template <class R>
Arrays flatten(const R& value) {
  Arrays list;
  Structure<R>::flatten(value, list);
  return list;
}

template <class R>
R unflatten(const Arrays& list) {
  std::size_t next = 0;
  return Structure<R>::take(list, next);
}

/// A function from arrays to arrays, behind one virtual call, so that the library sees no templates.
struct Function {
  virtual ~Function();
  virtual Arrays operator()(const Arrays& arguments) const = 0;
};
using FunctionPtr = std::shared_ptr<const Function>;

/// Owns what was just made with new. (Here no type is left: std::make_shared would be compiled for each lambda.)
FunctionPtr own(const Function* made);

namespace detail {
template <class F>
struct Signature : Signature<decltype(&F::operator())> {};
template <class R, class... A>
struct Signature<R (*)(A...)> {
  using Result = R;
  using Arguments = std::tuple<std::decay_t<A>...>;
  static constexpr std::size_t count = sizeof...(A);
};
template <class R, class... A>
struct Signature<R(A...)> : Signature<R (*)(A...)> {};
template <class C, class R, class... A>
struct Signature<R (C::*)(A...) const> : Signature<R (*)(A...)> {};
template <class C, class R, class... A>
struct Signature<R (C::*)(A...)> : Signature<R (*)(A...)> {};

template <std::size_t>
using ArrayAt = const Array&;
}  // namespace detail

template <class F>
using Signature = detail::Signature<std::remove_pointer_t<std::decay_t<F>>>;

/// Calls `f` with the arrays as its arguments and flattens what it returns.
template <class F, std::size_t... k>
Arrays call_flat(F& f, const Arrays& arguments, std::index_sequence<k...>) {
  if constexpr (std::is_void_v<decltype(f(arguments[k]...))>) {
    f(arguments[k]...);
    return {};
  } else {
    return flatten(f(arguments[k]...));
  }
}

/// A Function of `count` array arguments around a callable; it refers to the callable, which must outlive it.
template <class F, std::size_t count>
struct FunctionOf final : Function {
  F& f;
  explicit FunctionOf(F& callable) : f(callable) {}
  Arrays operator()(const Arrays& arguments) const override {
    return call_flat(f, arguments, std::make_index_sequence<count>{});
  }
};

/// A Function of any number of arrays around a callable on the list of them, which must outlive it.
template <class F>
struct ListFunction final : Function {
  F& f;
  explicit ListFunction(F& callable) : f(callable) {}
  Arrays operator()(const Arrays& arguments) const override { return f(arguments); }
};

/// FunctionOf, owning the callable.
template <class F, std::size_t count>
struct OwnedFunction final : Function {
  mutable F f;
  explicit OwnedFunction(F callable) : f(std::move(callable)) {}
  Arrays operator()(const Arrays& arguments) const override {
    return call_flat(f, arguments, std::make_index_sequence<count>{});
  }
};

/// The same as a pointer that owns it.
template <std::size_t count, class F>
FunctionPtr own_function(F callable) {
  return own(new OwnedFunction<F, count>(std::move(callable)));
}

}  // namespace brainpy::transform
