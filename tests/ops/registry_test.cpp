// Every operation of the registry, on its own samples, at sizes 0, 1, 3, 16, 17 and 1000: complete records, equal bits
// in all executors and in every run, bits that are those of the checked-in table, derivatives that agree with finite
// differences, and wrong numbers of operands refused.
//
// tests/ops/digests.txt holds a hash of the result bits for each operation, sample and size. BRAINPY_BLESS=1 writes it
// anew; a change in it is a change of the library's contract. Results that Eigen computes depend on its build and are
// not in it: linalg_test.cpp holds them to bounds on their residuals.
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "compiler/interp/interpreter.h"
#include "compiler/ir/builder.h"
#include "compiler/jit/executable.h"
#include "compiler/ops/registry.h"
#include "compiler/transform/jvp.h"
#include "support/operands.h"
#include "support/programs.h"

using namespace brainpy;
using namespace brainpy::compiler;
using runtime::Tensor;

namespace {

using Execute = std::vector<Tensor> (*)(const OpDef&, const std::vector<Tensor>& operands, const Attributes&);
struct Executor {
  const char* name;
  Execute execute;
};

/// Ways to compute one operation. The first is the reference; all must give its bits.
constexpr Executor executors[] = {
    {"interpreter", [](const OpDef& def, const std::vector<Tensor>& operands,
                       const Attributes& attributes) { return interp::apply(def, operands, attributes, {}); }},
    {"compiled code", [](const OpDef& def, const std::vector<Tensor>& operands, const Attributes& attributes) {
       // Map operations are compiled in batches, for all sizes and types, by tests/codegen/map_test.cpp.
       if (def.shape_class == ShapeClass::map) return interp::apply(def, operands, attributes, {});
       auto program = std::make_unique<ir::Program>();
       std::vector<ir::Value*> values;
       for (const Tensor& t : operands) values.push_back(program->body.add_argument(t.type));
       program->parameters = static_cast<int>(operands.size());
       ir::Builder builder(program->body);
       const ir::Op* op = builder.append(def, values, attributes);
       std::vector<ir::Value*> results;
       for (const auto& r : op->results) results.push_back(r.get());
       builder.yield(results);
       std::vector<Tensor> no_symbols;
       return jit::compile(std::move(program), def.name)->run(operands, no_symbols);
     }}};

/// Operations that can be called alone: not control, and nothing that prints.
std::vector<const OpDef*> callable() {
  std::vector<const OpDef*> ops;
  for (const OpDef* def : registry().all())
    if (def->shape_class != ShapeClass::control && def->effects != Effects::ordered) ops.push_back(def);
  return ops;
}

/// Calls f(def, sample, its number, n) with all of them named in failures.
template <class F>
void each_sample(std::initializer_list<std::int64_t> tested, F&& f) {
  for (const OpDef* def : callable())
    for (std::size_t s = 0; s < def->samples.size(); ++s)
      for (std::int64_t n : tested) {
        INFO("operation " << def->name << ", sample " << s << ", size " << n);
        try {
          f(*def, def->samples[s], s, n);
        } catch (const std::exception& e) {
          FAIL_CHECK(e.what());
        }
      }
}

/// The same values in buffers whose padding, which kernels may read but not use, is full of ones.
std::vector<Tensor> with_dirty_padding(const std::vector<Tensor>& tensors) {
  std::vector<Tensor> copies;
  for (const Tensor& t : tensors) {
    Tensor copy{t.type, runtime::clone(*t.data)};
    std::memset(copy.as<std::byte>() + t.type.bytes(), 0xff, runtime::Buffer::padding);
    copies.push_back(copy);
  }
  return copies;
}

void check_equal(const std::vector<Tensor>& expected, const std::vector<Tensor>& got) {
  REQUIRE(expected.size() == got.size());
  for (std::size_t k = 0; k < got.size(); ++k) {
    INFO("result " << k);
    CHECK(test::same_bits(expected[k], got[k]));
  }
}

/// FNV-1a over types and elements; all NaNs count as one.
class Digest {
 public:
  void add(const Tensor& t) {
    add_bytes(to_string(t.type).data(), to_string(t.type).size());
    const std::size_t size = runtime::size_of(t.type.dtype);
    for (std::int64_t i = 0; i < t.type.size(); ++i) {
      const bool nan = (t.type.dtype == DType::f32 && std::isnan(t.as<float>()[i])) ||
                       (t.type.dtype == DType::f64 && std::isnan(t.as<double>()[i]));
      if (nan) add_bytes("nan", 3);
      else add_bytes(t.as<char>() + static_cast<std::size_t>(i) * size, size);
    }
  }
  std::string text() const {
    char buffer[17];
    std::snprintf(buffer, sizeof buffer, "%016llx", static_cast<unsigned long long>(hash_));
    return buffer;
  }

