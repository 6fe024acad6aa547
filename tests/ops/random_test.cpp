// Random operations: distributions (moments, Kolmogorov-Smirnov, chi-square) at fixed seeds, ranges, parameters outside
// their domain, and numbers that depend on (key, element) alone.
// In: seeds, printed with a failure. Out: the statistics that are checked.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <set>

#include "compiler/interp/interpreter.h"
#include "compiler/ir/builder.h"
#include "compiler/ops/map.h"
#include "support/catch.h"

using namespace brainpy::compiler;
using brainpy::runtime::make_tensor;
using brainpy::runtime::Tensor;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

template <class T>
Tensor scalar_of(T value) {
  Tensor t = make_tensor({brainpy::runtime::dtype_of<T>, {}});
  *t.as<T>() = value;
  return t;
}

Tensor key_of(std::uint64_t seed) {
  Tensor t = make_tensor({DType::key, {}});
  *t.as<std::uint64_t>() = seed;
  return t;
}

Tensor draw_tensor(const std::string& name, std::uint64_t seed, std::int64_t n, std::vector<Tensor> parameters) {
  parameters.insert(parameters.begin(), key_of(seed));
  return interp::apply(registry().get(name), parameters, {{"shape", std::vector<std::int64_t>{n}}}, {})[0];
}

/// The draw's elements as doubles.
template <class Out>
std::vector<double> draw(const std::string& name, std::uint64_t seed, std::int64_t n, std::vector<Tensor> parameters) {
  const Tensor t = draw_tensor(name, seed, n, std::move(parameters));
  REQUIRE(t.type.dtype == brainpy::runtime::dtype_of<Out>);
  return {t.as<Out>(), t.as<Out>() + n};
}

double mean(const std::vector<double>& x) {
  return std::accumulate(x.begin(), x.end(), 0.0) / static_cast<double>(x.size());
}

double variance(const std::vector<double>& x) {
  const double m = mean(x);
  double sum = 0;
  for (double v : x) sum += (v - m) * (v - m);
  return sum / static_cast<double>(x.size() - 1);
}

/// Kolmogorov-Smirnov: sqrt(n) times the largest distance; above 1.95 once in a thousand seeds.
template <class Distribution>
double distance(std::vector<double> x, Distribution cdf) {
  std::sort(x.begin(), x.end());
  const auto n = static_cast<double>(x.size());
  double largest = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double p = cdf(x[i]);
    largest = std::max({largest, static_cast<double>(i + 1) / n - p, p - static_cast<double>(i) / n});
  }
  return largest * std::sqrt(n);
}
constexpr double largest_distance = 1.95;

/// Chi-square of counts against probabilities, as standard deviations above its mean; classes of fewer than 10 expected
/// are merged with the next one.
template <class Probability>
double excess_chi_square(const std::vector<double>& x, int first, int last, Probability probability) {
  std::vector<double> counts(static_cast<std::size_t>(last - first + 1));
  for (double v : x) {
    REQUIRE(v >= first);
    REQUIRE(v <= last);
    ++counts[static_cast<std::size_t>(v - first)];
  }
  double chi = 0, classes = 0, count = 0, expected = 0;
  for (int k = first; k <= last; ++k) {
    count += counts[static_cast<std::size_t>(k - first)];
    expected += probability(k) * static_cast<double>(x.size());
    if (expected < 10 && k != last) continue;
    if (expected < 1) break;
    chi += (count - expected) * (count - expected) / expected;
    ++classes;
    count = expected = 0;
  }
  return (chi - (classes - 1)) / std::sqrt(2 * (classes - 1));
}
constexpr double largest_excess = 4;

double normal_cdf(double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); }

constexpr std::int64_t count = 100000;

}  // namespace

TEMPLATE_TEST_CASE("uniform numbers fill their interval evenly", "[random]", float, double) {
  const std::uint64_t seed = GENERATE(1u, 20240601u);
  CAPTURE(seed);
  const auto x = draw<TestType>("random_uniform", seed, count, {scalar_of(TestType(-2)), scalar_of(TestType(3))});
  CHECK(*std::ranges::min_element(x) >= -2);
  CHECK(*std::ranges::max_element(x) < 3);
  CHECK(distance(x, [](double v) { return (v + 2) / 5; }) < largest_distance);
  CHECK(mean(x) == Approx(0.5).margin(5 * 5 / std::sqrt(12.0 * count)));
}

