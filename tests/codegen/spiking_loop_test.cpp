// What a spiking network's loop gains from placement: bits of spikes made in the group that makes the spikes, parts of
// arrays read where they are, results of event products left zero by their reader. Same bits as the traced program.
#include <algorithm>
#include <cmath>

#include "compiler/codegen/codegen.h"
#include "compiler/codegen/place.h"
#include "compiler/ir/rewrite.h"
#include "runtime/options.h"
#include "support/both_ways.h"
#include "support/programs.h"

using namespace brainpy;
using namespace brainpy::test;
namespace ir = compiler::ir;
using compiler::Attributes;

namespace {

Attributes part(std::int64_t start, std::int64_t stop) {
  using List = std::vector<std::int64_t>;
  return {{"start", List{start}}, {"stop", List{stop}}, {"step", List{1}}};
}

/// Row r has the columns 7 r + 3 and 11 r + 5, modulo their number.
std::pair<Tensor, Tensor> two_a_row(std::int32_t rows, std::int32_t cols) {
  Tensor indices = runtime::make_tensor(i32({2 * rows})), indptr = runtime::make_tensor(i32({rows + 1}));
  for (std::int32_t r = 0; r < rows; ++r) {
    indices.as<std::int32_t>()[2 * r] = (7 * r + 3) % cols;
    indices.as<std::int32_t>()[2 * r + 1] = (11 * r + 5) % cols;
  }
  for (std::int32_t r = 0; r <= rows; ++r) indptr.as<std::int32_t>()[r] = 2 * r;
  return {indices, indptr};
}

/// Neurons that charge at their own speed, fire, are reset, and excite others through those from `first` on; all spikes
/// are recorded as bits. Results: V, spikes, the record.
std::unique_ptr<Program> network(DType number, std::int64_t size, std::int64_t first, std::int64_t steps,
                                 const Type& indices, const Type& indptr) {
  Maker m;
  Value *V = m.parameter({number, {size}}), *speed = m.parameter({number, {size}}), *i = m.parameter(indices),
        *p = m.parameter(indptr), *spike = m.parameter(boolean({size}));
  const Attributes product = {{"rows", size - first}, {"cols", size}, {"transpose", true}};
  const Type record{DType::u64, {(size + 63) / 64}};
  Op* loop = m.loop(steps, {V, spike}, {}, {record}, [&](const std::vector<Value*>& a) -> std::vector<Value*> {
    Value* senders = m.op("slice", {a[2]}, part(first, size));
    Value* input = m.op("event_csrmv", {m.b.constant(number, 0.3), i, p, senders}, product);
    Value* charged = m.op("add", {m.op("add", {a[1], input}), speed});
    Value* fired = m.op("ge", {charged, m.b.constant(number, 1.0)});
    Value* next = m.op("select", {fired, m.b.constant(number, 0.0), charged});
    return {next, fired, m.op("pack_bits", {fired})};
  });
  return m.done({loop->result(0), loop->result(1), loop->result(2)});
}

int count(const Region& region, const char* name) {
  int n = 0;
  ir::walk(region, [&](const Op& op) { n += ir::is(op, name); });
  return n;
}

}  // namespace

TEST_CASE("a spiking loop packs, slices and clears with the same bits") {
  const int width = GENERATE(4, 8, 16);
  const DType number = GENERATE(DType::f32, DType::f64);
  runtime::options().vector = width;
  const unsigned seed = std::random_device{}();
  INFO("seed " << seed << ", vectors of " << width);
  std::mt19937_64 random(seed);
  for (const std::int64_t size : {1, 3, 16, 63, 64, 65, 130, 200})
    for (const std::int64_t first : {0, 64, 128, 5}) {
      if (first >= size) continue;
      INFO("size " << size << ", senders from " << first);
      const auto [indices, indptr] =
          two_a_row(static_cast<std::int32_t>(size - first), static_cast<std::int32_t>(size));
      const auto program = network(number, size, first, 40, indices.type, indptr.type);
      Tensor spikes = random_tensor(boolean({size}), random);
      const auto executable =
          check_both_ways(*program,
                          {random_tensor({number, {size}}, random, 0, 1),
                           random_tensor({number, {size}}, random, 0, 0.2), indices, indptr, spikes},
                          {});
      const Program& optimized = executable->program();
      const Op* loop = nullptr;
      ir::walk(optimized.body, [&](const Op& op) { loop = ir::is(op, "for") ? &op : loop; });
      REQUIRE(loop);
      // Aligned senders are words of the bits that the loop carries: one packing inside it, in the group.
      const compiler::codegen::Placement placement = compiler::codegen::place(optimized);
      CHECK(placement.cleared.size() == 1);
      if (first % 64 != 0) continue;
      CHECK(count(*loop->regions[0], "pack_bits") == 1);
      int in_group = 0;
      ir::walk(*loop->regions[0], [&](const Op& op) {
        if (ir::is(op, "fused")) in_group += count(*op.regions[0], "pack_bits");
      });
      CHECK(in_group == 1);
    }
  runtime::options().vector = 0;
}

