// Random programs: compiled and interpreted bits agree, with and without verification after each pass.
#include <map>

#include "compiler/ir/print.h"
#include "compiler/jit/executable.h"
#include "compiler/passes/pass.h"
#include "fuzz/compare.h"
#include "runtime/options.h"
#include "support/catch.h"

using namespace brainpy;
using namespace brainpy::compiler;
using runtime::Tensor;

namespace {

fuzz::RandomProgramOptions options_for(std::uint64_t seed) {
  fuzz::RandomProgramOptions options;
  options.operations = seed % 10 == 0 ? 150 : 30;
  return options;
}

}  // namespace

TEST_CASE("random programs give the same bits compiled and interpreted") {
  const char* first_text = std::getenv("BRAINPY_FUZZ_FIRST");
  const std::uint64_t first = first_text ? std::strtoull(first_text, nullptr, 10) : 1;
  const bool check_before = runtime::options().check;
  runtime::options().check = true;
  int failures = 0;
  for (std::uint64_t seed = first; seed < first + 60; ++seed) {
    const auto program = fuzz::random_program(seed, options_for(seed));
    INFO("seed " << seed << "\n" << ir::print(*program));
    const std::vector<Tensor> arguments = fuzz::random_arguments(*program, seed);
    fuzz::SymbolTable table = fuzz::random_symbols(*program, seed);
    std::vector<Tensor> symbols;
    for (const ir::Symbol& s : program->symbols) symbols.push_back(table.at(s.name));
    auto executable = jit::compile(ir::clone(*program), "fuzz" + std::to_string(seed));
    INFO(executable->text(jit::Stage::optimized));
    // The optimized program: a pass may have dropped an operation that fails and whose result nobody needs.
    std::vector<Tensor> expected;
    std::string failure;
    try {
      expected = interp::run(executable->program(), arguments, table);
    } catch (const Error& e) {
      failure = e.what();
    }
    if (!failure.empty()) {
      ++failures;
      REQUIRE_THROWS_WITH(executable->run(arguments, symbols), failure);
      continue;
    }
    const std::vector<Tensor> results = executable->run(arguments, symbols);
    REQUIRE(results.size() == expected.size());
    for (std::size_t k = 0; k < results.size(); ++k) {
      INFO("result " << k);
      REQUIRE(fuzz::first_difference(results[k], expected[k]) == "");
    }
    for (std::size_t k = 0; k < symbols.size(); ++k) {
      INFO("symbol " << program->symbols[k].name);
      REQUIRE(fuzz::first_difference(symbols[k], table.at(program->symbols[k].name)) == "");
    }
  }
  runtime::options().check = check_before;
  CHECK(failures < 30);
}

TEST_CASE("random programs give every pass something to do") {
  std::map<std::string, int> changed;
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    const auto program = fuzz::random_program(seed, options_for(seed));
    passes::run_pipeline(*program, {}, [&](const passes::Pass& pass, bool did, double) { changed[pass.name] += did; });
  }
  for (const auto& [pass, programs] : changed) {
    INFO(pass);
    CHECK((programs > 0) == (pass != "contract" && pass != "share_exponentials"));  // those change bits
  }
}