TEMPLATE_TEST_CASE("a uniform interval is half open, also where it is a few numbers wide", "[random]", float, double) {
  const TestType low = 1, high = std::nextafter(std::nextafter(low, TestType(2)), TestType(2));
  const auto x = draw<TestType>("random_uniform", 3, 10000, {scalar_of(low), scalar_of(high)});
  CHECK(std::ranges::all_of(x, [&](double v) { return v >= low && v < high; }));
  CHECK(draw<TestType>("random_uniform", 3, 1, {scalar_of(low), scalar_of(low)})[0] == low);
  CHECK(std::isnan(draw<TestType>("random_uniform", 3, 1, {scalar_of(high), scalar_of(low)})[0]));
  CHECK(std::isnan(draw<TestType>("random_uniform", 3, 1, {scalar_of(low), scalar_of(TestType(infinity))})[0]));
  CHECK(std::isnan(draw<TestType>("random_uniform", 3, 1, {scalar_of(TestType(not_a_number)), scalar_of(high)})[0]));
}

TEMPLATE_TEST_CASE("normal numbers are normal and finite", "[random]", float, double) {
  const std::uint64_t seed = GENERATE(1u, 20240601u);
  CAPTURE(seed);
  const auto x = draw<TestType>("random_normal", seed, count, {scalar_of(TestType(1.5)), scalar_of(TestType(2))});
  CHECK(std::ranges::all_of(x, [](double v) { return std::isfinite(v); }));
  CHECK(distance(x, [](double v) { return normal_cdf((v - 1.5) / 2); }) < largest_distance);
  CHECK(mean(x) == Approx(1.5).margin(5 * 2 / std::sqrt(double(count))));
  CHECK(variance(x) == Approx(4.0).margin(5 * 4 * std::sqrt(2.0 / count)));
  CHECK(draw<TestType>("random_normal", seed, 1, {scalar_of(TestType(7)), scalar_of(TestType(0))})[0] == 7);
  CHECK(std::isnan(draw<TestType>("random_normal", seed, 1, {scalar_of(TestType(0)), scalar_of(TestType(-1))})[0]));
}

TEMPLATE_TEST_CASE("truncated normal numbers keep to their interval and its distribution", "[random]", float, double) {
  const auto interval = GENERATE(std::pair(-1.0, 2.0), std::pair(-infinity, infinity), std::pair(2.5, 4.0),
                                 std::pair(-9.0, -6.0), std::pair(5.0, infinity), std::pair(-12.0, 1.0));
  const auto [low, high] = interval;
  CAPTURE(low, high);
  const auto x =
      draw<TestType>("random_truncated_normal", 11, 20000, {scalar_of(TestType(low)), scalar_of(TestType(high))});
  CHECK(std::ranges::all_of(x, [&](double v) { return v >= low && v <= high; }));
  // Upper tails by symmetry: normal_cdf keeps digits below 0 only.
  const double sign = low + high > 0 ? -1 : 1;
  const double a = sign > 0 ? low : -high, b = sign > 0 ? high : -low;
  const double below = normal_cdf(a), mass = normal_cdf(b) - below;
  std::vector<double> folded = x;
  for (double& v : folded) v *= sign;
  CHECK(distance(folded, [&](double v) { return (normal_cdf(v) - below) / mass; }) < largest_distance);
}

TEST_CASE("truncated normal at and beyond the edges of its domain") {
  const auto one = [](double low, double high) {
    return draw<double>("random_truncated_normal", 5, 1, {scalar_of(low), scalar_of(high)})[0];
  };
  CHECK(one(40, 50) == 40);
  CHECK(one(-50, -40) == -40);
  CHECK(one(1, 1) == 1);
  CHECK(std::isnan(one(2, 1)));
  CHECK(std::isnan(one(not_a_number, 1)));
}

TEST_CASE("bernoulli draws true with its probability, small ones too") {
  for (double p : {0.3, 1e-3}) {
    CAPTURE(p);
    const double rate = mean(draw<bool>("random_bernoulli", 1, count, {scalar_of(static_cast<float>(p))}));
    CHECK(rate == Approx(p).margin(5 * std::sqrt(p * (1 - p) / count)));
  }
  // 24 bits would round 1e-8 up to 6e-8.
  const double rare = mean(draw<bool>("random_bernoulli", 1, 20000000, {scalar_of(1e-8f)}));
  CHECK(rare < 1e-7 * 2.5);
  CHECK(mean(draw<bool>("random_bernoulli", 1, 1000, {scalar_of(0.0)})) == 0);
  CHECK(mean(draw<bool>("random_bernoulli", 1, 1000, {scalar_of(1.0)})) == 1);
  CHECK(mean(draw<bool>("random_bernoulli", 1, 1000, {scalar_of(-0.5f)})) == 0);
  CHECK(mean(draw<bool>("random_bernoulli", 1, 1000, {scalar_of(1.5f)})) == 1);
  CHECK(mean(draw<bool>("random_bernoulli", 1, 1000, {scalar_of(static_cast<float>(not_a_number))})) == 0);
}

