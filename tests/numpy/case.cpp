#include "case.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <sstream>

#include <fmt/format.h>

namespace numpy_test {

using brainpy::runtime::DType;

std::vector<std::int64_t> Case::list(const std::string& key) const {
  std::vector<std::int64_t> numbers;
  std::istringstream stream(parameters.at(key));
  for (std::string part; std::getline(stream, part, ',');)
    if (part != "-") numbers.push_back(std::stoll(part));
  return numbers;
}

std::vector<int> Case::short_list(const std::string& key) const {
  const std::vector<std::int64_t> numbers = list(key);
  return {numbers.begin(), numbers.end()};
}

namespace {

DType dtype_of_name(const std::string& name) {
  for (int t = 0; t < brainpy::runtime::dtype_count; ++t)
    if (name == ir_name(static_cast<DType>(t))) return static_cast<DType>(t);
  throw std::runtime_error("unknown element type " + name);
}

bm::Array read_array(std::istringstream& words) {
  std::string dtype_name, extents;
  words >> dtype_name >> extents;
  const DType dtype = dtype_of_name(dtype_name);
  brainpy::runtime::Shape shape;
  std::istringstream stream(extents);
  for (std::string part; std::getline(stream, part, ',');)
    if (part != "-") shape.push_back(std::stoll(part));
  brainpy::runtime::Tensor t = brainpy::runtime::make_tensor({dtype, shape});
  const std::size_t size = size_of(dtype);
  for (std::int64_t i = 0; i < shape.size(); ++i) {
    std::string word;
    words >> word;
    std::uint64_t bits = 0;
    if (brainpy::runtime::is_float(dtype)) bits = std::stoull(word, nullptr, 16);
    else if (word[0] == '-') bits = static_cast<std::uint64_t>(std::stoll(word));
    else bits = std::stoull(word);
    std::memcpy(t.as<std::byte>() + static_cast<std::size_t>(i) * size, &bits, size);
  }
  return bm::Array(std::move(t));
}

/// Distance of two finite floats of one type, in units in the last place.
template <class T, class Bits>
double ulps(T a, T b) {
  // Ordered as the floats are: negative ones count down from -0.0.
  const auto place = [](T x) {
    const auto bits = std::bit_cast<Bits>(x);
    return bits < 0 ? std::numeric_limits<Bits>::min() - bits : bits;
  };
  if (std::signbit(a) != std::signbit(b))
    return std::abs(static_cast<double>(place(a)) - static_cast<double>(place(b)));
  return std::abs(static_cast<double>(place(a) - place(b)));
}

/// The largest finite magnitude.
double magnitude(const std::vector<bm::Array>& arrays) {
  double largest = 0;
  for (const bm::Array& a : arrays)
    if (brainpy::runtime::is_float(a.dtype()))
      for (double x : a.to_vector<double>())
        if (std::isfinite(x)) largest = std::max(largest, std::abs(x));
  return largest;
}

template <class T, class Bits>
std::string compare_floats(const Case& c, const T* got, const T* expected, std::int64_t n) {
  const bool in_ulps = c.tolerance.starts_with("ulp:"), close = c.tolerance.starts_with("close:");
  const double allowed = in_ulps ? std::stod(c.tolerance.substr(4)) : close ? std::stod(c.tolerance.substr(6)) : 0;
  double scale = close ? std::max(magnitude(c.in), magnitude(c.out)) : 0;
  if (scale == 0) scale = 1;
  for (std::int64_t i = 0; i < n; ++i) {
    const T a = got[i], b = expected[i];
    if (std::isnan(a) && std::isnan(b)) continue;
    bool same = a == b && std::signbit(a) == std::signbit(b);
    if (close && a == b) same = true;
    if (!same && std::isfinite(a) && std::isfinite(b)) {
      if (in_ulps) same = (a != 0 || b != 0) && ulps<T, Bits>(a, b) <= allowed;
      if (close) same = std::abs(static_cast<double>(a) - static_cast<double>(b)) <= allowed * scale;
    }
    if (!same) return fmt::format("element {}: {} instead of {}", i, a, b);
  }
  return "";
}

}  // namespace

std::vector<Case> read_cases(std::istream& in) {
  std::vector<Case> cases;
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string kind;
    words >> kind;
    if (kind == "case") {
      Case& c = cases.emplace_back();
      words >> c.name >> c.tolerance;
      for (std::string word; words >> word;) {
        const std::size_t equals = word.find('=');
        c.parameters[word.substr(0, equals)] = word.substr(equals + 1);
      }
    } else if (kind == "in") {
      cases.back().in.push_back(read_array(words));
    } else if (kind == "out") {
      cases.back().out.push_back(read_array(words));
    }
  }
  return cases;
}

std::string compare(const Case& c, const std::vector<bm::Array>& results) {
  if (results.size() != c.out.size()) return fmt::format("{} results instead of {}", results.size(), c.out.size());
  for (std::size_t k = 0; k < results.size(); ++k) {
    if (!(results[k].type() == c.out[k].type()))
      return fmt::format("result {} is {} instead of {}", k, to_string(results[k].type()), to_string(c.out[k].type()));
    const auto got = results[k].tensor(), expected = c.out[k].tensor();
    const std::int64_t n = got.type.size();
    std::string difference;
    if (got.type.dtype == DType::f32) {
      difference = compare_floats<float, std::int32_t>(c, got.as<float>(), expected.as<float>(), n);
    } else if (got.type.dtype == DType::f64) {
      difference = compare_floats<double, std::int64_t>(c, got.as<double>(), expected.as<double>(), n);
    } else if (std::memcmp(got.data->data(), expected.data->data(), got.type.bytes()) != 0) {
      difference = fmt::format("{} instead of {}", results[k], c.out[k]);
    }
    if (!difference.empty()) return fmt::format("result {}, {}", k, difference);
  }
  return "";
}

}  // namespace numpy_test