 private:
  void add_bytes(const char* bytes, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) hash_ = (hash_ ^ static_cast<unsigned char>(bytes[i])) * 0x100000001b3U;
  }
  std::uint64_t hash_ = 0xcbf29ce484222325U;
};

bool computed_by_eigen(const OpDef& def, std::span<const Tensor> operands) {
  static const std::set<std::string> names = {"solve", "inv",  "det", "slogdet", "cholesky", "qr",
                                              "svd",   "eigh", "eig", "pinv",    "lstsq"};
  return names.contains(def.name) && runtime::is_float(operands[0].type.dtype);
}

constexpr const char* digest_path = BRAINPY_SOURCE_DIR "/tests/ops/digests.txt";

/// "take 3 17" to its hash.
std::map<std::string, std::string> read_digests() {
  std::map<std::string, std::string> table;
  std::ifstream file(digest_path);
  for (std::string line; std::getline(file, line);)
    if (!line.empty() && line[0] != '#') table[line.substr(0, line.rfind(' '))] = line.substr(line.rfind(' ') + 1);
  return table;
}

}  // namespace

TEST_CASE("every record is complete, and every mandatory field is missed when it is empty") {
  for (const OpDef* def : registry().all()) {
    INFO("operation " << def->name);
    CHECK(Registry::missing_fields(*def).empty());
    const auto misses = [&](auto remove) {
      OpDef copy = *def;
      remove(copy);
      return Registry::missing_fields(copy).size() == 1;
    };
    CHECK(misses([](OpDef& d) { d.name.clear(); }));
    CHECK(misses([](OpDef& d) { d.doc.clear(); }));
    if (def->shape_class == ShapeClass::control) continue;
    CHECK(misses([](OpDef& d) { d.infer = nullptr; }));
    CHECK(misses([](OpDef& d) { d.bodies.clear(), d.kernel = nullptr; }));
    CHECK(misses([](OpDef& d) { d.jvp = std::monostate{}; }));
    CHECK(misses([](OpDef& d) { d.jvp = JvpFn{}; }));
    CHECK(misses([](OpDef& d) { d.batch = std::monostate{}; }));
    CHECK(misses([](OpDef& d) { d.batch = BatchFn{}; }));
    if (def->shape_class != ShapeClass::map) CHECK(misses([](OpDef& d) { d.batch = BatchElementwise{}; }));
    CHECK(misses([](OpDef& d) { d.samples.clear(); }));
    if (def->shape_class == ShapeClass::map) {
      CHECK(misses([](OpDef& d) { d.bodies[0].host = nullptr; }));
      CHECK(misses([](OpDef& d) { d.bodies[0].emit = nullptr; }));
      CHECK(misses([](OpDef& d) { d.bodies[0].results.clear(); }));
    }
  }
}

TEST_CASE("an incomplete or doubled operation is refused, an unknown name is answered with names like it") {
  Registry mine;
  OpDef def = registry().get("sum");
  mine.add(def);
  CHECK_THROWS_AS(mine.add(def), NameError);
  def.name = "my_sum";
  def.samples.clear();
  CHECK_THROWS_WITH(mine.add(def), Catch::Matchers::Contains("my_sum") && Catch::Matchers::Contains("samples"));
  CHECK_THROWS_WITH(registry().get("summ"), Catch::Matchers::Contains("sum"));
  CHECK_THROWS_AS(registry().get("summ"), NameError);
}

