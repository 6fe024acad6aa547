// Small programs for tests of passes and transforms: a short way to build, outline, run and compare them.
// In: shapes and values. Out: programs, tensors, and whether two programs give the same bits.
#pragma once

#include <cmath>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "compiler/interp/interpreter.h"
#include "compiler/ir/builder.h"
#include "compiler/ir/verify.h"
#include "support/catch.h"

namespace brainpy::test {

using compiler::interp::SymbolTable;
using compiler::ir::Builder;
using compiler::ir::Op;
using compiler::ir::Program;
using compiler::ir::Region;
using compiler::ir::Value;
using runtime::DType;
using runtime::Shape;
using runtime::Tensor;
using runtime::Type;

inline Type f32(Shape shape = {}) { return {DType::f32, shape}; }
inline Type f64(Shape shape = {}) { return {DType::f64, shape}; }
inline Type i32(Shape shape = {}) { return {DType::i32, shape}; }
inline Type i64(Shape shape = {}) { return {DType::i64, shape}; }
inline Type boolean(Shape shape = {}) { return {DType::bool_, shape}; }

/// A program that is being built. Parameters first, then operations through `b`.
struct Maker {
  std::unique_ptr<Program> program = std::make_unique<Program>();
  Builder b{program->body};

  Value* parameter(Type type, std::string name = {}) {
    ++program->parameters;
    return program->body.add_argument(type, std::move(name));
  }
  void variable(std::string name, Type type) { program->symbols.push_back({std::move(name), type}); }
  Value* read(const std::string& name) { return b.read(name, program->find_symbol(name)->type); }
  Value* f(double value) { return b.constant(DType::f32, value); }
  Value* i(double value) { return b.constant(DType::i64, value); }
  Value* op(const std::string& name, std::vector<Value*> operands, compiler::Attributes attributes = {}) {
    return b.apply(name, std::move(operands), std::move(attributes));
  }

  /// Builds in another region while `fill` runs.
  template <class Fill>
  void inside(Region& region, const Fill& fill) {
    Region& before = b.region();
    b.set_region(region);
    fill();
    b.set_region(before);
  }

  /// `then` and `otherwise` return what they yield.
  template <class Then, class Otherwise>
  Op* branch(Value* predicate, std::vector<Type> types, const Then& then, const Otherwise& otherwise) {
    Op* op = b.append_control("if", {predicate}, std::move(types), {}, 2);
    inside(*op->regions[0], [&] { b.yield(then()); });
    inside(*op->regions[1], [&] { b.yield(otherwise()); });
    return op;
  }

  /// for k = 0 .. count-1; `body(arguments)` gets k, the carried values, the scanned rows and returns what it yields.
  template <class Body>
  Op* loop(std::int64_t count, std::vector<Value*> carried, std::vector<Value*> scanned, std::vector<Type> stacked,
           const Body& body) {
    std::vector<Value*> operands = {i(0), i(static_cast<double>(count))};
    std::vector<Type> results;
    operands.insert(operands.end(), carried.begin(), carried.end());
    operands.insert(operands.end(), scanned.begin(), scanned.end());
    for (const Value* v : carried) results.push_back(v->type);
    for (const Type& t : stacked) results.push_back({t.dtype, t.shape.with_leading(count)});
    Op* op = b.append_control("for", operands, results,
                              {{"carried", static_cast<std::int64_t>(carried.size())}, {"length", count}}, 1);
    Region& region = *op->regions[0];
    std::vector<Value*> arguments = {region.add_argument(i64())};
    for (const Value* v : carried) arguments.push_back(region.add_argument(v->type));
    for (const Value* v : scanned)
      arguments.push_back(region.add_argument({v->type.dtype, v->type.shape.without_axis(0)}));
    inside(region, [&] { b.yield(body(arguments)); });
    return op;
  }

