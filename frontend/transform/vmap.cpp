// How bm::vmap computes: the function is recorded for one row, with the Variables that it touches; what was recorded is
// discharged, batched, and called like any program; the Variables then get their new values.
#include "frontend/transform/vmap.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "compiler/ir/rewrite.h"
#include "compiler/passes/pass.h"
#include "compiler/transform/batch.h"
#include "frontend/math/array_data.h"
#include "frontend/transform/replay.h"
#include "frontend/transform/trace.h"

namespace brainpy::math {

BatchedVariables::BatchedVariables() = default;
BatchedVariables::BatchedVariables(std::initializer_list<VariableReference> variables) : list_(variables) {}
BatchedVariables::BatchedVariables(std::vector<VariableReference> variables) : list_(std::move(variables)) {}
BatchedVariables::BatchedVariables(const BatchedVariables&) = default;
BatchedVariables& BatchedVariables::operator=(const BatchedVariables&) = default;
BatchedVariables::~BatchedVariables() = default;
const VariableReference* BatchedVariables::begin() const { return list_.data(); }
const VariableReference* BatchedVariables::end() const { return list_.data() + list_.size(); }
BatchedVariables::BatchedVariables(const VarDict& variables) {
  for (const VarDict::Entry& e : variables) {
    Variable same(e.second.state());
    list_.emplace_back(same);
  }
}

namespace detail {
namespace {

namespace ir = compiler::ir;
using transform::Arrays;
using transform::Captured;
using transform::Function;
using transform::Trace;

std::string entries(std::size_t count, const char* one, const char* many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

// --- axes ----------------------------------------------------------------------------------------

Array move_axis(const Array& array, int from, int to, const Site& site) {
  if (from == to) return array;
  std::vector<std::int64_t> axes;
  for (int a = 0; a < array.ndim(); ++a)
    if (a != from) axes.push_back(a);
  axes.insert(axes.begin() + to, from);
  return apply("transpose", {array}, {{"axes", axes}}, site);
}

/// For each array the axis of the rows; none: shared.
std::vector<std::optional<int>> row_axes(const Arrays& arrays, const std::vector<bool>& is_array,
                                         const VmapOptions& options, const Site& site) {
  if (!options.in_axes.empty() && options.in_axes.size() != is_array.size())
    throw ValueError({.what = "vmap: in_axes does not name every argument",
                      .where = location_of(site),
                      .values = fmt::format("in_axes has {}, the function takes {}",
                                            entries(options.in_axes.size(), "entry", "entries"),
                                            entries(is_array.size(), "argument", "arguments")),
                      .hint = "give an axis, or bm::none for what all rows share, for each argument"});
  std::vector<std::optional<int>> axes;
  for (std::size_t k = 0; k < is_array.size(); ++k) {
    const std::optional<int> axis = options.in_axes.empty() ? std::optional<int>(0) : options.in_axes[k];
    if (!is_array[k]) {
      if (axis && !options.in_axes.empty())
        throw ValueError({.what = "vmap: a plain number has no axis",
                          .where = location_of(site),
                          .values = fmt::format("argument {}, axis {}", k, *axis),
                          .hint = "its entry in in_axes is bm::none; a number for each row is a bm::Array"});
      continue;
    }
    const Array& array = arrays[axes.size()];
    if (axis && array.ndim() == 0)
      throw ShapeError({.what = "vmap: an argument has no axis to map over",
                        .where = location_of(site),
                        .values = fmt::format("argument {} is {}", k, to_string(array.type())),
                        .hint = "give one value for each row, or share it: its entry in in_axes is bm::none"});
    const int normal = axis ? runtime::normalize_axis(*axis, array.ndim()) : 0;
    if (normal < 0)
      throw IndexError({.what = "vmap: in_axes is out of range",
                        .where = location_of(site),
                        .values = fmt::format("argument {} is {}, axis {}", k, to_string(array.type()), *axis),
                        .hint = fmt::format("its axes are {} .. {}", -array.ndim(), array.ndim() - 1)});
    axes.push_back(axis ? std::optional<int>(normal) : std::nullopt);
  }
  return axes;
}

/// The one extent of all that is batched.
class Extent {
 public:
  explicit Extent(const Site& site) : site_(site) {}

  void add(std::string name, std::int64_t extent) {
    if (name_.empty()) {
      name_ = std::move(name);
      extent_ = extent;
    } else if (extent != extent_) {
      throw ShapeError({.what = "vmap: there are different numbers of rows",
                        .where = location_of(site_),
                        .values = fmt::format("{} has {}, {} has {}", name_, extent_, name, extent),
                        .hint = "all batched arguments and Variables need one number of rows; in_axes says which axis "
                                "it is and what all rows share"});
    }
  }

  std::int64_t value() const {
    if (!name_.empty()) return extent_;
    throw ValueError({.what = "vmap: there is nothing to map over",
                      .where = location_of(site_),
                      .hint = "let in_axes name an axis of an argument, or name Variables in batched_variables"});
  }

 private:
  const Site& site_;
  std::string name_;
  std::int64_t extent_ = 0;
};

// --- Variables -----------------------------------------------------------------------------------

/// While it lives, the batched Variables look like one row of them.
class RowTypes {
 public:
  RowTypes(const BatchedVariables& variables, Extent& extent, const Site& site) {
    for (const VariableReference& v : variables) check(*v.state(), extent, site);
    for (const VariableReference& v : variables) {
      if (contains(v.state().get()))
        throw ValueError({.what = "vmap: the Variable '" + v.state()->path() + "' is named twice in batched_variables",
                          .where = location_of(site),
                          .hint = "name each Variable once"});
      saved_.emplace_back(v.state(), v.state()->type);
    }
  }
  void begin() {
    for (auto& [state, type] : saved_) state->type.shape = type.shape.without_axis(0);
  }
  void end() {
    for (auto& [state, type] : saved_) state->type = type;
  }
  ~RowTypes() { end(); }
  RowTypes(const RowTypes&) = delete;

  bool contains(const VariableState* state) const {
    return std::ranges::any_of(saved_, [&](const auto& entry) { return entry.first.get() == state; });
  }

 private:
  static void check(const VariableState& state, Extent& extent, const Site& site) {
    if (state.type.shape.is_scalar())
      throw ShapeError({.what = "vmap: the Variable '" + state.path() + "' has no axis to map over",
                        .where = location_of(site),
                        .values = "the Variable is " + to_string(state.type),
                        .hint = "its first axis holds the rows; a Variable that all rows share is not named"});
    extent.add("the Variable '" + state.path() + "'", state.type.shape[0]);
  }

  std::vector<std::pair<std::shared_ptr<VariableState>, Type>> saved_;
};

/// The function recorded for one row.
struct Recorded {
  std::unique_ptr<ir::Program> program;  ///< discharged; its symbols are parameters
  std::vector<ir::Binding> bindings;     ///< where the Variables are among parameters and results
  std::vector<Captured> captured;
  std::vector<runtime::Location> assigned_at;  ///< of each symbol
  Arrays outer;                                ///< arrays from outside, the parameters after the arguments
};

Recorded record(const Function& function, const std::vector<Type>& rows, const Site& site) {
  Recorded out;
  Trace trace(Trace::Kind::rows, "vmap");
  {
    Arrays parameters;
    for (std::size_t k = 0; k < rows.size(); ++k)
      parameters.push_back(trace.parameter(rows[k], fmt::format("arg{}", k)));
    const Arrays results = function(parameters);
    trace.finish(results, site);
  }
  trace.check_nothing_kept();
  out.captured = trace.captured();
  out.outer = trace.outer_operands();
  out.program = trace.take_program();
  ir::Program& program = *out.program;
  out.assigned_at.resize(program.symbols.size());
  ir::walk(program.body, [&](const ir::Op& op) {
    for (std::size_t s = 0; ir::is(op, "write") && s < program.symbols.size(); ++s)
      if (program.symbols[s].name == op.symbol) out.assigned_at[s] = op.location;
  });
  compiler::passes::discharge(program, {});
  out.bindings = std::move(program.bindings);
  program.bindings.clear();
  program.symbols.clear();
  program.parameters = static_cast<int>(program.body.arguments.size());
  return out;
}

/// Takes one key of the state and derives the key of each row from it; the state goes on by one draw.
Array row_keys(const std::shared_ptr<VariableState>& state, std::int64_t extent, const Site& site) {
  const auto fold = [&](const Array& key, const Array& data) { return apply("random_fold", {key, data}, {}, site); };
  const auto whole = [](std::int64_t value) { return number(DType::u64, value); };
  const Array key = read_variable(state);
  write_variable(state, Operand(fold(key, whole(0)), site));
  const Array rows = apply("iota", {whole(0), whole(1)}, {{"shape", std::vector<std::int64_t>{extent}}}, site);
  return fold(fold(key, whole(1)), rows);
}

/// A result with its rows at the axis.
Array placed(const Array& result, bool batched, std::int64_t extent, std::size_t number, std::size_t count,
             const VmapOptions& options, const Site& site) {
  const Array rows = batched ? result : broadcast_array(result, result.shape().with_leading(extent), site);
  if (options.out_axes.empty()) return rows;
  if (options.out_axes.size() != 1 && options.out_axes.size() != count)
    throw ValueError(
        {.what = "vmap: out_axes does not name every result",
         .where = location_of(site),
         .values = fmt::format("out_axes has {}, the function returns {}",
                               entries(options.out_axes.size(), "entry", "entries"), entries(count, "array", "arrays")),
         .hint = "give one axis for each result, or one for all"});
  const int axis = options.out_axes[options.out_axes.size() == 1 ? 0 : number];
  const int normal = runtime::normalize_axis(axis, rows.ndim());
  if (normal < 0)
    throw IndexError({.what = "vmap: out_axes is out of range",
                      .where = location_of(site),
                      .values = fmt::format("result {} has {} with the rows, axis {}", number,
                                            entries(static_cast<std::size_t>(rows.ndim()), "axis", "axes"), axis),
                      .hint = fmt::format("its axes are {} .. {}", -rows.ndim(), rows.ndim() - 1)});
  return move_axis(rows, 0, normal, site);
}

[[noreturn]] void refuse_assignment(const VariableState& state, const runtime::Location& where) {
  throw ValueError({.what = "vmap: the shared Variable '" + state.path() + "' is assigned a value of one row",
                    .where = where,
                    .values = "the Variable is " + to_string(state.type) + ", and each row has a value for it",
                    .hint = "give it a first axis with one entry for each row and name it in batched_variables, or "
                            "return the value"});
}

}  // namespace

Arrays vmap(const Function& function, const Arrays& arrays, const std::vector<bool>& is_array,
            const VmapOptions& options, const Site& site) {
  const std::vector<std::optional<int>> axes = row_axes(arrays, is_array, options, site);
  Extent common(site);
  Arrays arguments;
  std::vector<Type> row_types;
  std::vector<bool> batched;
  for (std::size_t k = 0, argument = 0; k < is_array.size(); ++k) {
    if (!is_array[k]) continue;
    const Array& array = arrays[argument];
    const std::optional<int> axis = axes[argument++];
    if (axis) common.add(fmt::format("argument {}", k), array.shape()[*axis]);
    row_types.push_back({array.dtype(), axis ? array.shape().without_axis(*axis) : array.shape()});
    batched.push_back(axis.has_value());
    arguments.push_back(axis ? move_axis(array, *axis, 0, site) : array);
  }
  RowTypes variables(options.batched_variables, common, site);
  const std::int64_t extent = common.value();

  variables.begin();
  const Recorded recorded = record(function, row_types, site);
  variables.end();

  for (const Array& a : recorded.outer) {
    arguments.push_back(a);
    batched.push_back(false);
  }
  // A key that is assigned is one from which the function draws: each row has its own.
  const auto state_of = [&](const ir::Binding& b) -> const std::shared_ptr<VariableState>& {
    return recorded.captured[static_cast<std::size_t>(b.symbol)].variable;
  };
  const auto is_stream = [&](const ir::Binding& b) {
    const VariableState& state = *state_of(b);
    return b.result >= 0 && state.type == Type{DType::key, {}} && !variables.contains(&state);
  };
  for (const ir::Binding& b : recorded.bindings)
    batched.push_back(variables.contains(state_of(b).get()) || is_stream(b));
  const compiler::transform::BatchedProgram program = compiler::transform::batch(*recorded.program, batched, extent);
  for (const ir::Binding& b : recorded.bindings) {
    const VariableState& state = *state_of(b);
    if (b.result >= 0 && program.batched[static_cast<std::size_t>(b.result)] && !variables.contains(&state) &&
        !is_stream(b))
      refuse_assignment(state, recorded.assigned_at[static_cast<std::size_t>(b.symbol)]);
  }

  for (const ir::Binding& b : recorded.bindings)
    arguments.push_back(is_stream(b) ? row_keys(state_of(b), extent, site) : read_variable(state_of(b)));
  const Arrays all = transform::apply_program(*program.program, arguments, site);
  std::size_t states = 0;
  for (const ir::Binding& b : recorded.bindings) {
    if (b.result < 0) continue;
    ++states;
    if (is_stream(b)) continue;
    const auto k = static_cast<std::size_t>(b.result);
    const bool repeats = variables.contains(state_of(b).get()) && !program.batched[k];
    write_variable(state_of(b),
                   Operand(repeats ? broadcast_array(all[k], state_of(b)->type.shape, site) : all[k], site));
  }
  Arrays results;
  const std::size_t count = all.size() - states;
  for (std::size_t k = 0; k < count; ++k)
    results.push_back(placed(all[k], program.batched[k], extent, k, count, options, site));
  return results;
}

}  // namespace detail
}  // namespace brainpy::math
