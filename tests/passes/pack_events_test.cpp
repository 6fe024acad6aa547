// Spikes become bits once for all the projections that they feed and the counts that are made of them; products and
// counts keep their bits.
#include "compiler/ir/parse.h"
#include "compiler/ir/print.h"
#include "compiler/ir/rewrite.h"
#include "compiler/passes/pass.h"
#include "support/programs.h"

using namespace brainpy;
using namespace brainpy::test;
using compiler::ir::clone;
namespace passes = compiler::passes;
using compiler::Attributes;

namespace {

/// Rows 0 .. rows - 1 of one or two entries each, in `cols` columns.
std::pair<Tensor, Tensor> structure(std::int32_t rows, std::int32_t cols) {
  Tensor indices = runtime::make_tensor(i32({2 * rows})), indptr = runtime::make_tensor(i32({rows + 1}));
  for (std::int32_t k = 0; k < 2 * rows; ++k) indices.as<std::int32_t>()[k] = (k * 7) % cols;
  for (std::int32_t k = 0; k <= rows; ++k) indptr.as<std::int32_t>()[k] = 2 * k;
  return {indices, indptr};
}

Value* product(Maker& m, Value* indices, Value* indptr, Value* events, std::int64_t rows, std::int64_t cols,
               bool transpose) {
  return m.op("event_csrmv", {m.b.constant(DType::f32, 0.5), indices, indptr, events},
              {{"rows", rows}, {"cols", cols}, {"transpose", transpose}});
}

int count(const Program& program, const char* name) {
  int n = 0;
  for (const auto& op : program.body.ops) n += compiler::ir::is(*op, name);
  return n;
}

/// What the pass makes of a program, which keeps its results' bits, without what nothing needs any more.
std::unique_ptr<Program> cleaned(const Program& program) {
  auto packed = clone(program);
  passes::pack_events(*packed, {});
  CHECK_FALSE(passes::pack_events(*packed, {}));
  packed->discharged = true;
  passes::cse(*packed, {});
  passes::dce(*packed, {});
  std::int64_t elements = 0;
  for (int k = 0; k < program.parameters; ++k)
    elements += program.body.arguments[static_cast<std::size_t>(k)]->type.size();
  if (elements < 100'000) check_same(program, *packed);
  return packed;
}

/// The outline of the sum over all axes of bools, after the conversions.
std::string counted(const Type& bools, const std::vector<std::string>& conversions) {
  Maker m;
  Value* x = m.parameter(bools);
  for (const std::string& c : conversions) x = m.op(c, {x});
  std::vector<std::int64_t> axes;
  for (int a = 0; a < bools.shape.rank(); ++a) axes.push_back(a);
  return outline(cleaned(*m.done({m.op("sum", {x}, {{"axes", axes}})}))->body);
}

}  // namespace

TEST_CASE("two projections of one population share its bits") {
  for (const std::int32_t rows : {1, 63, 64, 65, 200}) {
    Maker m;
    const auto [indices, indptr] = structure(rows, 5);
    Value *events = m.parameter(boolean({rows})), *i = m.parameter(indices.type), *p = m.parameter(indptr.type);
    const auto program = m.done({product(m, i, p, events, rows, 5, true), product(m, i, p, events, rows, 9, true)});
    auto packed = clone(*program);
    CHECK(passes::pack_events(*packed, {}));
    packed->discharged = true;
    passes::cse(*packed, {});
    passes::dce(*packed, {});
    CHECK(count(*packed, "pack_bits") == 1);
    CHECK(count(*packed, "event_csrmv") == 2);
    Tensor spikes = runtime::make_tensor(events->type);
    for (std::int32_t k = 0; k < rows; ++k) spikes.as<bool>()[k] = k % 3 == 0;
    SymbolTable none;
    const std::vector<Tensor> before = compiler::interp::run(*program, {spikes, indices, indptr}, none),
                              after = compiler::interp::run(*packed, {spikes, indices, indptr}, none);
    for (std::size_t k = 0; k < 2; ++k) CHECK(same_bits(before[k], after[k]));
    CHECK_FALSE(passes::pack_events(*packed, {}));
  }
}

TEST_CASE("products that gather keep their bools") {
  Maker m;
  const auto [indices, indptr] = structure(4, 5);
  Value *events = m.parameter(boolean({5})), *i = m.parameter(indices.type), *p = m.parameter(indptr.type);
  const auto program = m.done({product(m, i, p, events, 4, 5, false)});
  CHECK_FALSE(passes::pack_events(*program, {}));
}

TEST_CASE("a loop carries the bits of the spikes that it carries, once") {
  Maker m;
  const auto [indices, indptr] = structure(130, 5);
  Value *i = m.parameter(indices.type), *p = m.parameter(indptr.type), *spikes = m.parameter(boolean({130}));
  Op* loop = m.loop(4, {spikes, m.f(0)}, {}, {}, [&](const std::vector<Value*>& a) -> std::vector<Value*> {
    Value* all = product(m, i, p, a[1], 130, 5, true);
    Value* same = product(m, i, p, a[1], 130, 7, true);
    Value* sum = m.op("add", {m.op("sum", {all}, {{"axes", std::vector<std::int64_t>{0}}}),
                              m.op("sum", {same}, {{"axes", std::vector<std::int64_t>{0}}})});
    return {m.op("not", {a[1]}), m.op("add", {a[2], sum})};
  });
  const auto program = m.done({loop->result(0), loop->result(1)});
  auto packed = clone(*program);
  CHECK(passes::pack_events(*packed, {}));
  compiler::ir::verify(*packed);
  packed->discharged = true;
  passes::cse(*packed, {});
  passes::dce(*packed, {});
  CHECK(count(*packed, "pack_bits") == 1);  // of the start
  const Op* after = nullptr;
  for (const auto& op : packed->body.ops) after = compiler::ir::is(*op, "for") ? op.get() : after;
  REQUIRE(after);
  CHECK(compiler::ir::loop_of(*after).carried == 3);
  int inside = 0;
  for (const auto& op : after->regions[0]->ops) inside += compiler::ir::is(*op, "pack_bits");
  CHECK(inside == 1);  // of the next spikes
  CHECK_FALSE(passes::pack_events(*packed, {}));
  Tensor start = runtime::make_tensor(spikes->type);
  for (std::int32_t k = 0; k < 130; ++k) start.as<bool>()[k] = k % 7 == 0;
  SymbolTable none;
  const std::vector<Tensor> before = compiler::interp::run(*program, {indices, indptr, start}, none),
                            now = compiler::interp::run(*packed, {indices, indptr, start}, none);
  for (std::size_t k = 0; k < 2; ++k) CHECK(same_bits(before[k], now[k]));
}

TEST_CASE("spikes that only products read are carried as bits, and are bools again after the loop") {
  const std::int32_t rows = GENERATE(1, 63, 64, 65, 130);
  const int steps = GENERATE(0, 4);
  Maker m;
  const auto [indices, indptr] = structure(rows, rows);
  Value *i = m.parameter(indices.type), *p = m.parameter(indptr.type), *spikes = m.parameter(boolean({rows})),
        *v = m.parameter(f32({rows}));
  Op* loop = m.loop(steps, {spikes, v}, {}, {}, [&](const std::vector<Value*>& a) -> std::vector<Value*> {
    Value* next = m.op("add", {m.op("mul", {a[2], m.f(0.5)}), product(m, i, p, a[1], rows, rows, true)});
    return {m.op("ge", {next, m.f(0.25)}), next};
  });
  const auto program = m.done({loop->result(0), m.op("not", {loop->result(0)}), loop->result(1)});
  auto packed = clone(*program);
  CHECK(passes::pack_events(*packed, {}));
  compiler::ir::verify(*packed);
  packed->discharged = true;
  passes::dce(*packed, {});
  CHECK(count(*packed, "unpack_bits") == 1);
  for (const auto& op : packed->body.ops) {
    if (!compiler::ir::is(*op, "for")) continue;
    for (const auto& result : op->results) CHECK(result->type.dtype != DType::bool_);
  }
  CHECK_FALSE(passes::pack_events(*packed, {}));
  Tensor start = runtime::make_tensor(spikes->type), potential = runtime::make_tensor(v->type);
  for (std::int32_t k = 0; k < rows; ++k) {
    start.as<bool>()[k] = k % 7 == 0;
    potential.as<float>()[k] = static_cast<float>(k % 5) / 4;
  }
  SymbolTable none;
  const std::vector<Tensor> before = compiler::interp::run(*program, {indices, indptr, start, potential}, none),
                            now = compiler::interp::run(*packed, {indices, indptr, start, potential}, none);
  for (std::size_t k = 0; k < 3; ++k) CHECK(same_bits(before[k], now[k]));
}

TEST_CASE("spikes that no step reads are left as bits, and are bools again after the loop") {
  const std::int32_t rows = GENERATE(1, 63, 64, 65, 130);
  const int steps = GENERATE(0, 4);
  Maker m;
  Value *spikes = m.parameter(boolean({rows})), *other = m.parameter(boolean({rows})), *v = m.parameter(f32({rows}));
  // The first is only left; the second is read in the next step, the third never changes.
  Op* loop = m.loop(steps, {spikes, other, other, v}, {}, {}, [&](const std::vector<Value*>& a) -> std::vector<Value*> {
    Value* next = m.op("add", {m.op("mul", {a[4], m.f(0.5)}), m.op("to_f32", {a[2]})});
    return {m.op("ge", {next, m.f(0.25)}), m.op("lt", {next, m.f(0.75)}), a[3], next};
  });
  const auto program = m.done({loop->result(0), loop->result(1), loop->result(2), loop->result(3)});
  auto packed = clone(*program);
  CHECK(passes::pack_events(*packed, {}));
  compiler::ir::verify(*packed);
  CHECK_FALSE(passes::pack_events(*packed, {}));
  packed->discharged = true;
  passes::dce(*packed, {});
  CHECK_FALSE(passes::pack_events(*packed, {}));
  CHECK(count(*packed, "unpack_bits") == 1);
  check_same(*program, *packed);
}

TEST_CASE("a sum of bools counts their bits") {
  Maker m;
  Value* x = m.parameter(f32({70}), "x");
  Value* fired = m.op("ge", {x, m.f(1)});
  const std::vector<std::int64_t> all{0};
  const auto program = m.done({m.op("sum", {m.op("to_i32", {fired})}, {{"axes", all}}),
                               m.op("sum", {m.op("to_f32", {fired})}, {{"axes", all}}), m.op("neg", {x})});
  const std::string text = compiler::ir::print(*cleaned(*program));
  CHECK(text.substr(text.find('{')) == R"({
  %0 = ge %x, 1.0 : bool[70]
  %1 = pack_bits %0 : u64[2]
  %2 = count_bits %1 {size = 70} : i32[]
  %3 = to_f32 %2 : f32[]
  %4 = neg %x : f32[70]
  return %2, %3, %4
}
)");
}

