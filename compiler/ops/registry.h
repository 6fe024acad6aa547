// The list of operations. Built-in ones are registered by explicit calls, in registry.cpp, at first use; a user's
// program adds its own by the same call.
// In: OpDef records. Out: look-up by name, and a check that no mandatory field was left empty.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "compiler/ops/op_def.h"

namespace brainpy::compiler {

class Registry {
 public:
  /// Adds an operation. A name that is taken is a NameError; an empty mandatory field is a ValueError that names it.
  const OpDef& add(OpDef def);
  /// Adds without the completeness check (the tests use it to show that the check works).
  const OpDef& add_unchecked(OpDef def);

  const OpDef* find(const std::string& name) const;
  /// The operation, or a NameError that lists names like it.
  const OpDef& get(const std::string& name) const;

  /// In registration order.
  const std::vector<const OpDef*>& all() const { return order_; }

  /// What is missing in the record: "exp: no jvp (say NotDifferentiable or ZeroDerivative if it has none)".
  static std::vector<std::string> missing_fields(const OpDef& def);

 private:
  std::unordered_map<std::string, std::unique_ptr<OpDef>> by_name_;
  std::vector<const OpDef*> order_;
};

/// The process's registry, with the built-in operations in it.
Registry& registry();

// One function a file; called in this order by registry().
void register_frame(Registry&);        // frame.cpp: const, read, write, yield, if, for, while
void register_elementwise(Registry&);  // elementwise.cpp: arithmetic, comparison, logic, bits, rounding, choice, astype
void register_functions(Registry&);    // functions.cpp: exp, log, sin, tanh, pow, ...
void register_special(Registry&);      // special.cpp: erf, lgamma, digamma, ...
void register_mittag_leffler(Registry&);    // mittag_leffler.cpp
void register_incomplete_gamma(Registry&);  // incomplete_gamma.cpp
void register_shape(Registry&);   // shape.cpp: fill, iota, broadcast, reshape, transpose, concatenate, pad, ...
void register_bits(Registry&);    // bits.cpp: pack_bits, unpack_bits, count_bits
void register_index(Registry&);   // index.cpp: slice, take, gather, scatter, dynamic rows
void register_reduce(Registry&);  // reduce.cpp: sum, prod, min, max, argmin, any, all, cumsum, ...
void register_sort(Registry&);    // sort.cpp: sort, argsort, searchsorted
void register_linalg(Registry&);  // linalg.cpp: matmul, solve, inv, eigh, svd, qr, ...
void register_random(Registry&);  // random.cpp: split, random bits, uniform, normal, gamma, ...
void register_event(Registry&);   // event.cpp: event_csrmv, csrmv
void register_debug(Registry&);   // debug.cpp: print

}  // namespace brainpy::compiler
