#include "compiler/jit/launch.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>

#include "compiler/codegen/chain.h"
#include "compiler/ops/kernel_error.h"
#include "runtime/prefetch.h"
#include "runtime/threads.h"

namespace brainpy::compiler::jit {

using codegen::Slot;
using codegen::SlotKind;

namespace {

[[noreturn]] void throw_wrong_type(const ir::Program& program, const std::string& which, const Type& got,
                                   const Type& wanted) {
  runtime::ErrorParts parts{.what = "run '" + program.name + "': " + which + " has another type",
                            .values = "got " + to_string(got) + ", the program takes " + to_string(wanted)};
  if (got.dtype != wanted.dtype) throw runtime::DTypeError(std::move(parts));
  throw runtime::ShapeError(std::move(parts));
}

[[noreturn]] void throw_wrong_count(const ir::Program& program, const char* what, std::size_t got, std::size_t wanted) {
  throw runtime::ValueError({.what = "run '" + program.name + "': wrong number of " + what,
                             .values = "got " + std::to_string(got) + ", the program takes " + std::to_string(wanted)});
}

}  // namespace

void check_inputs(const ir::Program& program, const std::vector<Tensor>& arguments,
                  const std::vector<Tensor>& symbols) {
  const auto parameters = static_cast<std::size_t>(program.parameters);
  if (arguments.size() != parameters) throw_wrong_count(program, "arguments", arguments.size(), parameters);
  if (symbols.size() != program.symbols.size())
    throw_wrong_count(program, "symbols", symbols.size(), program.symbols.size());
  for (std::size_t k = 0; k < parameters; ++k)
    if (!(arguments[k].type == program.body.arguments[k]->type))
      throw_wrong_type(program, "argument " + std::to_string(k), arguments[k].type, program.body.arguments[k]->type);
  for (std::size_t k = 0; k < symbols.size(); ++k)
    if (!(symbols[k].type == program.symbols[k].type))
      throw_wrong_type(program, "'@" + program.symbols[k].name + "'", symbols[k].type, program.symbols[k].type);
}

void own_variables(const ir::Program& program, std::vector<Tensor>& symbols) {
  for (const ir::Binding& b : program.bindings) {
    Tensor& t = symbols[static_cast<std::size_t>(b.symbol)];
    if (b.result >= 0 && t.data.use_count() > 1) t.data = runtime::clone(*t.data);
  }
}

Launch::Launch(const ir::Program& program, const codegen::Placement& placement)
    : program_(program),
      placement_(placement),
      arena_(runtime::make_buffer(static_cast<std::size_t>(placement.arena_bytes))),
      literals_(runtime::make_buffer(static_cast<std::size_t>(placement.literal_bytes))),
      slots_(placement.slots.size()),
      kernels_(placement.steps.size()) {
  slots_[0] = arena_->data();
  for (std::size_t k = 1; k < slots_.size(); ++k) {
    const Slot& slot = placement.slots[k];
    if (slot.kind == SlotKind::arena) slots_[k] = arena_->as<std::byte>() + slot.offset;
    if (slot.kind != SlotKind::literal) continue;
    auto* to = literals_->as<std::byte>() + slot.offset;
    slots_[k] = to;
    const ir::Op& op = *placement.literals[static_cast<std::size_t>(slot.index)];
    const std::size_t size = size_of(op.result()->type.dtype);
    for (std::size_t i = 0; i < op.literal.bits.size(); ++i) std::memcpy(to + i * size, &op.literal.bits[i], size);
  }
  for (std::size_t k = 0; k < kernels_.size(); ++k) {
    const ir::Op& op = *placement.steps[k];
    if (op.def->shape_class == ShapeClass::map || !op.regions.empty()) continue;
    Kernel& kernel = kernels_[k];
    for (const ir::Value* v : op.operands) {
      kernel.in_types.push_back(v->type);
      kernel.in_slots.push_back(placement.slot(v));
    }
    for (const auto& r : op.results) {
      kernel.out_types.push_back(r->type);
      kernel.out_slots.push_back(placement.slot(r.get()));
    }
    kernel.in.resize(kernel.in_slots.size());
    kernel.out.resize(kernel.out_slots.size());
    for (int slot : kernel.in_slots) {
      const Slot& s = placement.slots[static_cast<std::size_t>(slot)];
      const Slot& base = s.kind == SlotKind::view ? placement.slots[static_cast<std::size_t>(s.index)] : s;
      kernel.moves = kernel.moves || base.kind == SlotKind::row;
    }
    kernel.call = {kernel.in_types,
                   kernel.out_types,
                   kernel.in.data(),
                   kernel.out.data(),
                   &op.attributes,
                   &error_,
                   !op.results.empty() && placement.cleared.contains(op.result())};
    if (op.def->kernel_for) kernel.chosen = op.def->kernel_for(kernel.in_types, op.attributes);
  }
}

std::vector<Tensor> Launch::run(bp_entry entry, const std::vector<Tensor>& arguments,
                                const std::vector<Tensor>& symbols, const std::vector<Tensor>& outputs,
                                const Probe& probe, runtime::SectionClock* clock) {
  std::vector<Tensor> results = outputs;
  const auto count = static_cast<std::size_t>(program_.result_count());
  results.reserve(count);
  for (std::size_t k = results.size(); k < count; ++k)
    results.push_back(runtime::make_tensor(program_.body.terminator()->operands[k]->type));
  for (std::size_t k = 1; k < slots_.size(); ++k) {
    const Slot& slot = placement_.slots[k];
    const auto index = static_cast<std::size_t>(slot.index);
    if (slot.kind == SlotKind::argument) slots_[k] = arguments[index].data->data();
    else if (slot.kind == SlotKind::symbol) slots_[k] = symbols[index].data->data();
    else if (slot.kind == SlotKind::result) slots_[k] = results[index].data->data();
  }
  for (std::size_t k = 1; k < slots_.size(); ++k) {
    const Slot& slot = placement_.slots[k];
    if (slot.kind == SlotKind::view)
      slots_[k] = static_cast<std::byte*>(slots_[static_cast<std::size_t>(slot.index)]) + slot.offset;
  }
  for (Kernel& kernel : kernels_) point(kernel);
  symbols_ = &symbols;
  probe_ = &probe;
  clock_ = clock;
  error_ = {};
  exception_ = nullptr;
  bp_launch launch{bp_abi_version, 0,           slots_.data(), this, parallel_group,
                   parallel_chain, call_kernel, call_probe,    mark};
  if (clock) clock->start();
  entry(&launch);
  if (clock) clock->stop();
  if (error_.failed || exception_) throw_failure();
  return results;
}

void Launch::throw_failure() {
  const ir::Op& op = *placement_.steps[failed_step_];
  if (!exception_) throw_kernel_error(error_, op.def->name, op.location);
  try {
    std::rethrow_exception(exception_);
  } catch (const runtime::Error& e) {
    e.rethrow_at(op.location);
  }
  std::terminate();  // not reached: rethrow_at never returns, which the compiler does not see through a virtual call
}

void Launch::parallel_group(bp_launch* launch, bp_group group, std::int64_t size, std::int64_t piece) {
  struct Call {
    bp_group group;
    void** slots;
  } call{group, launch->slots};
  runtime::parallel_parts(
      size, piece,
      [](void* context, std::int64_t begin, std::int64_t end) {
        const auto* c = static_cast<const Call*>(context);
        c->group(c->slots, begin, end);
      },
      &call);
}

/// Makes the parts' own copies of constant operands, once they seem worth it. False: there are none.
bool Launch::divide(std::uint32_t step, int parts) {
  constexpr int calls_before = 32;  // a copy takes the time of some hundred calls
  Kernel& kernel = kernels_[step];
  const ir::Op& op = *placement_.steps[step];
  if (!kernel.parts) {
    kernel.parts = std::make_unique<Parts>();
    if (op.def->parts.divide) kernel.parts->operands = op.def->parts.divided_operands(op);
  }
  auto& [divisions, operands, divided, calls] = *kernel.parts;
  const auto count = static_cast<std::size_t>(parts);
  const auto buffer = [&](int k) -> const runtime::BufferPtr& {
    const Slot& slot = placement_.slots[static_cast<std::size_t>(kernel.in_slots[static_cast<std::size_t>(k)])];
    return (*symbols_)[static_cast<std::size_t>(slot.index)].data;
  };
  if (!std::ranges::equal(divided, operands, {}, {}, buffer)) {
    divided.clear();
    for (const int k : operands) divided.push_back(buffer(k));
    divisions.clear();
    calls = 0;
  }
  if (divisions.size() == count) return true;
  divisions.clear();
  if (operands.empty()) divisions.resize(count);
  else if (++calls < calls_before) return false;
  const std::int64_t size = op.result()->type.size();
  for (int part = 0; divisions.size() < count; ++part)
    divisions.push_back(op.def->parts.divide(kernel.call, runtime::begin_of_part(size, part, parts),
                                             runtime::begin_of_part(size, part + 1, parts)));
  return true;
}

/// What threads do with their parts of a chain. It is the same in every second step, and then not written again:
/// threads keep it in their caches.
struct Launch::ChainWork {
  struct KernelWork {
    const KernelCall* call = nullptr;
    const PartKernel* kernel = nullptr;
    std::int64_t origin = -1;        ///< of its events among the group's bits, see bp_chained
    std::int64_t prepared_size = 0;  ///< of its events
    /// Of this step's events, by part, or one where the group does not make them; and of the next step's.
    std::int32_t *const *lists = nullptr, *const *next = nullptr;
    const std::shared_ptr<const void>* divisions = nullptr;  ///< by part
    bool operator==(const KernelWork&) const = default;
  };
  std::array<KernelWork, codegen::Chain::longest> kernels;
  std::size_t count = 0;
  bp_group group = nullptr;
  void** slots = nullptr;
  std::int64_t size = 0;
  int parts = 0;
  bool operator==(const ChainWork&) const = default;

