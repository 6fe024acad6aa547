// What surrounds compiled code: caches, kernels that fail, shadow mode, dumps, the log, memory.
#include "compiler/jit/executable.h"

#include <algorithm>
#include <fstream>

#include "compiler/interp/interpreter.h"
#include "compiler/ir/parse.h"
#include "compiler/ir/print.h"
#include "compiler/ir/rewrite.h"
#include "compiler/jit/code.h"
#include "compiler/jit/disk_cache.h"
#include "compiler/ops/map.h"
#include "support/both_ways.h"
#include "support/capture_stderr.h"
#include "support/programs.h"
#include "support/temp_folder.h"

using namespace brainpy;
using namespace brainpy::compiler;
using Catch::Matchers::Contains;
using runtime::Tensor;

namespace {

/// Options as they were, at the end of a test.
struct RestoreOptions {
  runtime::Options before = runtime::options();
  ~RestoreOptions() { runtime::options() = before; }
};

std::unique_ptr<ir::Program> leaky(const std::string& name, double factor) {
  auto p = std::make_unique<ir::Program>();
  p->name = name;
  const Type vector{DType::f32, {20}};
  p->symbols = {{name + ".V", vector}};
  ir::Value* current = p->body.add_argument(vector, "current");
  p->parameters = 1;
  ir::Builder b(p->body);
  b.set_location({"leaky.cpp", 12, name});
  ir::Value* v = b.read(name + ".V", vector);
  ir::Value* next = b.apply("mul", {b.apply("add", {v, current}), b.constant(DType::f32, factor)});
  b.write(name + ".V", next);
  b.yield({b.apply("gt", {next, b.constant(DType::f32, 1)})});
  return p;
}

std::vector<Tensor> inputs() {
  std::mt19937_64 random(3);
  return {random_tensor({DType::f32, {20}}, random)};
}

std::int64_t resident_kilobytes() {
  std::ifstream status("/proc/self/statm");
  std::int64_t total = 0, resident = 0;
  status >> total >> resident;
  return resident * 4;
}

}  // namespace

TEST_CASE("equal structure is found in memory and on disk, other structure is not") {
  const RestoreOptions restore;
  const TempFolder folder;
  runtime::options().cache = folder.path.string();
  jit::clear_memory_cache();
  const auto cache_of = [](const std::string& name, double factor) {
    auto executable = jit::compile(leaky(name, factor), name);
    std::vector<Tensor> symbols = inputs();
    executable->run(inputs(), symbols);
    return executable->report().cache;
  };
  CHECK(cache_of("A", 0.5) == jit::CacheResult::compiled);
  CHECK(cache_of("B", 0.5) == jit::CacheResult::memory_hit);
  CHECK(cache_of("A", 0.25) == jit::CacheResult::compiled);
  jit::clear_memory_cache();
  CHECK(cache_of("C", 0.5) == jit::CacheResult::disk_hit);
  CHECK(cache_of("A", 0.5) == jit::CacheResult::memory_hit);
  runtime::options().math = runtime::MathMode::fast;
  CHECK(cache_of("A", 0.5) == jit::CacheResult::compiled);
  runtime::options().math = runtime::MathMode::exact;

  SECTION("a damaged entry is compiled again") {
    jit::clear_memory_cache();
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path)) {
      if (!entry.is_regular_file()) continue;
      std::string bytes = read_bytes(entry.path());
      bytes[bytes.size() - 20] = static_cast<char>(bytes[bytes.size() - 20] ^ 0x55);
      write_bytes(entry.path(), bytes);
    }
    CHECK(cache_of("D", 0.5) == jit::CacheResult::compiled);
  }
  SECTION("an object that does not link is compiled again") {
    jit::clear_memory_cache();
    auto executable = jit::compile(leaky("E", 0.75), "E");
    const std::string key = jit::key_text(executable->program(), {.label = "E"});
    jit::DiskCache().store(key, "this is no object file");
    jit::clear_memory_cache();
    CHECK(cache_of("E", 0.75) == jit::CacheResult::compiled);
  }
}

