#include "compiler/ops/samples.h"

#include <algorithm>

namespace brainpy::compiler {

Sample sample(std::vector<DType> dtypes, Ranges ranges, Attributes attributes) {
  Sample s;
  s.operands = [dtypes = std::move(dtypes)](std::int64_t n) {
    std::vector<Type> types;
    for (DType t : dtypes) types.push_back({t, {n}});
    return types;
  };
  s.ranges = std::move(ranges);
  s.attributes = std::move(attributes);
  return s;
}

namespace {

std::vector<Sample> same_type(int arity, double low, double high, std::initializer_list<DType> dtypes) {
  std::vector<Sample> samples;
  for (DType t : dtypes) {
    const double from = runtime::is_unsigned_integer(t) ? std::max(low, 0.0) : low;
    samples.push_back(sample(std::vector<DType>(static_cast<std::size_t>(arity), t), {{from, high}}));
  }
  return samples;
}

}  // namespace

std::vector<Sample> float_samples(int arity, double low, double high) {
  return same_type(arity, low, high, {DType::f32, DType::f64});
}

std::vector<Sample> integer_samples(int arity, double low, double high) {
  return same_type(arity, low, high, {DType::i32, DType::i64, DType::u32, DType::u64});
}

std::vector<Sample> number_samples(int arity, double low, double high) {
  std::vector<Sample> samples = float_samples(arity, low, high);
  for (Sample& s : integer_samples(arity, low, high)) samples.push_back(std::move(s));
  return samples;
}

}  // namespace brainpy::compiler
