// Sparse products against dense ones, the structure of samples, and operands that do not fit.
// In: the operations' own samples and small matrices. Out: results compared with a plain double loop.
#include <algorithm>
#include <cstring>
#include <random>
#include <utility>

#include "compiler/interp/interpreter.h"
#include "compiler/ops/map.h"
#include "support/catch.h"

using namespace brainpy::compiler;
using brainpy::runtime::make_tensor;
using brainpy::runtime::Tensor;

namespace {

template <class T>
Tensor vector_of(const std::vector<T>& values) {
  Tensor t = make_tensor({brainpy::runtime::dtype_of<T>, {static_cast<std::int64_t>(values.size())}});
  for (std::size_t i = 0; i < values.size(); ++i) t.as<T>()[i] = values[i];
  return t;
}
template <class T>
Tensor scalar_of(T value) {
  Tensor t = make_tensor({brainpy::runtime::dtype_of<T>, {}});
  *t.as<T>() = value;
  return t;
}

double number(const Tensor& t, std::int64_t i) {
  if (t.type.shape.is_scalar()) i = 0;
  switch (t.type.dtype) {
    case DType::f32:
      return static_cast<double>(t.as<float>()[i]);
    case DType::f64:
      return t.as<double>()[i];
    case DType::u64:  // the bits of bools
      return static_cast<double>(t.as<std::uint64_t>()[i / 64] >> (i % 64) & 1);
    default:
      return t.as<bool>()[i] ? 1 : 0;
  }
}

/// The product by the definition, in double.
std::vector<double> expected(const std::vector<Tensor>& operands, const Attributes& attributes) {
  const std::int64_t rows = attributes.integer("rows"), cols = attributes.integer("cols");
  const bool transpose = attributes.flag("transpose");
  std::vector<double> out(static_cast<std::size_t>(transpose ? cols : rows));
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int32_t j = operands[2].as<std::int32_t>()[r]; j < operands[2].as<std::int32_t>()[r + 1]; ++j) {
      const std::int32_t c = operands[1].as<std::int32_t>()[j];
      out[static_cast<std::size_t>(transpose ? c : r)] +=
          number(operands[0], j) * number(operands[3], transpose ? r : c);
    }
  return out;
}

Attributes matrix(std::int64_t rows, std::int64_t cols, bool transpose) {
  return {{"rows", rows}, {"cols", cols}, {"transpose", transpose}};
}

std::vector<Tensor> apply(const char* name, const std::vector<Tensor>& operands, const Attributes& attributes) {
  return interp::apply(registry().get(name), operands, attributes, {});
}

}  // namespace

TEST_CASE("sparse products are those of the definition on the samples") {
  for (const char* name : {"event_csrmv", "csrmv"})
    for (const Sample& sample : registry().get(name).samples)
      for (std::int64_t n : {0, 1, 3, 16, 17, 1000}) {
        CAPTURE(name, n);
        const std::vector<Tensor> operands = sample.generate(n, 42);
        const std::vector<Type> types = sample.operands(n);
        REQUIRE(operands.size() == types.size());
        for (std::size_t k = 0; k < types.size(); ++k) REQUIRE(operands[k].type == types[k]);
        const auto* indptr = operands[2].as<std::int32_t>();
        const auto* indices = operands[1].as<std::int32_t>();
        REQUIRE(indptr[n] == operands[1].type.size());
        for (std::int64_t r = 0; r < n; ++r)
          for (std::int32_t j = indptr[r]; j < indptr[r + 1]; ++j) {
            REQUIRE((indices[j] >= 0 && indices[j] < n));
            if (j > indptr[r]) REQUIRE(indices[j - 1] < indices[j]);
          }
        const Attributes attributes = sample.sized_attributes(n);
        const Tensor out = apply(name, operands, attributes)[0];
        const std::vector<double> right = expected(operands, attributes);
        REQUIRE(out.type.size() == n);
        const double tolerance = out.type.dtype == DType::f32 ? 1e-5 : 1e-13;
        for (std::int64_t i = 0; i < n; ++i)
          REQUIRE(number(out, i) == Approx(right[static_cast<std::size_t>(i)]).margin(tolerance));
      }
}

