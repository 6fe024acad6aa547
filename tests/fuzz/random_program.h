// Random well-typed programs for tests that compare two ways to run one program.
// In: a seed and limits. Out: a program before discharge, always the same for the same seed and registry; its loops are
// bounded, its symbols are declared, `verify` accepts it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "compiler/ir/builder.h"
#include "compiler/ops/map.h"
#include "compiler/ops/registry.h"

namespace fuzz {

using namespace brainpy::compiler;
using brainpy::runtime::DType;
using brainpy::runtime::Shape;
using brainpy::runtime::Type;

/// SplitMix64: small, and the same on every platform (the standard's distributions are not).
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t bits() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  /// An integer from low to high, both included.
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(bits() % static_cast<std::uint64_t>(high - low + 1));
  }
  bool percent(int probability) { return between(0, 99) < probability; }
  double uniform(double low, double high) { return low + (high - low) * static_cast<double>(bits() >> 11) * 0x1p-53; }
  template <class Container>
  auto& pick(Container& list) {
    return list[static_cast<std::size_t>(between(0, static_cast<std::int64_t>(std::size(list)) - 1))];
  }

 private:
  std::uint64_t state_;
};

struct RandomProgramOptions {
  int operations = 40;                ///< about so many, in all regions
  int depth = 3;                      ///< regions inside regions
  bool control = true;                ///< if, for, while
  bool fused = false;                 ///< `fused` operations, which only the pass `fuse` makes otherwise
  bool symbols = true;                ///< read and write
  bool other_ops = true;              ///< operations that are not maps, called as their samples say
  std::int64_t most_elements = 4096;  ///< of any value
};

/// The bits of a random number of the type: mostly small numbers, sometimes the edges of the type.
inline std::uint64_t random_bits(Random& random, DType dtype) {
  if (dtype == DType::key) return random.bits();
  if (dtype == DType::bool_) return random.bits() & 1;
  if (random.percent(85)) {
    if (brainpy::runtime::is_float(dtype)) return ir::literal_bits(dtype, random.uniform(-3.0, 3.0));
    return ir::literal_bits(dtype, random.between(brainpy::runtime::is_unsigned_integer(dtype) ? 0 : -5, 9));
  }
  static constexpr std::uint64_t floats[] = {0,          0x80000000, 0x3f800000, 0x7f800000,
                                             0xff800000, 0x7fc00000, 1,          0x7f7fffff};
  static constexpr std::uint64_t doubles[] = {
      0, 0x8000000000000000, 0x3ff0000000000000, 0x7ff0000000000000, 0xfff0000000000000, 0x7ff8000000000000,
      1, 0x7fefffffffffffff};
  static constexpr std::uint64_t integers[] = {0, 1, ~std::uint64_t{0}, 0x7fffffff, 0x80000000, 0x7fffffffffffffff};
  if (dtype == DType::f32) return random.pick(floats);
  if (dtype == DType::f64) return random.pick(doubles);
  return random.pick(integers) & (size_of(dtype) == 4 ? 0xffffffff : ~std::uint64_t{0});
}

class ProgramGenerator {
 public:
  ProgramGenerator(std::uint64_t seed, const RandomProgramOptions& options)
      : random_(seed), options_(options), budget_(options.operations), program_(std::make_unique<ir::Program>()) {
    for (const OpDef* def : registry().all()) {
      if (def->effects != Effects::none || !def->infer) continue;
      if (def->shape_class == ShapeClass::map) maps_.push_back(def);
      else if (def->shape_class != ShapeClass::control && !def->samples.empty()) others_.push_back(def);
    }
  }

  std::unique_ptr<ir::Program> generate() {
    program_->name = "random";
    for (std::int64_t i = random_.between(0, 4); i > 0; --i)
      visible_.push_back(program_->body.add_argument(random_type(), random_name()));
    program_->parameters = static_cast<int>(program_->body.arguments.size());
    if (options_.symbols)
      for (std::int64_t i = random_.between(0, 4); i > 0; --i)
        program_->symbols.push_back({"net.s" + std::to_string(i), random_type(),
                                     random_.percent(25) ? ir::SymbolKind::constant : ir::SymbolKind::variable});
    ir::Builder builder(program_->body);
    while (budget_ > 0) operation(builder, 0);
    std::vector<ir::Value*> results;
    for (std::int64_t i = random_.between(1, 4); i > 0; --i) results.push_back(any_value(builder));
    // What nothing needs is dropped before anything else happens to it: most loops would go.
    for (const auto& op : program_->body.ops)
      for (const auto& result : op->results)
        if (!op->regions.empty() && random_.percent(50)) results.push_back(result.get());
    builder.yield(std::move(results));
    return std::move(program_);
  }

