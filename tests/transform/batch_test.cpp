// Batches against a loop over the rows, bit for bit, interpreted and compiled: every operation of the registry on its
// own samples with each operand batched alone and all together, and control flow.
#include "compiler/transform/batch.h"

#include <set>

#include "compiler/ir/print.h"
#include "compiler/ir/rewrite.h"
#include "compiler/jit/executable.h"
#include "compiler/ops/registry.h"
#include "compiler/passes/pass.h"
#include "support/capture_stderr.h"
#include "support/operands.h"
#include "support/programs.h"

using namespace brainpy;
using namespace brainpy::test;
using compiler::Attributes;
using compiler::OpDef;
using compiler::registry;
using compiler::transform::batch;
using compiler::transform::BatchedProgram;

namespace {

using Tensors = std::vector<Tensor>;
using Flags = std::vector<bool>;

Tensor row_of(const Tensor& rows, std::int64_t r) {
  Tensor row = runtime::make_tensor({rows.type.dtype, rows.type.shape.without_axis(0)});
  const std::size_t bytes = row.type.bytes();
  if (bytes > 0) std::memcpy(row.as<std::byte>(), rows.as<std::byte>() + static_cast<std::size_t>(r) * bytes, bytes);
  return row;
}

Tensor stacked(const Type& row, const Tensors& rows) {
  Tensor all = runtime::make_tensor({row.dtype, row.shape.with_leading(static_cast<std::int64_t>(rows.size()))});
  for (std::size_t r = 0; r < rows.size(); ++r)
    if (row.bytes() > 0) std::memcpy(all.as<std::byte>() + r * row.bytes(), rows[r].as<std::byte>(), row.bytes());
  return all;
}

Tensors interpret(const Program& program, const Tensors& arguments) {
  SymbolTable none;
  return compiler::interp::run(program, arguments, none);
}

Tensors compile_and_run(const Program& program, const Tensors& arguments) {
  Tensors none;
  return compiler::jit::compile(compiler::ir::clone(program), program.name)->run(arguments, none);
}

/// Each row of the results is what the function gives for that row; a shared result is what it gives for all.
void check_rows(const Tensors& got, const Flags& batched, const std::vector<Tensors>& expected) {
  for (std::size_t r = 0; r < expected.size(); ++r)
    for (std::size_t k = 0; k < got.size(); ++k) {
      INFO("row " << r << ", result " << k);
      CHECK(same_bits(batched[k] ? row_of(got[k], static_cast<std::int64_t>(r)) : got[k], expected[r][k]));
    }
}

/// One operation as a function of its operands.
std::unique_ptr<Program> function_of(const OpDef& def, const std::vector<Type>& operands,
                                     const Attributes& attributes) {
  Maker m;
  std::vector<Value*> parameters, results;
  for (const Type& t : operands) parameters.push_back(m.parameter(t));
  const Op* op = m.b.append(def, parameters, attributes);
  for (const auto& r : op->results) results.push_back(r.get());
  return m.done(results);
}

/// Each operand alone, and all together.
std::vector<Flags> choices_of(std::size_t operands) {
  std::vector<Flags> choices = {Flags(operands, true)};
  for (std::size_t k = 0; k < operands && operands > 1; ++k) {
    choices.emplace_back(operands, false);
    choices.back()[k] = true;
  }
  return choices;
}

/// A batch of one operation: operands, and what each row gives.
struct Case {
  BatchedProgram batched;
  Tensors arguments;
  std::vector<Tensors> expected;
};

Case make_case(const OpDef& def, const compiler::Sample& sample, std::int64_t size, std::int64_t extent,
               const Flags& flags) {
  const Attributes attributes = sample_attributes(sample, size);
  std::vector<Tensors> rows;
  for (std::int64_t r = 0; r < std::max<std::int64_t>(extent, 1); ++r)
    rows.push_back(sample_operands(def, sample, size, static_cast<std::uint64_t>(r) + 1));
  Case c;
  std::vector<Type> types;
  for (std::size_t k = 0; k < flags.size(); ++k) {
    types.push_back(rows[0][k].type);
    Tensors own;
    for (std::int64_t r = 0; r < extent; ++r) own.push_back(rows[static_cast<std::size_t>(r)][k]);
    c.arguments.push_back(flags[k] ? stacked(types[k], own) : rows[0][k]);
  }
  for (std::int64_t r = 0; r < extent; ++r) {
    Tensors operands;
    for (std::size_t k = 0; k < flags.size(); ++k)
      operands.push_back(rows[flags[k] ? static_cast<std::size_t>(r) : 0][k]);
    c.expected.push_back(compiler::interp::apply(def, operands, attributes, {}));
  }
  c.batched = batch(*function_of(def, types, attributes), flags, extent);
  compiler::ir::verify(*c.batched.program);
  return c;
}

/// Several programs as one, to be compiled at once.
struct Together {
  Maker m;
  Tensors arguments;
  std::vector<Value*> results;

