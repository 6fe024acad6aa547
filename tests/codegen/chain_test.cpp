// Products and groups that threads do part by part: what may join, what must wait, and the bits for any number of
// threads.
#include "compiler/codegen/chain.h"

#include <algorithm>
#include <regex>

#include "compiler/ir/rewrite.h"
#include "compiler/ops/op_def.h"
#include "runtime/options.h"
#include "support/both_ways.h"
#include "support/programs.h"

using namespace brainpy;
using namespace brainpy::test;
namespace codegen = compiler::codegen;
namespace ir = compiler::ir;
using compiler::Attributes;
using ir::SymbolKind;

namespace {

constexpr std::int32_t size = 1500, of_a_row = 16;  // 24,000 entries: a product with numbers is worth threads
constexpr int steps = 50;                           // threads take parts of a product once it was done some times

struct ThreadsGuard {
  int before = runtime::options().threads;
  ~ThreadsGuard() { runtime::options().threads = before; }
};

/// Rows of columns in any order, some of them twice; every third row has all its targets among the last.
std::pair<Tensor, Tensor> structure(std::mt19937_64& random) {
  Tensor indices = runtime::make_tensor(i32({size * of_a_row})), indptr = runtime::make_tensor(i32({size + 1}));
  for (std::int32_t r = 0; r < size; ++r)
    for (int k = 0; k < of_a_row; ++k)
      indices.as<std::int32_t>()[of_a_row * r + k] =
          static_cast<std::int32_t>(r % 3 == 0 ? size - 1 - random() % 20 : random() % size);
  for (std::int32_t r = 0; r <= size; ++r) indptr.as<std::int32_t>()[r] = of_a_row * r;
  return {indices, indptr};
}

const Attributes product = {{"rows", std::int64_t{size}}, {"cols", std::int64_t{size}}, {"transpose", true}};
const Attributes by_rows = {{"rows", std::int64_t{size}}, {"cols", std::int64_t{size}}, {"transpose", false}};

/// A program of V, u and a structure that is constant in it; `weights` are one for all or one an entry.
struct Model : Maker {
  Value *V = parameter(f32({size})), *u = parameter(f32({size}));
  Value *weights = nullptr, *indices = nullptr, *indptr = nullptr;

  explicit Model(SymbolKind kind = SymbolKind::constant, bool weights_of_entries = false) {
    program->symbols = {{"indices", i32({size * of_a_row}), kind}, {"indptr", i32({size + 1}), kind}};
    if (weights_of_entries) program->symbols.push_back({"weights", f32({size * of_a_row})});
    weights = weights_of_entries ? read("weights") : f(0.25);
    indices = read("indices");
    indptr = read("indptr");
  }

  Value* csrmv(Value* vector, const Attributes& attributes = product) {
    return op("csrmv", {weights, indices, indptr, vector}, attributes);
  }
  Value* event_csrmv(Value* spikes) { return op("event_csrmv", {weights, indices, indptr, spikes}, product); }
};

/// Runs the program for several numbers of threads beside the interpreter. Out: the compiled one's text. Symbols past
/// the structure: row pointers of fewer rows, or weights.
std::string run_with_threads(const Program& program) {
  const unsigned seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  const auto [indices, indptr] = structure(random);
  const std::vector<Tensor> arguments = {random_tensor(f32({size}), random), random_tensor(f32({size}), random)};
  std::vector<Tensor> symbols = {indices, indptr};
  for (std::size_t k = 2; k < program.symbols.size(); ++k) {
    const Type& type = program.symbols[k].type;
    symbols.push_back(type.dtype == DType::i32 ? runtime::make_tensor(type) : random_tensor(type, random));
    if (type.dtype != DType::i32) continue;
    for (std::int64_t r = 0; r < type.size(); ++r) symbols.back().as<std::int32_t>()[r] = indptr.as<std::int32_t>()[r];
  }
  const ThreadsGuard guard;
  std::string text;
  for (const int threads : {1, 2, 3, 7}) {
    INFO(threads << " threads");
    runtime::options().threads = threads;
    text = check_both_ways(program, arguments, symbols)->text(compiler::jit::Stage::llvm);
  }
  return text;
}

/// How many chains there are.
std::size_t chains_of(const Program& program) {
  const std::string text = run_with_threads(program);
  const std::regex list("@chain[.0-9]* = private");
  return static_cast<std::size_t>(std::distance(std::sregex_iterator(text.begin(), text.end(), list), {}));
}

/// Where the events of each kernel of the chains are among the bits of the chain's group; -1: elsewhere.
std::vector<std::int64_t> origins_of(const Program& program) {
  const std::string text = run_with_threads(program);
  const std::regex kernel(R"(\{ i32, i32, i64 \} \{ i32 \d+, i32 0, i64 (-?\d+) \})");
  std::vector<std::int64_t> origins;
  for (auto it = std::sregex_iterator(text.begin(), text.end(), kernel); it != std::sregex_iterator(); ++it)
    origins.push_back(std::stoll((*it)[1]));
  return origins;
}

/// Of each chain, whether it is alone in a loop.
std::vector<bool> alone_of(const Program& program) {
  const std::string text = run_with_threads(program);
  const std::regex record(R"(\} \{ i64 \d+, i32 \d+, i32 \d+, i32 ([01]), i32 0, )");
  std::vector<bool> alone;
  for (auto it = std::sregex_iterator(text.begin(), text.end(), record); it != std::sregex_iterator(); ++it)
    alone.push_back((*it)[1] == "1");
  return alone;
}

/// A population of which the first and the last neurons have structures of their own.
struct TwoKinds : Maker {
  static constexpr std::int64_t first = 1024;
  Value *V = parameter(f32({size})), *u = parameter(f32({size}));
  Value *indices = nullptr, *of_first = nullptr, *of_last = nullptr;