 private:
  // --- types and values

  Shape random_shape() {
    static const Shape shapes[] = {{}, {}, {1}, {3}, {3}, {16}, {17}, {33}, {3, 4}, {4, 3}, {2, 1, 3}, {0}};
    return random_.pick(shapes);
  }

  Type random_type() {
    static constexpr DType dtypes[] = {DType::f32, DType::f32, DType::f32, DType::f64,   DType::i32,
                                       DType::i64, DType::u32, DType::u64, DType::bool_, DType::key};
    Type type{random_.pick(dtypes), random_shape()};
    if (!can_be_fresh(type)) type.shape = {3};
    return type;
  }

  std::string random_name() {
    static const char* const names[] = {"", "", "", "V", "w", "E.V", "spike", "x1"};
    return random_.pick(names);
  }

  void define(ir::Op* op) {
    for (const auto& r : op->results) {
      r->name = random_name();
      visible_.push_back(r.get());
    }
    --budget_;
  }

  /// A visible value that passes the test, rather a recent one; null when there is none.
  template <class Test>
  ir::Value* find(Test test) {
    std::vector<ir::Value*> fitting;
    for (ir::Value* v : visible_)
      if (test(*v)) fitting.push_back(v);
    if (fitting.empty()) return nullptr;
    const auto n = static_cast<std::int64_t>(fitting.size());
    return fitting[static_cast<std::size_t>(
        random_.between(random_.percent(70) ? std::max<std::int64_t>(0, n - 5) : 0, n - 1))];
  }

  ir::Value* literal(ir::Builder& b, DType dtype) {
    return b.constant_bits({dtype, {}}, {random_bits(random_, dtype)});
  }

  /// A new value of the type with elements in [low, high], or any.
  ir::Value* fresh(ir::Builder& b, const Type& type, const std::pair<double, double>* range = nullptr) {
    const auto bits = [&] {
      if (!range || type.dtype == DType::bool_ || type.dtype == DType::key) return random_bits(random_, type.dtype);
      const double value = random_.uniform(range->first, range->second);
      return brainpy::runtime::is_float(type.dtype) ? ir::literal_bits(type.dtype, value)
                                                    : ir::literal_bits(type.dtype, static_cast<std::int64_t>(value));
    };
    if (type.size() <= 16) {
      std::vector<std::uint64_t> elements;
      for (std::int64_t i = 0; i < type.size(); ++i) elements.push_back(bits());
      if (range && is_square(type)) make_definite(type, elements);
      return b.constant_bits(type, std::move(elements));
    }
    return filled(b, b.constant_bits({type.dtype, {}}, {bits()}), type.shape);
  }

  static ir::Value* filled(ir::Builder& b, ir::Value* element, const Shape& shape) {
    return b.apply("fill", {element}, {{"shape", std::vector<std::int64_t>(shape.begin(), shape.end())}});
  }

  /// A float matrix, or a stack of them, that a solver may be given.
  static bool is_square(const Type& type) {
    const int rank = type.shape.rank();
    return brainpy::runtime::is_float(type.dtype) && rank >= 2 && type.shape[rank - 1] == type.shape[rank - 2];
  }

  /// Symmetric with a dominant diagonal: solvers refuse singular or indefinite matrices, which ends a run.
  static void make_definite(const Type& type, std::vector<std::uint64_t>& elements) {
    const std::int64_t n = type.shape[type.shape.rank() - 1];
    for (std::int64_t k = 0; k < type.size(); ++k) {
      const std::int64_t row = k / n % n, column = k % n, matrix = k - row * n - column;
      auto& element = elements[static_cast<std::size_t>(k)];
      if (row > column) element = elements[static_cast<std::size_t>(matrix + column * n + row)];
      else if (row == column) element = ir::literal_bits(type.dtype, 1e4 + static_cast<double>(row));
    }
  }

