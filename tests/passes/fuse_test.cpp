// Fusion: which groups form, and that order, effects and bits stay right.
#include <functional>

#include "compiler/ops/registry.h"
#include "compiler/passes/pass.h"
#include "support/programs.h"

using namespace brainpy;
using namespace brainpy::test;
using compiler::ir::clone;
namespace passes = compiler::passes;

namespace {

/// Stands for an event-driven product: counts the spikes, gives f32[n] where n is an attribute.
const compiler::OpDef& events() {
  if (const auto* known = compiler::registry().find("test_events")) return *known;
  compiler::OpDef def;
  def.name = "test_events";
  def.doc = "Counts the events.";
  def.arity = 1;
  def.infer = [](std::span<const Type>, const compiler::Attributes& a) {
    return std::vector<Type>{f32({a.integer("n")})};
  };
  def.kernel = [](const compiler::KernelCall& call) {
    float count = 0;
    for (std::int64_t i = 0; i < call.in_types[0].size(); ++i) count += call.input<bool>(0)[i];
    for (std::int64_t i = 0; i < call.out_types[0].size(); ++i)
      call.output<float>(0)[i] = count + static_cast<float>(i);
  };
  def.jvp = compiler::NotDifferentiable{"events are not differentiable"};
  def.batch = compiler::BatchByLoop{};
  def.samples.push_back({});
  return compiler::registry().add(std::move(def));
}

/// An ordered effect that gives its operand back.
const compiler::OpDef& note() {
  if (const auto* known = compiler::registry().find("test_note")) return *known;
  compiler::OpDef def;
  def.name = "test_note";
  def.doc = "Is seen from outside.";
  def.arity = 1;
  def.effects = compiler::Effects::ordered;
  def.infer = [](std::span<const Type> in, const compiler::Attributes&) { return std::vector<Type>{in[0]}; };
  def.kernel = [](const compiler::KernelCall& call) {
    std::memcpy(call.output<char>(0), call.input<char>(0), call.in_types[0].bytes());
  };
  def.jvp = compiler::ZeroDerivative{};
  def.batch = compiler::BatchByLoop{};
  def.samples.push_back({});
  return compiler::registry().add(std::move(def));
}

std::unique_ptr<Program> fused(const Program& program) {
  auto copy = clone(program);
  passes::fuse(*copy, {});
  check_same(program, *copy);
  CHECK_FALSE(passes::fuse(*copy, {}));
  return copy;
}

/// One step of two populations and four exponential synapses, written population by population. `late`: the second
/// population's synapses see the spikes that the first one fires in this very step.
std::unique_ptr<Program> excitatory_inhibitory(std::int64_t excitatory, std::int64_t inhibitory, bool late) {
  events();
  Maker m;
  const std::int64_t sizes[2] = {excitatory, inhibitory};
  const char* names[2] = {"E", "I"};
  for (int p = 0; p < 2; ++p) {
    m.variable(std::string(names[p]) + ".V", f32({sizes[p]}));
    m.variable(std::string(names[p]) + ".spike", boolean({sizes[p]}));
    for (int q = 0; q < 2; ++q) m.variable(std::string(names[q]) + "2" + names[p] + ".g", f32({sizes[p]}));
  }
  const int order[2] = {late ? 1 : 0, late ? 0 : 1};
  // Synapses first unless late; each: decay, add the events.
  const auto synapses = [&](int target) {
    for (int source = 0; source < 2; ++source) {
      const std::string g = std::string(names[source]) + "2" + names[target] + ".g";
      Value* arrived = m.op("test_events", {m.read(std::string(names[source]) + ".spike")}, {{"n", sizes[target]}});
      m.b.write(g, m.op("add", {m.op("mul", {m.read(g), m.f(0.98)}), arrived}));
    }
  };
  const auto neurons = [&](int p) {
    const std::string name = names[p];
    Value* current = m.op("sub", {m.read("E2" + name + ".g"), m.read("I2" + name + ".g")});
    Value* v =
        m.op("add", {m.read(name + ".V"), m.op("mul", {m.op("sub", {current, m.read(name + ".V")}), m.f(0.05)})});
    Value* spike = m.op("ge", {v, m.f(-50)});
    m.b.write(name + ".V", m.op("select", {spike, m.f(-60), v}));
    m.b.write(name + ".spike", spike);
  };
  if (late) {
    for (int p : order) {
      synapses(p);
      neurons(p);
    }
  } else {
    synapses(0);
    synapses(1);
    neurons(0);
    neurons(1);
  }
  return m.done({});
}

}  // namespace

