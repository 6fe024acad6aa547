// Batches against a loop over the rows, bit for bit, interpreted and compiled: every operation of the registry on its
// own samples with each operand batched alone and all together, and control flow.
#include "compiler/transform/batch.h"

#include <unistd.h>

#include <cstdio>
#include <set>

#include "compiler/ir/print.h"
#include "compiler/ir/rewrite.h"
#include "compiler/jit/executable.h"
#include "compiler/ops/registry.h"
#include "compiler/passes/pass.h"
#include "compiler/transform/jvp.h"
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

namespace {

constexpr std::int64_t extents[] = {0, 1, 3, 17};

/// What a program prints.
template <class Run>
std::string printed(const Run& run) {
  std::fflush(stdout);
  const int saved = dup(STDOUT_FILENO);
  std::FILE* file = std::tmpfile();
  dup2(fileno(file), STDOUT_FILENO);
  run();
  std::fflush(stdout);
  dup2(saved, STDOUT_FILENO);
  close(saved);
  std::rewind(file);
  std::string text;
  for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) text += static_cast<char>(c);
  std::fclose(file);
  return text;
}

bool has(const Program& program, const std::string& name) {
  bool found = false;
  compiler::ir::walk(program.body, [&](const Op& op) { found = found || op.def->name == name; });
  return found;
}

}  // namespace

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

TEST_CASE("batches flow through for: carried, scanned, stacked, captured") {
  for (const bool reverse : {false, true})
    for (const Flags& flags : {Flags{true, true, true}, Flags{true, false, false}, Flags{false, true, false},
                               Flags{false, false, true}, Flags{false, false, false}})
      for (std::int64_t extent : extents) {
        Maker m;
        Value *x = m.parameter(f64({3})), *rows = m.parameter(f64({4, 3})), *s = m.parameter(f64());
        Value* zero = m.b.constant(DType::f64, 0);
        Value* start = m.op("fill", {zero}, {{"shape", std::vector<std::int64_t>{3}}});
        // The second carried value starts shared and becomes batched; the third never does.
        Op* loop = m.loop(4, {x, start, zero}, {rows}, {f64({3}), f64(), i64()},
                          [&](const std::vector<Value*>& a) -> std::vector<Value*> {
                            Value* next = m.op("add", {m.op("mul", {a[1], a[4]}), m.op("mul", {a[2], s})});
                            return {next,
                                    m.op("sub", {a[1], a[2]}),
                                    m.op("add", {a[3], m.b.constant(DType::f64, 1)}),
                                    m.op("div", {next, s}),
                                    m.op("add", {a[3], m.b.constant(DType::f64, 2)}),
                                    a[0]};
                          });
        if (reverse) loop->attributes.set("reverse", true);
        std::vector<Value*> results;
        for (int k = 0; k < 6; ++k) results.push_back(loop->result(k));
        auto f = m.done(results);
        check_function(*f, flags, extent, 3, 0.5, 1.5);
        const BatchedProgram b = batch(*f, flags, extent);
        CHECK_FALSE(b.batched[2]);
        CHECK_FALSE(b.batched[4]);
      }
}

TEST_CASE("each row of a for has its own bounds") {
  for (const Flags& flags : {Flags{true, true, true}, Flags{false, true, false}, Flags{true, false, true}})
    for (std::int64_t extent : extents) {
      Maker m;
      Value *lower = m.parameter(i64()), *upper = m.parameter(i64()), *x = m.parameter(f32({2}));
      Op* loop = m.b.append_control("for", {lower, upper, x}, {f32({2}), {DType::i64, {6}}},
                                    {{"carried", std::int64_t{1}}, {"length", std::int64_t{6}}}, 1);
      Region& body = *loop->regions[0];
      Value *k = body.add_argument(i64()), *c = body.add_argument(f32({2}));
      m.inside(body, [&] { m.b.yield({m.op("add", {c, m.op("mul", {c, m.op("to_f32", {k})})}), k}); });
      check_function(*m.done({loop->result(0), loop->result(1)}), flags, extent, 11, -3, 8);
    }
}