TEMPLATE_TEST_CASE("integers fill their range evenly", "[random]", std::int32_t, std::int64_t) {
  const auto x = draw<TestType>("random_randint", 9, count, {scalar_of(TestType(-3)), scalar_of(TestType(14))});
  CHECK(excess_chi_square(x, -3, 13, [](int) { return 1 / 17.0; }) < largest_excess);
  constexpr TestType smallest = std::numeric_limits<TestType>::min(), largest = std::numeric_limits<TestType>::max();
  const auto wide = draw<TestType>("random_randint", 9, count, {scalar_of(smallest), scalar_of(largest)});
  const double width = std::ldexp(1.0, std::numeric_limits<TestType>::digits);
  CHECK(distance(wide, [&](double v) { return (v + width) / (2 * width); }) < largest_distance);
  CHECK(draw<TestType>("random_randint", 9, 1, {scalar_of(TestType(5)), scalar_of(TestType(5))})[0] == 5);
  CHECK(draw<TestType>("random_randint", 9, 1, {scalar_of(TestType(5)), scalar_of(TestType(-5))})[0] == 5);
}

TEMPLATE_TEST_CASE("exponential waiting times", "[random]", float, double) {
  const auto x = draw<TestType>("random_exponential", 2, count, {scalar_of(TestType(3))});
  CHECK(std::ranges::all_of(x, [](double v) { return v >= 0 && std::isfinite(v); }));
  CHECK(distance(x, [](double v) { return 1 - std::exp(-v / 3); }) < largest_distance);
  CHECK(std::isnan(draw<TestType>("random_exponential", 2, 1, {scalar_of(TestType(-3))})[0]));
}

TEST_CASE("bits are fair, and the 64-bit ones extend the 32-bit ones") {
  const Tensor narrow = draw_tensor("random_bits", 4, count, {}), wide = draw_tensor("random_bits64", 4, count, {});
  std::vector<double> ones(64);
  for (std::int64_t i = 0; i < count; ++i) {
    const std::uint64_t bits = wide.as<std::uint64_t>()[i];
    REQUIRE(static_cast<std::uint32_t>(bits) == narrow.as<std::uint32_t>()[i]);
    for (std::size_t b = 0; b < 64; ++b) ones[b] += static_cast<double>(bits >> b & 1);
  }
  for (double k : ones) CHECK(k / count == Approx(0.5).margin(5 * 0.5 / std::sqrt(double(count))));
}

TEST_CASE("folded keys differ from each other and from their parent's draws") {
  Tensor data = make_tensor({DType::u64, {1000}});
  for (std::uint64_t i = 0; i < 1000; ++i) data.as<std::uint64_t>()[i] = i;
  const std::vector<Tensor> operands = {key_of(12), data};
  const Tensor keys = interp::apply(registry().get("random_fold"), operands, {}, {})[0];
  REQUIRE(keys.type == brainpy::runtime::Type{DType::key, {1000}});
  std::set<std::uint64_t> seen(keys.as<std::uint64_t>(), keys.as<std::uint64_t>() + 1000);
  const Tensor bits = draw_tensor("random_bits64", 12, 1000, {});
  seen.insert(bits.as<std::uint64_t>(), bits.as<std::uint64_t>() + 1000);
  CHECK(seen.size() == 2000);
  // Folding one number gives what folding an array gives at its place.
  const std::vector<Tensor> one = {key_of(12), scalar_of(std::uint64_t{321})};
  CHECK(*interp::apply(registry().get("random_fold"), one, {}, {})[0].as<std::uint64_t>() ==
        keys.as<std::uint64_t>()[321]);
}

TEMPLATE_TEST_CASE("poisson counts", "[random]", float, double) {
  const TestType rate =
      GENERATE(TestType(0.1), TestType(4), TestType(9.99), TestType(10), TestType(55), TestType(3000));
  CAPTURE(rate);
  const auto x = draw<std::int32_t>("random_poisson", 21, count, {scalar_of(rate)});
  const double r = rate, deviation = std::sqrt(r);
  CHECK(mean(x) == Approx(r).margin(5 * deviation / std::sqrt(double(count))));
  const int last = static_cast<int>(r + 10 * deviation + 10);
  CHECK(excess_chi_square(x, 0, last, [&](int k) { return std::exp(k * std::log(r) - r - std::lgamma(k + 1.0)); }) <
        largest_excess);
}

