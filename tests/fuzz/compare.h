// Random data for a program, and the comparison of what two runs gave.
// In: a program and a seed; tensors. Out: arguments and symbol tables; whether the bits agree, and where they do not.
#pragma once

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "compiler/interp/interpreter.h"
#include "fuzz/random_program.h"
#include "runtime/tensor.h"

namespace fuzz {

using brainpy::compiler::interp::SymbolTable;
using brainpy::runtime::Tensor;

/// The bits of one element, with every NaN made the same one.
inline std::uint64_t element_bits(const Tensor& t, std::int64_t i) {
  const std::size_t size = size_of(t.type.dtype);
  std::uint64_t bits = 0;
  std::memcpy(&bits, t.as<const char>() + static_cast<std::size_t>(i) * size, size);
  if (brainpy::runtime::is_float(t.type.dtype) && std::isnan(ir::literal_value(t.type.dtype, bits)))
    return ~std::uint64_t{0};
  return bits;
}

/// "element 3: -0.0 and 0.0", or empty when types and bits agree. NaN equals NaN of any payload.
inline std::string first_difference(const Tensor& a, const Tensor& b) {
  if (!(a.type == b.type)) return fmt::format("types {} and {}", to_string(a.type), to_string(b.type));
  for (std::int64_t i = 0; i < a.type.size(); ++i) {
    const std::uint64_t left = element_bits(a, i), right = element_bits(b, i);
    if (left != right)
      return fmt::format("element {} of {}: bits {:#x} ({}) and {:#x} ({})", i, to_string(a.type), left,
                         ir::literal_value(a.type.dtype, left), right, ir::literal_value(a.type.dtype, right));
  }
  return {};
}

inline bool same_bits(const Tensor& a, const Tensor& b) { return first_difference(a, b).empty(); }

inline Tensor random_tensor(Random& random, const Type& type) {
  Tensor t = brainpy::runtime::make_tensor(type);
  const std::size_t size = size_of(type.dtype);
  for (std::int64_t i = 0; i < type.size(); ++i) {
    const std::uint64_t bits = random_bits(random, type.dtype);
    std::memcpy(t.as<char>() + static_cast<std::size_t>(i) * size, &bits, size);
  }
  return t;
}

/// Values for the program's parameters; the same for the same types and seed.
inline std::vector<Tensor> random_arguments(const ir::Program& program, std::uint64_t seed) {
  Random random(seed ^ 0xa26);
  std::vector<Tensor> list;
  for (int i = 0; i < program.parameters; ++i)
    list.push_back(random_tensor(random, program.body.arguments[static_cast<std::size_t>(i)]->type));
  return list;
}

/// Values for the program's symbols, each from its name: passes may reorder or drop symbols.
inline SymbolTable random_symbols(const ir::Program& program, std::uint64_t seed) {
  SymbolTable table;
  for (const ir::Symbol& s : program.symbols) {
    std::uint64_t hash = seed;
    for (char c : s.name) hash = hash * 1099511628211u + static_cast<unsigned char>(c);
    Random random(hash);
    table[s.name] = random_tensor(random, s.type);
  }
  return table;
}

/// What a run gave: its results and the symbols after it, or the error that stopped it (a singular matrix, say).
struct Outcome {
  std::vector<Tensor> results;
  SymbolTable symbols;
  std::string error;  ///< what failed and the values, without the place; empty when the run came to its end
};

inline Outcome interpret(const ir::Program& program, std::uint64_t seed) {
  Outcome outcome;
  outcome.symbols = random_symbols(program, seed);
  try {
    outcome.results = interp::run(program, random_arguments(program, seed), outcome.symbols);
  } catch (const brainpy::Error& e) {
    outcome.error = e.parts().what + ": " + e.parts().values;
  }
  return outcome;
}

/// "result 1: element 3 of f32[4]: ...", or empty. Symbols that only one of the runs knows are not compared; runs that
/// an error stopped must have met the same one.
inline std::string first_difference(const Outcome& a, const Outcome& b) {
  if (a.error != b.error) return fmt::format("errors '{}' and '{}'", a.error, b.error);
  if (!a.error.empty()) return {};
  if (a.results.size() != b.results.size()) return fmt::format("{} and {} results", a.results.size(), b.results.size());
  for (std::size_t i = 0; i < a.results.size(); ++i)
    if (const std::string difference = first_difference(a.results[i], b.results[i]); !difference.empty())
      return fmt::format("result {}: {}", i, difference);
  for (const auto& [name, tensor] : a.symbols) {
    const auto other = b.symbols.find(name);
    if (other == b.symbols.end()) continue;
    if (const std::string difference = first_difference(tensor, other->second); !difference.empty())
      return fmt::format("symbol @{}: {}", name, difference);
  }
  return {};
}

}  // namespace fuzz