  std::int64_t begin_of(int part) const { return runtime::begin_of_part(size, part, parts); }
  std::span<const KernelWork> works() const { return {kernels.data(), count}; }
  /// The kernel's events of which the group makes the bits in that part.
  std::pair<std::int64_t, std::int64_t> events_of_part(const KernelWork& work, int part) const {
    return {std::clamp<std::int64_t>(begin_of(part) - work.origin, 0, work.prepared_size),
            std::clamp<std::int64_t>(begin_of(part + 1) - work.origin, 0, work.prepared_size)};
  }
  std::span<const std::int32_t* const> lists_of(const KernelWork& work) const {
    const int lists = work.lists == nullptr ? 0 : work.origin >= 0 ? parts : 1;
    return {work.lists, static_cast<std::size_t>(lists)};
  }

  void run(std::int64_t begin, std::int64_t end) const {
    // Other threads have just written lists: their first lines are on their way at once.
    for (const KernelWork& work : works())
      for (const std::int32_t* list : lists_of(work)) runtime::prefetch(list, 4);
    for (int part = 0; part < parts; ++part) {
      const std::int64_t first = begin_of(part), past = begin_of(part + 1);
      if (first < begin || past > end || first == past) continue;
      for (const KernelWork& work : works())
        work.kernel->run({*work.call, lists_of(work), work.divisions[part].get(), first, past});
      if (!group) continue;
      group(slots, first, past);
      for (const KernelWork& work : works())
        if (work.origin >= 0) {
          const auto [from, to] = events_of_part(work, part);
          work.kernel->prepare(*work.call, from, to, work.next[part]);
        }
    }
  }
};

/// What is kept of a chain between its calls.
struct Launch::Chain {
  /// By kernel: room for the lists of its events.
  struct Lists {
    std::vector<runtime::BufferPtr> room;
    std::vector<std::int32_t*> at;
  };
  /// In every second step a thread still reads what others write in the next.
  struct Step {
    ChainWork work;
    std::array<Lists, codegen::Chain::longest> lists;
  };
  std::array<Step, 2> steps;
  int now = 0;
  bool listed = false;  ///< the last call left lists of the events that the group made

