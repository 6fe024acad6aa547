// The rules against plain serial loops, entry by entry, for several numbers of threads.
// In: fixed seeds. Out: structures that are equal, and sizes that no structure can have.
#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "compiler/ops/rejection.h"
#include "compiler/ops/vecmath.h"
#include "frontend/connect/build.h"
#include "frontend/connect/rows.h"
#include "frontend/math/array_data.h"
#include "frontend/math/sparse.hpp"
#include "runtime/error.h"
#include "runtime/options.h"
#include "support/catch.h"

using namespace brainpy;
using namespace brainpy::connect::build;

namespace {

struct Lists {
  std::vector<std::int32_t> indptr{0}, indices;
  bool operator==(const Lists&) const = default;
};

Lists lists_of(const CsrStructure& s) {
  const auto* indptr = s.indptr.as<std::int32_t>();
  const auto* indices = s.indices.as<std::int32_t>();
  return {{indptr, indptr + s.rows + 1}, {indices, indices + s.indices.type.size()}};
}

/// The same for 1, 2, 3, 4 threads, and as expected.
template <class Rule>
void check_threads(const Lists& expected, Rule rule) {
  const int before = runtime::options().threads;
  for (int threads : {1, 2, 3, 4}) {
    CAPTURE(threads);
    runtime::options().threads = threads;
    const Lists lists = lists_of(rule());
    CHECK(lists.indptr == expected.indptr);
    CHECK((lists.indices == expected.indices));
  }
  runtime::options().threads = before;
}

/// From pairs row * post + column, in rising order.
Lists lists_of_pairs(const std::vector<std::int64_t>& pairs, std::int64_t pre, std::int64_t post) {
  Lists out;
  std::size_t k = 0;
  for (std::int64_t r = 0; r < pre; ++r) {
    for (; k < pairs.size() && pairs[k] / post == r; ++k)
      out.indices.push_back(static_cast<std::int32_t>(pairs[k] % post));
    out.indptr.push_back(static_cast<std::int32_t>(out.indices.size()));
  }
  return out;
}

Lists by_probability(std::int64_t pre, std::int64_t post, double p, bool include_self, std::uint64_t seed) {
  const double log_failure = compiler::vecmath::log1p(compiler::lane::Host<double>(-p)).v;
  std::vector<std::int64_t> pairs;
  for (std::int64_t r = 0; r < pre; ++r) {
    const std::int64_t own = include_self || r >= post ? post : r;  // skipped, if it is there
    const auto count = static_cast<double>(own < post ? post - 1 : post);
    double next = -1;
    for (std::uint64_t place = 0; next < count; ++place)
      for (double gap :
           compiler::rejection::geometric_pair({seed, place}, static_cast<std::uint32_t>(r), log_failure)) {
        next += gap + 1;
        if (next >= count) break;
        const auto k = static_cast<std::int64_t>(next);
        pairs.push_back(r * post + (k < own ? k : k + 1));
      }
  }
  return lists_of_pairs(pairs, pre, post);
}

/// `number` pairs: all that the sequence gives, without repetitions, until there are enough.
Lists by_total(std::int64_t pre, std::int64_t post, std::int64_t number, bool include_self, bool allow_multiple,
               std::uint64_t seed) {
  std::vector<std::int64_t> all;
  for (std::int64_t r = 0; r < pre; ++r)
    for (std::int64_t c = 0; c < post; ++c)
      if (include_self || r != c) all.push_back(r * post + c);
  const auto size = static_cast<std::int64_t>(all.size());
  const bool leave_out = !allow_multiple && number > size / 2;
  const auto wanted = static_cast<std::size_t>(leave_out ? size - number : number);
  RowStream stream(seed, 0);
  std::vector<std::int64_t> chosen;
  while (chosen.size() < wanted) {
    for (std::size_t k = chosen.size(); k < wanted; ++k)
      chosen.push_back(all[static_cast<std::size_t>(stream.below(size))]);
    std::sort(chosen.begin(), chosen.end());
    if (!allow_multiple) chosen.erase(std::unique(chosen.begin(), chosen.end()), chosen.end());
  }
  if (!leave_out) return lists_of_pairs(chosen, pre, post);
  std::vector<std::int64_t> rest;
  std::set_difference(all.begin(), all.end(), chosen.begin(), chosen.end(), std::back_inserter(rest));
  return lists_of_pairs(rest, pre, post);
}

/// `number` of `count` candidates for each of `rows` neurons: pairs row * count + candidate, in rising order.
std::vector<std::int64_t> by_number(std::int64_t rows, std::int64_t count, std::int64_t number, bool include_self,
                                    bool allow_multiple, std::uint64_t seed) {
  std::vector<std::int64_t> pairs;
  for (std::int64_t r = 0; r < rows; ++r) {
    std::vector<std::int64_t> all, chosen;
    for (std::int64_t c = 0; c < count; ++c)
      if (include_self || r != c) all.push_back(c);
    const auto size = static_cast<std::int64_t>(all.size());
    RowStream stream(seed, r);
    for (std::int64_t k = 0; k < number; ++k) {
      const std::int64_t last = allow_multiple ? size - 1 : size - number + k;
      std::int64_t choice = stream.below(last + 1);
      if (!allow_multiple && std::count(chosen.begin(), chosen.end(), all[static_cast<std::size_t>(choice)]))
        choice = last;
      chosen.push_back(all[static_cast<std::size_t>(choice)]);
    }
    for (std::int64_t c : chosen) pairs.push_back(r * count + c);
  }
  std::sort(pairs.begin(), pairs.end());
  return pairs;
}

}  // namespace

