// Every map operation, every sample of it: compiled and interpreted bits agree, for sizes around the vector width.
#include "compiler/ops/map.h"
#include <utility>

#include "compiler/codegen/codegen.h"
#include "support/both_ways.h"

using namespace brainpy;
using namespace brainpy::compiler;
using runtime::Tensor;

namespace {

/// Values that bodies treat specially, then random ones.
Tensor sample_tensor(const Type& type, std::mt19937_64& random, std::pair<double, double> range) {
  Tensor t = random_tensor(type, random, range.first, range.second);
  const auto sprinkle = [&]<class T>(T* x, std::initializer_list<T> special) {
    std::int64_t i = 0;
    for (T s : special)
      if (i < type.size()) x[(i++ * 7) % type.size()] = s;
  };
  const auto floats = [&]<class T>(T* x) {
    using Limits = std::numeric_limits<T>;
    sprinkle(x, {Limits::quiet_NaN(), Limits::infinity(), -Limits::infinity(), T(0), T(-0.0), Limits::denorm_min(),
                 Limits::max(), Limits::lowest(), Limits::min(), T(0.5), T(-1), T(2.5), T(1e10), T(-1e19)});
  };
  const auto integers = [&]<class T>(T* x) {
    using Limits = std::numeric_limits<T>;
    sprinkle(x, {T(0), T(-1), Limits::min(), Limits::max(), T(1), T(2)});
  };
  if (type.size() < 100) return t;
  switch (type.dtype) {
    case DType::f32:
      floats(t.as<float>());
      break;
    case DType::f64:
      floats(t.as<double>());
      break;
    case DType::i32:
      integers(t.as<std::int32_t>());
      break;
    case DType::i64:
      integers(t.as<std::int64_t>());
      break;
    case DType::u32:
      integers(t.as<std::uint32_t>());
      break;
    case DType::u64:
      integers(t.as<std::uint64_t>());
      break;
    default:
      break;
  }
  return t;
}

/// One program with each operation of the list on arguments of its own.
struct Bundle {
  ir::Program program;
  std::vector<Tensor> arguments;
  std::vector<ir::Value*> results;
  ir::Builder builder{program.body};

  void add(const OpDef& def, const Sample& sample, std::int64_t n, bool scalars, std::mt19937_64& random) {
    std::vector<ir::Value*> operands;
    std::vector<Type> types = sample.operands(n);
    std::vector<Tensor> values;
    if (sample.generate) values = sample.generate(n, random());
    for (std::size_t k = 0; k < types.size(); ++k) {
      Type type = types[k];
      if (scalars && k + 1 < types.size()) type.shape = {};
      const auto range =
          sample.ranges.empty() ? std::pair<double, double>{-2, 2} : sample.ranges[sample.ranges.size() == 1 ? 0 : k];
      operands.push_back(program.body.add_argument(type));
      arguments.push_back(values.empty() || scalars ? sample_tensor(type, random, range) : values[k]);
      program.parameters++;
    }
    Attributes attributes = sample.attributes;
    const Attributes sized = sample.sized_attributes ? sample.sized_attributes(n) : Attributes{};
    for (const auto& entry : sized.entries()) attributes.set(entry.name, entry.value);
    for (const auto& r : builder.append(def, operands, attributes)->results) results.push_back(r.get());
  }

  void check(const std::string& name) {
    program.name = name;
    builder.yield(results);
    check_both_ways(program, arguments, {}, 1);
  }
};

}  // namespace

TEST_CASE("map operations give the same bits compiled and interpreted, at any vector width") {
  const std::int64_t n = GENERATE(0, 1, 3, 16, 17, 1000);
  // Vectors wider than the processor's are taken apart by the code generator: all widths work everywhere.
  const int width = GENERATE(0, 4, 8, 16);
  const int before = std::exchange(runtime::options().vector, width);
  std::mt19937_64 random(static_cast<std::uint64_t>(n) + 11);
  for (const OpDef* def : registry().all()) {
    if (def->shape_class != ShapeClass::map) continue;
    INFO(def->name << " n=" << n << " width=" << width);
    Bundle bundle;
    for (const Sample& sample : def->samples) bundle.add(*def, sample, n, false, random);
    bundle.check(def->name);
  }
  runtime::options().vector = before;
}

TEST_CASE("map operations on scalars, and on scalars beside arrays") {
  std::mt19937_64 random(5);
  for (const OpDef* def : registry().all()) {
    if (def->shape_class != ShapeClass::map || def->indexed) continue;
    INFO(def->name);
    Bundle bundle;
    for (const Sample& sample : def->samples) {
      if (sample.sized_attributes) continue;
      bundle.add(*def, sample, 37, true, random);
      Sample scalar = sample;
      scalar.generate = {};
      scalar.operands = [&sample](std::int64_t n) {
        std::vector<Type> types = sample.operands(n);
        for (Type& t : types) t.shape = {};
        return types;
      };
      for (int i = 0; i < 5; ++i) bundle.add(*def, scalar, 1, false, random);
    }
    if (!bundle.results.empty()) bundle.check(def->name);
  }
}

TEST_CASE("the same bits with any number of threads") {
  const std::int64_t n = 300'001;
  ir::Program p;
  p.name = "threads";
  const Type type{DType::f32, {n}};
  ir::Value* x = p.body.add_argument(type);
  p.parameters = 1;
  ir::Builder b(p.body);
  ir::Value* y = x;
  // Work that is worth threads.
  for (int i = 0; i < 6; ++i)
    y = b.apply("exprel", {b.apply("div", {b.apply("add", {y, b.constant(DType::f32, 1.25 + i)}), x})});
  b.yield({y, b.apply("gt", {y, x})});
  std::mt19937_64 random(6);
  const std::vector<Tensor> arguments = {random_tensor(type, random)};
  const int before = runtime::options().threads;
  for (int threads : {1, 2, 4}) {
    runtime::options().threads = threads;
    check_both_ways(p, arguments, {}, 1);
  }
  runtime::options().threads = before;
}

TEST_CASE("a program that is not discharged is refused") {
  ir::Program p;
  p.symbols = {{"V", {DType::f32, {3}}}};
  ir::Builder b(p.body);
  b.yield({b.read("V", {DType::f32, {3}})});
  const codegen::Placement placement = codegen::place(p);
  CHECK_THROWS_AS(codegen::generate_object(p, placement, {}), InternalError);
}