TEST_CASE("binomial counts") {
  const auto [n, p] = GENERATE(std::pair(10, 0.3), std::pair(7, 0.9), std::pair(40, 0.5), std::pair(300, 0.07),
                               std::pair(100000, 0.8), std::pair(1000000, 3e-6));
  CAPTURE(n, p);
  const auto x = draw<std::int32_t>("random_binomial", 22, count, {scalar_of(std::int32_t{n}), scalar_of(p)});
  const double q = 1 - p, m = n * p;
  CHECK(mean(x) == Approx(m).margin(5 * std::sqrt(m * q / count)));
  const double log_p = std::log(p), log_q = std::log1p(-p);
  const auto probability = [&](int k) {
    return std::exp(std::lgamma(n + 1.0) - std::lgamma(k + 1.0) - std::lgamma(n - k + 1.0) + k * log_p +
                    (n - k) * log_q);
  };
  const int first = std::max(0, static_cast<int>(m - 10 * std::sqrt(m * q) - 10));
  const int last = std::min(n, static_cast<int>(m + 10 * std::sqrt(m * q) + 10));
  CHECK(excess_chi_square(x, first, last, probability) < largest_excess);
}

TEST_CASE("counts at the edges of their parameters") {
  CHECK(mean(draw<std::int32_t>("random_poisson", 1, 100, {scalar_of(0.0)})) == 0);
  const auto large = draw<std::int32_t>("random_poisson", 1, 1000, {scalar_of(2.1e9)});
  CHECK(mean(large) == Approx(2.1e9).margin(5 * std::sqrt(2.1e9 / 1000)));
  CHECK(mean(draw<std::int32_t>("random_binomial", 1, 100, {scalar_of(std::int32_t{0}), scalar_of(0.5)})) == 0);
  CHECK(mean(draw<std::int32_t>("random_binomial", 1, 100, {scalar_of(std::int32_t{9}), scalar_of(0.0f)})) == 0);
  CHECK(mean(draw<std::int32_t>("random_binomial", 1, 100, {scalar_of(std::int32_t{9}), scalar_of(1.0f)})) == 9);
}

TEMPLATE_TEST_CASE("gamma and beta moments and distributions", "[random]", float, double) {
  const auto gamma = [](double shape, double scale) {
    return draw<TestType>("random_gamma", 31, count, {scalar_of(TestType(shape)), scalar_of(TestType(scale))});
  };
  for (double shape : {0.2, 1.0, 4.5, 1000.0}) {
    CAPTURE(shape);
    const auto x = gamma(shape, 2);
    CHECK(mean(x) == Approx(2 * shape).margin(5 * 2 * std::sqrt(shape / count)));
    // The fourth moment gives the variance's error: kurtosis 3 + 6 / shape.
    CHECK(variance(x) == Approx(4 * shape).margin(5 * 4 * shape * std::sqrt((2 + 6 / shape) / count)));
  }
  CHECK(distance(gamma(1, 2), [](double v) { return 1 - std::exp(-v / 2); }) < largest_distance);
  CHECK(distance(gamma(2, 1), [](double v) { return 1 - (1 + v) * std::exp(-v); }) < largest_distance);
  CHECK(distance(gamma(0.5, 2), [](double v) { return std::erf(std::sqrt(v / 2)); }) < largest_distance);

  const auto beta = [](double a, double b) {
    return draw<TestType>("random_beta", 32, count, {scalar_of(TestType(a)), scalar_of(TestType(b))});
  };
  CHECK(distance(beta(1, 1), [](double v) { return v; }) < largest_distance);
  CHECK(distance(beta(3, 1), [](double v) { return v * v * v; }) < largest_distance);
  CHECK(distance(beta(0.5, 0.5), [](double v) { return 2 / M_PI * std::asin(std::sqrt(v)); }) < largest_distance);
  // Both gamma variates underflow for most draws here; the halves must still be fair.
  const auto extreme = beta(1e-4, 1e-4);
  CHECK(std::ranges::all_of(extreme, [](double v) { return v >= 0 && v <= 1; }));
  CHECK(mean(extreme) == Approx(0.5).margin(5 * 0.5 / std::sqrt(double(count))));

  for (double bad : {0.0, -1.0, infinity, not_a_number}) {
    CAPTURE(bad);
    CHECK(std::isnan(draw<TestType>("random_gamma", 1, 1, {scalar_of(TestType(bad)), scalar_of(TestType(1))})[0]));
    CHECK(std::isnan(draw<TestType>("random_beta", 1, 1, {scalar_of(TestType(1)), scalar_of(TestType(bad))})[0]));
  }
  CHECK(std::isnan(draw<TestType>("random_gamma", 1, 1, {scalar_of(TestType(1)), scalar_of(TestType(-1))})[0]));
}