TEST_CASE("fixed probability equals a serial loop") {
  const bool include_self = GENERATE(true, false);
  const double p = GENERATE(1e-4, 0.003, 0.02, 0.4, 0.99);
  CAPTURE(include_self, p);
  for (auto [pre, post] : {std::pair(1000, 700), std::pair(300, 2000), std::pair(9000, 3)}) {
    CAPTURE(pre, post);
    check_threads(by_probability(pre, post, p, include_self, 11),
                  [&, pre = pre, post = post] { return fixed_probability(pre, post, p, include_self, 11); });
  }
}

TEST_CASE("fixed total number equals a serial loop") {
  const bool include_self = GENERATE(true, false), allow_multiple = GENERATE(true, false);
  CAPTURE(include_self, allow_multiple);
  for (auto [pre, post] : {std::pair(400, 300), std::pair(300, 400), std::pair(5, 40'000)})
    for (std::int64_t number : {1, 5000, 59'000, 60'000, 100'000}) {
      CAPTURE(pre, post, number);
      check_threads(by_total(pre, post, number, include_self, allow_multiple, 12), [&, pre = pre, post = post] {
        return fixed_total_number(pre, post, number, include_self, allow_multiple, 12);
      });
    }
}

TEST_CASE("fixed numbers of a neuron equal a serial loop") {
  const bool include_self = GENERATE(true, false), allow_multiple = GENERATE(true, false);
  const std::int64_t number = GENERATE(0, 1, 40, 150);
  CAPTURE(include_self, allow_multiple, number);
  for (auto [rows, count] : {std::pair(3000, 200), std::pair(200, 900)}) {
    CAPTURE(rows, count);
    std::vector<std::int64_t> pairs = by_number(rows, count, number, include_self, allow_multiple, 13);
    check_threads(lists_of_pairs(pairs, rows, count), [&, rows = rows, count = count] {
      return fixed_post_number(rows, count, number, include_self, allow_multiple, 13);
    });
    for (std::int64_t& pair : pairs) pair = pair % count * rows + pair / count;
    std::sort(pairs.begin(), pairs.end());
    check_threads(lists_of_pairs(pairs, count, rows), [&, rows = rows, count = count] {
      return fixed_pre_number(count, rows, number, include_self, allow_multiple, 13);
    });
  }
}

TEST_CASE("regular rules equal a serial loop") {
  Lists all;
  for (int r = 0; r < 700; ++r) {
    for (int c = 0; c < 500; ++c)
      if (r != c) all.indices.push_back(c);
    all.indptr.push_back(static_cast<std::int32_t>(all.indices.size()));
  }
  check_threads(all, [] { return all_to_all(700, 500, false); });
  check_threads(all, [] { return fixed_probability(700, 500, 1, false, 1); });
  Lists one;
  for (int r = 0; r < 10'000; ++r) {
    one.indices.push_back(r);
    one.indptr.push_back(r + 1);
  }
  check_threads(one, [] { return one_to_one(10'000, 10'000); });
}

TEST_CASE("a word that is refused does not shift the others") {
  // Of three quarters of all words' range, one word in four is refused.
  const std::int64_t range = std::int64_t{3} << 61;
  RowStream whole(5, 9), behind(5, 9, 7);
  std::vector<std::int64_t> accepted, numbers;
  int refused = 0;
  for (int place = 0; place < 100; ++place) {
    std::int64_t number = 0;
    const bool good = whole.try_below(range, number);
    refused += !good;
    if (place < 7) continue;
    std::int64_t same = 0;
    CHECK(behind.try_below(range, same) == good);
    CHECK(same == number);
    if (good) accepted.push_back(number);
  }
  CHECK(refused > 10);
  RowStream again(5, 9, 7);
  for (std::size_t k = 0; k < accepted.size(); ++k) numbers.push_back(again.below(range));
  CHECK(numbers == accepted);
}

TEST_CASE("fixed total number makes up for words that were refused") {
  // Of some 2^51 pairs; at most one word in 2^13 is.
  const std::int64_t pre = 1 << 20, post = 2'128'001'585, number = 100'000;
  RowStream words(14, 0), stream(14, 0);
  std::int64_t refused = 0;
  for (std::int64_t k = 0, pair = 0; k < number; ++k) refused += !words.try_below(pre * post, pair);
  CHECK(refused > 0);
  std::vector<std::int64_t> pairs;
  for (std::int64_t k = 0; k < number; ++k) pairs.push_back(stream.below(pre * post));
  std::sort(pairs.begin(), pairs.end());
  CHECK(std::adjacent_find(pairs.begin(), pairs.end()) == pairs.end());
  check_threads(lists_of_pairs(pairs, pre, post),
                [&] { return fixed_total_number(pre, post, number, true, false, 14); });
}

TEST_CASE("more connections than an int32 counts are refused before they are made") {
  // 46341^2 is the first square above 2^31 - 1, and 46341 * 46340 is below: without self-connections it would fit.
  CHECK_THROWS_WITH(all_to_all(46'341, 46'341, true), Catch::Contains("too many connections for one matrix") &&
                                                          Catch::Contains("pre 46341, post 46341") &&
                                                          Catch::Contains("at most 2147483647") &&
                                                          Catch::Contains("split a population"));
  const std::int64_t million = 1'000'000, too_many = std::int64_t{1} << 31;
  CHECK_THROWS_WITH(fixed_probability(million, million, 0.0022, true, 1), Catch::Contains("too many connections"));
  CHECK_THROWS_WITH(fixed_probability(million, million, 1, true, 1), Catch::Contains("too many connections"));
  CHECK_THROWS_WITH(fixed_total_number(million, million, too_many, true, false, 1),
                    Catch::Contains("too many connections"));
  CHECK_THROWS_WITH(fixed_total_number(million, million, too_many, true, true, 1),
                    Catch::Contains("too many connections"));
  CHECK_THROWS_WITH(fixed_pre_number(million, million, 2148, true, false, 1), Catch::Contains("too many connections"));
  CHECK_THROWS_WITH(fixed_post_number(million, million, 2148, true, false, 1), Catch::Contains("too many connections"));
  CHECK_THROWS_WITH(one_to_one(too_many, too_many), Catch::Contains("cannot have this size"));
}

TEST_CASE("of indices outside the columns the first one is named, whichever thread sees it") {
  const std::int64_t entries = 1'000'000;
  const runtime::Tensor indices = runtime::make_tensor({runtime::DType::i32, {entries}});
  const runtime::Tensor indptr = runtime::make_tensor({runtime::DType::i32, {2}});
  indptr.as<std::int32_t>()[1] = static_cast<std::int32_t>(entries);
  const auto csr = [&] { return math::CSR(math::Array(indices), math::Array(indptr), 1, 5); };
  CHECK(csr().nnz() == entries);
  indices.as<std::int32_t>()[999'999] = 8;
  indices.as<std::int32_t>()[700'000] = 7;
  indices.as<std::int32_t>()[400'000] = -6;
  indices.as<std::int32_t>()[400'001] = 5;
  for (int k = 0; k < 20; ++k) CHECK_THROWS_WITH(csr(), Catch::Contains("index -6, columns 5"));
}
