// Spikes become bits once for all the projections that they feed, and the products keep their bits.
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
