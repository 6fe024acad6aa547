// Control flow: eager (it happens) and recorded (operations with regions).
#include "frontend/transform/control_flow.hpp"

#include <cstring>

#include <fmt/format.h>

#include "compiler/ops/op_def.h"
#include "frontend/math/primitives.h"
#include "frontend/transform/regions.h"
#include "frontend/transform/replay.h"

namespace brainpy::transform {

runtime::Location made_at(const Array& array, const Site& site) {
  const ir::Value* value = array.data()->value;
  if (value && value->definition && value->definition->location.known()) return value->definition->location;
  return math::location_of(site);
}

namespace {

void check_carried(const std::vector<Array>& before, const std::vector<Array>& after, const char* function,
                   const Site& site) {
  if (after.size() < before.size())
    throw ValueError({.what = std::string(function) + ": the body returns too few values",
                      .where = math::location_of(site),
                      .values = fmt::format("{} are carried, {} returned", before.size(), after.size()),
                      .hint = "return one value for each that the body takes, in the same order"});
  for (std::size_t k = 0; k < before.size(); ++k) {
    const runtime::Type &was = before[k].type(), &is = after[k].type();
    if (was == is) continue;
    runtime::ErrorParts parts{
        .what = fmt::format("{}: carried value {} changes its type", function, k),
        .where = made_at(after[k], site),
        .values = "it begins as " + to_string(was) + ", the body returns " + to_string(is),
        .hint = "begin with a value of the type that the body returns, or convert with .astype()"};
    if (was.dtype != is.dtype) throw DTypeError(std::move(parts));
    throw ShapeError(std::move(parts));
  }
}

/// Fills the operation's region: `body` gets the region's arguments as arrays, what it returns is yielded.
template <class Body>
std::vector<Array> fill_region(Trace& trace, ir::Region& region, Body&& body, const Site& site) {
  std::vector<Array> yielded;
  trace.inside(region, [&] {
    std::vector<Array> arguments;
    for (const auto& a : region.arguments) arguments.push_back(trace.wrap(a.get()));
    yielded = body(arguments);
    std::vector<ir::Value*> values;
    for (const Array& a : yielded) values.push_back(trace.lift(a, site));
    trace.builder().yield(values);
  });
  return yielded;
}

std::vector<Array> wrap_results(Trace& trace, const ir::Op& op) {
  std::vector<Array> results;
  for (const auto& r : op.results) results.push_back(trace.wrap(r.get()));
  return results;
}

Array index_number(std::int64_t value) { return math::number(math::DType::i64, value); }

}  // namespace

std::vector<Array> record_loop(Trace& trace, const LoopSpec& spec, const LoopBody& body, const char* function,
                               const Site& site) {
  std::vector<ir::Value*> operands{trace.lift(spec.lower, site), trace.lift(spec.upper, site)};
  for (const Array& a : spec.carried) operands.push_back(trace.lift(a, site));
  for (const Array& a : spec.scanned) operands.push_back(trace.lift(a, site));
  ir::Attributes attributes{{"carried", static_cast<std::int64_t>(spec.carried.size())}, {"length", spec.length}};
  if (spec.reverse) attributes.set("reverse", true);
  trace.builder().set_location(math::location_of(site));
  ir::Op* op = trace.builder().append_control("for", operands, {}, attributes, 1);
  ir::Region& region = *op->regions[0];
  region.add_argument({runtime::DType::i64, {}}, "i");
  for (const Array& a : spec.carried) region.add_argument(a.type(), "carry");
  for (const Array& a : spec.scanned) region.add_argument({a.dtype(), a.shape().without_axis(0)}, "x");
  const std::size_t count = spec.carried.size();
  const std::vector<Array> yielded = fill_region(
      trace, region,
      [&](const std::vector<Array>& arguments) {
        const auto first = arguments.begin() + 1, middle = first + static_cast<std::ptrdiff_t>(count);
        std::vector<Array> out = body(arguments[0], {first, middle}, {middle, arguments.end()});
        check_carried(spec.carried, out, function, site);
        return out;
      },
      site);
  std::vector<Array> results;
  for (std::size_t k = 0; k < yielded.size(); ++k) {
    const runtime::Type& type = yielded[k].type();
    results.push_back(
        trace.add_result(*op, k < count ? type : runtime::Type{type.dtype, type.shape.with_leading(spec.length)}));
  }
  return results;
}

}  // namespace brainpy::transform