  void add(const Case& c) {
    std::vector<Value*> values;
    for (const auto& a : c.batched.program->body.arguments) values.push_back(m.parameter(a->type));
    arguments.insert(arguments.end(), c.arguments.begin(), c.arguments.end());
    pending.push_back({c.batched.program.get(), values});
  }
  Tensors run() {
    for (const auto& [program, values] : pending)
      for (Value* v : compiler::ir::inline_program(m.b, *program, values)) results.push_back(v);
    return compile_and_run(*m.done(results), arguments);
  }
  std::vector<std::pair<const Program*, std::vector<Value*>>> pending;
};

std::vector<const OpDef*> callable() {
  std::vector<const OpDef*> ops;
  for (const OpDef* def : registry().all())
    if (def->shape_class != compiler::ShapeClass::control && def->effects == compiler::Effects::none &&
        def->name.rfind("test_", 0) != 0)
      ops.push_back(def);
  return ops;
}

/// Random rows through the batched function and through the function itself, interpreted and compiled.
void check_function(const Program& f, const Flags& flags, std::int64_t extent, unsigned seed, double low = -2,
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

}  // namespace

TEST_CASE("every operation: row r of a batch has the bits that the operation gives for row r") {
  for (const OpDef* def : callable()) {
    Together compiled;
    std::vector<Case> cases;
    for (std::size_t s = 0; s < def->samples.size(); ++s) {
      const compiler::Sample& sample = def->samples[s];
      for (const Flags& flags : choices_of(sample.operands(3).size()))
        for (const auto& [size, extent] :
             {std::pair<std::int64_t, std::int64_t>{3, 1}, {17, 3}, {3, 17}, {0, 3}, {5, 0}}) {
          INFO("operation " << def->name << ", sample " << s << ", size " << size << ", extent " << extent);
          INFO("first flag " << flags[0] << ", last flag " << flags.back());
          try {
            Case c = make_case(*def, sample, size, extent, flags);
            check_rows(interpret(*c.batched.program, c.arguments), c.batched.batched, c.expected);
            cases.push_back(std::move(c));
          } catch (const std::exception& e) {
            FAIL_CHECK(e.what());
          }
        }
    }
    for (const Case& c : cases) compiled.add(c);
    INFO("operation " << def->name << ", compiled");
    Tensors got;
    try {
      got = compiled.run();
    } catch (const std::exception& e) {
      FAIL_CHECK(e.what());
      continue;
    }
    std::size_t next = 0;
    for (const Case& c : cases) {
      const std::size_t count = c.batched.batched.size();
      check_rows(
          {got.begin() + static_cast<std::ptrdiff_t>(next), got.begin() + static_cast<std::ptrdiff_t>(next + count)},
          c.batched.batched, c.expected);
      next += count;
    }
  }
}
