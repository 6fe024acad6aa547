// bm::vmap: a function of one row becomes a function of many rows, all computed at once.
// In: a callable, which axes of its arguments hold the rows, which Variables have a row each. Out: a callable with one
// more axis in arguments and results.
#pragma once

#include <concepts>
#include <initializer_list>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "frontend/object/variable.hpp"
#include "frontend/transform/jit.hpp"
#include "frontend/transform/structure.hpp"

namespace brainpy::math {

/// A Variable by reference, by pointer or by std::reference_wrapper.
class VariableReference {
 public:
  VariableReference(Variable& variable) : state_(variable.state()) {}
  VariableReference(Variable* variable) : state_(variable->state()) {}
  template <class R>
  requires requires(const R& r) {
    { r.get() } -> std::convertible_to<Variable&>;
  }
  VariableReference(const R& reference) : VariableReference(static_cast<Variable&>(reference.get())) {}

  const std::shared_ptr<VariableState>& state() const { return state_; }

 private:
  std::shared_ptr<VariableState> state_;
};

/// Variables that have one row for each row of the batch: a list, or all of a model (`model.vars()`).
class BatchedVariables {
 public:
  BatchedVariables();
  BatchedVariables(std::initializer_list<VariableReference> variables);
  BatchedVariables(std::vector<VariableReference> variables);
  BatchedVariables(const VarDict& variables);

  BatchedVariables(const BatchedVariables&);
  BatchedVariables& operator=(const BatchedVariables&);
  ~BatchedVariables();

  const VariableReference* begin() const;
  const VariableReference* end() const;

 private:
  std::vector<VariableReference> list_;
};

struct VmapOptions {
  /// For each argument the axis that holds the rows (negative ones count from the end), or bm::none: all rows share it.
  /// Left out: axis 0 of every array; plain numbers are shared.
  std::vector<std::optional<int>> in_axes = {};
  /// For each result the axis where the rows go; one number for all of them. Left out: 0.
  std::vector<int> out_axes = {};
  /// Their first axis holds the rows: inside the function each is read and assigned as one row.
  BatchedVariables batched_variables = {};
};

namespace detail {
/// `is_array` says for each argument of the user's function whether it is an array; `arrays` are those that are.
transform::Arrays vmap(const transform::Function& function, const transform::Arrays& arrays,
                       const std::vector<bool>& is_array, const VmapOptions& options, const Site& site);

template <class A>
using Given = std::conditional_t<transform::detail::is_array_argument<A>, Operand, A>;
}  // namespace detail

/// A callable with the signature of the original, but for one more axis.
template <class F, class R, class... A>
class Vmapped {
 public:
  Vmapped(F callable, VmapOptions options)
      : function_(new transform::Bound<F, R, A...>(std::move(callable))), options_(std::move(options)) {}

  R operator()(const detail::Given<A>&... given, Site site = Site::current()) const {
    return call(site, std::index_sequence_for<A...>{}, given...);
  }

 private:
  template <std::size_t... k>
  R call(const Site& site, std::index_sequence<k...>, const detail::Given<A>&... given) const {
    transform::Arrays arrays;
    (bind<k>(arrays, given), ...);
    const std::vector<bool> is_array = {transform::detail::is_array_argument<A>...};
    if constexpr (std::is_void_v<R>) detail::vmap(*function_, arrays, is_array, options_, site);
    else return transform::unflatten<R>(detail::vmap(*function_, arrays, is_array, options_, site));
  }

  template <std::size_t k, class G>
  void bind(transform::Arrays& arrays, const G& given) const {
    if constexpr (transform::detail::is_array_argument<std::tuple_element_t<k, std::tuple<A...>>>) {
      transform::detail::add_array(arrays, given);
    } else {
      static_assert(std::is_arithmetic_v<G>, "arguments of a batched callable are bm::Array or plain numbers");
      std::get<k>(function_->numbers) = given;
    }
  }

  runtime::Owner<transform::Bound<F, R, A...>> function_;
  VmapOptions options_;
};

namespace detail {
template <class F, class R, class... A>
Vmapped<F, R, A...> make_vmapped(F f, VmapOptions options, R (*)(A...)) {
  return {std::move(f), std::move(options)};
}
}  // namespace detail

/// `bm::vmap(f)(xs)`: row r of the result is f(row r of xs), with exactly the bits that f gives alone, in every mode.
/// All rows must have equally many elements; f may use loops, branches, Variables and bm::vmap.
///
/// f is recorded at each call, also in eager mode: its arrays have no numbers while it runs. Without any axis to map
/// over, with axes of different extents, out of range or missing: an error at the caller's line.
///
/// Variables that f reads are shared by all rows, but for `batched_variables`. Assigning a shared Variable a value that
/// differs between rows is an error; one that is the same for all rows is assigned once.
///
/// Random numbers: of each RandomState from which f draws, one key is taken as by split_key(), once a call, whatever
/// the number of rows; row r draws as f alone would from a state whose key is random_fold(that key, r). Keys as
/// arguments or in batched Variables belong to their row.
///
/// A branch or while_loop whose condition differs between rows computes all rows and selects, if nothing in it can
/// fail, print or loop without end; otherwise the rows run it one after the other. Prints come row by row; a print of
/// what does not differ between rows comes once.
template <class F>
requires std::is_class_v<F>
auto vmap(F f, VmapOptions options = {}) {
  using Plain = decltype(transform::detail::plain(&F::operator()));
  return detail::make_vmapped(std::move(f), std::move(options), Plain{});
}

template <class R, class... A>
auto vmap(R (*function)(A...), VmapOptions options = {}) {
  return detail::make_vmapped(function, std::move(options), static_cast<R (*)(std::decay_t<A>...)>(nullptr));
}

/// A method of an object, which must outlive the result.
template <class T, class C, class R, class... A>
auto vmap(T& object, R (C::*method)(A...), VmapOptions options = {}) {
  auto bound = [&object, method](std::decay_t<A>... arguments) -> R {
    return (object.*method)(std::move(arguments)...);
  };
  return detail::make_vmapped(std::move(bound), std::move(options), static_cast<R (*)(std::decay_t<A>...)>(nullptr));
}

template <class T, class C, class R, class... A>
auto vmap(T& object, R (C::*method)(A...) const, VmapOptions options = {}) {
  auto bound = [&object, method](std::decay_t<A>... arguments) -> R {
    return (object.*method)(std::move(arguments)...);
  };
  return detail::make_vmapped(std::move(bound), std::move(options), static_cast<R (*)(std::decay_t<A>...)>(nullptr));
}

}  // namespace brainpy::math
