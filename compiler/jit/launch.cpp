#include "compiler/jit/launch.h"

#include <cstring>
#include <map>
#include <tuple>

#include "compiler/ops/kernel_error.h"
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
  share_events();
}

/// Who reads as many bits of the same value in the same block reads the same ones: of words that two parts of a
/// population share, each part has its own.
void Launch::share_events() {
  std::map<std::tuple<const ir::Region*, const ir::Value*, std::int64_t>, Kernel*> first_of;
  for (std::size_t k = 0; k < kernels_.size(); ++k) {
    const ir::Op& op = *placement_.steps[k];
    const PartKernel& of_op = op.def->parts;
    if (!of_op.prepare || !of_op.applies(op)) continue;
    const ir::Value* bits = op.operands[static_cast<std::size_t>(of_op.prepared_operand)];
    const std::int64_t size = of_op.prepared_size(op);
    const auto [at, is_first] = first_of.try_emplace({op.parent, bits, size}, &kernels_[k]);
    if (is_first) continue;
    Kernel& first = *at->second;
    if (!first.events) {
      const std::size_t bytes = static_cast<std::size_t>(size + 1) * sizeof(std::int32_t);
      auto list = std::make_shared<runtime::Buffer>(bytes, runtime::Buffer::Unset{});
      first.events = std::make_shared<SharedEvents>(size, std::move(list));
      first.lists_events = true;
    }
    kernels_[k].events = first.events;
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
  bp_launch launch{bp_abi_version, 0,           slots_.data(), this, parallel_group, parallel_chain,
                   finish_chain,   call_kernel, call_probe,    mark};
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

/// A part of one thread. A processor that goes through memory forwards soon fetches what comes next, and what comes
/// after the part is another thread's, which would have to fetch it back. So the part's end is done backwards, 64
/// elements at a time; and half way, for all threads are at their beginnings at the same time.
void Launch::run_part(bp_group group, void** slots, std::int64_t begin, std::int64_t end) {
  constexpr std::int64_t at_once = 64, at_the_end = 512;
  if (end - begin <= 4 * at_the_end) return group(slots, begin, end);
  const std::int64_t middle = (begin + (end - begin) / 2) / at_once * at_once;
  group(slots, begin, middle);
  for (const std::int64_t rest = (end - at_the_end) / at_once * at_once; end > rest;) {
    const std::int64_t from = (end - 1) / at_once * at_once;
    group(slots, from, end);
    end = from;
  }
  group(slots, middle, end);
}

void Launch::parallel_group(bp_launch* launch, bp_group group, std::int64_t size, std::int64_t piece) {
  struct Call {
    bp_group group;
    void** slots;
  } call{group, launch->slots};
  const auto run_piece = [](void* context, std::int64_t begin, std::int64_t end) {
    const auto* c = static_cast<const Call*>(context);
    c->group(c->slots, begin, end);
  };
  const auto run_whole = [](void* context, std::int64_t begin, std::int64_t end) {
    const auto* c = static_cast<const Call*>(context);
    run_part(c->group, c->slots, begin, end);
  };
  runtime::parallel_parts(size, piece, piece < size ? run_piece : run_whole, &call);
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
  if (kernel.events) take_events(kernel, placement_.steps[step]->def->parts);
  if (kernel.chosen) kernel.chosen(kernel.call);
  else placement_.steps[step]->def->kernel(kernel.call);
}

/// Where threads did the first one's parts, there is no list for the others.
void Launch::take_events(Kernel& kernel, const PartKernel& of_op) {
  SharedEvents& events = *kernel.events;
  auto* list = events.list->as<std::int32_t>();
  if (kernel.lists_events) of_op.prepare(kernel.call, 0, events.size, list);
  events.listed |= kernel.lists_events;
  kernel.call.prepared = events.listed ? list : nullptr;
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
