// bm:: functions against NumPy: random cases of each, made by make_cases.py when the test runs.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <set>
#include <sstream>

#include <fmt/format.h>

#include "case.h"
#include "support/catch.h"
#include "support/traced.h"

using namespace numpy_test;

namespace {

std::string output_of(const std::string& command) {
  std::string text;
  FILE* pipe = popen(command.c_str(), "r");
  REQUIRE(pipe);
  char block[1 << 16];
  for (std::size_t n; (n = std::fread(block, 1, sizeof block, pipe)) > 0;) text.append(block, n);
  REQUIRE(pclose(pipe) == 0);
  return text;
}

std::vector<Case> make_cases(const std::string& seed) {
  const char* python = std::getenv("BRAINPY_PYTHON");
  const std::string command = fmt::format("{} -B {}/tests/numpy/make_cases.py {}", python ? python : "/usr/bin/python3",
                                          BRAINPY_SOURCE_DIR, seed);
  INFO("needs NumPy (apt-get install python3-numpy): " << command);
  std::istringstream text(output_of(command));
  return read_cases(text);
}

Table all_calls() {
  Table table;
  add_elementwise_calls(table);
  add_reduction_calls(table);
  add_array_calls(table);
  add_linalg_calls(table);
  return table;
}

std::string seed_of_run() {
  const char* chosen = std::getenv("BRAINPY_TEST_SEED");
  return chosen ? chosen : "20240607";
}

bool same_bits(const bm::Array& a, const bm::Array& b) {
  if (!(a.type() == b.type())) return false;
  // NaN equals NaN, whatever its bits.
  const auto x = a.tensor(), y = b.tensor();
  return std::memcmp(x.data->data(), y.data->data(), x.type.bytes()) == 0 ||
         (brainpy::runtime::is_float(a.dtype()) && bm::array_equal(a, b, true).item<bool>() &&
          bm::array_equal(bm::where(bm::isnan(a), false, bm::signbit(a)),
                          bm::where(bm::isnan(b), false, bm::signbit(b)))
              .item<bool>());
}

}  // namespace

TEST_CASE("functions give what NumPy gives") {
  const std::string seed = seed_of_run();
  INFO("BRAINPY_TEST_SEED=" << seed);
  const std::vector<Case> cases = make_cases(seed);
  const Table calls = all_calls();
  std::set<std::string> covered;
  std::map<std::string, int> failures;
  for (const Case& c : cases) {
    const auto call = calls.find(c.name);
    if (call == calls.end()) FAIL_CHECK("no call for " << c.name);
    else covered.insert(c.name);
    if (call == calls.end()) continue;
    std::string difference;
    try {
      difference = compare(c, call->second(c));
    } catch (const std::exception& e) {
      difference = e.what();
    }
    if (difference.empty() || ++failures[c.name] > 3) continue;
    std::string given;
    for (const auto& [key, value] : c.parameters) given += " " + key + "=" + value;
    for (const bm::Array& a : c.in) given += " " + to_string(a.type());
    FAIL_CHECK(c.name << given << " (" << c.tolerance << "): " << difference);
  }
  for (const auto& [name, count] : failures) UNSCOPED_INFO(name << ": " << count << " cases differ");
  CHECK(failures.empty());
  fmt::print("{} functions, {} cases, seed {}\n", covered.size(), cases.size(), seed);
  CHECK(covered.size() >= 150);
  for (const auto& [name, call] : calls)
    if (!covered.count(name)) FAIL_CHECK("no case for " << name);
}

TEST_CASE("recorded functions give the same bits, or say why they cannot be recorded") {
  const std::string seed = seed_of_run();
  INFO("BRAINPY_TEST_SEED=" << seed);
  // Their shapes depend on values (those of a mask among the indices, too), or they print.
  const std::set<std::string> eager_only = {"unique",  "unique_all", "nonzero",  "flatnonzero",      "argwhere",
                                            "extract", "histogram",  "bincount", "bincount_weights", "print"};
  const Table calls = all_calls();
  int recorded = 0, refused = 0;
  for (const Case& c : make_cases(seed)) {
    if (c.in.empty()) continue;
    const Arrays eager = calls.at(c.name)(c);
    const bool masked = c.has("which") && c.text("which").starts_with("mask");
    try {
      const Arrays results = test_support::run_traced(
          [&](const Arrays& x) {
            Case inside = c;
            inside.in = x;
            return calls.at(c.name)(inside);
          },
          c.in);
      ++recorded;
      if (results.size() != eager.size() || !std::equal(results.begin(), results.end(), eager.begin(), same_bits))
        FAIL_CHECK(c.name << " differs when recorded: " << to_string(c.in[0].type()));
    } catch (const brainpy::TraceError& e) {
      ++refused;
      if (!eager_only.count(c.name) && !masked) FAIL_CHECK(c.name << ": " << e.what());
    } catch (const std::exception& e) {
      if (c.name != "print") FAIL_CHECK(c.name << ": " << e.what());
    }
  }
  CHECK(recorded > 5000);
  CHECK(refused > 20);
}

TEST_CASE("the comparison sees differences") {
  Case c;
  c.tolerance = "ulp:1";
  c.out = {bm::array(1.0)};
  CHECK(compare(c, {bm::array(1.0)}).empty());
  CHECK(compare(c, {bm::array(1.0000001)}).empty());
  CHECK_FALSE(compare(c, {bm::array(1.000001)}).empty());
  CHECK_FALSE(compare(c, {bm::array(1)}).empty());
  CHECK_FALSE(compare(c, {bm::ones({1})}).empty());
  CHECK_FALSE(compare(c, {}).empty());
  c.out = {bm::array(0.0)};
  CHECK_FALSE(compare(c, {bm::array(-0.0)}).empty());
  c.tolerance = "close:1e-3";
  c.out = {bm::array({1000.0, 0.0})};
  CHECK(compare(c, {bm::array({1000.5, 0.5})}).empty());
  CHECK_FALSE(compare(c, {bm::array({1002.0, 0.0})}).empty());
}