TEST_CASE("an E/I network: all events first, then one loop for each population") {
  auto program = excitatory_inhibitory(40, 10, false);
  auto copy = clone(*program);
  passes::run_pipeline(*copy);
  check_same(*program, *copy);
  CHECK(outline(copy->body) ==
        "test_events test_events test_events test_events "
        "fused{mul add mul add sub sub mul add ge select yield} "
        "fused{mul add mul add sub sub mul add ge select yield} yield");
  const Op& group = *copy->body.ops[copy->body.ops.size() - 2];
  CHECK(group.results.size() == 4);  // V, spike, two conductances
}

TEST_CASE("a population that waits for another one's spikes is still one loop") {
  // The first population's synapses read what the second one fires in the same step.
  auto program = excitatory_inhibitory(40, 10, true);
  auto copy = clone(*program);
  passes::run_pipeline(*copy);
  check_same(*program, *copy);
  const std::string text = outline(copy->body);
  std::size_t groups = 0;
  for (std::size_t at = text.find("fused"); at != std::string::npos; at = text.find("fused", at + 1)) ++groups;
  CHECK(groups == 2);
}

TEST_CASE("a single map is a group, a scalar one is not, shapes do not mix") {
  Maker m;
  Value *x = m.parameter(f32({6})), *y = m.parameter(f32({2, 3})), *s = m.parameter(f32());
  Value* a = m.op("neg", {x});
  Value* t = m.op("mul", {s, m.f(2)});
  Value* b = m.op("mul", {y, t});
  auto q = fused(*m.done({a, b, m.op("add", {a, t})}));
  CHECK(outline(q->body) == "mul fused{neg add yield} fused{mul yield} yield");
}

TEST_CASE("values used inside only are not results; an operand used outside is one") {
  Maker m;
  Value* x = m.parameter(f32({5}));
  Value* a = m.op("neg", {x});
  Value* b = m.op("abs", {a});
  Op* loop = m.loop(2, {x}, {}, {}, [&](const std::vector<Value*>& arguments) -> std::vector<Value*> {
    return {m.op("add", {arguments[1], b})};
  });
  auto q = fused(*m.done({loop->result()}));
  CHECK(outline(q->body) == "fused{neg abs yield} for{fused{add yield} yield} yield");
  CHECK(q->body.ops[q->body.ops.size() - 3]->regions.size() <= 1);
  for (const auto& op : q->body.ops)
    if (op->def->name == "fused") CHECK(op->results.size() == 1);
}

TEST_CASE("effects keep their order") {
  note();
  Maker m;
  Value *x = m.parameter(f32({3})), *s = m.parameter(f32());
  Value* first = m.b.append("test_note", {m.op("neg", {x})})->result();
  Value* second = m.b.append("test_note", {s})->result();  // ready at once, yet it comes second
  auto q = fused(*m.done({m.op("add", {first, second})}));
  CHECK(outline(q->body) == "fused{neg yield} test_note test_note fused{add yield} yield");
  CHECK(q->body.ops[2]->operands[0] == q->body.arguments[1].get());
}

TEST_CASE("large groups are split, and the pieces feed each other") {
  Maker m;
  Value* v = m.parameter(f32({3}));
  Value* first = v;
  for (int k = 0; k < 1000; ++k) {
    v = m.op(k % 2 ? "neg" : "abs", {v});
    if (k == 10) first = v;
  }
  auto q = fused(*m.done({v, m.op("add", {v, first})}));
  int groups = 0;
  for (const auto& op : q->body.ops) {
    groups += op->def->name == "fused";
    for (const auto& r : op->regions) CHECK(r->ops.size() <= 401);
  }
  CHECK(groups == 3);
}