TEST_CASE("where literals stand, which text does not tell, makes no difference to code that is found again") {
  const RestoreOptions restore;
  const TempFolder folder;
  runtime::options().cache = folder.path.string();
  jit::clear_memory_cache();
  const std::string text = R"(
func @steps(%x: f32[40]) {
  %v, %none = for %i in 0..5 carry(%v1 = %x, %first = true) {length = 5} {
    %y = select %first, %x, 20.0 : f32[40]
    %v2 = add %v1, %y : f32[40]
    yield %v2, false
  } : f32[40], bool[]
  %left = select %none, %x, 3.0 : f32[40]
  return %v, %left
}
)";
  // As parsed, each before the operation that uses it; and all in front, the last one first.
  auto moved = ir::parse(text);
  ir::OpList literals, others;
  const auto take = [&](ir::Region& region, ir::OpList& rest) {
    for (auto& op : region.ops) (ir::is(*op, "const") ? literals : rest).push_back(std::move(op));
    region.ops.clear();
  };
  take(moved->body, others);
  ir::Region& body = *(*std::ranges::find_if(others, [](const auto& op) { return ir::is(*op, "for"); }))->regions[0];
  ir::OpList inside;
  take(body, inside);
  for (auto& op : inside) ir::adopt(body, std::move(op));
  for (; !literals.empty(); literals.pop_back()) ir::adopt(moved->body, std::move(literals.back()));
  for (auto& op : others) ir::adopt(moved->body, std::move(op));
  REQUIRE(ir::print(*moved, {.canonical = true}) == ir::print(*ir::parse(text), {.canonical = true}));

  std::mt19937_64 random(3);
  const std::vector<Tensor> x = {random_tensor({DType::f32, {40}}, random)};
  interp::SymbolTable none;
  const std::vector<Tensor> expected = interp::run(*ir::parse(text), x, none);
  const auto check = [&](std::unique_ptr<ir::Program> program, jit::CacheResult from) {
    auto executable = jit::compile(std::move(program), "steps");
    std::vector<Tensor> symbols;
    const std::vector<Tensor> results = executable->run(x, symbols);
    CHECK(executable->report().cache == from);
    for (std::size_t k = 0; k < expected.size(); ++k) CHECK(test::same_bits(results[k], expected[k]));
  };
  check(ir::parse(text), jit::CacheResult::compiled);
  check(std::move(moved), jit::CacheResult::memory_hit);
}

TEST_CASE("the same program is optimized once, another line or literal is another program") {
  const RestoreOptions restore;
  runtime::options().cache = "off";
  jit::clear_memory_cache();
  const auto compiled = [](double factor, unsigned line) {
    std::unique_ptr<ir::Program> program = leaky("Net", factor);
    program->body.ops.front()->location.line = line;
    return jit::compile(std::move(program), "Net");
  };
  const auto first = compiled(0.5, 10);
  CHECK(compiled(0.5, 10) == first);
  CHECK(first->report().cache == jit::CacheResult::memory_hit);
  CHECK(compiled(0.5, 11) != first);
  CHECK(compiled(0.25, 10) != first);
  CHECK(jit::compile(leaky("Net", 0.5), "Other") != first);
  runtime::options().math = runtime::MathMode::fast;
  CHECK(compiled(0.5, 10) != first);
}

TEST_CASE("a program is kept for its next run, unless it holds much memory") {
  const RestoreOptions restore;
  runtime::options().cache = "off";
  jit::clear_memory_cache();
  const auto sorted_sum = [](std::int64_t size) {
    auto program = std::make_unique<ir::Program>();
    ir::Builder builder(program->body);
    program->parameters = 1;
    ir::Value* x = program->body.add_argument({DType::f32, {size}});
    ir::Value* sorted = builder.apply("sort", {x}, {{"axis", std::int64_t{0}}});
    builder.yield({builder.apply("sum", {sorted}, {{"axes", std::vector<std::int64_t>{0}}})});
    return program;
  };
  std::weak_ptr<jit::Executable> small = jit::compile(sorted_sum(1000), "small"),
                                 large = jit::compile(sorted_sum(8'000'000), "large");
  CHECK_FALSE(small.expired());
  CHECK(large.expired());
}

TEST_CASE("one log line a compile says what, how long, from where and why") {
  const RestoreOptions restore;
  runtime::options().cache = "off";
  runtime::options().log = "compile";
  jit::clear_memory_cache();
  const std::string text = captured_stderr([] {
    jit::compile(leaky("Net.update", 0.125), "Net.update", "argument 0 changed from f32[3] to f32[20]");
    jit::compile(leaky("Net.update", 0.125), "Net.update");
  });
  CHECK_THAT(text, Contains("Net.update: ") && Contains("1 groups") && Contains("compiled; argument 0 changed") &&
                       Contains("hit (memory); first call"));
  CHECK(std::count(text.begin(), text.end(), '\n') == 2);
}

TEST_CASE("a kernel that fails throws at the operation's place") {
  OpDef def;
  def.name = "test_fail_on_negative";
  def.shape_class = ShapeClass::opaque;
  def.infer = [](std::span<const Type> types, const Attributes&) { return std::vector<Type>{types[0]}; };
  def.kernel = [](const KernelCall& call) {
    for (std::int64_t i = 0; i < call.in_types[0].size(); ++i) {
      if (call.input<float>(0)[i] < 0) return call.fail(KernelError::Kind::index, "element " + std::to_string(i));
      call.output<float>(0)[i] = call.input<float>(0)[i] + 1;
    }
    if (call.input<float>(0)[0] > 100) throw ValueError({.what = "thrown by a kernel"});
  };
  if (!registry().find(def.name)) registry().add_unchecked(def);

  ir::Program q;
  const Type vector{DType::f32, {4}};
  ir::Value* x = q.body.add_argument(vector, "x");
  q.parameters = 1;
  ir::Builder b(q.body);
  b.set_location({"model.cpp", 33, "Net.update"});
  b.yield({b.apply("test_fail_on_negative", {b.apply("mul", {x, x})}), b.apply("test_fail_on_negative", {x})});
  auto executable = jit::compile(ir::clone(q), "fails");
  const auto run = [&](float first, float second) {
    Tensor t = runtime::make_tensor(vector);
    t.as<float>()[0] = first;
    t.as<float>()[1] = second;
    std::vector<Tensor> none;
    return executable->run({t}, none);
  };
  CHECK(run(1, 2)[1].as<float>()[1] == 3);
  CHECK_THROWS_AS(run(1, -2), IndexError);
  CHECK_THROWS_WITH(run(1, -2), Contains("element 1") && Contains("model.cpp:33 in Net.update"));
  CHECK_THROWS_WITH(run(1e3, 2), Contains("thrown by a kernel") && Contains("model.cpp:33"));
  CHECK(run(3, 2)[0].as<float>()[0] == 10);  // and the executable still works
}

