// Discharge: the state of a program becomes explicit.
// In: a traced program with `read` and `write` operations, anywhere. Out: a pure one: each touched symbol is an
// argument, each written one also a yielded value; a region that writes a Variable carries it or returns it.
#include <map>
#include <set>

#include "compiler/ir/rewrite.h"
#include "compiler/ops/op_def.h"
#include "compiler/passes/pass.h"

namespace brainpy::compiler::passes {
namespace {

using ir::Op;
using ir::Region;
using ir::Value;

/// The current value of each symbol, by its place in Program::symbols.
using State = std::map<int, Value*>;

struct Discharger {
  ir::Program& program;
  std::unordered_map<std::string, int> symbols;
  ir::ValueMap replaced{};
  ir::OpList dropped{};  ///< kept until the end: `replaced` is keyed by their results

  int symbol_of(const Op& op) const {
    const auto it = symbols.find(op.symbol);
    if (it == symbols.end())
      throw runtime::InternalError("discharge: symbol '" + op.symbol + "' is used but not declared");
    return it->second;
  }

  std::set<int> written_in(const Op& op) const {
    std::set<int> written;
    for (const auto& r : op.regions)
      ir::walk(*r, [&](const Op& inner) {
        if (ir::is(inner, "write")) written.insert(symbol_of(inner));
      });
    return written;
  }

  /// Removes the region's reads and writes; `state` is what the symbols hold before and, when it returns, after it.
  void run(Region& region, State& state) {
    ir::OpList ops = std::move(region.ops);
    region.ops.clear();
    for (auto& op : ops) {
      for (Value*& v : op->operands) v = ir::resolve(v, replaced);
      if (ir::is(*op, "read")) {
        replaced[op->result()] = state.at(symbol_of(*op));
        dropped.push_back(std::move(op));
      } else if (ir::is(*op, "write")) {
        state[symbol_of(*op)] = op->operands[0];
      } else {
        if (!op->regions.empty()) run_regions(*op, state);
        ir::adopt(region, std::move(op));
      }
    }
  }

  void run_regions(Op& op, State& state) {
    const std::set<int> written = written_in(op);
    if (ir::is(op, "if")) run_if(op, written, state);
    else if (ir::is_loop(op)) run_loop(op, written, state);
    else if (written.empty())
      for (const auto& r : op.regions) run(*r, state);
    else throw runtime::InternalError("discharge: '" + op.def->name + "' holds a write");
  }

  /// A Variable that one branch leaves alone is yielded with its old value there.
  void run_if(Op& op, const std::set<int>& written, State& state) {
    for (const auto& r : op.regions) {
      State branch = state;
      run(*r, branch);
      for (int s : written) r->terminator()->operands.push_back(branch.at(s));
    }
    for (int s : written) state[s] = ir::add_result(op, type_of(s), name_of(s));
  }

  /// Written Variables become carried values after the ones that are there.
  void run_loop(Op& op, const std::set<int>& written, State& state) {
    const ir::Loop loop = ir::loop_of(op);
    if (ir::is(op, "while"))
      ir::walk(*op.regions[0], [&](const Op& inner) {
        if (ir::is(inner, "write"))
          throw runtime::InternalError("discharge: the test of a while writes '" + inner.symbol + "'");
      });
    std::vector<State> inside(op.regions.size(), state);
    int at = loop.carried;
    for (int s : written) {
      op.operands.insert(op.operands.begin() + loop.first_operand + at, state.at(s));
      for (std::size_t r = 0; r < op.regions.size(); ++r)
        inside[r][s] = ir::insert_argument(*op.regions[r], loop.first_argument + at, type_of(s), name_of(s));
      state[s] = ir::insert_result(op, at++, type_of(s), name_of(s));
    }
    if (ir::is(op, "for")) op.attributes.set("carried", std::int64_t{at});
    for (std::size_t r = 0; r < op.regions.size(); ++r) run(*op.regions[r], inside[r]);
    std::vector<Value*>& yielded = ir::loop_body(op).terminator()->operands;
    at = loop.carried;
    for (int s : written) yielded.insert(yielded.begin() + at++, inside.back().at(s));
  }

  const runtime::Type& type_of(int s) const { return program.symbols[static_cast<std::size_t>(s)].type; }
  const std::string& name_of(int s) const { return program.symbols[static_cast<std::size_t>(s)].name; }
};

}  // namespace

bool discharge(ir::Program& program, const PassOptions&) {
  if (program.discharged) return false;
  Discharger d{program, {}};
  for (std::size_t i = 0; i < program.symbols.size(); ++i) d.symbols[program.symbols[i].name] = static_cast<int>(i);

  std::set<int> touched, written;
  ir::walk(program.body, [&](const Op& op) {
    if (!ir::is(op, "read") && !ir::is(op, "write")) return;
    const int s = d.symbol_of(op);
    touched.insert(s);
    if (ir::is(op, "read")) return;
    if (program.symbols[static_cast<std::size_t>(s)].kind == ir::SymbolKind::constant)
      throw runtime::InternalError("discharge: the constant '" + op.symbol + "' is written");
    written.insert(s);
  });

  State state;
  for (int s : touched) {
    state[s] = program.body.add_argument(d.type_of(s), d.name_of(s));
    program.bindings.push_back({.symbol = s, .argument = state[s]->index});
  }
  d.run(program.body, state);
  std::vector<Value*>& yielded = program.body.terminator()->operands;
  for (ir::Binding& binding : program.bindings)
    if (written.contains(binding.symbol)) {
      binding.result = static_cast<int>(yielded.size());
      yielded.push_back(state.at(binding.symbol));
    }
  program.discharged = true;
  return true;
}

}  // namespace brainpy::compiler::passes