TEST_CASE("random programs keep their bits through the whole pipeline") {
  events();
  const unsigned start = std::random_device{}();
  for (unsigned round = 0; round < 40; ++round) {
    const unsigned seed = start + round;
    INFO("seed " << seed);
    std::mt19937 random(seed);
    const auto pick = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random); };
    Maker m;
    const Shape shapes[3] = {{7}, {4}, {}};
    std::vector<std::vector<Value*>> values(3);
    for (std::size_t s = 0; s < 3; ++s) {
      values[s].push_back(m.parameter(f32(shapes[s])));
      m.variable("v" + std::to_string(s), f32(shapes[s]));
      m.variable("w" + std::to_string(s), f32(shapes[s]));
    }
    const double literals[] = {0.0, -0.0, 1.0, -1.0, 2.0, 0.5, 3.0, INFINITY};
    const std::function<void(int, std::vector<std::vector<Value*>>)> fill = [&](int depth, auto local) {
      for (int k = 0; k < 14; ++k) {
        const std::size_t s = pick(3);
        const auto any = [&]() -> Value* {
          if (pick(4) == 0) return m.f(literals[pick(8)]);
          const auto& from = local[pick(3) == 0 ? 2 : s];
          return from[pick(from.size())];  // of the shape, or a scalar
        };
        Value* own = local[s][pick(local[s].size())];
        const std::string name = (pick(2) ? "v" : "w") + std::to_string(s);
        switch (pick(depth > 0 ? 11 : 9)) {
          case 0:
            local[s].push_back(m.op("add", {own, any()}));
            break;
          case 1:
            local[s].push_back(m.op("sub", {any(), own}));
            break;
          case 2:
            local[s].push_back(m.op("mul", {own, any()}));
            break;
          case 3:
            local[s].push_back(m.op("div", {own, any()}));
            break;
          case 4:
            local[s].push_back(m.op("neg", {own}));
            break;
          case 5:
            local[s].push_back(m.op("select", {m.op("lt", {own, m.f(0.2)}), any(), own}));
            break;
          case 6:
            local[s].push_back(m.read(name));
            break;
          case 7:
            m.b.write(name, own);
            break;
          case 8:
            if (s < 2)
              local[s].push_back(m.op("test_events", {m.op("gt", {local[1 - s][0], m.f(0.5)})}, {{"n", shapes[s][0]}}));
            break;
          case 9: {
            Op* op = m.loop(static_cast<std::int64_t>(pick(3)), {own}, {}, {f32(shapes[s])},
                            [&](const std::vector<Value*>& a) -> std::vector<Value*> {
                              auto inner = local;
                              inner[s].push_back(a[1]);
                              fill(depth - 1, inner);
                              return {pick(2) ? a[1] : m.op("neg", {a[1]}), m.read(name)};
                            });
            local[s].push_back(op->result());
            break;
          }
          default: {
            Value* p = pick(3) ? m.op("lt", {local[2][pick(local[2].size())], m.f(0.3)})
                               : m.b.constant(DType::bool_, static_cast<double>(pick(2)));
            Op* op = m.branch(
                p, {f32(shapes[s])},
                [&]() -> std::vector<Value*> {
                  fill(depth - 1, local);
                  return {m.read(name)};
                },
                [&]() -> std::vector<Value*> {
                  fill(depth - 1, local);
                  return {own};
                });
            local[s].push_back(op->result());
          }
        }
      }
      if (depth == 2) values = local;
    };
    fill(2, values);
    auto program = m.done({values[0].back(), values[1].back(), values[2].back()});
    auto copy = clone(*program);
    passes::run_pipeline(*copy, {}, [&](const passes::Pass& pass, bool, double) {
      INFO("after " << pass.name);
      check_same(*program, *copy, seed);
    });
  }
}