  /// Room for all lists of a work.
  void make_room(const ChainWork& work) {
    for (Step& step : steps) {
      for (std::size_t k = 0; k < work.count; ++k) {
        const ChainWork::KernelWork& kernel = work.kernels[k];
        Lists& lists = step.lists[k];
        lists = {};
        if (!kernel.kernel->prepare) continue;
        const int count = kernel.origin >= 0 ? work.parts : 1;
        for (int part = 0; part < count; ++part) {
          const auto [from, to] = work.events_of_part(kernel, part);
          const std::int64_t most = part == 0 ? kernel.prepared_size : to - from;  // the first may hold all
          lists.room.push_back(runtime::make_buffer(static_cast<std::size_t>(most + 1) * sizeof(std::int32_t)));
          lists.at.push_back(lists.room.back()->as<std::int32_t>());
        }
      }
    }
    for (int k = 0; k < 2; ++k) {
      Step& step = steps[static_cast<std::size_t>(k)];
      step.work = work;
      for (std::size_t i = 0; i < work.count; ++i) {
        if (step.lists[i].at.empty()) continue;
        step.work.kernels[i].lists = step.lists[i].at.data();
        step.work.kernels[i].next = steps[static_cast<std::size_t>(1 - k)].lists[i].at.data();
      }
    }
    listed = false;
  }

