// Products and groups that threads do part by part: what may join, what must wait, and the bits for any number of
// threads.
#include "compiler/codegen/chain.h"

#include <regex>

#include "compiler/ir/rewrite.h"
#include "runtime/options.h"
#include "support/both_ways.h"
#include "support/programs.h"

using namespace brainpy;
using namespace brainpy::test;
namespace codegen = compiler::codegen;
namespace ir = compiler::ir;
using compiler::Attributes;

namespace {

constexpr std::int32_t size = 1500, of_a_row = 8;  // 12,000 entries: a product with numbers is worth threads

struct ThreadsGuard {
  int before = runtime::options().threads;
  ~ThreadsGuard() { runtime::options().threads = before; }
};

/// Rows of rising columns, some of them twice; every third row has all its targets among the last.
std::pair<Tensor, Tensor> structure(std::mt19937_64& random) {
  Tensor indices = runtime::make_tensor(i32({size * of_a_row})), indptr = runtime::make_tensor(i32({size + 1}));
  for (std::int32_t r = 0; r < size; ++r) {
    auto* row = indices.as<std::int32_t>() + of_a_row * r;
    for (int k = 0; k < of_a_row; ++k)
      row[k] = static_cast<std::int32_t>(r % 3 == 0 ? size - 1 - random() % 20 : random() % size);
    std::sort(row, row + of_a_row);
  }
  for (std::int32_t r = 0; r <= size; ++r) indptr.as<std::int32_t>()[r] = of_a_row * r;
  return {indices, indptr};
}

const Attributes product = {
    {"rows", std::int64_t{size}}, {"cols", std::int64_t{size}}, {"sorted", true}, {"transpose", true}};
const Attributes by_rows = {{"rows", std::int64_t{size}}, {"cols", std::int64_t{size}}, {"transpose", false}};
const Attributes unsorted = {{"rows", std::int64_t{size}}, {"cols", std::int64_t{size}}, {"transpose", true}};

/// A program of V, u and a structure; `body` gives what it returns.
struct Model : Maker {
  Value *V = parameter(f32({size})), *u = parameter(f32({size})), *indices = parameter(i32({size * of_a_row})),
        *indptr = parameter(i32({size + 1}));

  Value* csrmv(Value* vector, const Attributes& attributes = product) {
    return op("csrmv", {f(0.25), indices, indptr, vector}, attributes);
  }
};

/// Runs the program for several numbers of threads beside the interpreter, and counts the chains of the compiled one.
std::size_t chains_of(const Program& program) {
  const unsigned seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  const auto [indices, indptr] = structure(random);
  const std::vector<Tensor> arguments = {random_tensor(f32({size}), random), random_tensor(f32({size}), random),
                                         indices, indptr};
  const ThreadsGuard guard;
  std::string text;
  for (const int threads : {1, 2, 3, 7}) {
    INFO(threads << " threads");
    runtime::options().threads = threads;
    text = check_both_ways(program, arguments, {})->text(compiler::jit::Stage::llvm);
  }
  const std::regex list("@chain[.0-9]* = private");
  return static_cast<std::size_t>(std::distance(std::sregex_iterator(text.begin(), text.end(), list), {}));
}

}  // namespace

TEST_CASE("products and the group that reads them are one chain") {
  Model m;
  Op* loop = m.loop(20, {m.V, m.u}, {}, {}, [&](const std::vector<Value*>& a) -> std::vector<Value*> {
    Value* spike = m.op("gt", {a[1], m.f(0.5)});
    Value* excited = m.op("event_csrmv", {m.f(0.1), m.indices, m.indptr, spike}, product);
    Value* coupled = m.csrmv(a[2]);
    Value* next = m.op("mul", {m.op("add", {m.op("add", {a[1], excited}), coupled}), m.f(0.5)});
    return {next, m.op("sub", {a[2], m.op("mul", {next, m.f(0.125)})})};
  });
  // The numbers that a product reads are carried and written by the group: it may not go ahead of other threads.
  CHECK(chains_of(*m.done({loop->result(0), loop->result(1)})) >= 1);
}

TEST_CASE("spikes may change while their product is done in parts") {
  Model m;
  Op* loop =
      m.loop(20, {m.V, m.op("gt", {m.V, m.f(0.5)})}, {}, {}, [&](const std::vector<Value*>& a) -> std::vector<Value*> {
        Value* excited = m.op("event_csrmv", {m.f(0.1), m.indices, m.indptr, a[2]}, product);
        Value* coupled = m.csrmv(m.u);
        Value* charged = m.op("add", {m.op("add", {a[1], excited}), coupled});
        Value* fired = m.op("gt", {charged, m.f(1)});
        return {m.op("select", {fired, m.f(-1), charged}), fired};
      });
  CHECK(chains_of(*m.done({loop->result(0), loop->result(1)})) == 1);
}

TEST_CASE("products by rows have parts, and products whose columns do not rise have none") {
  Model sums;
  CHECK(chains_of(*sums.done({sums.csrmv(sums.V, by_rows)})) == 1);
  Model whole;
  CHECK(chains_of(*whole.done({whole.csrmv(whole.V, unsorted)})) == 0);
}

TEST_CASE("a product of a product waits for all of the first") {
  Model m;
  CHECK(chains_of(*m.done({m.csrmv(m.csrmv(m.V))})) == 2);
}

TEST_CASE("one element of a product, for all elements of a group, is there before the group") {
  Model m;
  Value* coupled = m.csrmv(m.V);
  using List = std::vector<std::int64_t>;
  Value* last = m.op("slice", {coupled}, {{"start", List{size - 1}}, {"stop", List{size}}, {"step", List{1}}});
  Value* scalar = m.op("reshape", {last}, {{"shape", List{}}});
  CHECK(chains_of(*m.done({m.op("add", {m.op("mul", {m.u, scalar}), coupled})})) == 1);
}

TEST_CASE("what may join a chain") {
  Model m;
  Value *first = m.csrmv(m.V), *second = m.csrmv(m.u), *of_first = m.csrmv(first);
  Value *whole = m.csrmv(m.V, unsorted),
        *scalar = m.op("add", {m.f(1), m.op("sum", {m.V}, {{"axes", std::vector<std::int64_t>{0}}})});
  Value* group = m.op("add", {first, second});
  Value* shorter = m.op("exp", {m.op("slice", {m.u},
                                     {{"start", std::vector<std::int64_t>{0}},
                                      {"stop", std::vector<std::int64_t>{7}},
                                      {"step", std::vector<std::int64_t>{1}}})});
  const auto program = m.done({of_first, whole, scalar, group, shorter});
  const codegen::Placement placement = codegen::place(*program);
  codegen::Chain chain(placement);
  CHECK(chain.size() == 0);
  CHECK_FALSE(chain.admits(*whole->definition));
  REQUIRE(chain.admits(*first->definition));
  chain.add(*first->definition);
  CHECK(chain.size() == size);
  CHECK(chain.nanoseconds() >= size * of_a_row);
  CHECK(chain.admits(*second->definition));
  CHECK_FALSE(chain.admits(*of_first->definition));
  CHECK(chain.admits(codegen::group_of(*group->definition, placement)));
  CHECK_FALSE(chain.admits(codegen::group_of(*shorter->definition, placement)));
  CHECK(chain.lets_pass(*scalar->definition));
  CHECK_FALSE(chain.lets_pass(*group->definition));
  CHECK_FALSE(chain.lets_pass(*whole->definition));
  chain.clear();
  CHECK(chain.empty());
  CHECK(chain.nanoseconds() == 0);
}