  TwoKinds() {
    program->symbols = {{"indices", i32({size * of_a_row}), SymbolKind::constant},
                        {"indptr", i32({size + 1}), SymbolKind::constant},
                        {"first", i32({first + 1}), SymbolKind::constant},
                        {"last", i32({size - first + 1}), SymbolKind::constant}};
    indices = read("indices");
    of_first = read("first");
    of_last = read("last");
  }

  Value* part(Value* spikes, std::int64_t from, std::int64_t to) {
    using List = std::vector<std::int64_t>;
    return op("slice", {spikes}, {{"start", List{from}}, {"stop", List{to}}, {"step", List{1}}});
  }

  /// What the spikes of both kinds bring, beside a product that is worth threads.
  Value* input(Value* spikes) {
    const auto product_of = [&](Value* indptr, Value* events, double weight) {
      return op("event_csrmv", {f(weight), indices, indptr, events},
                {{"rows", events->type.size()}, {"cols", std::int64_t{size}}, {"transpose", true}});
    };
    Value* numbers = op("csrmv", {f(0.125), indices, read("indptr"), u}, product);
    return op("add", {op("add", {product_of(of_first, part(spikes, 0, first), 0.25),
                                 product_of(of_last, part(spikes, first, size), -0.5)}),
                      numbers});
  }

  /// Potential and spikes of the next step.
  std::vector<Value*> next(Value* potential, Value* spikes) {
    Value* charged = op("add", {potential, input(spikes)});
    Value* fired = op("gt", {charged, f(1)});
    return {op("select", {fired, f(-1), op("mul", {charged, f(0.5)})}), fired};
  }
};

}  // namespace

TEST_CASE("products and the group that reads them are one chain") {
  Model m(SymbolKind::constant, GENERATE(false, true));
  Op* loop = m.loop(steps, {m.V, m.op("gt", {m.V, m.f(0.5)})}, {}, {},
                    [&](const std::vector<Value*>& a) -> std::vector<Value*> {
                      // The group writes the spikes that the product of the next step reads, where it reads them.
                      Value* charged = m.op("add", {m.op("add", {a[1], m.event_csrmv(a[2])}), m.csrmv(m.u)});
                      Value* fired = m.op("gt", {charged, m.f(1)});
                      return {m.op("select", {fired, m.f(-1), m.op("mul", {charged, m.f(0.5)})}), fired};
                    });
  CHECK(chains_of(*m.done({loop->result(0), loop->result(1)})) == 1);
}

TEST_CASE("what fired is listed where the bits are made, for the next step's products of parts of them") {
  TwoKinds m;
  Op* loop = m.loop(steps, {m.V, m.op("gt", {m.V, m.f(0.5)})}, {}, {},
                    [&](const std::vector<Value*>& a) { return m.next(a[1], a[2]); });
  // The product with numbers has no events.
  CHECK(origins_of(*m.done({loop->result(0), loop->result(1)})) == std::vector<std::int64_t>{-1, 0, TwoKinds::first});
}

