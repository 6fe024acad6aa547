// Chains of a launch: kernels, and perhaps a group, that threads do part by part.
// In: a compiled program's calls. Out: results, and lists of what fired for the next step.
#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <utility>

#include "compiler/codegen/chain.h"
#include "compiler/jit/launch.h"
#include "runtime/prefetch.h"
#include "runtime/shares.h"
#include "runtime/threads.h"

namespace brainpy::compiler::jit {

using codegen::Slot;

/// Makes the parts' own copies of constant operands, once they seem worth it. False: there are none.
bool Launch::divide(std::uint32_t step, runtime::Shares& shares) {
  constexpr int calls_before = 32;  // a copy takes the time of some hundred calls
  Kernel& kernel = kernels_[step];
  const ir::Op& op = *placement_.steps[step];
  if (!kernel.parts) {
    kernel.parts = std::make_unique<Parts>();
    if (op.def->parts.divide) kernel.parts->operands = op.def->parts.divided_operands(op);
  }
  auto& [divisions, bounds, operands, divided, calls] = *kernel.parts;
  const auto count = static_cast<std::size_t>(shares.parts());
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
  if (!divisions.empty() && bounds == shares.bounds()) return true;
  if (!operands.empty() && calls < calls_before && ++calls < calls_before) return false;
  const std::uint64_t began = runtime::ticks();
  std::vector<std::shared_ptr<void>> made = std::exchange(divisions, {});
  const bool again = made.size() == count;
  made.resize(count);
  if (!operands.empty()) {
    // Each thread makes its own, in memory near it.
    struct Work {
      const PartKernel& of_op;
      const KernelCall& call;
      const std::vector<std::int64_t>& bounds;
      std::vector<std::shared_ptr<void>>& made;
    } work{op.def->parts, kernel.call, shares.bounds(), made};
    runtime::parallel_parts(
        shares.parts(), 1,
        [](void* context, std::int64_t begin, std::int64_t end) {
          const auto& [of_op, call, bounds, made] = *static_cast<const Work*>(context);
          for (auto part = static_cast<std::size_t>(begin); part < static_cast<std::size_t>(end); ++part)
            made[part] = of_op.divide(call, bounds[part], bounds[part + 1], std::move(made[part]));
        },
        &work);
  }
  divisions = std::move(made);
  bounds = shares.bounds();
  // The first time is not the bounds' fault, and takes longer: the memory is new.
  if (again) shares.followed(runtime::ticks() - began);
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
    const std::shared_ptr<void>* divisions = nullptr;  ///< by part
    bool operator==(const KernelWork&) const = default;
  };
  std::array<KernelWork, codegen::Chain::longest> kernels;
  std::size_t count = 0;
  bp_group group = nullptr;
  void** slots = nullptr;
  runtime::Shares* shares = nullptr;
  bool operator==(const ChainWork&) const = default;

  int parts() const { return shares->parts(); }
  std::int64_t begin_of(int part) const { return shares->bounds()[static_cast<std::size_t>(part)]; }
  std::span<const KernelWork> works() const { return {kernels.data(), count}; }
  /// The kernel's events of which the group makes the bits in that part.
  std::pair<std::int64_t, std::int64_t> events_of_part(const KernelWork& work, int part) const {
    return {std::clamp<std::int64_t>(begin_of(part) - work.origin, 0, work.prepared_size),
            std::clamp<std::int64_t>(begin_of(part + 1) - work.origin, 0, work.prepared_size)};
  }
  std::span<const std::int32_t* const> lists_of(const KernelWork& work) const {
    const int lists = work.lists == nullptr ? 0 : work.origin >= 0 ? parts() : 1;
    return {work.lists, static_cast<std::size_t>(lists)};
  }