TEST_CASE("a wrong number of operands is a user error") {
  for (const OpDef* def : callable()) {
    if (def->arity < 0) continue;
    INFO("operation " << def->name);
    const Sample& sample = def->samples.front();
    const Attributes attributes = test::sample_attributes(sample, 3);
    std::vector<Type> operands = sample.operands(3);
    CHECK(static_cast<int>(operands.size()) == def->arity);
    operands.push_back({DType::f32, {3}});
    CHECK_THROWS_AS(def->infer(operands, attributes), Error);
    operands.resize(operands.size() - 2, {});
    CHECK_THROWS_AS(def->infer(operands, attributes), Error);
  }
}

TEST_CASE("the same bits in every executor, in every run, whatever lies behind the operands") {
  each_sample({0, 1, 3, 16, 17, 1000}, [](const OpDef& def, const Sample& sample, std::size_t, std::int64_t n) {
    const std::vector<Tensor> operands = test::sample_operands(def, sample, n);
    const Attributes attributes = test::sample_attributes(sample, n);
    const std::vector<Tensor> expected = executors[0].execute(def, operands, attributes);
    for (const Executor& e : executors) {
      INFO("executor " << e.name);
      check_equal(expected, e.execute(def, with_dirty_padding(operands), attributes));
    }
  });
}

TEST_CASE("the bits of the digest table") {
  const bool bless = std::getenv("BRAINPY_BLESS") != nullptr;
  const std::map<std::string, std::string> expected = bless ? std::map<std::string, std::string>{} : read_digests();
  std::ostringstream table;
  std::size_t lines = 0;
  each_sample({0, 1, 3, 16, 17, 1000}, [&](const OpDef& def, const Sample& sample, std::size_t s, std::int64_t n) {
    const std::vector<Tensor> operands = test::sample_operands(def, sample, n);
    if (computed_by_eigen(def, operands)) return;
    Digest digest;
    for (const Tensor& t : executors[0].execute(def, operands, test::sample_attributes(sample, n))) digest.add(t);
    const std::string entry = def.name + " " + std::to_string(s) + " " + std::to_string(n);
    table << entry << " " << digest.text() << "\n";
    ++lines;
    if (bless) return;
    INFO("a changed bit is a changed contract; if it is meant, run with BRAINPY_BLESS=1");
    const auto found = expected.find(entry);
    CHECK((found == expected.end() ? "not in the table" : found->second) == digest.text());
  });
  if (bless) {
    std::ofstream file(digest_path);
    file << "# operation, sample, size, hash of the result bits; written by test_ops under BRAINPY_BLESS=1\n"
         << table.str();
    REQUIRE(file.good());
  } else {
    CHECK(lines == expected.size());
  }
}

// --- derivatives ---------------------------------------------------------------------------------

namespace {

/// Operations whose rule cannot be seen in f64: their result is f32.
const std::set<std::string> not_in_f64 = {"to_f32"};

/// Operands with respect to which an operation refuses to be differentiated: they stay where they are.
bool held_fixed(const OpDef& def, std::size_t operand) {
  static const std::map<std::string, std::size_t> fixed = {{"random_gamma", 1}, {"gammainc", 0}, {"gammaincc", 0}};
  const auto it = fixed.find(def.name);
  return it != fixed.end() && it->second == operand;
}

/// Whether the sample's floats are all f64, on both sides, with at least one on each.
bool is_f64(const OpDef& def, const Sample& sample) {
  const std::vector<Type> operands = sample.operands(3);
  const std::vector<Type> results = def.infer(operands, test::sample_attributes(sample, 3));
  const auto any = [](const std::vector<Type>& types, DType t) {
    return std::any_of(types.begin(), types.end(), [t](const Type& x) { return x.dtype == t; });
  };
  return any(operands, DType::f64) && any(results, DType::f64) && !any(operands, DType::f32) &&
         !any(results, DType::f32);
}

/// Operands moved by `distance` along the direction.
std::vector<Tensor> moved(const std::vector<Tensor>& operands, const std::vector<Tensor>& direction, double distance) {
  std::vector<Tensor> result;
  std::size_t k = 0;
  for (const Tensor& t : operands) {
    Tensor copy{t.type, runtime::clone(*t.data)};
    if (t.type.dtype == DType::f64) {
      for (std::int64_t i = 0; i < t.type.size(); ++i) copy.as<double>()[i] += distance * direction[k].as<double>()[i];
      ++k;
    }
    result.push_back(copy);
  }
  return result;
}

std::unique_ptr<ir::Program> one_operation(const OpDef& def, const std::vector<Tensor>& operands,
                                           const Attributes& attributes) {
  auto program = std::make_unique<ir::Program>();
  std::vector<ir::Value*> parameters, results;
  for (const Tensor& t : operands) parameters.push_back(program->body.add_argument(t.type));
  program->parameters = static_cast<int>(operands.size());
  ir::Builder b(program->body);
  const ir::Op* op = b.append(def, parameters, attributes);
  for (const auto& r : op->results) results.push_back(r.get());
  b.yield(results);
  return program;
}

}  // namespace

