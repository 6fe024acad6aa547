// Operands for the registry-driven tests: deterministic pseudo-random values for an operation's sample.
// In: an operation, one of its samples, a size. Out: tensors; the same on every machine and with every compiler.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "compiler/ops/op_def.h"
#include "runtime/tensor.h"

namespace brainpy::test {

/// splitmix64: the standard's distributions differ between libraries.
class Numbers {
 public:
  explicit Numbers(std::uint64_t seed) : state_(seed) {}
  std::uint64_t bits() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
  }
  /// In [0, 1).
  double uniform() { return static_cast<double>(bits() >> 11) * 0x1p-53; }

 private:
  std::uint64_t state_;
};

inline runtime::Tensor random_operand(const runtime::Type& type, std::pair<double, double> range, Numbers& numbers) {
  using runtime::DType;
  runtime::Tensor t = runtime::make_tensor(type);
  const auto fill = [&]<class T>(T*, auto value) {
    for (std::int64_t i = 0; i < type.size(); ++i) t.as<T>()[i] = static_cast<T>(value());
  };
  const auto [low, high] = range;
  const auto real = [&, low = low, high = high] { return low + (high - low) * numbers.uniform(); };
  const auto whole = [&, low = low, high = high] {
    return std::min(std::floor(std::ceil(low) + (std::floor(high) - std::ceil(low) + 1) * numbers.uniform()),
                    std::floor(high));
  };
  switch (type.dtype) {
    case DType::f32:
      fill(static_cast<float*>(nullptr), real);
      break;
    case DType::f64:
      fill(static_cast<double*>(nullptr), real);
      break;
    case DType::i32:
      fill(static_cast<std::int32_t*>(nullptr), whole);
      break;
    case DType::i64:
      fill(static_cast<std::int64_t*>(nullptr), whole);
      break;
    case DType::u32:
      fill(static_cast<std::uint32_t*>(nullptr), [&] { return std::max(whole(), 0.0); });
      break;
    case DType::u64:
      fill(static_cast<std::uint64_t*>(nullptr), [&] { return std::max(whole(), 0.0); });
      break;
    case DType::bool_:
      fill(static_cast<bool*>(nullptr), [&] { return (numbers.bits() & 1U) != 0; });
      break;
    case DType::key:
      fill(static_cast<std::uint64_t*>(nullptr), [&] { return numbers.bits(); });
      break;
  }
  return t;
}

/// What ranges alone cannot say: regular, symmetric and positive definite matrices, sorted vectors.
inline void condition_operands(const std::string& op, std::vector<runtime::Tensor>& operands) {
  const auto adjust = [&]<class T>(T* x) {
    const runtime::Shape& shape = operands[0].type.shape;
    if (op == "searchsorted") {
      std::sort(x, x + shape.size());
      return;
    }
    const std::int64_t rows = shape[shape.rank() - 2], columns = shape[shape.rank() - 1], n = std::min(rows, columns);
    for (std::int64_t b = 0; n > 0 && b < shape.size() / (rows * columns); ++b, x += rows * columns) {
      if (op == "cholesky" || op == "eigh")
        for (std::int64_t i = 0; i < n; ++i)
          for (std::int64_t j = 0; j < i; ++j) x[j * n + i] = x[i * n + j];
      for (std::int64_t i = 0; i < n; ++i) x[i * columns + i] += static_cast<T>(n);
    }
  };
  constexpr const char* conditioned[] = {"searchsorted", "cholesky", "eigh", "solve", "inv", "det", "slogdet", "pinv"};
  if (std::find(std::begin(conditioned), std::end(conditioned), op) == std::end(conditioned)) return;
  switch (operands[0].type.dtype) {
    case runtime::DType::f32:
      adjust(operands[0].as<float>());
      break;
    case runtime::DType::f64:
      adjust(operands[0].as<double>());
      break;
    case runtime::DType::i32:
      adjust(operands[0].as<std::int32_t>());
      break;
    case runtime::DType::i64:
      adjust(operands[0].as<std::int64_t>());
      break;
    default:
      break;
  }
}

inline std::vector<runtime::Tensor> sample_operands(const compiler::OpDef& def, const compiler::Sample& sample,
                                                    std::int64_t n, std::uint64_t seed = 1) {
  if (sample.generate) return sample.generate(n, seed);
  Numbers numbers(seed);
  std::vector<runtime::Tensor> operands;
  for (const runtime::Type& type : sample.operands(n)) {
    const std::size_t k = operands.size();
    const auto range = sample.ranges.empty()      ? std::pair{-1.0, 1.0}
                       : k < sample.ranges.size() ? sample.ranges[k]
                                                  : sample.ranges.back();
    operands.push_back(random_operand(type, range, numbers));
  }
  condition_operands(def.name, operands);
  return operands;
}

/// The sample's attributes at this size.
inline compiler::Attributes sample_attributes(const compiler::Sample& sample, std::int64_t n) {
  compiler::Attributes attributes = sample.attributes;
  if (!sample.sized_attributes) return attributes;
  const compiler::Attributes sized = sample.sized_attributes(n);
  for (const auto& entry : sized.entries()) attributes.set(entry.name, entry.value);
  return attributes;
}

}  // namespace brainpy::test
