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
  auto& [shared, divisions, operands, divided, calls] = *kernel.parts;
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

/// What threads do with their parts of a chain. It is the same in every step, and then not written again: threads keep
/// it in their caches.
struct Launch::ChainWork {
  struct KernelWork {
    const KernelCall* call = nullptr;
    void (*run)(const PartCall&) = nullptr;
    const std::int32_t* shared = nullptr;                    ///< Parts::shared
    const std::shared_ptr<const void>* divisions = nullptr;  ///< by part
    bool operator==(const KernelWork&) const = default;

    std::span<const std::int32_t> list() const { return {shared + 1, static_cast<std::size_t>(*shared)}; }
  };
  std::array<KernelWork, codegen::Chain::longest> kernels;
  std::size_t count = 0;
  bp_group group = nullptr;
  void** slots = nullptr;
  std::int64_t size = 0;
  int parts = 0;
  bool operator==(const ChainWork&) const = default;

  void run(std::int64_t begin, std::int64_t end) const {
    const std::span works(kernels.data(), count);
    // The calling thread has just written the lists: all their lines are on their way at once.
    for (const KernelWork& kernel : works) runtime::prefetch(kernel.shared, 8);
    for (const KernelWork& kernel : works)
      for (int part = 0; part < parts; ++part) {
        const std::int64_t first = runtime::begin_of_part(size, part, parts);
        const std::int64_t past = runtime::begin_of_part(size, part + 1, parts);
        if (first < begin || past > end || first == past) continue;
        kernel.run({*kernel.call, kernel.list(), kernel.divisions[part].get(), first, past});
      }
    if (group) group(slots, begin, end);
  }
};

std::int32_t Launch::parallel_chain(bp_launch* launch, const std::uint32_t* kernels, std::uint32_t count,
                                    bp_group group, std::int64_t size) {
  auto& self = *static_cast<Launch*>(launch->context);
  const std::span steps(kernels, count);
  const int parts = runtime::thread_count();
  try {
    bool divided = parts > 1;
    if (divided)
      for (const std::uint32_t step : steps) divided &= self.divide(step, parts);  // all of them count their calls
    if (!divided) {
      for (const std::uint32_t step : steps)
        if (call_kernel(launch, step) != 0) return 1;
      if (group) group(launch->slots, 0, size);
      return 0;
    }
    ChainWork work{{}, count, group, launch->slots, size, parts};
    for (const std::uint32_t step : steps) {
      Kernel& kernel = self.kernels_[step];
      if (kernel.moves) self.point(kernel);
      // Other threads made most of what they prepare from: all of it is on its way at once.
      const int prepared = self.placement_.steps[step]->def->parts.prepared_operand;
      if (prepared < 0) continue;
      const auto k = static_cast<std::size_t>(prepared);
      runtime::prefetch(kernel.in[k], std::min<std::ptrdiff_t>(kernel.in_types[k].bytes() / 64 + 1, 256));
    }
    for (std::size_t k = 0; k < count; ++k) {
      Kernel& kernel = self.kernels_[steps[k]];
      const PartKernel& kernel_parts = self.placement_.steps[steps[k]]->def->parts;
      std::vector<std::int32_t>& shared = kernel.parts->shared;
      shared.resize(1);
      kernel_parts.prepare(kernel.call, shared);
      shared[0] = static_cast<std::int32_t>(shared.size() - 1);
      work.kernels[k] = {&kernel.call, kernel_parts.run, shared.data(), kernel.parts->divisions.data()};
    }
    std::shared_ptr<ChainWork>& told = self.kernels_[steps[0]].chain;
    if (!told) told = std::make_shared<ChainWork>();
    if (!(*told == work)) *told = work;
    // One piece a part: what the kernels share is gone through once a piece.
    runtime::parallel_parts(
        size, size,
        [](void* context, std::int64_t begin, std::int64_t end) {
          static_cast<const ChainWork*>(context)->run(begin, end);
        },
        told.get());
  } catch (...) {
    self.exception_ = std::current_exception();
    self.failed_step_ = steps[0];
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