TEST_CASE("a loop that begins again lists its events anew") {
  TwoKinds m;
  Op* outer = m.loop(3, {m.V, m.op("gt", {m.V, m.f(0.5)})}, {}, {}, [&](const std::vector<Value*>& a) {
    Op* inner = m.loop(steps, {a[1], a[2]}, {}, {}, [&](const std::vector<Value*>& b) { return m.next(b[1], b[2]); });
    // Between the loops other neurons fire.
    return std::vector<Value*>{inner->result(0), m.op("not", {inner->result(1)})};
  });
  CHECK(origins_of(*m.done({outer->result(0), outer->result(1)})) == std::vector<std::int64_t>{-1, 0, TwoKinds::first});
}

TEST_CASE("parts whose threads have more to do become smaller while a loop runs") {
  // Most targets are among the last neurons: equal parts take very different times.
  TwoKinds m;
  Op* loop = m.loop(1200, {m.V, m.op("gt", {m.V, m.f(0.5)})}, {}, {},
                    [&](const std::vector<Value*>& a) { return m.next(a[1], a[2]); });
  CHECK(origins_of(*m.done({loop->result(0), loop->result(1)})) == std::vector<std::int64_t>{-1, 0, TwoKinds::first});
}

TEST_CASE("the program goes ahead of a chain that is alone in a loop, with the numbers of the next step") {
  TwoKinds m;
  Value* start = m.f(0.5);
  const auto alone_with = [&](const auto& more, std::vector<Type> stacked = {}) {
    Op* loop = m.loop(steps, {m.V, m.op("gt", {m.V, m.f(0.5)}), start}, {}, std::move(stacked),
                      [&](const std::vector<Value*>& a) {
                        // Two numbers change from step to step: one is computed from the step, one is carried.
                        Value* time = m.op("mul", {m.op("to_f32", {a[0]}), m.f(0.01)});
                        Value* potential = m.op("add", {m.op("mul", {a[1], m.op("cos", {time})}), a[3]});
                        const std::vector<Value*> next = m.next(potential, a[2]);
                        return more({next[0], next[1], m.op("sub", {m.f(0.25), m.op("mul", {a[3], m.f(0.75)})})});
                      });
    std::vector<Value*> results;
    for (const auto& result : loop->results) results.push_back(result.get());
    return alone_of(*m.done(results));
  };
  using Values = std::vector<Value*>;
  SECTION("alone") {
    CHECK(alone_with([](const Values& v) { return v; }) == std::vector<bool>{true});
  }
  SECTION("beside the records of every step") {
    CHECK(alone_with(
              [](const Values& v) {
                return Values{v[0], v[1], v[2], v[0]};
              },
              {f32({size})}) == std::vector<bool>{false});
  }
  SECTION("beside another loop over elements") {
    const auto sum = [&](Values v) {
      v[2] = m.op("mul", {m.op("sum", {v[0]}, {{"axes", std::vector<std::int64_t>{0}}}), m.f(1e-4)});
      return v;
    };
    CHECK(alone_with(sum) == std::vector<bool>{false});
  }
  SECTION("beside one element of what the chain makes") {
    const auto first = [&](Values v) {
      using List = std::vector<std::int64_t>;
      Value* one = m.op("slice", {v[0]}, {{"start", List{3}}, {"stop", List{4}}, {"step", List{1}}});
      v[2] = m.op("reshape", {one}, {{"shape", List{}}});
      return v;
    };
    CHECK(alone_with(first) == std::vector<bool>{false});
  }
}

TEST_CASE("events that another loop over elements changes are not listed before") {
  TwoKinds m;
  // Who fired is read as numbers by all elements before it is decided who fires: there are two loops over elements, and
  // the second one's bits are the next step's events.
  Op* loop = m.loop(steps, {m.V, m.op("gt", {m.V, m.f(0.5)})}, {}, {}, [&](const std::vector<Value*>& a) {
    const std::vector<Value*> following = m.next(a[1], a[2]);
    using List = std::vector<std::int64_t>;
    Value* mean = m.op("sum", {following[0]}, {{"axes", List{0}}});
    Value* stimulated = m.op("xor", {following[1], m.op("gt", {m.u, m.op("mul", {mean, m.f(0.01)})})});
    return std::vector<Value*>{following[0], stimulated};
  });
  for (const std::int64_t origin : origins_of(*m.done({loop->result(0), loop->result(1)}))) CHECK(origin == -1);
}