TEST_CASE("spikes are counted with the same bits, in the loop that makes them") {
  const int width = GENERATE(4, 8, 16);
  const DType number = GENERATE(DType::f32, DType::f64);
  runtime::options().vector = width;
  const unsigned seed = std::random_device{}();
  INFO("seed " << seed << ", vectors of " << width);
  std::mt19937_64 random(seed);
  const std::vector<std::int64_t> all{0};
  const std::string to_number = number == DType::f32 ? "to_f32" : "to_f64";
  for (const std::int64_t size : {1, 63, 64, 65, 130, 511, 512, 513, 4000})
    for (const std::int64_t first : {0, 64, 5}) {
      if (first >= size) continue;
      INFO("size " << size << ", a part from " << first);
      Maker m;
      Value *V = m.parameter({number, {size}}), *speed = m.parameter({number, {size}}),
            *spike = m.parameter(boolean({size}));
      const std::vector<Type> counts = {i32(), i64(), {number, {}}, i32(), i32()};
      Op* loop = m.loop(30, {V, spike}, {}, counts, [&](const std::vector<Value*>& a) -> std::vector<Value*> {
        Value* charged = m.op("add", {a[1], speed});
        Value* fired = m.op("ge", {charged, m.b.constant(number, 1.0)});
        Value* next = m.op("select", {fired, m.b.constant(number, 0.0), charged});
        const auto sum = [&](const std::string& conversion, Value* bools) {
          return m.op("sum", {m.op(conversion, {bools})}, {{"axes", all}});
        };
        Value* some = m.op("slice", {fired}, part(first, size));
        return {next,
                fired,
                sum("to_i32", fired),
                sum("to_i64", fired),
                sum(to_number, fired),
                sum("to_i32", some),
                sum("to_i32", a[2])};
      });
      std::vector<Value*> results;
      for (int k = 0; k < 7; ++k) results.push_back(loop->result(k));
      const auto program = m.done(results);
      const auto executable =
          check_both_ways(*program,
                          {random_tensor({number, {size}}, random, 0, 1),
                           random_tensor({number, {size}}, random, 0, 0.2), random_tensor(boolean({size}), random)},
                          {});
      const Program& optimized = executable->program();
      CHECK(count(optimized.body, "sum") == 0);
      int in_groups = 0;
      ir::walk(optimized.body, [&](const Op& op) {
        if (ir::is(op, "fused")) in_groups += count(*op.regions[0], "pack_bits");
      });
      CHECK(in_groups == 1);
    }
  runtime::options().vector = 0;
}