  void run(std::int64_t first_part, std::int64_t past_part) const {
    // Other threads have just written lists, and read those of the step before: their first lines are on their way at
    // once.
    constexpr std::ptrdiff_t lines = 4;
    for (const KernelWork& work : works())
      for (const std::int32_t* list : lists_of(work)) runtime::prefetch(list, lines);
    for (auto part = static_cast<int>(first_part); part < past_part; ++part) {
      const std::int64_t first = begin_of(part), past = begin_of(part + 1);
      if (first == past) continue;
      const runtime::Shares::Busy busy(*shares, part);
      for (const KernelWork& work : works())
        if (work.origin >= 0) runtime::prefetch_to_write(work.next[part], lines);
      if (group) group(slots, first, first);  // nothing, but the numbers that it takes come while the lists do
      for (const KernelWork& work : works())
        work.kernel->run({*work.call, lists_of(work), work.divisions[part].get(), first, past});
      if (!group) continue;
      run_part(group, slots, first, past);
      runtime::expect_next_parts();
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
    // Of a chain that is alone: the program goes ahead and writes the next step's numbers.
    std::vector<void*> slots;    ///< the launch's, but for the group's numbers
    runtime::BufferPtr numbers;  ///< 8 bytes each
  };
  struct Number {
    const void* from;
    std::size_t bytes;
  };
  static constexpr std::size_t number_bytes = 8;

  std::array<Step, 2> steps;
  std::vector<Number> numbers;
  std::unique_ptr<runtime::Shares> shares;
  int now = 0;          ///< the step of the last call
  int first_part = 0;   ///< with elements
  bool stays = false;   ///< the next step of a loop is as the last one
  bool listed = false;  ///< the last step left lists of the events that the group made

  /// The parts of a call. True: they are others than in the last one.
  bool share(std::int64_t size, int parts) {
    if (!shares || shares->parts() != parts || shares->bounds().back() != size)
      shares = std::make_unique<runtime::Shares>(size, parts);
    else if (!shares->move()) return false;
    steps[0].work = {};  // the rooms of its lists are for other parts
    return true;
  }

  /// Whether it is the work, but for its lists.
  bool is_for(const ChainWork& wanted) const {
    ChainWork plain = steps[0].work;
    for (ChainWork::KernelWork& kernel : plain.kernels) kernel.lists = kernel.next = nullptr;
    if (!steps[0].slots.empty()) plain.slots = wanted.slots;
    return plain == wanted;
  }

  /// Room for all lists of a work.
  void make_room(const ChainWork& work) {
    first_part = 0;
    while (work.begin_of(first_part + 1) == 0) ++first_part;
    for (Step& step : steps) {
      for (std::size_t k = 0; k < work.count; ++k) {
        const ChainWork::KernelWork& kernel = work.kernels[k];
        Lists& lists = step.lists[k];
        lists = {};
        if (!kernel.kernel->prepare) continue;
        const int count = kernel.origin >= 0 ? work.parts() : 1;
        for (int part = 0; part < count; ++part) {
          const auto [from, to] = work.events_of_part(kernel, part);
          const bool may_hold_all = kernel.origin < 0 || part == first_part;
          const std::int64_t most = may_hold_all ? kernel.prepared_size : to - from;
          lists.room.push_back(runtime::make_buffer(static_cast<std::size_t>(most + 1) * sizeof(std::int32_t)));
          lists.at.push_back(lists.room.back()->as<std::int32_t>());
          *lists.at.back() = 0;  // nobody does parts without elements
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

  /// Lists the events that no thread listed in the last step.
  void list_events() {
    const ChainWork& work = steps[static_cast<std::size_t>(now)].work;
    const auto is_open = [&](const ChainWork::KernelWork& kernel) {
      return kernel.lists && !(listed && kernel.origin >= 0);
    };
    // Other threads made most of the bits: all of them are on their way at once.
    for (const ChainWork::KernelWork& kernel : work.works())
      if (is_open(kernel))
        runtime::prefetch(kernel.call->in[kernel.kernel->prepared_operand],
                          std::min<std::ptrdiff_t>(kernel.prepared_size / 512 + 1, 256));
    for (const ChainWork::KernelWork& kernel : work.works()) {
      if (!is_open(kernel)) continue;
      const int all = kernel.origin < 0 ? 0 : first_part;
      kernel.kernel->prepare(*kernel.call, 0, kernel.prepared_size, kernel.lists[all]);
      for (int part = all + 1; kernel.origin >= 0 && part < work.parts(); ++part) *kernel.lists[part] = 0;
    }
  }

  /// Tables of their own for the threads of a chain that is alone.
  void keep_numbers(const std::vector<void*>& slots, std::span<const std::uint32_t> of_group,
                    const codegen::Placement& placement) {
    numbers.clear();
    for (const std::uint32_t slot : of_group)
      numbers.push_back({slots[slot], static_cast<std::size_t>(placement.slots[slot].bytes)});
    for (Step& step : steps) {
      step.slots = slots;
      step.numbers = runtime::make_buffer(of_group.size() * number_bytes);
      for (std::size_t k = 0; k < of_group.size(); ++k)
        step.slots[of_group[k]] = step.numbers->as<std::byte>() + number_bytes * k;
      step.work.slots = step.slots.data();
    }
  }

  void run_step(bool alone) {
    now = 1 - now;
    list_events();
    Step& step = steps[static_cast<std::size_t>(now)];
    listed = step.work.group != nullptr;
    const auto run_parts = [](void* context, std::int64_t begin, std::int64_t end) {
      static_cast<const ChainWork*>(context)->run(begin, end);
    };
    if (!alone) return runtime::parallel_parts(step.work.parts(), 1, run_parts, &step.work);
    for (std::size_t k = 0; k < numbers.size(); ++k)
      std::memcpy(step.numbers->as<std::byte>() + number_bytes * k, numbers[k].from, numbers[k].bytes);
    runtime::parallel_parts_ahead(step.work.parts(), run_parts, &step.work);
  }
};

namespace {

std::span<const bp_chained> kernels_of(const bp_chain& chain) {
  return {reinterpret_cast<const bp_chained*>(&chain + 1), chain.kernels};
}

std::span<const std::uint32_t> numbers_of(const bp_chain& chain) {
  return {reinterpret_cast<const std::uint32_t*>(kernels_of(chain).data() + chain.kernels), chain.numbers};
}

}  // namespace

/// Makes ready what the chain's threads need. False: they do not share it yet.
bool Launch::make_ready(Chain& chain, const bp_chain& of, bp_group group) {
  const std::span<const bp_chained> chained = kernels_of(of);
  bool divided = true, moves = false;
  for (const bp_chained& c : chained) divided &= divide(c.kernel, *chain.shares);  // all of them count their calls
  if (!divided) return false;
  ChainWork work{{}, chained.size(), group, slots_.data(), chain.shares.get()};
  for (std::size_t k = 0; k < chained.size(); ++k) {
    Kernel& kernel = kernels_[chained[k].kernel];
    if (kernel.events) kernel.events->listed = false;
    if (kernel.moves) point(kernel);
    moves |= kernel.moves;
    const ir::Op& op = *placement_.steps[chained[k].kernel];
    const PartKernel& of_op = op.def->parts;
    work.kernels[k] = {&kernel.call,
                       &of_op,
                       chained[k].origin,
                       of_op.prepared_size ? of_op.prepared_size(op) : 0,
                       nullptr,
                       nullptr,
                       kernel.parts->divisions.data()};
  }
  if (!chain.is_for(work)) chain.make_room(work);
  if (of.alone) chain.keep_numbers(slots_, numbers_of(of), placement_);
  chain.stays = !moves;
  return true;
}

std::int32_t Launch::parallel_chain(bp_launch* launch, const bp_chain* of, bp_group group, std::uint32_t again) {
  auto& self = *static_cast<Launch*>(launch->context);
  const std::span<const bp_chained> chained = kernels_of(*of);
  std::shared_ptr<Chain>& kept = self.kernels_[chained[0].kernel].chain;
  if (!kept) kept = std::make_shared<Chain>();
  Chain& chain = *kept;
  if (again == 0) chain.stays = chain.listed = false;
  self.failed_step_ = chained[0].kernel;  // should it fail, now or later
  try {
    const int parts = runtime::thread_count();
    if (!chain.stays || chain.shares->looks() || chain.shares->parts() != parts) runtime::finish_parts();
    if (parts == 1 || chain.share(of->size, parts)) chain.stays = false;
    if (chain.stays || (parts > 1 && self.make_ready(chain, *of, group))) {
      chain.run_step(of->alone != 0);
    } else {
      chain.listed = false;
      for (const bp_chained& c : chained)
        if (call_kernel(launch, c.kernel) != 0) return 1;
      if (group) group(launch->slots, 0, of->size);
    }
  } catch (...) {
    self.exception_ = std::current_exception();
    return 1;
  }
  return 0;
}

std::int32_t Launch::finish_chain(bp_launch* launch) {
  try {
    runtime::finish_parts();
    return 0;
  } catch (...) {
    static_cast<Launch*>(launch->context)->exception_ = std::current_exception();
    return 1;
  }
}

}  // namespace brainpy::compiler::jit