TEST_CASE("forward derivatives agree with finite differences") {
  std::set<std::string> with_rule, compared;
  for (const OpDef* def : callable())
    if (std::holds_alternative<JvpFn>(def->jvp) && !not_in_f64.contains(def->name)) with_rule.insert(def->name);

  each_sample({0, 1, 3, 17}, [&](const OpDef& def, const Sample& sample, std::size_t, std::int64_t n) {
    if (std::holds_alternative<NotDifferentiable>(def.jvp) || !is_f64(def, sample)) return;
    compared.insert(def.name);
    const std::vector<Tensor> operands = test::sample_operands(def, sample, n);
    const Attributes attributes = test::sample_attributes(sample, n);
    std::vector<Tensor> direction, arguments = operands;
    std::vector<bool> varied;
    test::Numbers numbers(2);
    for (std::size_t k = 0; k < operands.size(); ++k) {
      varied.push_back(!held_fixed(def, k));
      if (operands[k].type.dtype != DType::f64) continue;
      const double reach = varied.back() ? 1 : 0;
      direction.push_back(test::random_operand(operands[k].type, {-reach, reach}, numbers));
      if (varied.back()) arguments.push_back(direction.back());
    }

    const auto tangent_program = transform::jvp(*one_operation(def, operands, attributes), varied);
    interp::SymbolTable symbols;
    const std::vector<Tensor> derived = interp::run(*tangent_program, arguments, symbols);

    // The central difference over four points: its error is of the fourth order in the step.
    constexpr double h = 1e-4;
    std::vector<Tensor> at[4];
    constexpr double steps[4] = {-2 * h, -h, h, 2 * h};
    for (int k = 0; k < 4; ++k) at[k] = executors[0].execute(def, moved(operands, direction, steps[k]), attributes);
    const std::vector<Tensor> value = executors[0].execute(def, operands, attributes);
    std::size_t tangent = value.size();
    for (std::size_t r = 0; r < value.size(); ++r) {
      if (value[r].type.dtype != DType::f64) continue;
      REQUIRE(tangent < derived.size());
      const double* got = derived[tangent++].as<double>();
      double largest = 0;
      for (std::int64_t i = 0; i < value[r].type.size(); ++i)
        largest = std::max(largest, std::abs(value[r].as<double>()[i]));
      for (std::int64_t i = 0; i < value[r].type.size(); ++i) {
        const auto f = [&](int k) { return at[k][r].as<double>()[i]; };
        const double expected = (8 * (f(2) - f(1)) - (f(3) - f(0))) / (12 * h);
        if (!std::isfinite(expected)) continue;
        INFO("result " << r << ", element " << i);
        const double rounding = 1e-15 * largest / h;
        CHECK(got[i] == Approx(expected).epsilon(1e-5).margin(1e-7 + 100 * rounding));
      }
    }
  });
  for (const std::string& name : with_rule) {
    INFO("operation " << name << " has a rule, but no sample of f64 that shows it");
    CHECK(compared.contains(name));
  }
}