TEST_CASE("a part of an array is a view where only computations read it") {
  Maker m;
  Value *x = m.parameter(f32({10, 4})), *steps = m.parameter(f32({6, 8}));
  using List = std::vector<std::int64_t>;
  const auto rows = [&](Value* v, std::int64_t start, std::int64_t stop) {
    return m.op("slice", {v}, {{"start", List{start, 0}}, {"stop", List{stop, 4}}, {"step", List{1, 1}}});
  };
  Value* middle = rows(x, 2, 8);
  Value* inner = rows(middle, 1, 3);  // a view of a view
  Value* flat = m.op("reshape", {inner}, {{"shape", List{8}}});
  Value* columns = m.op("slice", {x}, {{"start", List{0, 1}}, {"stop", List{10, 3}}, {"step", List{1, 1}}});
  Value* yielded = rows(x, 4, 6);  // a result needs memory of its own
  Op* loop = m.loop(6, {flat, yielded}, {steps}, {f32({2})}, [&](const std::vector<Value*>& a) -> std::vector<Value*> {
    // Of a row, which is elsewhere in each step.
    Value* tail = m.op("slice", {a[3]}, part(5, 7));
    Value* sum = m.op("add", {a[1], m.op("sum", {m.op("slice", {a[3]}, part(1, 8))}, {{"axes", List{0}}})});
    return {sum, rows(m.op("reshape", {sum}, {{"shape", List{2, 4}}}), 0, 2), m.op("mul", {tail, m.f(2)})};
  });
  const auto program = m.done({loop->result(0), loop->result(1), loop->result(2), m.op("neg", {columns}), yielded,
                               m.op("mul", {middle, middle})});
  std::mt19937_64 random(3);
  const auto executable =
      check_both_ways(*program, {random_tensor(f32({10, 4}), random), random_tensor(f32({6, 8}), random)}, {});
  int views = 0, copies = 0;
  const compiler::codegen::Placement placement = compiler::codegen::place(executable->program());
  ir::walk(executable->program().body, [&](const Op& op) {
    if (ir::is(op, "slice")) ++(placement.is_alias(op) ? views : copies);
  });
  INFO(executable->text(compiler::jit::Stage::optimized));
  CHECK(views >= 3);
  CHECK(copies >= 2);
}

