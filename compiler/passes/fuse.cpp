// Fusion: map operations of one shape share a loop.
// In: a program. Out: in every block the operations stand in another order (each after what it uses, effects in their
// old order) and neighbouring map operations of one shape sit in one `fused` operation, which yields what is used
// outside of it. Scalar operations stay plain: they cost nothing and block nothing.
//
// The order: whatever is no map of an array comes as early as it can, so that what is left waiting is maps only; then
// one shape is chosen and all of its maps that can be reached without anything else become one group.
#include <algorithm>
#include <functional>
#include <limits>
#include <queue>
#include <unordered_set>

#include "compiler/ir/rewrite.h"
#include "compiler/ops/op_def.h"
#include "compiler/passes/pass.h"

namespace brainpy::compiler::passes {
namespace {

using ir::Op;
using ir::Region;
using ir::Value;

/// Longer groups are cut: past this many operations a loop spills more registers than it saves memory traffic.
constexpr std::size_t largest_group = 400;

constexpr int plain = -1;

using Ready = std::priority_queue<int, std::vector<int>, std::greater<>>;

/// The operations of one block as a graph, by their place in the old order.
struct Graph {
  std::vector<std::vector<int>> users;
  std::vector<int> waiting;              ///< how many operations each one still waits for
  std::vector<int> shape;                ///< number of the iteration space, or `plain`
  std::vector<std::vector<int>> spaces;  ///< the operations of each iteration space, in the old order

  explicit Graph(const ir::OpList& ops);
};

bool is_array_map(const Op& op) { return joins_loops(*op.def) && !loop_shape(op).is_scalar(); }

/// Not worth a loop: its kernel does it as well.
bool packs_alone(const ir::OpList& group) {
  return group.size() == 1 && group[0]->def->shape_class == ShapeClass::pack;
}

Graph::Graph(const ir::OpList& ops) : users(ops.size()), waiting(ops.size()), shape(ops.size(), plain) {
  std::unordered_map<const Op*, int> place;
  std::vector<runtime::Shape> shapes;
  int last_effect = -1;
  for (int i = 0; i < static_cast<int>(ops.size()); ++i) {
    const Op& op = *ops[static_cast<std::size_t>(i)];
    place[&op] = i;
    std::vector<int> needs;
    const auto need = [&](const Value* v) {
      if (const auto it = place.find(v->definition); v->definition && it != place.end()) needs.push_back(it->second);
    };
    for (const Value* v : op.operands) need(v);
    if (!op.regions.empty())
      for (const Value* v : ir::captured_values(op)) need(v);
    if (ir::has_effects(op)) {
      if (last_effect >= 0) needs.push_back(last_effect);
      last_effect = i;
    }
    std::ranges::sort(needs);
    needs.erase(std::ranges::unique(needs).begin(), needs.end());
    for (int n : needs) users[static_cast<std::size_t>(n)].push_back(i);
    waiting[static_cast<std::size_t>(i)] = static_cast<int>(needs.size());
    if (!is_array_map(op)) continue;
    const auto known = std::ranges::find(shapes, loop_shape(op));
    const auto space = static_cast<std::size_t>(known - shapes.begin());
    if (known == shapes.end()) {
      shapes.push_back(loop_shape(op));
      spaces.emplace_back();
    }
    shape[static_cast<std::size_t>(i)] = static_cast<int>(space);
    spaces[space].push_back(i);
  }
}

class Scheduler {
 public:
  explicit Scheduler(const ir::OpList& ops)
      : graph_(ops), done_(ops.size()), ready_maps_(graph_.spaces.size()), first_left_(graph_.spaces.size()) {
    for (std::size_t i = 0; i < ops.size(); ++i)
      if (graph_.waiting[i] == 0) release(static_cast<int>(i));
  }

  /// The next operation or group of operations; empty at the end.
  std::vector<int> next() {
    if (!ready_plain_.empty()) {
      const int op = ready_plain_.top();
      ready_plain_.pop();
      finish(op);
      return {op};
    }
    std::vector<int> group;
    const int space = choose_space();
    if (space < 0) return group;
    Ready& ready = ready_maps_[static_cast<std::size_t>(space)];
    while (!ready.empty()) {
      const int op = ready.top();
      ready.pop();
      group.push_back(op);
      finish(op);
    }
    return group;
  }

 private:
  void release(int op) {
    const int space = graph_.shape[static_cast<std::size_t>(op)];
    if (space == plain) ready_plain_.push(op);
    else ready_maps_[static_cast<std::size_t>(space)].push(op);
  }

  void finish(int op) {
    done_[static_cast<std::size_t>(op)] = true;
    for (int user : graph_.users[static_cast<std::size_t>(op)])
      if (--graph_.waiting[static_cast<std::size_t>(user)] == 0) release(user);
  }

