#include "compiler/jit/profile.h"

#include "compiler/codegen/sections.h"
#include "compiler/ops/op_def.h"

namespace brainpy::compiler::jit {
namespace {

/// "EINet.E2E"; where the object could not be told its class, from "ExpSynapse.update".
std::string object_of(const runtime::Location& at) {
  return at.path.empty() ? at.object.substr(0, at.object.find('.')) : at.path;
}

runtime::ProfiledOperation operation(const std::string& name, const runtime::Location& at, std::size_t section,
                                     double part) {
  return {.name = name,
          .object = object_of(at),
          .file = at.file,
          .line = at.line,
          .section = static_cast<std::uint32_t>(section),
          .part = part};
}

/// The copies at a loop or at the end of a region: the loop's place, or the call's.
runtime::ProfiledOperation copies(const ir::Op& site, std::size_t section) {
  const ir::Op* owner = site.def->name == "yield" && site.parent ? site.parent->parent : &site;
  const bool records = owner && owner != &site && owner->def->name == "for";
  return operation(records ? "record" : "copy", owner ? owner->location : site.location, section, 1);
}

}  // namespace

std::shared_ptr<const runtime::ProfiledProgram> profiled_program(const ir::Program& program,
                                                                 const codegen::Placement& placement,
                                                                 const std::string& label) {
  auto profiled = std::make_shared<runtime::ProfiledProgram>();
  profiled->label = label;
  const auto sections = codegen::sections_of(program, placement).operations;
  profiled->sections = sections.size();
  for (std::size_t k = 0; k < sections.size(); ++k) {
    const std::string& first = sections[k][0]->def->name;
    if (first == "yield" || first == "for" || first == "while") {
      profiled->operations.push_back(copies(*sections[k][0], k));
      continue;
    }
    std::vector<std::pair<const ir::Op*, double>> costs;
    double whole = 0;
    for (const ir::Op* step : sections[k])
      for (const auto& entry : codegen::costs_of(*step)) {
        costs.push_back(entry);
        whole += entry.second;
      }
    for (const auto& [op, cost] : costs) {
      const double part = whole > 0 ? cost / whole : 1 / static_cast<double>(costs.size());
      profiled->operations.push_back(operation(op->def->name, op->location, k, part));
    }
  }
  return profiled;
}

}  // namespace brainpy::compiler::jit
