// Arrays that every step of a loop fills with one number: what is left of them in the loop, and that the bits stay.
#include "compiler/passes/pass.h"

#include "compiler/ir/rewrite.h"
#include "support/programs.h"

using namespace brainpy;
using namespace brainpy::test;
using compiler::ir::clone;
namespace passes = compiler::passes;

namespace {

compiler::Attributes of_40() { return {{"shape", std::vector<std::int64_t>{40}}}; }

/// What the pass makes of a program, without what nothing needs any more. It has the same results.
std::unique_ptr<Program> settled(const Program& program, bool changes) {
  auto copy = clone(program);
  copy->discharged = true;
  passes::hoist(*copy, {});
  CHECK(passes::settle(*copy, {}) == changes);
  CHECK_FALSE(passes::settle(*copy, {}));
  passes::dce(*copy, {});
  check_same(program, *copy);
  return copy;
}

std::string outline_of(const Program& program) { return outline(program.body); }

}  // namespace

TEST_CASE("an array that every step sets back is not carried") {
  const int steps = GENERATE(0, 1, 4);
  const bool reverse = GENERATE(false, true);
  CAPTURE(steps, reverse);
  Maker m;
  Value *v = m.parameter(f32({40})), *input = m.parameter(f32({40})), *number = m.parameter(f32());
  Op* loop =
      m.loop(steps, {input, v, input}, {}, {f32({40})}, [&](const std::vector<Value*>& a) -> std::vector<Value*> {
        Value* sum = m.op("add", {m.op("mul", {a[2], a[3]}), a[1]});
        return {m.op("fill", {m.f(20)}, of_40()), sum, m.op("fill", {number}, of_40()), m.op("neg", {a[1]})};
      });
  loop->attributes.set("reverse", reverse);
  const auto program = m.done({loop->result(0), loop->result(1), loop->result(2), loop->result(3)});
  CHECK(outline_of(*settled(*program, true)) == "for{select select mul add neg yield} select select yield");
}

TEST_CASE("what no step reads is made when the loop has ended") {
  Maker m;
  Value *v = m.parameter(f32({40})), *input = m.parameter(f32({40}));
  Op* loop = m.loop(3, {v, input}, {}, {}, [&](const std::vector<Value*>& a) -> std::vector<Value*> {
    return {m.op("neg", {a[1]}), m.op("fill", {m.f(20)}, of_40())};
  });
  CHECK(outline_of(*settled(*m.done({loop->result(0), loop->result(1)}), true)) == "for{neg yield} select yield");
}

TEST_CASE("the start of a loop may be what another one left") {
  Maker m;
  Value *v = m.parameter(f32({40})), *input = m.parameter(f32({40}));
  Op* outer = m.loop(3, {v, input}, {}, {}, [&](const std::vector<Value*>& a) -> std::vector<Value*> {
    Op* inner = m.loop(2, {a[1], a[2]}, {}, {}, [&](const std::vector<Value*>& b) -> std::vector<Value*> {
      return {m.op("add", {b[1], b[2]}), m.op("fill", {m.f(0.5)}, of_40())};
    });
    return {inner->result(0), m.op("mul", {inner->result(1), m.f(3)})};
  });
  settled(*m.done({outer->result(0), outer->result(1)}), true);
}

TEST_CASE("what may differ from step to step is carried") {
  Maker m;
  Value *v = m.parameter(f32({40})), *n = m.parameter(f32());
  const bool in_a_loop_without_end = GENERATE(false, true);
  CAPTURE(in_a_loop_without_end);
  Op* loop = nullptr;
  if (in_a_loop_without_end)
    loop = m.repeat(
        {v, n},
        [&](const std::vector<Value*>& a) {
          return m.op("lt", {a[1], m.f(9)});
        },
        [&](const std::vector<Value*>& a) -> std::vector<Value*> {
          Value* sum = m.op("sum", {a[0]}, {{"axes", std::vector<std::int64_t>{0}}});
          Value* more = m.op("add", {m.op("abs", {sum}), m.f(1)});
          return {m.op("fill", {m.f(2)}, of_40()), m.op("add", {a[1], more})};
        });
  else
    loop = m.loop(4, {v, n}, {}, {}, [&](const std::vector<Value*>& a) -> std::vector<Value*> {
      Value* sum = m.op("sum", {a[1]}, {{"axes", std::vector<std::int64_t>{0}}});
      // The number is another one in each step; the scalar is always the same, and costs nothing.
      return {m.op("fill", {m.op("mul", {sum, a[2]})}, of_40()), m.f(0.01)};
    });
  settled(*m.done({loop->result(0), loop->result(1)}), false);
}
