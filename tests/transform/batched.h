// What the tests of batches share: rows of tensors, and a function's rows against its batch, interpreted and compiled.
#pragma once

#include <cstring>
#include <memory>
#include <random>
#include <vector>

#include "compiler/ir/print.h"
#include "compiler/ir/rewrite.h"
#include "compiler/jit/executable.h"
#include "compiler/transform/batch.h"
#include "support/programs.h"

namespace brainpy::test {

using compiler::transform::batch;
using compiler::transform::BatchedProgram;
using Tensors = std::vector<Tensor>;
using Flags = std::vector<bool>;

inline Tensor row_of(const Tensor& rows, std::int64_t r) {
  Tensor row = runtime::make_tensor({rows.type.dtype, rows.type.shape.without_axis(0)});
  const std::size_t bytes = row.type.bytes();
  if (bytes > 0) std::memcpy(row.as<std::byte>(), rows.as<std::byte>() + static_cast<std::size_t>(r) * bytes, bytes);
  return row;
}

inline Tensor stacked(const Type& row, const Tensors& rows) {
  Tensor all = runtime::make_tensor({row.dtype, row.shape.with_leading(static_cast<std::int64_t>(rows.size()))});
  for (std::size_t r = 0; r < rows.size(); ++r)
    if (row.bytes() > 0) std::memcpy(all.as<std::byte>() + r * row.bytes(), rows[r].as<std::byte>(), row.bytes());
  return all;
}

inline Tensors interpret(const Program& program, const Tensors& arguments) {
  SymbolTable none;
  return compiler::interp::run(program, arguments, none);
}

inline Tensors compile_and_run(const Program& program, const Tensors& arguments) {
  Tensors none;
  return compiler::jit::compile(compiler::ir::clone(program), program.name)->run(arguments, none);
}

/// Each row of the results is what the function gives for that row; a shared result is what it gives for all.
inline void check_rows(const Tensors& got, const Flags& batched, const std::vector<Tensors>& expected) {
  for (std::size_t r = 0; r < expected.size(); ++r)
    for (std::size_t k = 0; k < got.size(); ++k) {
      INFO("row " << r << ", result " << k);
      CHECK(same_bits(batched[k] ? row_of(got[k], static_cast<std::int64_t>(r)) : got[k], expected[r][k]));
    }
}

/// Random rows through the batched function and through the function itself, interpreted and compiled.
inline void check_function(const Program& f, const Flags& flags, std::int64_t extent, unsigned seed, double low = -2,
                           double high = 2) {
  INFO("seed " << seed << ", extent " << extent);
  std::mt19937 random(seed);
  std::vector<Tensors> rows(static_cast<std::size_t>(extent));
  Tensors arguments;
  for (std::size_t k = 0; k < flags.size(); ++k) {
    const Type& type = f.body.arguments[k]->type;
    const Tensor all = random_tensor({type.dtype, type.shape.with_leading(extent)}, random, low, high);
    const Tensor shared = random_tensor(type, random, low, high);
    arguments.push_back(flags[k] ? all : shared);
    for (std::int64_t r = 0; r < extent; ++r)
      rows[static_cast<std::size_t>(r)].push_back(flags[k] ? row_of(all, r) : shared);
  }
  std::vector<Tensors> expected;
  for (const Tensors& row : rows) expected.push_back(interpret(f, row));
  const BatchedProgram b = batch(f, flags, extent);
  compiler::ir::verify(*b.program);
  INFO(compiler::ir::print(*b.program));
  check_rows(interpret(*b.program, arguments), b.batched, expected);
  check_rows(compile_and_run(*b.program, arguments), b.batched, expected);
}

/// An operation of this name is somewhere in the program.
inline bool has(const Program& program, const std::string& name) {
  bool found = false;
  compiler::ir::walk(program.body, [&](const Op& op) { found = found || op.def->name == name; });
  return found;
}

}  // namespace brainpy::test