  /// Keys have no `fill`: more of them than a literal holds come from operations only.
  static bool can_be_fresh(const Type& type) { return type.dtype != DType::key || type.size() <= 16; }

  ir::Value* value_of(ir::Builder& b, const Type& type) {
    ir::Value* v =
        random_.percent(95) || !can_be_fresh(type) ? find([&](const ir::Value& x) { return x.type == type; }) : nullptr;
    return v ? v : fresh(b, type);
  }

  ir::Value* any_value(ir::Builder& b) {
    ir::Value* v = find([](const ir::Value&) { return true; });
    return v && random_.percent(95) ? v : literal(b, random_type().dtype);
  }

  // --- operations

  void operation(ir::Builder& b, int depth) {
    if (random_.percent(20)) b.set_location({"model.cpp", static_cast<unsigned>(random_.between(1, 999)), "net.E"});
    const std::int64_t choice = random_.between(0, 99);
    if (options_.symbols && choice < 12 && !program_->symbols.empty()) touch(b);
    else if (options_.control && choice < 20 && depth < options_.depth) control(b, depth);
    else if (options_.fused && choice < 24) fused(b);
    else if (options_.other_ops && choice < 45 && !others_.empty()) other(b);
    else map(b, pick_shape());
  }

  Shape pick_shape() {
    const ir::Value* v = find([](const ir::Value&) { return true; });
    return v && random_.percent(85) ? v->type.shape : random_shape();
  }

  /// A map operation whose operands have this shape or are scalars.
  void map(ir::Builder& b, const Shape& shape) {
    const OpDef& def = *random_.pick(maps_);
    const MapBody& body = random_.pick(def.bodies);
    std::vector<ir::Value*> operands;
    for (DType dtype : body.operands) {
      ir::Value* v = find([&](const ir::Value& x) {
        return x.type.dtype == dtype && (x.type.shape == shape || x.type.shape.is_scalar());
      });
      operands.push_back(v && random_.percent(85) ? v : literal(b, dtype));
    }
    Attributes attributes;
    if (def.indexed || operands.empty() || def.name == "fill") {
      if (!def.samples.empty()) attributes = def.samples[0].attributes;
      attributes.set("shape", std::vector<std::int64_t>(shape.begin(), shape.end()));
    }
    append(b, def, std::move(operands), std::move(attributes));
  }

  /// An operation that is not a map, called as one of its samples says.
  void other(ir::Builder& b) {
    const OpDef& def = *random_.pick(others_);
    const Sample& sample = random_.pick(def.samples);
    std::int64_t n = random_.between(0, 9);
    // A larger matrix is made by `fill`, and singular.
    if (std::ranges::any_of(sample.operands(n), is_square)) n = std::min<std::int64_t>(n, 4);
    Attributes attributes = sample.attributes;
    if (sample.sized_attributes) {
      const Attributes sized = sample.sized_attributes(n);
      for (const auto& [name, value] : sized.entries()) attributes.set(name, value);
    }
    std::vector<ir::Value*> operands;
    for (const Type& type : sample.operands(n)) {
      const auto& ranges = sample.ranges;
      const auto* range = ranges.empty() ? nullptr : &ranges[ranges.size() == 1 ? 0 : operands.size() % ranges.size()];
      // Integers may be indices and square matrices may be solved: only new ones are sure to be accepted.
      ir::Value* v = brainpy::runtime::is_integer(type.dtype) || is_square(type)
                         ? nullptr
                         : find([&](const ir::Value& x) { return x.type == type; });
      operands.push_back(v && random_.percent(70) ? v : fresh(b, type, range));
    }
    append(b, def, std::move(operands), std::move(attributes));
  }

  /// An operation may refuse (a size of zero, say): then there is none.
  void append(ir::Builder& b, const OpDef& def, std::vector<ir::Value*> operands, Attributes attributes) {
    try {
      define(b.append(def, std::move(operands), std::move(attributes)));
    } catch (const brainpy::Error&) {
      --budget_;
    }
  }