TEST_CASE("what a product reads in all parts is not written before all are done") {
  Model m;
  Op* loop = m.loop(steps, {m.V}, {}, {}, [&](const std::vector<Value*>& a) -> std::vector<Value*> {
    Value* next = m.op("mul", {m.op("sub", {m.csrmv(a[1]), a[1]}), m.f(0.125)});
    return {next};
  });
  CHECK(chains_of(*m.done({loop->result(0)})) == 1);
}

TEST_CASE("products by rows have parts; products of a structure that may change have none") {
  Model sums(SymbolKind::variable);
  Op* loop = sums.loop(steps, {sums.V}, {}, {}, [&](const std::vector<Value*>& a) -> std::vector<Value*> {
    return {sums.op("mul", {sums.csrmv(a[1], by_rows), sums.f(0.125)})};
  });
  CHECK(chains_of(*sums.done({loop->result(0)})) == 1);
  Model whole(SymbolKind::variable);
  CHECK(chains_of(*whole.done({whole.csrmv(whole.V)})) == 0);
}

TEST_CASE("a product of a product waits for all of the first") {
  Model m;
  Op* loop = m.loop(steps, {m.V}, {}, {}, [&](const std::vector<Value*>& a) -> std::vector<Value*> {
    return {m.op("mul", {m.csrmv(m.csrmv(a[1])), m.f(0.0625)})};
  });
  CHECK(chains_of(*m.done({loop->result(0)})) == 2);
}

TEST_CASE("one element of a product, for all elements of a group, is there before the group") {
  Model m;
  using List = std::vector<std::int64_t>;
  Op* loop = m.loop(steps, {m.V}, {}, {}, [&](const std::vector<Value*>& a) -> std::vector<Value*> {
    Value* coupled = m.csrmv(a[1]);
    Value* last = m.op("slice", {coupled}, {{"start", List{size - 1}}, {"stop", List{size}}, {"step", List{1}}});
    Value* scalar = m.op("reshape", {last}, {{"shape", List{}}});
    return {m.op("mul", {m.op("add", {m.op("mul", {m.u, scalar}), coupled}), m.f(0.0625)})};
  });
  CHECK(chains_of(*m.done({loop->result(0)})) == 1);
}

TEST_CASE("products in one thread read one list of their events, also where threads take over some of them") {
  // After some steps threads do the products with all targets, but not those with few: these list the events then.
  const bool few_first = GENERATE(false, true);
  CAPTURE(few_first);
  TwoKinds m;
  Op* loop = m.loop(steps, {m.V, m.op("gt", {m.V, m.f(0.5)})}, {}, {}, [&](const std::vector<Value*>& a) {
    Value* spikes = m.part(a[2], 0, TwoKinds::first);
    const auto of_few = [&](double weight, std::int64_t targets) {
      Value* columns = m.op("remainder", {m.indices, m.b.constant(DType::i32, static_cast<double>(targets))});
      Value* few = m.op("event_csrmv", {m.f(weight), columns, m.of_first, spikes},
                        {{"rows", TwoKinds::first}, {"cols", targets}, {"transpose", true}});
      return m.op("sum", {few}, {{"axes", std::vector<std::int64_t>{0}}});
    };
    Value* before = few_first ? of_few(0.5, 40) : m.f(0);
    std::vector<Value*> next = m.next(a[1], a[2]);
    Value* after = m.op("add", {m.op("add", {before, of_few(0.5, 30)}), of_few(0.25, 20)});
    next[0] = m.op("add", {next[0], m.op("mul", {after, m.f(1e-4)})});
    return next;
  });
  run_with_threads(*m.done({loop->result(0), loop->result(1)}));
}

