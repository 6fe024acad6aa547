// Rules of connection: the structure is valid, numbers are exact or distributed as said, and depend on the seed alone.
// In: fixed seeds, printed with a failure. Out: structures, checked entry by entry.
#include "frontend/connect/build.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <vector>

#include "runtime/error.h"
#include "runtime/options.h"
#include "support/catch.h"

using namespace brainpy;
using namespace brainpy::connect::build;

namespace {

using Rows = std::vector<std::vector<int>>;

/// The rows as lists; checks the structure on the way.
Rows rows_of(const CsrStructure& s, bool distinct = true) {
  REQUIRE(s.indptr.type == runtime::Type{runtime::DType::i32, {s.rows + 1}});
  REQUIRE(s.indices.type.dtype == runtime::DType::i32);
  const auto* indptr = s.indptr.as<std::int32_t>();
  const auto* indices = s.indices.as<std::int32_t>();
  REQUIRE(indptr[0] == 0);
  REQUIRE(indptr[s.rows] == s.indices.type.size());
  Rows rows(static_cast<std::size_t>(s.rows));
  bool valid = true;
  for (std::int64_t r = 0; r < s.rows; ++r) {
    REQUIRE(indptr[r] <= indptr[r + 1]);
    for (std::int32_t j = indptr[r]; j < indptr[r + 1]; ++j) {
      valid = valid && indices[j] >= 0 && indices[j] < s.cols;
      if (j > indptr[r]) valid = valid && (distinct ? indices[j - 1] < indices[j] : indices[j - 1] <= indices[j]);
      rows[static_cast<std::size_t>(r)].push_back(indices[j]);
    }
  }
  REQUIRE(valid);
  return rows;
}

bool has_self(const Rows& rows) {
  for (std::size_t r = 0; r < rows.size(); ++r)
    for (int c : rows[r])
      if (c == static_cast<int>(r)) return true;
  return false;
}

std::vector<int> column_lengths(const Rows& rows, std::int64_t cols) {
  std::vector<int> lengths(static_cast<std::size_t>(cols));
  for (const auto& row : rows)
    for (int c : row) ++lengths[static_cast<std::size_t>(c)];
  return lengths;
}

}  // namespace

TEST_CASE("fixed probability: as many connections as expected, evenly spread") {
  const std::uint64_t seed = GENERATE(1u, 20240603u);
  const double p = GENERATE(0.02, 0.5, 0.97);
  CAPTURE(seed, p);
  const std::int64_t pre = 700, post = 500;
  const Rows rows = rows_of(fixed_probability(pre, post, p, true, seed));
  double total = 0, row_spread = 0, column_spread = 0;
  for (const auto& row : rows) {
    const double length = static_cast<double>(row.size());
    total += length;
    row_spread += (length - p * post) * (length - p * post) / (post * p * (1 - p));
  }
  for (int length : column_lengths(rows, post))
    column_spread += (length - p * pre) * (length - p * pre) / (pre * p * (1 - p));
  CHECK(total == Approx(p * pre * post).margin(5 * std::sqrt(pre * post * p * (1 - p))));
  // Sums of squared standard deviations: chi-square with as many degrees of freedom as rows, columns.
  CHECK(row_spread == Approx(pre).margin(5 * std::sqrt(2.0 * pre)));
  CHECK(column_spread == Approx(post).margin(5 * std::sqrt(2.0 * post)));
}

TEST_CASE("fixed probability at its edges") {
  CHECK(rows_of(fixed_probability(3, 2, 0, true, 1)) == Rows{{}, {}, {}});
  CHECK(rows_of(fixed_probability(3, 2, 1, true, 1)) == Rows{{0, 1}, {0, 1}, {0, 1}});
  CHECK(rows_of(fixed_probability(3, 2, 1, false, 1)) == Rows{{1}, {0}, {0, 1}});
  CHECK(rows_of(fixed_probability(0, 5, 0.5, true, 1)).empty());
  CHECK(rows_of(fixed_probability(2, 0, 0.5, true, 1)) == Rows{{}, {}});
  CHECK(rows_of(fixed_probability(2, 5, 1e-320, true, 1)) == Rows{{}, {}});
  const Rows rows = rows_of(fixed_probability(300, 300, 0.3, false, 1));
  CHECK_FALSE(has_self(rows));
  CHECK(has_self(rows_of(fixed_probability(300, 300, 0.3, true, 1))));
  CHECK(rows_of(fixed_probability(300, 300, 0.3, false, 2)) != rows);
}

TEST_CASE("the structure does not depend on the number of threads") {
  const int before = runtime::options().threads;
  std::vector<Rows> probability, number;
  for (int threads : {1, 2, 5}) {
    runtime::options().threads = threads;
    probability.push_back(rows_of(fixed_probability(1000, 400, 0.05, true, 8)));
    number.push_back(rows_of(fixed_pre_number(1000, 400, 30, false, false, 8)));
  }
  runtime::options().threads = before;
  CHECK(probability[0] == probability[1]);
  CHECK(probability[0] == probability[2]);
  CHECK(number[0] == number[1]);
  CHECK(number[0] == number[2]);
  // A row depends on its own number, not on how many rows there are.
  const Rows fewer = rows_of(fixed_probability(10, 400, 0.05, true, 8));
  CHECK(std::equal(fewer.begin(), fewer.end(), probability[0].begin()));
}