  void touch(ir::Builder& b) {
    const ir::Symbol& symbol = random_.pick(program_->symbols);
    if (symbol.kind == ir::SymbolKind::constant || tests_ > 0 || random_.percent(50)) {
      visible_.push_back(b.read(symbol.name, symbol.type));
    } else {
      b.write(symbol.name, value_of(b, symbol.type));
    }
    --budget_;
  }

  // --- regions

  /// Some operations in the region; the values of the given types (visible ones where there are any) to yield.
  template <class Choose>
  void fill_region(ir::Op& op, int index, int depth, Choose choose) {
    ir::Region& region = *op.regions[static_cast<std::size_t>(index)];
    ir::Builder b(region);
    const std::size_t outside = visible_.size();
    for (const auto& a : region.arguments) visible_.push_back(a.get());
    for (std::int64_t i = random_.between(0, 6); i > 0 && budget_ > 0; --i) operation(b, depth + 1);
    b.yield(choose(b));
    visible_.resize(outside);
  }

  std::vector<ir::Value*> some_values(ir::Builder& b, std::int64_t most) {
    std::vector<ir::Value*> list;
    for (std::int64_t i = random_.between(0, most); i > 0; --i) list.push_back(any_value(b));
    return list;
  }

  std::vector<ir::Value*> values_of(ir::Builder& b, const std::vector<Type>& types) {
    std::vector<ir::Value*> list;
    for (const Type& t : types) list.push_back(value_of(b, t));
    return list;
  }

  static std::vector<Type> types_of(const std::vector<ir::Value*>& values) {
    std::vector<Type> types;
    for (const ir::Value* v : values) types.push_back(v->type);
    return types;
  }

  void control(ir::Builder& b, int depth) {
    switch (random_.between(0, 2)) {
      case 0:
        return branch(b, depth);
      case 1:
        return counted_loop(b, depth);
      default:
        return conditional_loop(b, depth);
    }
  }

  void branch(ir::Builder& b, int depth) {
    const std::vector<Type> types = types_of(some_values(b, 3));
    ir::Value* predicate = value_of(b, {DType::bool_, {}});
    ir::Op* op = b.append_control("if", {predicate}, types, {}, 2);
    for (int r = 0; r < 2; ++r)
      fill_region(*op, r, depth, [&](ir::Builder& inside) { return values_of(inside, types); });
    define(op);
  }

  void counted_loop(ir::Builder& b, int depth) {
    std::int64_t length = random_.between(0, 4);
    std::vector<ir::Value*> carried = some_values(b, 3), scanned;
    const auto scannable = [&](const ir::Value& v) { return !v.type.shape.is_scalar() && v.type.shape[0] <= 4; };
    if (ir::Value* first = find(scannable); first && random_.percent(60)) {
      length = first->type.shape[0];
      scanned.push_back(first);
      ir::Value* second = find([&](const ir::Value& v) { return scannable(v) && v.type.shape[0] == length; });
      if (random_.percent(40)) scanned.push_back(second);
    }
    // Sometimes fewer iterations than rows, sometimes a bound that only `length` stops.
    const std::int64_t lower = random_.between(-3, 3), upper = lower + length + random_.between(-2, 2);
    const auto bound = [&](std::int64_t n) {
      return b.constant_bits({DType::i64, {}}, {static_cast<std::uint64_t>(n)});
    };
    std::vector<ir::Value*> operands = {bound(lower), bound(upper)};
    // A loop whose course is not known before it runs.
    if (ir::Value* start = find([](const ir::Value& v) {
          return v.type == Type{DType::i64, {}};
        });
        start && random_.percent(60))
      operands = {start, b.apply("add", {start, bound(upper - lower)})};
    operands.insert(operands.end(), carried.begin(), carried.end());
    operands.insert(operands.end(), scanned.begin(), scanned.end());
    Attributes attributes{{"carried", static_cast<std::int64_t>(carried.size())}, {"length", length}};
    if (random_.percent(30)) attributes.set("reverse", true);
    ir::Op* op = b.append_control("for", std::move(operands), {}, std::move(attributes), 1);
    ir::Region& region = *op->regions[0];
    region.add_argument({DType::i64, {}}, "i");
    std::vector<Type> types = types_of(carried);
    for (const Type& t : types) region.add_argument(t, random_name());
    for (const ir::Value* v : scanned)
      region.add_argument({v->type.dtype, v->type.shape.without_axis(0)}, random_name());
    fill_region(*op, 0, depth, [&](ir::Builder& inside) {
      std::vector<ir::Value*> yielded = values_of(inside, types);
      // Some arrays are set to a number after each step, most of these to the same one.
      for (ir::Value*& v : yielded) {
        const Type type = v->type;
        if (type.shape.is_scalar() || type.dtype == DType::key || !random_.percent(50)) continue;
        ir::Value* number = random_.percent(70) ? literal(inside, type.dtype) : value_of(inside, {type.dtype, {}});
        v = filled(inside, number, type.shape);
      }
      for (ir::Value* v : some_values(inside, 2)) {
        if (v->type.size() * length > options_.most_elements || v->type.shape.rank() == Shape::max_rank) continue;
        yielded.push_back(v);
        types.push_back({v->type.dtype, v->type.shape.with_leading(length)});
      }
      return yielded;
    });
    add_results(*op, types);
    define(op);
  }