  /// The space whose group reaches farthest: its first operation that has to stay behind comes last in the old order.
  /// A population that waits for another one's update is so computed after it, in one group instead of two.
  int choose_space() {
    int best = -1, candidates = 0;
    for (int s = 0; s < static_cast<int>(ready_maps_.size()); ++s)
      if (!ready_maps_[static_cast<std::size_t>(s)].empty()) {
        ++candidates;
        best = s;
      }
    if (candidates < 2) return best;
    std::pair<int, int> best_key;
    best = -1;
    for (int s = 0; s < static_cast<int>(ready_maps_.size()); ++s) {
      const Ready& ready = ready_maps_[static_cast<std::size_t>(s)];
      if (ready.empty()) continue;
      const std::pair<int, int> key{first_left_behind(s), -ready.top()};
      if (best < 0 || key > best_key) {
        best = s;
        best_key = key;
      }
    }
    return best;
  }

  int first_left_behind(int space) {
    std::unordered_set<int> reached;
    std::unordered_map<int, int> released;
    Ready ready = ready_maps_[static_cast<std::size_t>(space)];
    while (!ready.empty()) {
      const int op = ready.top();
      ready.pop();
      reached.insert(op);
      for (int user : graph_.users[static_cast<std::size_t>(op)])
        if (graph_.shape[static_cast<std::size_t>(user)] == space &&
            ++released[user] == graph_.waiting[static_cast<std::size_t>(user)])
          ready.push(user);
    }
    const std::vector<int>& ops = graph_.spaces[static_cast<std::size_t>(space)];
    std::size_t& first = first_left_[static_cast<std::size_t>(space)];
    while (first < ops.size() && done_[static_cast<std::size_t>(ops[first])]) ++first;
    for (std::size_t i = first; i < ops.size(); ++i)
      if (!done_[static_cast<std::size_t>(ops[i])] && !reached.contains(ops[i])) return ops[i];
    return std::numeric_limits<int>::max();
  }

  Graph graph_;
  std::vector<bool> done_;
  Ready ready_plain_;
  std::vector<Ready> ready_maps_;
  std::vector<std::size_t> first_left_;  ///< how many of a space's first operations are known to be done
};

/// Who uses a value: the operations of the block itself, a region counting as the operation that owns it.
using Users = std::unordered_map<const Value*, std::vector<const Op*>>;

Users users_of(const ir::OpList& ops) {
  Users users;
  for (const auto& op : ops) {
    for (const Value* v : op->operands) users[v].push_back(op.get());
    if (!op->regions.empty())
      for (const Value* v : ir::captured_values(*op)) users[v].push_back(op.get());
  }
  return users;
}

/// Wraps the operations into one `fused` and appends it; values that are used outside become its results.
const Op* append_group(Region& region, ir::OpList group, const Users& users, ir::ValueMap& outside) {
  std::unordered_set<const Op*> members;
  for (const auto& op : group) members.insert(op.get());
  ir::Builder builder(region);
  builder.set_location(group.front()->location);
  Op& fused = *builder.append_control("fused", {}, {}, {}, 1);
  std::vector<Value*> yielded;
  for (auto& op : group) {
    for (Value*& v : op->operands) v = ir::resolve(v, outside);
    Value* result = op->result();
    const auto it = users.find(result);
    const bool leaves =
        it != users.end() && std::ranges::any_of(it->second, [&](const Op* user) { return !members.contains(user); });
    ir::adopt(*fused.regions[0], std::move(op));
    if (leaves) yielded.push_back(result);
  }
  for (Value* v : yielded) outside[v] = ir::add_result(fused, v->type, v->name);
  ir::Builder(*fused.regions[0]).yield(yielded);
  return &fused;
}

bool fuse_region(Region& region) {
  bool changed = false;
  for (const auto& op : region.ops)
    if (!ir::is(*op, "fused"))
      for (const auto& r : op->regions) changed |= fuse_region(*r);
  if (std::ranges::none_of(region.ops, [](const auto& op) { return is_array_map(*op); })) return changed;

  const Users users = users_of(region.ops);
  ir::OpList ops = std::move(region.ops);
  region.ops.clear();
  std::unique_ptr<Op> terminator = std::move(ops.back());
  ops.pop_back();

  Scheduler scheduler(ops);
  ir::ValueMap outside;
  std::unordered_set<const Op*> groups;
  for (std::vector<int> next = scheduler.next(); !next.empty(); next = scheduler.next()) {
    for (std::size_t first = 0; first < next.size(); first += largest_group) {
      ir::OpList group;
      for (std::size_t i = first; i < std::min(next.size(), first + largest_group); ++i)
        group.push_back(std::move(ops[static_cast<std::size_t>(next[i])]));
      if (is_array_map(*group[0]) && !packs_alone(group))
        groups.insert(append_group(region, std::move(group), users, outside));
      else ir::adopt(region, std::move(group[0]));
    }
  }
  ir::adopt(region, std::move(terminator));
  // A value inside a group keeps its name there; everyone outside sees the group's result.
  for (const auto& op : region.ops) {
    if (groups.contains(op.get())) continue;
    for (Value*& v : op->operands) v = ir::resolve(v, outside);
    for (const auto& r : op->regions) ir::replace_uses(*r, outside);
  }
  return true;
}

}  // namespace

bool fuse(ir::Program& program, const PassOptions&) { return fuse_region(program.body); }

}  // namespace brainpy::compiler::passes
