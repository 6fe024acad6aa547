// Records a function of arrays and runs what was recorded, operation by operation.
// In: a function from arrays to arrays, arguments. Out: its results.
#pragma once

#include <vector>

#include "compiler/interp/interpreter.h"
#include "frontend/math/array.hpp"
#include "frontend/transform/trace.h"

namespace test_support {

using brainpy::math::Array;

template <class F>
std::vector<Array> run_traced(F&& f, const std::vector<Array>& arguments) {
  using brainpy::transform::Trace;
  Trace trace(Trace::Kind::whole, "f");
  std::vector<Array> parameters;
  for (const Array& a : arguments) parameters.push_back(trace.parameter(a.type(), "x"));
  trace.finish(f(parameters), brainpy::math::Site::current());
  brainpy::compiler::interp::SymbolTable symbols;
  for (std::size_t k = 0; k < trace.captured().size(); ++k) {
    const auto& symbol = trace.program().symbols[k];
    symbols[symbol.name] = {symbol.type, trace.captured()[k].constant};
  }
  std::vector<brainpy::runtime::Tensor> tensors;
  for (const Array& a : arguments) tensors.push_back(a.tensor());
  const auto program = trace.take_program();
  std::vector<Array> results;
  for (brainpy::runtime::Tensor& t : brainpy::compiler::interp::run(*program, tensors, symbols))
    results.emplace_back(std::move(t));
  return results;
}

}  // namespace test_support