  /// A counter among the carried values ends the loop after a few iterations at most.
  void conditional_loop(ir::Builder& b, int depth) {
    std::vector<ir::Value*> carried = some_values(b, 3);
    carried.push_back(b.constant_bits({DType::i32, {}}, {0}));
    const std::vector<Type> types = types_of(carried);
    const auto most = static_cast<std::uint64_t>(random_.between(0, 4));
    ir::Op* op = b.append_control("while", std::move(carried), types, {}, 2);
    for (const auto& region : op->regions)
      for (const Type& t : types) region->add_argument(t, random_name());
    const auto counter = [&](std::size_t region) { return op->regions[region]->arguments.back().get(); };
    ++tests_;
    fill_region(*op, 0, depth, [&](ir::Builder& inside) -> std::vector<ir::Value*> {
      ir::Value* few = inside.apply("lt", {counter(0), inside.constant_bits({DType::i32, {}}, {most})});
      if (random_.percent(50)) return {few};
      return {inside.apply("and", {few, value_of(inside, {DType::bool_, {}})})};
    });
    --tests_;
    fill_region(*op, 1, depth, [&](ir::Builder& inside) {
      std::vector<ir::Value*> yielded = values_of(inside, {types.begin(), types.end() - 1});
      yielded.push_back(inside.apply("add", {counter(1), inside.constant_bits({DType::i32, {}}, {1})}));
      return yielded;
    });
    define(op);
  }

  void fused(ir::Builder& b) {
    const Shape shape = pick_shape();
    ir::Op* op = b.append_control("fused", {}, {}, {}, 1);
    ir::Builder inside(*op->regions[0]);
    const std::size_t outside = visible_.size();
    for (std::int64_t i = random_.between(1, 5); i > 0; --i) map(inside, shape);
    std::vector<ir::Value*> yielded;
    for (std::size_t i = outside; i < visible_.size(); ++i)
      if (random_.percent(60)) yielded.push_back(visible_[i]);
    add_results(*op, types_of(yielded));
    inside.yield(std::move(yielded));
    visible_.resize(outside);
    define(op);
  }

  static void add_results(ir::Op& op, const std::vector<Type>& types) {
    for (const Type& t : types) {
      auto value = std::make_unique<ir::Value>();
      value->type = t;
      value->definition = &op;
      value->index = static_cast<int>(op.results.size());
      op.results.push_back(std::move(value));
    }
  }

  Random random_;
  RandomProgramOptions options_;
  int budget_;
  int tests_ = 0;  ///< depth in tests of `while`: they may read Variables but not write them
  std::unique_ptr<ir::Program> program_;
  std::vector<const OpDef*> maps_, others_;
  std::vector<ir::Value*> visible_;
};

inline std::unique_ptr<ir::Program> random_program(std::uint64_t seed, const RandomProgramOptions& options = {}) {
  return ProgramGenerator(seed, options).generate();
}

}  // namespace fuzz