TEST_CASE("structures of several models in turn") {
  // One program, as models of equal structure share it: the parts' copies are those of the structure at hand.
  Model m;
  Op* loop = m.loop(steps, {m.V}, {}, {}, [&](const std::vector<Value*>& a) -> std::vector<Value*> {
    return {m.op("mul", {m.csrmv(a[1]), m.f(0.125)})};
  });
  const auto program = m.done({loop->result(0)});
  const ThreadsGuard guard;
  runtime::options().threads = 2;
  std::mt19937_64 random(5);
  const auto executable = compiler::jit::compile(compiler::ir::clone(*program), "models");
  for (int model = 0; model < 4; ++model) {
    const auto [indices, indptr] = structure(random);
    const std::vector<Tensor> arguments = {random_tensor(f32({size}), random), random_tensor(f32({size}), random)};
    std::vector<Tensor> symbols = {indices, indptr};
    SymbolTable table = {{"indices", indices}, {"indptr", indptr}};
    const Tensor expected = compiler::interp::run(*program, arguments, table)[0];
    for (int run = 0; run < 2; ++run) CHECK(difference(executable->run(arguments, symbols)[0], expected) == -1);
  }
}

TEST_CASE("what may join a chain") {
  Model m;
  using List = std::vector<std::int64_t>;
  Value *first = m.csrmv(m.V), *second = m.csrmv(m.u), *of_first = m.csrmv(first);
  Value* scalar = m.op("add", {m.f(1), m.op("sum", {m.V}, {{"axes", List{0}}})});
  Value* group = m.op("add", {first, second});
  Value* shorter = m.op("exp", {m.op("slice", {m.u}, {{"start", List{0}}, {"stop", List{7}}, {"step", List{1}}})});
  const auto executable = compiler::jit::compile(m.done({of_first, scalar, group, shorter}), "joins");
  // As it is before its maps are fused, the program has the operations above.
  std::vector<const Op*> products, maps;
  const Program& program = executable->program();
  const codegen::Placement placement = codegen::place(program);
  ir::walk(program.body, [&](const Op& op) {
    if (ir::is(op, "csrmv")) products.push_back(&op);
    if (op.def->shape_class == compiler::ShapeClass::map || ir::is(op, "fused")) maps.push_back(&op);
  });
  REQUIRE(products.size() == 3);
  const auto map_of = [&](const Shape& shape) {
    const auto it = std::ranges::find_if(maps, [&](const Op* op) { return op->result()->type.shape == shape; });
    REQUIRE(it != maps.end());
    return *it;
  };
  codegen::Chain chain(program, placement);
  CHECK(chain.size() == 0);
  REQUIRE(chain.admits(*products[0]));
  chain.add(*products[0]);
  CHECK(chain.size() == size);
  CHECK(chain.nanoseconds() >= size * of_a_row);
  CHECK(chain.admits(*products[1]));
  CHECK_FALSE(chain.admits(*products[2]));
  CHECK(chain.admits(codegen::group_of(*map_of({size}), placement)));
  CHECK_FALSE(chain.admits(codegen::group_of(*map_of({7}), placement)));
  CHECK(chain.lets_pass(*map_of({})));
  CHECK_FALSE(chain.lets_pass(*map_of({size})));
  CHECK_FALSE(chain.lets_pass(*products[1]));
  for (std::size_t k = 1; k < codegen::Chain::longest; ++k) chain.add(*products[1]);
  CHECK_FALSE(chain.admits(*products[1]));
  chain.clear();
  CHECK(chain.empty());
  CHECK(chain.nanoseconds() == 0);
}

TEST_CASE("a light loop over what one thread has just made stays in that thread") {
  constexpr std::int64_t rows = 16, many = 1'000'000;
  const auto is_shared_out = [](bool reads_product, const char* function) {
    Maker m;
    Value* potential = m.parameter(f32({many}));
    Value* spikes = m.parameter(boolean({rows}));
    // A structure that may change is not divided among threads.
    m.program->symbols = {{"indices", i32({many}), SymbolKind::variable},
                          {"indptr", i32({rows + 1}), SymbolKind::variable}};
    Value* product = m.op("event_csrmv", {m.f(0.5), m.read("indices"), m.read("indptr"), spikes},
                          {{"rows", rows}, {"cols", many}, {"transpose", true}});
    Value* other = m.parameter(f32({many}));
    Value* input = reads_product ? product : other;
    const auto executable =
        compiler::jit::compile(m.done({m.op("add", {m.op(function, {potential}), input}),
                                       m.op("sum", {product}, {{"axes", std::vector<std::int64_t>{0}}})}),
                               "light");
    return executable->text(compiler::jit::Stage::llvm).find("call void @light.group0") == std::string::npos;
  };
  CHECK(is_shared_out(false, "neg"));
  CHECK_FALSE(is_shared_out(true, "neg"));
  CHECK(is_shared_out(true, "erf"));  // enough to compute
}