TEST_CASE("large memory that changes in a few places is stored where it changes") {
  const DType number = GENERATE(DType::f32, DType::f64);
  // What no near cache holds; what the nearest does not hold, with little to compute and with much; what it holds.
  const auto [size, terms] =
      GENERATE(std::pair{150'001, 0}, std::pair{20'001, 0}, std::pair{20'001, 50}, std::pair{500, 0});
  Maker m;
  Value *x = m.parameter({number, {size}}), *last = m.parameter({number, {size}});
  Op* loop = m.loop(5, {x, last}, {}, {}, [&](const std::vector<Value*>& a) -> std::vector<Value*> {
    Value* t = m.op(number == DType::f32 ? "to_f32" : "to_f64", {a[0]});
    Value* next = m.op("mul", {a[1], m.b.constant(number, 1.5)});
    for (int k = 0; k < terms; ++k) next = m.op("add", {next, m.op("mul", {next, m.b.constant(number, 1e-5)})});
    Value* fired = m.op("ge", {next, m.b.constant(number, 1.0)});
    return {m.op("select", {fired, m.b.constant(number, 0.001), next}), m.op("select", {fired, t, a[2]})};
  });
  const auto program = m.done({loop->result(0), loop->result(1)});
  std::mt19937_64 random(11);
  Tensor start = random_tensor({number, {size}}, random, 0, 0.01);
  // Three neurons that fire, the last one among them; everybody else stays silent.
  for (int k : {7, size / 2, size - 1}) {
    if (number == DType::f32) start.as<float>()[k] = 0.5f;
    else start.as<double>()[k] = 0.5;
  }
  const auto executable = check_both_ways(*program, {start, random_tensor({number, {size}}, random)}, {});
  const bool spares_stores = size > 100'000 || (size > 1000 && terms == 0 && compiler::codegen::vector_width() >= 8);
  CHECK((executable->text(compiler::jit::Stage::llvm).find("rare") != std::string::npos) == spares_stores);
}

TEST_CASE("the memory of an input that goes back to its constant is read in the first step only") {
  const DType number = GENERATE(DType::f32, DType::f64);
  const int size = GENERATE(1, 500, 20'001), steps = GENERATE(0, 1, 3);
  CAPTURE(size, steps);
  Maker m;
  Value *v = m.parameter({number, {size}}), *input = m.parameter({number, {size}}), *end = m.parameter(i64());
  Op* loop = m.loop(5, {v, input}, {}, {}, [&](const std::vector<Value*>& a) -> std::vector<Value*> {
    Value* back = m.op("fill", {m.b.constant(number, 20.0)}, {{"shape", std::vector<std::int64_t>{size}}});
    return {m.op("add", {a[1], a[2]}), back};
  });
  loop->operands[1] = end;
  const auto program = m.done({loop->result(0), loop->result(1)});
  std::mt19937_64 random(13);
  // Equal numbers may have different bits, and equal bits may be no numbers.
  Tensor start = random_tensor({number, {size}}, random), until = runtime::make_tensor(i64());
  for (int k = 0; k < size; k += 7) {
    const double x = k % 2 == 0 ? -0.0 : std::nan("");
    if (number == DType::f32) start.as<float>()[k] = static_cast<float>(x);
    else start.as<double>()[k] = x;
  }
  until.as<std::int64_t>()[0] = steps;
  const auto executable = check_both_ways(*program, {random_tensor({number, {size}}, random), start, until}, {});
  CHECK(executable->text(compiler::jit::Stage::llvm).find("rare") != std::string::npos);
}

TEST_CASE("memory that a choice may leave alone is read where something else reads it too") {
  const bool is_first = GENERATE(false, true);
  Maker m;
  Value *x = m.parameter(f32({100})), *first = m.parameter(boolean());
  Value* chosen = m.op("select", {first, x, m.f(3)});
  const auto program = m.done({m.op("add", {chosen, x}), m.op("mul", {chosen, m.f(2)})});
  std::mt19937_64 random(17);
  Tensor condition = runtime::make_tensor(boolean());
  condition.as<bool>()[0] = is_first;
  const auto executable = check_both_ways(*program, {random_tensor(f32({100}), random), condition}, {});
  CHECK(executable->text(compiler::jit::Stage::llvm).find("rare") == std::string::npos);
}

TEST_CASE("products of parts that end in one word have their own events") {
  // Both parts are the same two words: neurons 100 to 119 fire for the longer one only.
  const std::int64_t first_rows = GENERATE(100, 120), second_rows = 220 - first_rows;
  Maker m;
  const auto [indices, indptr] = two_a_row(200, 20);
  Value *spikes = m.parameter(boolean({200})), *i = m.parameter(indices.type), *p = m.parameter(indptr.type);
  const auto product = [&](std::int64_t rows) {
    return m.op("event_csrmv",
                {m.f(0.5), i, m.op("slice", {p}, part(0, rows + 1)), m.op("slice", {spikes}, part(0, rows))},
                {{"rows", rows}, {"cols", 20}, {"transpose", true}});
  };
  const auto program = m.done({product(first_rows), product(second_rows)});
  Tensor all = runtime::make_tensor(boolean({200}));
  std::fill_n(all.as<bool>(), 200, true);
  const auto executable = check_both_ways(*program, {all, indices, indptr}, {});
  CHECK(count(executable->program().body, "pack_bits") == 1);
}

TEST_CASE("a product with two readers is not cleared by either") {
  Maker m;
  const auto [indices, indptr] = two_a_row(20, 20);
  Value *events = m.parameter(boolean({20})), *i = m.parameter(indices.type), *p = m.parameter(indptr.type),
        *x = m.parameter(f32({20}));
  Op* loop = m.loop(5, {x}, {}, {}, [&](const std::vector<Value*>& a) -> std::vector<Value*> {
    Value* input = m.op("event_csrmv", {m.f(0.5), i, p, events}, {{"rows", 20}, {"cols", 20}, {"transpose", true}});
    Value* total = m.op("sum", {input}, {{"axes", std::vector<std::int64_t>{0}}});
    return {m.op("add", {m.op("mul", {a[1], total}), input})};
  });
  const auto program = m.done({loop->result(0)});
  std::mt19937_64 random(5);
  const auto executable = check_both_ways(
      *program, {random_tensor(boolean({20}), random), indices, indptr, random_tensor(f32({20}), random)}, {});
  CHECK(compiler::codegen::place(executable->program()).cleared.empty());
}

TEST_CASE("bits join loops of their own elements only") {
  // What verify and the parser refuse: a group over 64 elements that packs 65.
  Maker m;
  Value *x = m.parameter(f32({64})), *spikes = m.parameter(boolean({65}));
  Op* group = m.b.append_control("fused", {}, {}, {}, 1);
  m.inside(*group->regions[0], [&] {
    Value *y = m.op("neg", {x}), *bits = m.op("pack_bits", {spikes});
    m.b.yield({y, bits});
    ir::add_result(*group, y->type);
    ir::add_result(*group, bits->type);
  });
  const auto program = m.done({group->result(0), group->result(1)});
  CHECK_THROWS_WITH(ir::verify(*program), Catch::Contains("different iteration spaces"));
}