TEST_CASE("shadow mode finds the operation whose two bodies differ") {
  const RestoreOptions restore;
  const TempFolder folder;
  runtime::options().run = runtime::RunMode::shadow;
  runtime::options().dump_dir = folder.path.string();
  // The host body and the emitter disagree for large values only.
  const auto right = [](auto x) { return x * x; };
  const auto wrong = [](auto x) { return select(x > decltype(x)(50.0F), x + x, x * x); };
  if (!registry().find("test_wrong")) {
    MapBody body = map_body<float>(right);
    body.emit = map_body<float>(wrong).emit;
    registry().add_unchecked(map_op("test_wrong", "Differs.", {body}));
  }
  ir::Program p;
  p.name = "Net.update";
  const Type vector{DType::f32, {30}};
  ir::Value* x = p.body.add_argument(vector, "x");
  p.parameters = 1;
  ir::Builder b(p.body);
  b.set_location({"net.cpp", 5, "Net.update"});
  ir::Value* sum = b.apply("add", {x, x});
  b.set_location({"net.cpp", 6, "Net.update"});
  ir::Value* square = b.apply("test_wrong", {sum});
  b.set_location({"net.cpp", 7, "Net.update"});
  b.yield({b.apply("sub", {square, x})});
  auto executable = jit::compile(ir::clone(p), "Net.update");
  Tensor t = runtime::make_tensor(vector);
  std::vector<Tensor> none;
  CHECK_NOTHROW(executable->run({t}, none));
  t.as<float>()[17] = 40;
  CHECK_THROWS_AS(executable->run({t}, none), InternalError);
  CHECK_THROWS_WITH(executable->run({t}, none), Contains("test_wrong") && Contains("net.cpp:6 in Net.update") &&
                                                    Contains("element 17") && Contains("0x43200000") &&
                                                    Contains("0x45c80000") && Contains("brainpy ir"));
}

TEST_CASE("shadow and interpreter modes give what compiled code gives") {
  const RestoreOptions restore;
  std::vector<std::vector<Tensor>> all;
  for (auto mode : {runtime::RunMode::jit, runtime::RunMode::interp, runtime::RunMode::shadow}) {
    runtime::options().run = mode;
    auto executable = jit::compile(leaky("S", 0.5), "S");
    std::vector<Tensor> symbols = inputs();
    std::vector<Tensor> results = executable->run(inputs(), symbols);
    results.push_back(symbols[0]);
    all.push_back(results);
  }
  for (std::size_t k = 0; k < 2; ++k) {
    CHECK(difference(all[0][k], all[1][k]) == -1);
    CHECK(difference(all[0][k], all[2][k]) == -1);
  }
}

TEST_CASE("dumps are numbered files, with the data of the first run") {
  const RestoreOptions restore;
  const TempFolder folder;
  runtime::options().dump = "all";
  runtime::options().dump_dir = folder.path.string();
  auto executable = jit::compile(leaky("Net.update", 0.3), "Net.update");
  std::vector<Tensor> symbols = inputs();
  executable->run(inputs(), symbols);
  std::string names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path))
    names += entry.path().filename().string() + " ";
  CHECK_THAT(names, Contains(".Net.update") && Contains("00.trace.bpir") && Contains(".discharge.bpir") &&
                        Contains(".optimized.bpir") && Contains(".code.ll") && Contains(".code.s") &&
                        Contains("inputs.npz"));
  CHECK_THAT(executable->text(jit::Stage::llvm), Contains("Net.update.group0"));
  CHECK_THAT(executable->text(jit::Stage::trace), Contains("read @Net.update.V"));
}

TEST_CASE("memory stays flat over many programs") {
  const RestoreOptions restore;
  runtime::options().cache = "off";
  const auto make = [](int first, int count) {
    for (int i = first; i < first + count; ++i) {
      auto executable = jit::compile(leaky("N", 0.001 * (i + 1)), "N" + std::to_string(i));
      std::vector<Tensor> symbols = inputs();
      executable->run(inputs(), symbols);
      REQUIRE(executable->report().cache == jit::CacheResult::compiled);
    }
  };
  make(0, 100);
  const std::int64_t before = resident_kilobytes();
  make(1000, 300);
  const std::int64_t grown = resident_kilobytes() - before;
  INFO("grew by " << grown << " kB over 300 programs");
  CHECK(grown < 3000);
}