TEST_CASE("counts refuse parameters outside their domain") {
  const auto poisson = [](double rate) { draw_tensor("random_poisson", 1, 3, {scalar_of(rate)}); };
  CHECK_THROWS_AS(poisson(-1), brainpy::ValueError);
  CHECK_THROWS_AS(poisson(not_a_number), brainpy::ValueError);
  CHECK_THROWS_AS(poisson(3e9), brainpy::ValueError);
  CHECK_THROWS_WITH(poisson(-1), Catch::Contains("rate -1 at element 0"));
  const auto binomial = [](int n, double p) { draw_tensor("random_binomial", 1, 3, {scalar_of(n), scalar_of(p)}); };
  CHECK_THROWS_WITH(binomial(-2, 0.5), Catch::Contains("n = -2"));
  CHECK_THROWS_AS(binomial(2, 1.5), brainpy::ValueError);
  CHECK_THROWS_AS(binomial(2, not_a_number), brainpy::ValueError);
}

TEST_CASE("draws refuse operands of other types and shapes") {
  CHECK_THROWS_AS(draw_tensor("random_uniform", 1, 3, {scalar_of(1.0f), scalar_of(2.0)}), brainpy::DTypeError);
  CHECK_THROWS_AS(draw_tensor("random_uniform", 1, 3, {scalar_of(1.0f), make_tensor({DType::f32, {4}})}),
                  brainpy::ShapeError);
  CHECK_THROWS_AS(draw_tensor("random_poisson", 1, 3, {scalar_of(1)}), brainpy::DTypeError);
  CHECK_THROWS_AS(draw_tensor("random_poisson", 1, 3, {}), brainpy::DTypeError);
  CHECK_THROWS_AS(draw_tensor("random_gamma", 1, 3, {make_tensor({DType::f32, {2}}), scalar_of(1.0f)}),
                  brainpy::ShapeError);
  CHECK_THROWS_AS(draw_tensor("random_binomial", 1, 3, {scalar_of(1.0f), scalar_of(1.0f)}), brainpy::DTypeError);
}

TEST_CASE("a part of a draw is the same as the draw's part") {
  const std::uint64_t seed = 77;
  for (const OpDef* def : registry().all()) {
    if (!def->indexed || def->bodies.front().operands.front() != DType::key) continue;
    for (const MapBody& body : def->bodies) {
      // Parameters that suit every distribution: low 0.25, high 0.75; integers 3 and 3000.
      std::vector<std::vector<double>> buffers(body.operands.size(), std::vector<double>(1000));
      std::vector<const void*> in;
      for (std::size_t k = 0; k < buffers.size(); ++k) {
        const DType t = body.operands[k];
        const double value = t == DType::key ? 0
                             : is_float(t)   ? 0.5 * static_cast<double>(k) - 0.25
                             : k == 1        ? 3
                                             : 3000;
        auto* bytes = reinterpret_cast<std::byte*>(buffers[k].data());
        for (std::size_t i = 0; i < 1000; ++i) {
          const std::uint64_t bits = t == DType::key ? seed : brainpy::compiler::ir::literal_bits(t, value);
          std::memcpy(bytes + i * size_of(t), &bits, size_of(t));
        }
        in.push_back(bytes);
      }
      std::vector<double> whole(1000), part(10);
      void* whole_out = whole.data();
      void* part_out = part.data();
      body.host(in.data(), &whole_out, 0, 1000);
      body.host(in.data(), &part_out, 100, 10);
      const std::size_t size = size_of(body.results[0]);
      INFO(def->name);
      CHECK(std::memcmp(reinterpret_cast<std::byte*>(whole.data()) + 100 * size, part.data(), 10 * size) == 0);
      CHECK(std::memcmp(whole.data(), part.data(), 10 * size) != 0);
    }
  }
  for (const char* name : {"random_gamma", "random_beta"}) {
    const auto small = draw<double>(name, seed, 10, {scalar_of(0.7), scalar_of(2.0)});
    auto large = draw<double>(name, seed, 1000, {scalar_of(0.7), scalar_of(2.0)});
    large.resize(10);
    CHECK(small == large);
  }
}