  /// Whether it is the work, but for its lists.
  bool is_for(const ChainWork& wanted) const {
    ChainWork plain = steps[0].work;
    for (ChainWork::KernelWork& kernel : plain.kernels) kernel.lists = kernel.next = nullptr;
    return plain == wanted;
  }
};

/// Lists the events that no thread listed in the last step. `again`: that was the same chain's.
const Launch::ChainWork& Launch::prepare(Chain& chain, const ChainWork& wanted, bool again) {
  if (!chain.is_for(wanted)) chain.make_room(wanted);
  const bool listed = again && chain.listed;
  chain.listed = wanted.group != nullptr;
  chain.now = 1 - chain.now;
  const ChainWork& work = chain.steps[static_cast<std::size_t>(chain.now)].work;
  const auto is_open = [&](const ChainWork::KernelWork& kernel) {
    return kernel.lists && !(listed && kernel.origin >= 0);
  };
  // Other threads made most of the bits: all of them are on their way at once.
  for (const ChainWork::KernelWork& kernel : work.works())
    if (is_open(kernel))
      runtime::prefetch(kernel.call->in[kernel.kernel->prepared_operand],
                        std::min<std::ptrdiff_t>(kernel.prepared_size / 512 + 1, 256));
  for (const ChainWork::KernelWork& kernel : work.works()) {
    // Nobody does parts without elements.
    for (int part = 0; kernel.origin >= 0 && part < work.parts; ++part)
      if (work.begin_of(part) == work.begin_of(part + 1)) *kernel.next[part] = 0;
    if (!is_open(kernel)) continue;
    kernel.kernel->prepare(*kernel.call, 0, kernel.prepared_size, kernel.lists[0]);
    for (int part = 1; kernel.origin >= 0 && part < work.parts; ++part) *kernel.lists[part] = 0;
  }
  return work;
}

std::int32_t Launch::parallel_chain(bp_launch* launch, const bp_chained* kernels, std::uint32_t count, bp_group group,
                                    std::int64_t size, std::uint32_t again) {
  auto& self = *static_cast<Launch*>(launch->context);
  const std::span chained(kernels, count);
  const int parts = runtime::thread_count();
  std::shared_ptr<Chain>& chain = self.kernels_[chained[0].kernel].chain;
  if (!chain) chain = std::make_shared<Chain>();
  try {
    bool divided = parts > 1;
    if (divided)
      for (const bp_chained& c : chained) divided &= self.divide(c.kernel, parts);  // all of them count their calls
    if (!divided) {
      chain->listed = false;
      for (const bp_chained& c : chained)
        if (call_kernel(launch, c.kernel) != 0) return 1;
      if (group) group(launch->slots, 0, size);
      return 0;
    }
    ChainWork work{{}, count, group, launch->slots, size, parts};
    for (std::size_t k = 0; k < count; ++k) {
      Kernel& kernel = self.kernels_[chained[k].kernel];
      if (kernel.moves) self.point(kernel);
      const ir::Op& op = *self.placement_.steps[chained[k].kernel];
      const PartKernel& of_op = op.def->parts;
      work.kernels[k] = {&kernel.call,
                         &of_op,
                         chained[k].origin,
                         of_op.prepared_size ? of_op.prepared_size(op) : 0,
                         nullptr,
                         nullptr,
                         kernel.parts->divisions.data()};
    }
    // One piece a part: what the kernels share is gone through once a piece.
    runtime::parallel_parts(
        size, size,
        [](void* context, std::int64_t begin, std::int64_t end) {
          static_cast<const ChainWork*>(context)->run(begin, end);
        },
        const_cast<ChainWork*>(&self.prepare(*chain, work, again != 0)));
  } catch (...) {
    self.exception_ = std::current_exception();
    self.failed_step_ = chained[0].kernel;
    return 1;
  }
  return 0;
}

/// No exception may pass through compiled code, which has no tables to unwind it.
std::int32_t Launch::call_kernel(bp_launch* launch, std::uint32_t step) {
  auto& self = *static_cast<Launch*>(launch->context);
  try {
    self.call(step);
  } catch (...) {
    self.exception_ = std::current_exception();
  }
  if (!self.error_.failed && !self.exception_) return 0;
  self.failed_step_ = step;
  return 1;
}

/// Where the kernel's operands and results are now.
void Launch::point(Kernel& kernel) {
  for (std::size_t k = 0; k < kernel.in.size(); ++k)
    kernel.in[k] = slots_[static_cast<std::size_t>(kernel.in_slots[k])];
  for (std::size_t k = 0; k < kernel.out.size(); ++k)
    kernel.out[k] = slots_[static_cast<std::size_t>(kernel.out_slots[k])];
}

void Launch::call(std::uint32_t step) {
  Kernel& kernel = kernels_[step];
  if (kernel.moves) point(kernel);
  if (kernel.chosen) kernel.chosen(kernel.call);
  else placement_.steps[step]->def->kernel(kernel.call);
}

std::int32_t Launch::call_probe(bp_launch* launch, std::uint32_t step) {
  auto& self = *static_cast<Launch*>(launch->context);
  try {
    return *self.probe_ && (*self.probe_)(step) ? 1 : 0;
  } catch (...) {
    self.exception_ = std::current_exception();
    self.failed_step_ = step;
    return 1;
  }
}

void Launch::mark(bp_launch* launch, std::uint32_t section) {
  static_cast<Launch*>(launch->context)->clock_->mark(section);
}

}  // namespace brainpy::compiler::jit