namespace brainpy::math {

using transform::LoopSpec;
using transform::Trace;

Array row_of(const Array& array, std::int64_t row, const Site& site) { return read_index(array, {Index(row)}, site); }

Branch::Branch(const Operand& constant) : constant_(std::make_shared<Operand>(constant)) {}
Branch::Branch(const Branch&) = default;
Branch::~Branch() = default;

transform::Arrays Branch::operator()() const {
  if (function_) return (*function_)({});
  return {constant_->array()};
}

namespace detail {

namespace {

/// Whether the body just happens; a tape is told, since it does not see that there was a loop or a branch.
bool happens(Trace* trace) {
  const bool at_once = transform::computes_at_once();
  if (trace && at_once) trace->note_unrolled();
  return at_once;
}

std::int64_t common_length(const Arrays& operands, const char* function, const Site& site) {
  if (operands.empty())
    throw ValueError({.what = std::string(function) + ": there is nothing to loop over",
                      .where = location_of(site),
                      .hint = "give at least one operand, such as bm::arange(n)"});
  for (const Array& a : operands)
    if (a.shape().is_scalar())
      throw ShapeError({.what = std::string(function) + ": an operand has no axis to loop over",
                        .where = location_of(site),
                        .values = "the operand is " + to_string(a.type()),
                        .hint = "loop over bm::arange(n), or over an array with a first axis"});
  for (const Array& a : operands)
    if (a.shape()[0] != operands[0].shape()[0])
      throw ShapeError({.what = std::string(function) + ": operands have different lengths",
                        .where = location_of(site),
                        .values = fmt::format("{} and {} rows", operands[0].shape()[0], a.shape()[0]),
                        .hint = "all operands need the same first extent"});
  return operands[0].shape()[0];
}

/// Stacks results that came one by one; without any, zero rows cannot be known eagerly, so a trace finds their types.
Array stack_rows(const std::vector<Array>& rows, const Site& site) {
  if (Trace::current()) {
    Arrays parts;
    for (const Array& row : rows) parts.push_back(insert_axis(row, 0, site));
    return join(parts, 0, site);
  }
  const Type& row = rows[0].type();
  runtime::Tensor out =
      runtime::make_tensor({row.dtype, row.shape.with_leading(static_cast<std::int64_t>(rows.size()))});
  for (std::size_t k = 0; k < rows.size(); ++k)
    std::memcpy(out.as<std::byte>() + k * row.bytes(), rows[k].data()->buffer->data(), row.bytes());
  return Array(std::move(out));
}

Arrays loop_eagerly(const Function& body, Arrays carried, const Arrays& operands, const LoopOptions& options,
                    std::int64_t length, const char* function, const Site& site) {
  const std::size_t count = carried.size();
  std::vector<std::vector<Array>> stacked;
  for (std::int64_t step = 0; step < length; ++step) {
    Arrays arguments = carried;
    for (const Array& a : operands) arguments.push_back(row_of(a, options.reverse ? length - 1 - step : step, site));
    Arrays out = body(arguments);
    transform::check_carried(carried, out, function, site);
    stacked.resize(out.size() - count);
    for (std::size_t k = 0; k < count; ++k) carried[k] = out[k];
    for (std::size_t k = count; k < out.size(); ++k) stacked[k - count].push_back(out[k]);
  }
  for (auto& rows : stacked) {
    if (options.reverse) std::reverse(rows.begin(), rows.end());
    carried.push_back(stack_rows(rows, site));
  }
  return carried;
}

}  // namespace

Arrays scan(const Function& body, const Arrays& initial, const Arrays& operands, const LoopOptions& options,
            const Site& site) {
  const char* function = initial.empty() ? "for_loop" : "scan";
  const std::int64_t length = common_length(operands, function, site);
  Trace* trace = Trace::current();
  const bool at_once = happens(trace);
  // A loop of no iterations is recorded also in eager mode: only recording tells the types of its results.
  if (at_once && length == 0) {
    Trace types(Trace::Kind::part, "types");
    Arrays arguments;
    for (const Array& a : initial) arguments.push_back(types.parameter(a.type(), "carry"));
    for (const Array& a : operands) arguments.push_back(types.parameter({a.dtype(), a.shape().without_axis(0)}, "x"));
    const Arrays out = body(arguments);
    Arrays results = initial;
    for (std::size_t k = initial.size(); k < out.size(); ++k)
      results.emplace_back(runtime::make_tensor({out[k].dtype(), out[k].shape().with_leading(0)}));
    return results;
  }
  if (at_once) return loop_eagerly(body, initial, operands, options, length, function, site);
  LoopSpec spec;
  spec.lower = transform::index_number(0);
  spec.upper = transform::index_number(length);
  spec.length = length;
  spec.reverse = options.reverse;
  spec.carried = initial;
  spec.scanned = operands;
  return transform::record_loop(
      *trace, spec,
      [&](const Array&, const Arrays& carried, const Arrays& rows) {
        Arrays arguments = carried;
        arguments.insert(arguments.end(), rows.begin(), rows.end());
        return body(arguments);
      },
      function, site);
}

Arrays for_loop(const Function& body, const Arrays& operands, const LoopOptions& options, const Site& site) {
  return scan(body, {}, operands, options, site);
}

namespace {

Array check_predicate(const Array& predicate, const char* function, const Site& site) {
  if (predicate.size() != 1)
    throw ShapeError({.what = std::string(function) + ": the condition is not one truth value",
                      .where = location_of(site),
                      .values = "the condition is " + to_string(predicate.type()),
                      .hint = "reduce it with bm::any or bm::all, or choose per element with bm::where"});
  return convert(predicate.ndim() == 0 ? predicate : predicate.reshape({}, site), DType::bool_, site);
}

}  // namespace

Arrays while_loop(const Function& condition, const Function& body, const Arrays& initial, const Site& site) {
  Trace* trace = Trace::current();
  const auto test = [&](const Arrays& values) {
    const Arrays out = condition(values);
    if (out.size() != 1)
      throw ValueError({.what = "while_loop: the condition returns more than one value",
                        .where = location_of(site),
                        .hint = "return one bool"});
    return check_predicate(out[0], "while_loop", site);
  };
  if (happens(trace)) {
    Arrays values = initial;
    while (test(values).item<bool>(site)) {
      Arrays next = body(values);
      transform::check_carried(values, next, "while_loop", site);
      values = std::move(next);
    }
    return values;
  }
  std::vector<compiler::ir::Value*> operands;
  std::vector<Type> types;
  for (const Array& a : initial) {
    operands.push_back(trace->lift(a, site));
    types.push_back(a.type());
  }
  trace->builder().set_location(location_of(site));
  compiler::ir::Op* op = trace->builder().append_control("while", operands, types, {}, 2);
  for (const auto& region : op->regions)
    for (const Type& t : types) region->add_argument(t, "carry");
  transform::fill_region(
      *trace, *op->regions[0], [&](const Arrays& values) { return Arrays{test(values)}; }, site);
  for (const auto& inner : op->regions[0]->ops)
    if (inner->def->effects == compiler::Effects::writes)
      throw TraceError({.what = "while_loop: the condition assigns the Variable '" + inner->symbol + "'",
                        .where = inner->location,
                        .hint = "only the body assigns Variables; the condition reads them"});
  transform::fill_region(
      *trace, *op->regions[1],
      [&](const Arrays& values) {
        Arrays next = body(values);
        transform::check_carried(initial, next, "while_loop", site);
        return next;
      },
      site);
  return transform::wrap_results(*trace, *op);
}

namespace {

void check_branches(const Arrays& left, const Arrays& right, const Site& site) {
  if (left.size() != right.size())
    throw ValueError({.what = "ifelse: branches return different numbers of values",
                      .where = location_of(site),
                      .values = fmt::format("one returns {}, another {}", left.size(), right.size()),
                      .hint = "let all branches return the same"});
  for (std::size_t k = 0; k < left.size(); ++k) {
    if (left[k].type() == right[k].type()) continue;
    runtime::ErrorParts parts{
        .what = "ifelse: branches return different types",
        .where = transform::made_at(right[k], site),
        .values = "one returns " + to_string(left[k].type()) + ", another " + to_string(right[k].type()),
        .hint = "convert with .astype(), or give the shapes with bm::full; numbers are of the default type"};
    if (left[k].dtype() != right[k].dtype()) throw DTypeError(std::move(parts));
    throw ShapeError(std::move(parts));
  }
}

}  // namespace

Arrays branch(const Array& predicate, const Function& if_true, const Function& if_false, const Site& site) {
  const Array chosen = check_predicate(predicate, "ifelse", site);
  Trace* trace = Trace::current();
  if (happens(trace)) return chosen.item<bool>(site) ? if_true({}) : if_false({});
  trace->builder().set_location(location_of(site));
  compiler::ir::Op* op = trace->builder().append_control("if", {trace->lift(chosen, site)}, {}, {}, 2);
  const Arrays left = transform::fill_region(
      *trace, *op->regions[0], [&](const Arrays&) { return if_true({}); }, site);
  const Arrays right = transform::fill_region(
      *trace, *op->regions[1], [&](const Arrays&) { return if_false({}); }, site);
  check_branches(left, right, site);
  Arrays results;
  for (const Array& a : left) results.push_back(trace->add_result(*op, a.type()));
  return results;
}

namespace {

struct FromBranch final : Function {
  const Branch& branch;
  explicit FromBranch(const Branch& b) : branch(b) {}
  Arrays operator()(const Arrays&) const override { return branch(); }
};

/// The branches from number `first` on: the first whose condition holds, else the last.
struct Otherwise final : Function {
  const std::vector<Operand>& conditions;
  const std::vector<Branch>& branches;
  std::size_t first;
  const Site& site;
  Otherwise(const std::vector<Operand>& c, const std::vector<Branch>& b, std::size_t f, const Site& s)
      : conditions(c), branches(b), first(f), site(s) {}
  Arrays operator()(const Arrays&) const override {
    if (first == conditions.size()) return branches[first]();
    return branch(conditions[first].array(), FromBranch(branches[first]),
                  Otherwise(conditions, branches, first + 1, site), site);
  }
};

}  // namespace

Arrays ifelse(std::initializer_list<Operand> conditions, std::initializer_list<Branch> branches, const Site& site) {
  if (conditions.size() == 0 || branches.size() != conditions.size() + 1)
    throw ValueError({.what = "ifelse: the numbers of conditions and branches do not fit",
                      .where = location_of(site),
                      .values = fmt::format("{} conditions, {} branches", conditions.size(), branches.size()),
                      .hint = "n conditions need n + 1 branches; the last is for when none holds"});
  const std::vector<Operand> tests(conditions);
  const std::vector<Branch> ways(branches);
  return Otherwise(tests, ways, 0, site)({});
}

}  // namespace detail

namespace {

Array only_result(const transform::Arrays& results, const Site& site) {
  if (results.empty()) return {};
  if (results.size() == 1) return results[0];
  throw ValueError({.what = "ifelse: a branch returns several arrays",
                    .where = location_of(site),
                    .hint = "use bm::ifelse_as<std::tuple<bm::Array, bm::Array>>(...)"});
}

}  // namespace

Array ifelse(std::initializer_list<Operand> conditions, std::initializer_list<Branch> branches, Site site) {
  return only_result(detail::ifelse(conditions, branches, site), site);
}

Array ifelse(const Operand& condition, const Branch& if_true, const Branch& if_false, Site site) {
  return only_result(detail::ifelse({condition}, {if_true, if_false}, site), site);
}

}  // namespace brainpy::math