TEST_CASE("bits past the last row are not events") {
  const Tensor all = vector_of<std::uint64_t>({~std::uint64_t{0}});
  const std::vector<Tensor> operands = {vector_of<float>({1, 2, 3}), vector_of<std::int32_t>({0, 1, 0}),
                                        vector_of<std::int32_t>({0, 2, 3}), all};
  const Tensor out = apply("event_csrmv", operands, matrix(2, 2, true))[0];
  CHECK(out.as<float>()[0] == 4);
  CHECK(out.as<float>()[1] == 2);
}

TEST_CASE("a product done in parts has the bits of the whole") {
  const unsigned seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  for (const char* name : {"event_csrmv", "csrmv"})
    for (const Sample& sample : registry().get(name).samples)
      for (const std::int64_t n : {1, 2, 17, 500}) {
        CAPTURE(name, n);
        const OpDef& def = registry().get(name);
        const std::vector<Tensor> operands = sample.generate(n, 42);
        const Attributes attributes = sample.sized_attributes(n);
        std::vector<Type> in_types;
        std::vector<const void*> in;
        for (const Tensor& t : operands) {
          in_types.push_back(t.type);
          in.push_back(t.data->data());
        }
        const Tensor whole = apply(name, operands, attributes)[0];
        const std::vector<Type> out_types = {whole.type};
        // What was there before is replaced.
        Tensor parts = make_tensor(whole.type);
        std::memset(parts.data->data(), 0x55, whole.type.bytes());
        void* out = parts.data->data();
        KernelError error;
        const KernelCall call{in_types, out_types, in.data(), &out, &attributes, &error};
        const bool by_rows = !attributes.flag("transpose");
        if (by_rows && def.name == "event_csrmv") continue;  // has no parts
        // Lists of the rows that fired, each of some words.
        std::vector<std::vector<std::int32_t>> lists;
        std::vector<const std::int32_t*> heads;
        for (std::int64_t from = 0; def.parts.prepare && from < n;) {
          const std::int64_t to = std::min(n, from + 64 * static_cast<std::int64_t>(random() % 3 + 1));
          lists.emplace_back(static_cast<std::size_t>(to - from + 1), 7);
          def.parts.prepare(call, from, to, lists.back().data());
          heads.push_back(lists.back().data());
          from = to;
        }
        for (std::int64_t begin = 0; begin < n;) {
          const auto length = static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(n)) + 1;
          const std::int64_t end = std::min(n, begin + length);
          const auto division = by_rows ? nullptr : def.parts.divide(call, begin, end, nullptr);
          def.parts.run({call, heads, division.get(), begin, end});
          begin = end;
        }
        CHECK(std::memcmp(out, whole.data->data(), whole.type.bytes()) == 0);
      }
}

namespace {

/// Rows of a kind of length, every seventh of another one, every fifth not sorted.
struct SomeRows {
  std::vector<std::int32_t> columns, starts = {0};
  std::vector<bool> fired;
  SomeRows(std::int64_t rows, std::int64_t cols, std::int32_t usual, std::mt19937_64& random) {
    const auto below = [&](std::int64_t n) {
      return static_cast<std::int32_t>(random() % static_cast<std::uint64_t>(n));
    };
    for (std::int64_t r = 0; r < rows; ++r) {
      const std::int32_t length = r % 7 == 3 ? below(2500) : std::max(0, usual - 8 + below(17));
      for (std::int32_t j = 0; j < length; ++j) columns.push_back(below(cols));
      if (r % 5 != 2) std::sort(columns.begin() + starts.back(), columns.end());  // a column may come twice
      starts.push_back(static_cast<std::int32_t>(columns.size()));
      fired.push_back(random() % 3 != 0);
    }
  }
};

/// The product of the whole and of parts, and of a plain loop: one sum a target, in the order of rows and entries.
template <class T>
void check_bits(const SomeRows& some, std::int64_t cols, const std::vector<T>& weights,
                const std::vector<std::int64_t>& bounds) {
  const auto rows = static_cast<std::int64_t>(some.fired.size());
  const bool shared = weights.size() == 1;
  std::vector<T> right(static_cast<std::size_t>(cols));
  for (std::size_t r = 0; r < some.fired.size(); ++r)
    for (std::int32_t j = some.starts[r]; some.fired[r] && j < some.starts[r + 1]; ++j)
      right[static_cast<std::size_t>(some.columns[static_cast<std::size_t>(j)])] +=
          weights[shared ? 0 : static_cast<std::size_t>(j)];
  const std::vector<Tensor> operands = {shared ? scalar_of(weights[0]) : vector_of(weights), vector_of(some.columns),
                                        vector_of(some.starts), vector_of(some.fired)};
  const Attributes attributes = matrix(rows, cols, true);
  const Tensor whole = apply("event_csrmv", operands, attributes)[0];
  CHECK(std::memcmp(whole.data->data(), right.data(), whole.type.bytes()) == 0);

  std::vector<Type> in_types;
  std::vector<const void*> in;
  for (const Tensor& t : operands) {
    in_types.push_back(t.type);
    in.push_back(t.data->data());
  }
  const std::vector<Type> out_types = {whole.type};
  const Tensor parts = make_tensor(whole.type);
  void* out = parts.data->data();
  KernelError error;
  const KernelCall call{in_types, out_types, in.data(), &out, &attributes, &error};
  const PartKernel& def = registry().get("event_csrmv").parts;
  std::vector<std::vector<std::int32_t>> lists;
  std::vector<const std::int32_t*> heads;
  for (std::int64_t from = 0; from < rows; from += 64) {
    lists.emplace_back(65);
    def.prepare(call, from, std::min(rows, from + 64), lists.back().data());
    heads.push_back(lists.back().data());
  }
  for (std::size_t p = 0; p + 1 < bounds.size(); ++p) {
    // Made over from other bounds, of which the result has nothing left.
    auto division = def.divide(call, bounds[p] / 2, (bounds[p] + bounds[p + 1]) / 2, nullptr);
    division = def.divide(call, bounds[p], bounds[p + 1], std::move(division));
    def.run({call, heads, division.get(), bounds[p], bounds[p + 1]});
  }
  CHECK(std::memcmp(parts.data->data(), right.data(), whole.type.bytes()) == 0);
}

}  // namespace