TEST_CASE("rows leave a while when their own test fails; the others go on") {
  for (const Flags& flags : {Flags{true, true}, Flags{true, false}, Flags{false, true}, Flags{false, false}})
    for (std::int64_t extent : extents) {
      Maker m;
      Value *x = m.parameter(f64({2})), *limit = m.parameter(f64());
      const auto number = [&](double v) { return m.b.constant(DType::f64, v); };
      // The last carried value never changes: it stays shared.
      Op* loop = m.repeat(
          {x, number(0), limit, number(0.25)},
          [&](const std::vector<Value*>& a) {
            return m.op("lt", {a[1], a[2]});
          },
          [&](const std::vector<Value*>& a) -> std::vector<Value*> {
            return {m.op("mul", {a[0], m.op("add", {a[0], a[1]})}), m.op("add", {a[1], a[3]}), a[2], a[3]};
          });
      auto f = m.done({loop->result(0), loop->result(1), loop->result(3)});
      check_function(*f, flags, extent, 5);
      const BatchedProgram b = batch(*f, flags, extent);
      CHECK_FALSE(has(*b.program, "for"));
      CHECK_FALSE(b.batched[2]);
      CHECK(b.batched[1] == flags[1]);
    }
}

TEST_CASE("a while may carry keys") {
  for (std::int64_t extent : extents) {
    Maker m;
    Value *key = m.parameter({DType::key, {}}), *count = m.parameter(i64());
    Value* data = m.b.constant(DType::u64, 3);
    Op* loop = m.repeat(
        {key, count},
        [&](const std::vector<Value*>& a) {
          return m.op("gt", {a[1], m.i(0)});
        },
        [&](const std::vector<Value*>& a) -> std::vector<Value*> {
          return {m.op("random_fold", {a[0], data}), m.op("sub", {a[1], m.i(1)})};
        });
    auto f = m.done({m.op("random_bits64", {loop->result(0)}, {{"shape", std::vector<std::int64_t>{2}}})});
    for (const Flags& flags : {Flags{true, true}, Flags{false, true}, Flags{true, false}})
      check_function(*f, flags, extent, 6, 0, 5);
  }
}

TEST_CASE("branches: one for all rows, and one for each") {
  for (const Flags& flags : {Flags{true, true, true}, Flags{false, true, true}, Flags{true, false, false},
                             Flags{false, true, false}, Flags{false, false, true}})
    for (std::int64_t extent : extents) {
      Maker m;
      Value *p = m.parameter(boolean()), *x = m.parameter(f32({3})), *s = m.parameter(f32());
      Op* outer = m.branch(
          p, {f32({3}), f32(), f32(), f32({3})},
          [&]() -> std::vector<Value*> {
            Op* inner = m.branch(
                m.op("gt", {s, m.f(0)}), {f32({3})},
                [&] {
                  return std::vector<Value*>{m.op("mul", {x, s})};
                },
                [&] { return std::vector<Value*>{x}; });
            return {inner->result(), s, m.f(1), x};
          },
          [&]() -> std::vector<Value*> {
            return {m.op("fill", {s}, {{"shape", std::vector<std::int64_t>{3}}}), m.f(2), m.f(2), x};
          });
      auto f = m.done({outer->result(0), outer->result(1), outer->result(2), outer->result(3)});
      for (unsigned seed : {1U, 2U, 3U}) check_function(*f, flags, extent, seed);
      CHECK_FALSE(has(*batch(*f, flags, extent).program, "for"));
    }
}

