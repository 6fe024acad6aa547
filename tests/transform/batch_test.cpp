// Batches against a loop over the rows, bit for bit, interpreted and compiled: every operation of the registry on its
// own samples with each operand batched alone and all together.
#include "compiler/transform/batch.h"

#include <set>

#include "compiler/ops/registry.h"
#include "compiler/passes/pass.h"
#include "compiler/transform/jvp.h"
#include "support/operands.h"
#include "transform/batched.h"

using namespace brainpy;
using namespace brainpy::test;
using compiler::Attributes;
using compiler::OpDef;
using compiler::registry;

namespace {

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

TEST_CASE("the operations that a batch runs row by row are these and no others") {
  std::set<std::string> always, sometimes;
  for (const OpDef* def : callable()) {
    bool all = true, any = false;
    for (const compiler::Sample& sample : def->samples)
      for (const Flags& flags : choices_of(sample.operands(3).size())) {
        const Case c = make_case(*def, sample, 3, 2, flags);
        (has(*c.batched.program, "for") ? any : all) = has(*c.batched.program, "for");
      }
    if (any) (all ? always : sometimes).insert(def->name);
  }
  CHECK(always == std::set<std::string>{"csrmv", "event_csrmv", "lstsq", "pack_bits", "random_beta", "random_binomial",
                                        "random_gamma", "random_poisson", "unpack_bits"});
  // By a batched padding value, sorted vector, start of a region.
  CHECK(sometimes == std::set<std::string>{"dynamic_slice", "dynamic_update_slice", "pad", "searchsorted"});
}

TEST_CASE("a batch of batches draws what its innermost rows draw, and so does its derivative") {
  Maker m;
  Value *key = m.parameter({DType::key, {}}), *mean = m.parameter(f64()), *deviation = m.parameter(f64({5}));
  Value* drawn = m.op("random_normal", {key, mean, deviation}, {{"shape", std::vector<std::int64_t>{5}}});
  auto f = m.done({drawn, m.op("random_uniform", {key, mean, mean})});
  check_function(*f, {true, true, true}, 3, 4);
  auto derivative = compiler::transform::jvp(*f, {false, true, true});
  check_function(*derivative, {true, false, true, true, true}, 3, 5, 0.5, 2);
  auto rows = batch(*f, {true, true, false}, 3).program;
  check_function(*rows, {true, false, true}, 4, 6, 0.5, 2);
  check_function(*compiler::transform::jvp(*rows, {false, true, true}), {true, false, true, true, true}, 4, 7, 0.5, 2);
  // The derivative of the batch is the batch of the derivative.
  const BatchedProgram inside = batch(*derivative, {true, true, false, true, false}, 3);
  auto outside = compiler::transform::jvp(*rows, {false, true, true});
  std::mt19937 random(8);
  Tensors arguments;
  for (int k = 0; k < outside->parameters; ++k)
    arguments.push_back(random_tensor(outside->body.arguments[static_cast<std::size_t>(k)]->type, random, 0.5, 2));
  const Tensors a = interpret(*inside.program, arguments), b = interpret(*outside, arguments);
  REQUIRE(a.size() == b.size());
  for (std::size_t k = 0; k < a.size(); ++k) CHECK(same_bits(a[k], b[k]));
}

TEST_CASE("a fused group is batched as its operations") {
  Maker m;
  Value *x = m.parameter(f32({5})), *s = m.parameter(f32());
  Value* y = m.op("exp", {m.op("mul", {x, s})});
  auto f = m.done({y, m.op("add", {y, x})});
  f->discharged = true;
  compiler::passes::fuse(*f, {});
  REQUIRE(has(*f, "fused"));
  for (const Flags& flags : {Flags{true, true}, Flags{true, false}, Flags{false, true}})
    check_function(*f, flags, 3, 9);
}

TEST_CASE("symbols that are read are shared; what depends on no row is computed once") {
  Maker m;
  m.variable("w", f64({2}));
  Value* x = m.parameter(f64({2}));
  Value* w = m.op("exp", {m.read("w")});
  auto f = m.done({m.op("mul", {x, w}), w});
  auto undischarged = batch(*f, {true}, 2);
  compiler::passes::discharge(*f, {});
  auto b = batch(*f, {true}, 2);
  REQUIRE(b.program->bindings.size() == 1);
  SymbolTable symbols{{"w", tensor<double>({2}, {0, 0})}};
  for (const BatchedProgram* p : {&b, &undischarged}) {
    CHECK(p->batched == Flags{true, false});
    const auto got = compiler::interp::run(*p->program, {tensor<double>({2, 2}, {1, 2, 3, 4})}, symbols);
    CHECK(same_bits(got[0], tensor<double>({2, 2}, {1, 2, 3, 4})));
    CHECK(same_bits(got[1], tensor<double>({2}, {1, 1})));
  }
}

TEST_CASE("what cannot be batched is said with its place") {
  if (!registry().find("test_alone")) {
    OpDef def;
    def.name = "test_alone";
    def.doc = "Stands alone.";
    def.infer = [](std::span<const Type> in, const Attributes&) { return std::vector<Type>{in[0]}; };
    def.kernel = [](const compiler::KernelCall&) {};
    def.jvp = compiler::ZeroDerivative{};
    def.batch = compiler::NotBatchable{"it talks to one device; call it outside of the batch"};
    def.samples.push_back({});
    registry().add(std::move(def));
  }
  Maker m;
  Value *x = m.parameter(f32({2})), *y = m.parameter(f32({2}));
  m.b.set_location({"model.cpp", 42, "Net.E"});
  auto f = m.done({m.op("test_alone", {x}), y});
  try {
    batch(*f, {true, false}, 3);
    FAIL("no error");
  } catch (const ValueError& e) {
    CHECK(e.parts().what == "test_alone: is not batched");
    CHECK(e.parts().where.line == 42);
    CHECK(e.parts().values == "batch of 3");
    CHECK(e.parts().hint == "it talks to one device; call it outside of the batch");
  }
  CHECK_NOTHROW(batch(*f, {false, true}, 3));  // no batch comes to it
  CHECK_THROWS_WITH(batch(*f, {true}, 3), Catch::Matchers::Contains("wrong number of flags") &&
                                              Catch::Matchers::Contains("got 1, the function takes 2 parameters"));
  CHECK_THROWS_WITH(batch(*f, {false, true}, -1), Catch::Matchers::Contains("the extent is negative"));

  Maker large;
  Value* z = large.parameter(f32({1, 1, 1, 1, 1, 1, 1}));
  large.b.set_location({"model.cpp", 43, "Net.E"});
  auto g = large.done({large.op("reshape", {z}, {{"shape", std::vector<std::int64_t>(8, 1)}})});
  try {
    batch(*g, {true}, 3);
    FAIL("no error");
  } catch (const ShapeError& e) {
    CHECK(e.parts().what == "shape: more than 8 axes");
    CHECK(e.parts().where.line == 43);
  }

  Maker writer;
  writer.variable("a", f32());
  writer.b.write("a", writer.f(1));
  auto w = writer.done({});
  CHECK_THROWS_AS(batch(*w, {}, 3), InternalError);
  compiler::passes::discharge(*w, {});
  CHECK_THROWS_AS(batch(*w, {}, 3), InternalError);
}