TEST_CASE("sums over rows of any length, into few targets or many, have the bits of a plain loop") {
  const unsigned seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  for (const std::int64_t cols : {std::int64_t{40}, std::int64_t{70'000}, std::int64_t{400'000}})
    for (const std::int32_t usual : {0, 10, 63, 64, 300, 1100}) {
      CAPTURE(cols, usual);
      const SomeRows some(150, cols, usual, random);
      // Parts of more than 65,536 columns and of fewer.
      const std::vector<std::int64_t> bounds = {0, cols / 50, cols};
      const auto check = [&]<class T>(T) {
        check_bits<T>(some, cols, {T(0.1)}, bounds);
        std::vector<T> weights;
        for (std::size_t j = 0; j < some.columns.size(); ++j)
          weights.push_back(static_cast<T>(static_cast<double>(random() % 2001) / 1000.0 - 1.0));
        check_bits<T>(some, cols, weights, bounds);
      };
      check(float{}), check(double{});
    }
}

TEST_CASE("a matrix that is not square, with an empty row") {
  // 3 x 5: row 0 -> {1, 4}, row 1 empty, row 2 -> {0, 1, 2}.
  const std::vector<Tensor> structure = {vector_of<std::int32_t>({1, 4, 0, 1, 2}),
                                         vector_of<std::int32_t>({0, 2, 2, 5})};
  const Tensor weights = vector_of<float>({1, 2, 3, 4, 5});
  const auto run = [&](const char* name, Tensor weight, Tensor vector, bool transpose) {
    const Tensor out = apply(name, {weight, structure[0], structure[1], vector}, matrix(3, 5, transpose))[0];
    return std::vector<float>(out.as<float>(), out.as<float>() + out.type.size());
  };
  CHECK(run("event_csrmv", weights, vector_of<bool>({true, true, true}), true) == std::vector<float>{3, 5, 5, 0, 2});
  CHECK(run("event_csrmv", weights, vector_of<bool>({false, true, false}), true) == std::vector<float>{0, 0, 0, 0, 0});
  CHECK(run("event_csrmv", scalar_of(0.5f), vector_of<bool>({true, false, true}), true) ==
        std::vector<float>{0.5f, 1, 0.5f, 0, 0.5f});
  CHECK(run("event_csrmv", weights, vector_of<bool>({false, true, false, false, true}), false) ==
        std::vector<float>{3, 0, 4});
  CHECK(run("csrmv", weights, vector_of<float>({1, 10, 100}), true) == std::vector<float>{300, 401, 500, 0, 2});
  CHECK(run("csrmv", weights, vector_of<float>({1, 10, 100, 1000, 10000}), false) == std::vector<float>{20010, 0, 543});
}

