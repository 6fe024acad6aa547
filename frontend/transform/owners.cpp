#include "frontend/transform/owners.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <unordered_map>

#include "compiler/ops/op_def.h"

namespace brainpy::transform {
namespace {

/// "LIF" of "LIF.update", and of "LIF<float>".
std::string_view class_of(std::string_view name) { return name.substr(0, name.find_first_of(".<")); }

bool is_of_class(const ObjectInfo& object, std::string_view name) {
  return std::ranges::any_of(object.classes, [&](const std::string& c) { return class_of(c) == class_of(name); });
}

/// "EINet.E": the outermost object is called after its class.
std::string full_path(const ObjectInfo& object) {
  const ObjectInfo* outermost = &object;
  std::shared_ptr<ObjectInfo> above;
  while (const auto next = outermost->parent.lock()) {
    above = next;
    outermost = above.get();
  }
  std::string text = outermost->has_parent || outermost->classes.empty() ? "" : outermost->classes.back();
  const std::string path = object.path();
  if (!text.empty() && !path.empty()) text += ".";
  return text + path;
}

class Owners {
 public:
  Owners(ir::Program& program, const std::vector<Captured>& captured) {
    for (std::size_t k = 0; k < captured.size(); ++k) {
      if (!captured[k].variable || !captured[k].variable->object) continue;
      std::shared_ptr<ObjectInfo> object = captured[k].variable->object;
      of_symbol_[program.symbols[k].name] = object.get();
      for (; object; object = object->parent.lock())
        if (std::ranges::find(objects_, object) == objects_.end()) objects_.push_back(object);
    }
    walk(program.body);
  }

  void run() {
    for (std::size_t k = 0; k < calls_.size(); ++k) {
      Call& call = calls_[k];
      if (!call.owner) call.owner = only_one(call.method);
      if (!call.owner) call.owner = neighbour(k);
      if (!call.owner) continue;
      const std::string path = full_path(*call.owner);
      for (ir::Op* op : call.ops) op->location.path = path;
    }
  }

 private:
  struct Call {
    std::string method;
    unsigned line = 0;  ///< the last one
    const ObjectInfo* owner = nullptr;
    std::vector<ir::Op*> ops;
  };

  void walk(const ir::Region& region) {
    for (const auto& op : region.ops) {
      const std::string& name = op->def->name;
      // A read has the place of what was recorded before it.
      if (name != "const" && name != "read" && name != "yield") add(*op);
      for (const auto& r : op->regions) walk(*r);
    }
  }

  void add(ir::Op& op) {
    const runtime::Location& at = op.location;
    if (at.object.empty()) {
      between_.push_back(&op);
      return;
    }
    const ObjectInfo* owner = touched(op);
    Call* last = calls_.empty() ? nullptr : &calls_.back();
    const bool goes_on =
        last && last->method == at.object && at.line >= last->line && (!owner || !last->owner || owner == last->owner);
    if (!goes_on) {
      calls_.push_back({.method = at.object});
      last = &calls_.back();
    }
    // A lambda, such as an integrator's equation, ran inside of the call, perhaps before anything else.
    if (goes_on || uses_what_is_between(op)) last->ops.insert(last->ops.end(), between_.begin(), between_.end());
    between_.clear();
    if (owner) last->owner = owner;
    last->line = at.line;
    last->ops.push_back(&op);
  }

  bool uses_what_is_between(const ir::Op& op) const {
    return std::ranges::any_of(op.operands, [&](const ir::Value* v) {
      return v->definition && std::ranges::find(between_, v->definition) != between_.end();
    });
  }

  /// The object of the operation's class whose Variable it reads or writes, or null.
  const ObjectInfo* touched(const ir::Op& op) const {
    const auto of = [&](const ir::Op& access) -> const ObjectInfo* {
      const auto it = of_symbol_.find(access.symbol);
      return it != of_symbol_.end() && is_of_class(*it->second, op.location.object) ? it->second : nullptr;
    };
    if (!op.symbol.empty())
      if (const ObjectInfo* owner = of(op)) return owner;
    for (const ir::Value* v : op.operands)
      if (v->definition && !v->definition->symbol.empty())
        if (const ObjectInfo* owner = of(*v->definition)) return owner;
    return nullptr;
  }

  const ObjectInfo* only_one(const std::string& method) const {
    const ObjectInfo* found = nullptr;
    for (const auto& object : objects_) {
      if (!is_of_class(*object, method)) continue;
      if (found) return nullptr;
      found = object.get();
    }
    return found;
  }

  /// A call that was taken for two: an expression over several lines, a loop.
  const ObjectInfo* neighbour(std::size_t k) const {
    for (std::size_t i = k; i-- > 0;)
      if (calls_[i].method == calls_[k].method && calls_[i].owner) return calls_[i].owner;
    for (std::size_t i = k + 1; i < calls_.size(); ++i)
      if (calls_[i].method == calls_[k].method && calls_[i].owner) return calls_[i].owner;
    return nullptr;
  }

  std::unordered_map<std::string, const ObjectInfo*> of_symbol_;
  std::vector<std::shared_ptr<const ObjectInfo>> objects_;
  std::vector<Call> calls_;
  std::vector<ir::Op*> between_;  ///< of no class, after the last call's operations
};

}  // namespace

void name_owners(ir::Program& program, const std::vector<Captured>& captured) { Owners(program, captured).run(); }

}  // namespace brainpy::transform