TEST_CASE("one to one and all to all") {
  CHECK(rows_of(one_to_one(3, 3)) == Rows{{0}, {1}, {2}});
  CHECK(rows_of(all_to_all(2, 3, true)) == Rows{{0, 1, 2}, {0, 1, 2}});
  CHECK(rows_of(all_to_all(2, 3, false)) == Rows{{1, 2}, {0, 2}});
  CHECK(rows_of(all_to_all(3, 1, false)) == Rows{{}, {0}, {0}});
}

TEST_CASE("fixed numbers are exact") {
  const std::uint64_t seed = 20240604;
  CAPTURE(seed);
  for (bool include_self : {true, false})
    for (std::int64_t number : {0, 1, 7, 59}) {
      CAPTURE(include_self, number);
      const Rows by_post = rows_of(fixed_post_number(100, 60, number, include_self, false, seed));
      for (const auto& row : by_post) CHECK(static_cast<std::int64_t>(row.size()) == number);
      const Rows by_pre = rows_of(fixed_pre_number(60, 100, number, include_self, false, seed));
      for (int length : column_lengths(by_pre, 100)) CHECK(length == number);
      if (!include_self) CHECK_FALSE((has_self(by_post) || has_self(by_pre)));
    }
  for (std::int64_t number : {0, 1, 300, 2999, 3000, 5500, 5940, 6000}) {
    CAPTURE(number);
    CHECK(fixed_total_number(100, 60, number, true, false, seed).indices.type.size() == number);
    rows_of(fixed_total_number(100, 60, number, true, false, seed));
    if (number > 5940) continue;
    for (auto [pre, post] : {std::pair(100, 60), std::pair(60, 100)})
      CHECK_FALSE(has_self(rows_of(fixed_total_number(pre, post, number, false, false, seed))));
  }
}

TEST_CASE("every choice is as likely as every other") {
  // Two of four columns: six pairs, 6000 rows.
  std::map<std::vector<int>, int> counts;
  for (const auto& row : rows_of(fixed_post_number(6000, 4, 2, true, false, 5))) ++counts[row];
  CHECK(counts.size() == 6);
  for (const auto& [pair, count] : counts) CHECK(count == Approx(1000).margin(5 * std::sqrt(1000 * 5 / 6.0)));

  // Three of the four pairs of a 2 x 2 matrix, and one of them: all alike, over seeds.
  for (std::int64_t number : {1, 3}) {
    std::map<Rows, int> choices;
    for (std::uint64_t seed = 0; seed < 4000; ++seed)
      ++choices[rows_of(fixed_total_number(2, 2, number, true, false, seed))];
    CHECK(choices.size() == 4);
    for (const auto& [rows, count] : choices) CHECK(count == Approx(1000).margin(5 * std::sqrt(1000 * 3 / 4.0)));
  }
}

TEST_CASE("with repetitions a number may exceed the candidates") {
  const Rows rows = rows_of(fixed_post_number(50, 3, 10, true, true, 6), false);
  for (const auto& row : rows) CHECK(row.size() == 10);
  const Rows by_pre = rows_of(fixed_pre_number(3, 50, 10, false, true, 6), false);
  for (int length : column_lengths(by_pre, 50)) CHECK(length == 10);
  CHECK_FALSE(has_self(by_pre));
  CHECK(fixed_total_number(2, 3, 100, true, true, 6).indices.type.size() == 100);
  rows_of(fixed_total_number(2, 3, 100, true, true, 6), false);
}

TEST_CASE("numbers that make no structure are refused") {
  CHECK_THROWS_AS(fixed_probability(10, 10, -0.1, true, 1), ValueError);
  CHECK_THROWS_AS(fixed_probability(10, 10, 1.1, true, 1), ValueError);
  CHECK_THROWS_AS(fixed_probability(10, 10, std::numeric_limits<double>::quiet_NaN(), true, 1), ValueError);
  CHECK_THROWS_AS(fixed_probability(-1, 10, 0.1, true, 1), ValueError);
  CHECK_THROWS_AS(fixed_probability(10, std::int64_t{1} << 31, 0.1, true, 1), ValueError);
  CHECK_THROWS_WITH(fixed_probability(1000000, 1000000, 0.1, true, 1), Catch::Contains("too many connections"));
  CHECK_THROWS_AS(all_to_all(100000, 100000, true), ValueError);
  CHECK_THROWS_AS(one_to_one(3, 4), ValueError);
  CHECK_THROWS_AS(fixed_pre_number(5, 10, 6, true, false, 1), ValueError);
  CHECK_THROWS_AS(fixed_pre_number(5, 10, 5, false, false, 1), ValueError);
  CHECK_THROWS_AS(fixed_pre_number(5, 10, -1, true, false, 1), ValueError);
  CHECK_THROWS_AS(fixed_pre_number(0, 10, 1, true, true, 1), ValueError);
  CHECK_THROWS_AS(fixed_post_number(10, 5, 6, true, false, 1), ValueError);
  CHECK_THROWS_AS(fixed_post_number(10, 5, std::int64_t{1} << 40, true, true, 1), ValueError);
  CHECK_THROWS_AS(fixed_total_number(3, 3, 10, true, false, 1), ValueError);
  CHECK_THROWS_AS(fixed_total_number(3, 3, 7, false, false, 1), ValueError);
  CHECK_THROWS_AS(fixed_total_number(0, 3, 1, true, true, 1), ValueError);
  CHECK_THROWS_WITH(fixed_post_number(10, 5, 6, true, false, 1), Catch::Contains("number 6, candidates 5"));
}