TEST_CASE("sums of every type and rank that are exact in any order count bits, others stay") {
  const Type line = boolean({70});
  CHECK(counted(line, {}) == "pack_bits count_bits yield");
  CHECK(counted(line, {"to_i32"}) == "pack_bits count_bits yield");
  for (const char* conversion : {"to_f32", "to_f64", "to_i64", "to_u32", "to_u64"})
    CHECK(counted(line, {conversion}) == "pack_bits count_bits " + std::string(conversion) + " yield");
  CHECK(counted(line, {"to_i32", "to_f64"}) == "pack_bits count_bits to_f64 yield");
  CHECK(counted(boolean({3, 5, 7}), {"to_i32"}) == "pack_bits count_bits yield");
  CHECK(counted(boolean({0}), {"to_f32"}) == "pack_bits count_bits to_f32 yield");
  CHECK(counted(boolean(), {"to_i32"}) == "to_i32 sum yield");
  // The last float32 before which all whole numbers are.
  const std::int64_t last = std::int64_t{1} << 24;
  CHECK(counted(boolean({last}), {"to_f32"}) == "pack_bits count_bits to_f32 yield");
  CHECK(counted(boolean({last + 1}), {"to_f32"}) == "to_f32 sum yield");
  CHECK(counted(boolean({last + 1}), {"to_f64"}) == "pack_bits count_bits to_f64 yield");
  CHECK(counted(boolean({std::int64_t{1} << 31}), {"to_i64"}) == "to_i64 sum yield");
  CHECK(counted(f32({70}), {}) == "sum yield");
  CHECK(counted(f32({70}), {"to_i32"}) == "to_i32 sum yield");
  Maker m;
  Value* rows = m.op("to_i32", {m.parameter(boolean({3, 70}))});
  const auto program = m.done({m.op("sum", {rows}, {{"axes", std::vector<std::int64_t>{1}}})});
  CHECK_FALSE(passes::pack_events(*program, {}));
}