  /// `test` and `body` get the carried values.
  template <class Test, class Body>
  Op* repeat(std::vector<Value*> carried, const Test& test, const Body& body) {
    std::vector<Type> types;
    for (const Value* v : carried) types.push_back(v->type);
    Op* op = b.append_control("while", carried, types, {}, 2);
    std::vector<Value*> arguments[2];
    for (std::size_t r = 0; r < 2; ++r)
      for (const Type& t : types) arguments[r].push_back(op->regions[r]->add_argument(t));
    inside(*op->regions[0], [&] { b.yield({test(arguments[0])}); });
    inside(*op->regions[1], [&] { b.yield(body(arguments[1])); });
    return op;
  }

  std::unique_ptr<Program> done(std::vector<Value*> results) {
    b.yield(std::move(results));
    return std::move(program);
  }
};

/// "add for{mul yield} yield": names of the operations, without the literals.
inline std::string outline(const Region& region) {
  std::string text;
  for (const auto& op : region.ops) {
    if (op->def->name == "const") continue;
    text += (text.empty() ? "" : " ") + op->def->name;
    for (const auto& r : op->regions) text += "{" + outline(*r) + "}";
  }
  return text;
}

/// Numbers in [low, high]; bools both.
inline Tensor random_tensor(const Type& type, std::mt19937& random, double low = -2, double high = 2) {
  Tensor t = runtime::make_tensor(type);
  std::uniform_real_distribution<double> uniform(low, high);
  for (std::int64_t i = 0; i < type.size(); ++i) {
    const double x = uniform(random);
    switch (type.dtype) {
      case DType::f32:
        t.as<float>()[i] = static_cast<float>(x);
        break;
      case DType::f64:
        t.as<double>()[i] = x;
        break;
      case DType::bool_:
        t.as<bool>()[i] = x > (low + high) / 2;
        break;
      case DType::i32:
      case DType::u32:
        t.as<std::int32_t>()[i] = static_cast<std::int32_t>(std::lround(x));
        break;
      default:
        t.as<std::int64_t>()[i] = std::lround(x);
    }
  }
  return t;
}

template <class T>
Tensor tensor(const Shape& shape, const std::vector<T>& values) {
  Tensor t = runtime::make_tensor({runtime::dtype_of<T>, shape});
  for (std::size_t i = 0; i < values.size(); ++i) t.as<T>()[i] = values[i];
  return t;
}

/// Bit for bit, NaN equal to NaN.
inline bool same_bits(const Tensor& a, const Tensor& b) {
  if (!(a.type == b.type)) return false;
  const std::size_t size = runtime::size_of(a.type.dtype);
  for (std::int64_t i = 0; i < a.type.size(); ++i) {
    const auto at = static_cast<std::size_t>(i) * size;
    if (std::memcmp(a.as<std::byte>() + at, b.as<std::byte>() + at, size) == 0) continue;
    if (a.type.dtype == DType::f32 && std::isnan(a.as<float>()[i]) && std::isnan(b.as<float>()[i])) continue;
    if (a.type.dtype == DType::f64 && std::isnan(a.as<double>()[i]) && std::isnan(b.as<double>()[i])) continue;
    return false;
  }
  return true;
}

/// The second program is well formed, and running both on the same random arguments and Variables gives the same bits.
inline void check_same(const Program& before, const Program& after, unsigned seed = 1) {
  INFO("seed " << seed);
  compiler::ir::verify(after);
  std::mt19937 random(seed);
  std::vector<Tensor> arguments;
  for (int k = 0; k < before.parameters; ++k)
    arguments.push_back(random_tensor(before.body.arguments[static_cast<std::size_t>(k)]->type, random));
  SymbolTable state, new_state;
  for (const auto& s : before.symbols) state[s.name] = random_tensor(s.type, random);
  new_state = state;
  const std::vector<Tensor> expected = compiler::interp::run(before, arguments, state);
  const std::vector<Tensor> got = compiler::interp::run(after, arguments, new_state);
  REQUIRE(expected.size() == got.size());
  for (std::size_t k = 0; k < got.size(); ++k) {
    INFO("result " << k);
    CHECK(same_bits(expected[k], got[k]));
  }
  for (const auto& s : before.symbols) {
    INFO("Variable " << s.name);
    CHECK(same_bits(state.at(s.name), new_state.at(s.name)));
  }
}

}  // namespace brainpy::test