TEST_CASE("a row does not fail, print or hang in a branch that it does not take") {
  SECTION("an index out of range") {
    Maker m;
    Value *i = m.parameter(i64()), *x = m.parameter(f32({4}));
    Value* inside = m.op("and", {m.op("ge", {i, m.i(0)}), m.op("lt", {i, m.i(4)})});
    Op* choice = m.branch(
        inside, {f32()},
        [&] {
          return std::vector<Value*>{m.op("take", {x, i}, {{"axis", std::int64_t{0}}})};
        },
        [&] { return std::vector<Value*>{m.f(-1)}; });
    auto f = m.done({choice->result()});
    check_function(*f, {true, false}, 17, 1, -6, 9);
    check_function(*f, {true, true}, 17, 1, -6, 9);
  }
  SECTION("an index that leaves the array when a finished row goes on") {
    Maker m;
    Value *i = m.parameter(i64()), *x = m.parameter(f32({9}));
    Op* loop = m.repeat(
        {i, m.f(0)},
        [&](const std::vector<Value*>& a) {
          return m.op("lt", {a[0], m.i(9)});
        },
        [&](const std::vector<Value*>& a) -> std::vector<Value*> {
          return {m.op("add", {a[0], m.i(1)}),
                  m.op("add", {a[1], m.op("take", {x, a[0]}, {{"axis", std::int64_t{0}}})})};
        });
    check_function(*m.done({loop->result(0), loop->result(1)}), {true, true}, 17, 2, 0, 9);
  }
  SECTION("a loop that would not end") {
    Maker m;
    Value* n = m.parameter(i64());
    Op* choice = m.branch(
        m.op("ge", {n, m.i(0)}), {i64()},
        [&] {
          return std::vector<Value*>{m.repeat(
                                          {n},
                                          [&](const std::vector<Value*>& a) {
                                            return m.op("ne", {a[0], m.i(0)});
                                          },
                                          [&](const std::vector<Value*>& a) {
                                            return std::vector<Value*>{m.op("sub", {a[0], m.op("sign", {a[0]})})};
                                          })
                                         ->result()};
        },
        [&] { return std::vector<Value*>{n}; });
    check_function(*m.done({choice->result()}), {true}, 17, 2, -5, 5);
  }
  SECTION("prints") {
    Maker m;
    Value* x = m.parameter(f32());
    m.branch(
        m.op("gt", {x, m.f(0)}), {},
        [&] {
          m.b.append("print", {x}, {{"label", std::string("x")}});
          return std::vector<Value*>{};
        },
        [&] { return std::vector<Value*>{}; });
    m.b.append("print", {x}, {{"label", std::string("all")}});
    m.b.append("print", {m.f(7)}, {{"label", std::string("shared")}});
    const BatchedProgram b = batch(*m.done({}), {true}, 3);
    const Tensors arguments = {tensor<float>({3}, {1, -2, 3})};
    const std::string expected = "x: 1\nx: 3\nall: 1\nall: -2\nall: 3\nshared: 7\n";
    CHECK(printed([&] { interpret(*b.program, arguments); }) == expected);
    CHECK(printed([&] { compile_and_run(*b.program, arguments); }) == expected);
  }
}

TEST_CASE("a check fails for the first row that fails") {
  Maker m;
  Value *x = m.parameter(f32()), *limit = m.parameter(f32());
  m.b.append("check", {m.op("lt", {x, limit}), x, limit},
             {{"what", std::string("x is large")}, {"names", std::string("x,limit")}, {"hint", std::string()}});
  auto f = m.done({});
  const BatchedProgram b = batch(*f, {true, false}, 3), own = batch(*f, {true, true}, 3);
  for (const auto run : {interpret, compile_and_run}) {
    CHECK_NOTHROW(run(*b.program, {tensor<float>({3}, {0, 1, 2}), tensor<float>({}, {3})}));
    try {
      run(*b.program, {tensor<float>({3}, {0, 5, 6}), tensor<float>({}, {3})});
      FAIL("no error");
    } catch (const ValueError& e) {
      CHECK(e.parts().what == "x is large");
      CHECK(e.parts().values == "x = 5, limit = 3, element 1");
    }
    CHECK_THROWS_WITH(run(*own.program, {tensor<float>({3}, {0, 1, 2}), tensor<float>({3}, {3, 3, 1})}),
                      Catch::Matchers::Contains("x = 2, limit = 1, element 2"));
  }
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