TEST_CASE("events next to word edges are found, and a weight that did not fire does not count") {
  const std::int64_t n = 100;
  std::vector<std::int32_t> indices(n), indptr(n + 1);
  for (std::int32_t i = 0; i < n; ++i) indices[static_cast<std::size_t>(i)] = indptr[static_cast<std::size_t>(i)] = i;
  indptr[n] = n;
  std::vector<double> weights(n, std::numeric_limits<double>::quiet_NaN());
  std::vector<bool> fired(n);
  for (std::size_t i : {0, 7, 8, 15, 16, 63, 64, 95, 96, 99}) {
    fired[i] = true;
    weights[i] = static_cast<double>(i + 1);
  }
  for (bool transpose : {true, false}) {
    const Tensor out =
        apply("event_csrmv", {vector_of(weights), vector_of(indices), vector_of(indptr), vector_of(fired)},
              matrix(n, n, transpose))[0];
    for (std::size_t i = 0; i < n; ++i) CHECK(out.as<double>()[i] == (fired[i] ? static_cast<double>(i + 1) : 0.0));
  }
}

TEST_CASE("only the rows that fired are read: the synapses of a silent population cost nothing") {
  // The rows of silent neurons hold columns far outside, which a kernel that looked at them would write to.
  const std::int64_t n = 1000, degree = 50;
  std::vector<std::int32_t> indices(n * degree, 0x7fffffff), indptr(n + 1);
  for (std::int32_t r = 0; r <= n; ++r) indptr[static_cast<std::size_t>(r)] = r * degree;
  for (std::int32_t j = 0; j < degree; ++j) indices[static_cast<std::size_t>(700 * degree + j)] = 3 * j;
  std::vector<bool> events(n);
  const auto run = [&] {
    return apply("event_csrmv", {scalar_of(0.5f), vector_of(indices), vector_of(indptr), vector_of(events)},
                 matrix(n, n, true))[0];
  };
  const Tensor silent = run();
  for (std::int64_t c = 0; c < n; ++c) REQUIRE(silent.as<float>()[c] == 0);
  events[700] = true;
  const Tensor one = run();
  for (std::int64_t c = 0; c < n; ++c) REQUIRE(one.as<float>()[c] == (c % 3 == 0 && c < 3 * degree ? 0.5f : 0.0f));
}

TEST_CASE("more events than one batch holds keep their order") {
  const std::int64_t n = 3000;
  std::vector<std::int32_t> indices(n, 0), indptr(n + 1);
  std::vector<float> weights(n);
  float sum = 0;
  for (std::int32_t r = 0; r < n; ++r) {
    indptr[static_cast<std::size_t>(r) + 1] = r + 1;
    weights[static_cast<std::size_t>(r)] = 1.0f / static_cast<float>(r + 3);
    sum += weights[static_cast<std::size_t>(r)];  // in the order of rows
  }
  const Tensor out = apply(
      "event_csrmv", {vector_of(weights), vector_of(indices), vector_of(indptr), vector_of(std::vector<bool>(n, true))},
      matrix(n, n, true))[0];
  CHECK(out.as<float>()[0] == sum);
}

TEST_CASE("sparse products refuse operands that do not fit") {
  const Tensor indices = vector_of<std::int32_t>({0, 1}), indptr = vector_of<std::int32_t>({0, 1, 2});
  const Tensor events = vector_of<bool>({true, false}), weight = scalar_of(1.0f);
  const auto run = [](std::vector<Tensor> operands, bool transpose) {
    apply("event_csrmv", operands, matrix(2, 3, transpose));
  };
  CHECK_NOTHROW(run({weight, indices, indptr, events}, true));
  CHECK_THROWS_AS(run({weight, indices, indptr, events}, false), brainpy::ShapeError);
  CHECK_THROWS_AS(run({weight, indices, events}, true), brainpy::ValueError);
  CHECK_THROWS_AS(run({scalar_of(1), indices, indptr, events}, true), brainpy::DTypeError);
  CHECK_THROWS_AS(run({vector_of<float>({1, 2, 3}), indices, indptr, events}, true), brainpy::ShapeError);
  CHECK_THROWS_AS(run({weight, indices, indices, events}, true), brainpy::ShapeError);
  CHECK_THROWS_AS(run({weight, vector_of<std::int64_t>({0, 1}), indptr, events}, true), brainpy::DTypeError);
  CHECK_THROWS_WITH(run({weight, indices, indptr, vector_of<float>({1, 0})}, true),
                    Catch::Contains("compare the spikes"));
}
