#include "compiler/ops/registry.h"

#include <algorithm>

namespace brainpy::compiler {

std::vector<std::string> Registry::missing_fields(const OpDef& def) {
  std::vector<std::string> missing;
  const std::string name = def.name.empty() ? "(operation without a name)" : def.name;
  const auto need = [&](bool present, const char* field) {
    if (!present) missing.push_back(name + ": no " + field);
  };
  need(!def.name.empty(), "name");
  need(!def.doc.empty(), "doc");
  if (def.shape_class == ShapeClass::control) return missing;
  need(static_cast<bool>(def.infer), "infer");
  if (def.shape_class == ShapeClass::map) {
    need(!def.bodies.empty(), "body");
    for (const MapBody& b : def.bodies) {
      need(b.host != nullptr, "host kernel in a body");
      need(b.emit != nullptr, "emitter in a body");
      need(b.results.size() == 1, "result type in a body");
    }
  } else {
    need(static_cast<bool>(def.kernel), "kernel");
  }
  need(!std::holds_alternative<std::monostate>(def.jvp),
       "jvp (say NotDifferentiable or ZeroDerivative if it has none)");
  if (const auto* rule = std::get_if<JvpFn>(&def.jvp)) need(static_cast<bool>(*rule), "jvp function");
  need(!std::holds_alternative<std::monostate>(def.batch), "batch (say BatchByLoop if it has no rule of its own)");
  if (const auto* rule = std::get_if<BatchFn>(&def.batch)) need(static_cast<bool>(*rule), "batch function");
  if (std::holds_alternative<BatchElementwise>(def.batch))
    need(def.shape_class == ShapeClass::map, "batch rule that fits (BatchElementwise is for maps)");
  need(!def.samples.empty(), "samples");
  return missing;
}

const OpDef& Registry::add(OpDef def) {
  const std::vector<std::string> missing = missing_fields(def);
  if (!missing.empty()) {
    std::string list;
    for (const std::string& m : missing) list += (list.empty() ? "" : "; ") + m;
    throw runtime::ValueError({.what = "register operation '" + def.name + "': a mandatory field is empty",
                               .values = list,
                               .hint = "fill every field of OpDef (compiler/ops/op_def.h)"});
  }
  return add_unchecked(std::move(def));
}

const OpDef& Registry::add_unchecked(OpDef def) {
  if (by_name_.contains(def.name))
    throw runtime::NameError({.what = "register operation '" + def.name + "': the name is taken",
                              .hint = "give your operation another name, such as 'my_" + def.name + "'"});
  auto owned = std::make_unique<OpDef>(std::move(def));
  const OpDef& added = *owned;
  order_.push_back(&added);
  by_name_.emplace(added.name, std::move(owned));
  return added;
}

const OpDef* Registry::find(const std::string& name) const {
  const auto it = by_name_.find(name);
  return it == by_name_.end() ? nullptr : it->second.get();
}

const OpDef& Registry::get(const std::string& name) const {
  if (const OpDef* def = find(name)) return *def;
  std::string like;
  for (const OpDef* def : order_)
    if (!name.empty() && (def->name.find(name.substr(0, 3)) != std::string::npos))
      like += (like.empty() ? "" : ", ") + def->name;
  throw runtime::NameError({.what = "no operation is called '" + name + "'",
                            .hint = like.empty() ? "see docs/operations.md for the list" : "names like it: " + like});
}

Registry& registry() {
  static Registry* instance = [] {
    auto* r = new Registry;
    register_frame(*r);
    register_elementwise(*r);
    register_functions(*r);
    register_special(*r);
    register_mittag_leffler(*r);
    register_incomplete_gamma(*r);
    register_shape(*r);
    register_bits(*r);
    register_index(*r);
    register_reduce(*r);
    register_sort(*r);
    register_linalg(*r);
    register_random(*r);
    register_event(*r);
    register_debug(*r);
    return r;
  }();
  return *instance;
}

}  // namespace brainpy::compiler
