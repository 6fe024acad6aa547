// Runs a program compiled and interpreted and compares every bit.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "compiler/interp/interpreter.h"
#include "compiler/ir/builder.h"
#include "compiler/ir/print.h"
#include "compiler/jit/executable.h"
#include "compiler/jit/shadow.h"
#include "support/catch.h"

/// Random values of the type in [low, high]; bools are both, integers are rounded.
inline brainpy::runtime::Tensor random_tensor(const brainpy::runtime::Type& type, std::mt19937_64& random,
                                              double low = -3, double high = 3) {
  using brainpy::runtime::DType;
  brainpy::runtime::Tensor t = brainpy::runtime::make_tensor(type);
  std::uniform_real_distribution<double> number(low, high);
  for (std::int64_t i = 0; i < type.size(); ++i) {
    const double x = number(random);
    switch (type.dtype) {
      case DType::f32:
        t.as<float>()[i] = static_cast<float>(x);
        break;
      case DType::f64:
        t.as<double>()[i] = x;
        break;
      case DType::i32:
        t.as<std::int32_t>()[i] = static_cast<std::int32_t>(x);
        break;
      case DType::i64:
        t.as<std::int64_t>()[i] = static_cast<std::int64_t>(x);
        break;
      case DType::u32:
        t.as<std::uint32_t>()[i] = static_cast<std::uint32_t>(x < 0 ? -x : x);
        break;
      case DType::u64:
        t.as<std::uint64_t>()[i] = static_cast<std::uint64_t>(x < 0 ? -x : x);
        break;
      case DType::bool_:
        t.as<bool>()[i] = random() % 2 == 0;
        break;
      case DType::key:
        t.as<std::uint64_t>()[i] = random();
        break;
    }
  }
  return t;
}

/// Element where the two differ, or -1.
inline std::int64_t difference(const brainpy::runtime::Tensor& a, const brainpy::runtime::Tensor& b) {
  REQUIRE(a.type == b.type);
  return brainpy::compiler::jit::first_difference(a.type, a.data->data(), b.data->data());
}

/// Compiles the traced program, runs it `runs` times on the same Variables, and the traced program interpreted beside
/// it; results and Variables must agree after each run. Returns the executable.
inline std::shared_ptr<brainpy::compiler::jit::Executable> check_both_ways(
    const brainpy::compiler::ir::Program& program, const std::vector<brainpy::runtime::Tensor>& arguments,
    const std::vector<brainpy::runtime::Tensor>& initial, int runs = 2) {
  namespace compiler = brainpy::compiler;
  using brainpy::runtime::Tensor;
  auto executable = compiler::jit::compile(compiler::ir::clone(program), program.name);
  INFO(executable->text(compiler::jit::Stage::optimized));
  compiler::interp::SymbolTable table;
  std::vector<Tensor> symbols = initial;
  for (std::size_t k = 0; k < symbols.size(); ++k) table[program.symbols[k].name] = initial[k];
  for (int run = 0; run < runs; ++run) {
    INFO("run " << run);
    const std::vector<Tensor> expected = compiler::interp::run(program, arguments, table);
    const std::vector<Tensor> results = executable->run(arguments, symbols);
    REQUIRE(results.size() == expected.size());
    for (std::size_t k = 0; k < results.size(); ++k) {
      INFO("result " << k);
      CHECK(difference(results[k], expected[k]) == -1);
    }
    for (std::size_t k = 0; k < symbols.size(); ++k) {
      INFO("symbol " << program.symbols[k].name);
      CHECK(difference(symbols[k], table.at(program.symbols[k].name)) == -1);
    }
  }
  return executable;
}