TEST_CASE("a part of the spikes is counted in the population's words where those cost nothing") {
  const auto part = [](bool made_here, std::int64_t start) {
    Maker m;
    Value* x = m.parameter(made_here ? f32({300}) : boolean({300}));
    Value* spikes = made_here ? m.op("lt", {x, m.f(0.5)}) : x;
    Value* some = m.op("slice", {spikes},
                       {{"start", std::vector<std::int64_t>{start}},
                        {"stop", std::vector<std::int64_t>{start + 100}},
                        {"step", std::vector<std::int64_t>{1}}});
    return outline(cleaned(*m.done({m.op("sum", {some}, {{"axes", std::vector<std::int64_t>{0}}})}))->body);
  };
  CHECK(part(true, 64) == "lt pack_bits slice count_bits yield");
  CHECK(part(true, 65) == "lt slice pack_bits count_bits yield");
  CHECK(part(false, 64) == "slice pack_bits count_bits yield");
}

TEST_CASE("spikes that a loop propagates, counts and records are packed once") {
  const std::int32_t rows = GENERATE(1, 64, 130);
  Maker m;
  const auto [indices, indptr] = structure(rows, rows);
  Value *i = m.parameter(indices.type), *p = m.parameter(indptr.type), *spikes = m.parameter(boolean({rows})),
        *v = m.parameter(f32({rows}));
  const Type record{DType::u64, {(rows + 63) / 64}};
  Op* loop =
      m.loop(4, {spikes, v}, {}, {i32(), f32(), record}, [&](const std::vector<Value*>& a) -> std::vector<Value*> {
        const std::vector<std::int64_t> all{0};
        Value* before = m.op("sum", {m.op("to_i32", {a[1]})}, {{"axes", all}});
        Value* next = m.op("add", {m.op("mul", {a[2], m.f(0.5)}), product(m, i, p, a[1], rows, rows, true)});
        Value* fired = m.op("ge", {next, m.f(0.25)});
        Value* after = m.op("sum", {m.op("to_f32", {fired})}, {{"axes", all}});
        return {fired, next, before, after, m.op("pack_bits", {fired})};
      });
  std::vector<Value*> results;
  for (int k = 0; k < 5; ++k) results.push_back(loop->result(k));
  const auto program = m.done(results);
  auto packed = clone(*program);
  CHECK(passes::pack_events(*packed, {}));
  packed->discharged = true;
  passes::cse(*packed, {});
  passes::dce(*packed, {});
  compiler::ir::verify(*packed);
  CHECK(outline(packed->body) ==
        "pack_bits for{count_bits mul event_csrmv add ge pack_bits count_bits to_f32 yield} unpack_bits yield");
  Tensor start = runtime::make_tensor(spikes->type), potential = runtime::make_tensor(v->type);
  for (std::int32_t k = 0; k < rows; ++k) {
    start.as<bool>()[k] = k % 7 == 0;
    potential.as<float>()[k] = static_cast<float>(k % 5) / 4;
  }
  SymbolTable none;
  const std::vector<Tensor> expected = compiler::interp::run(*program, {indices, indptr, start, potential}, none),
                            got = compiler::interp::run(*packed, {indices, indptr, start, potential}, none);
  for (std::size_t k = 0; k < 5; ++k) CHECK(same_bits(expected[k], got[k]));
}

TEST_CASE("a count that cannot be is refused when text is read") {
  const auto read = [](const std::string& line) {
    return compiler::ir::parse("func @f(%x: u64[2]) {\n  %0 = count_bits %x " + line + "\n  return %0\n}\n");
  };
  CHECK_NOTHROW(read("{size = 70} : i32[]"));
  CHECK_THROWS_WITH(read("{size = 200} : i32[]"), Catch::Contains("size 200") && Catch::Contains("<text>:2"));
  CHECK_THROWS_WITH(read(": i32[]"), Catch::Contains("add {size = ...}"));
}

TEST_CASE("bits of another number of neurons are refused") {
  Maker m;
  const auto [indices, indptr] = structure(65, 5);
  Value *i = m.parameter(indices.type), *p = m.parameter(indptr.type);
  Value* words = m.parameter({DType::u64, {1}});
  CHECK_THROWS_AS(product(m, i, p, words, 65, 5, true), ShapeError);
  CHECK_THROWS_AS(product(m, i, p, m.parameter({DType::u64, {2}}), 65, 5, false), DTypeError);
  CHECK_THROWS_AS(m.op("pack_bits", {m.parameter(f32({3}))}), DTypeError);
  const Attributes shape{{"shape", std::vector<std::int64_t>{65}}};
  CHECK_THROWS_AS(m.op("unpack_bits", {words}, shape), ShapeError);
  CHECK_THROWS_AS(m.op("unpack_bits", {m.parameter(f32({2}))}, shape), DTypeError);
}
