#include "compiler/jit/shadow.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <optional>

#include "compiler/codegen/codegen.h"
#include "compiler/interp/interpreter.h"
#include "compiler/ir/print.h"
#include "compiler/jit/dump.h"
#include "compiler/jit/linker.h"
#include "compiler/passes/pass.h"

namespace brainpy::compiler::jit {
namespace {

std::vector<Tensor> copies(const std::vector<Tensor>& tensors) {
  std::vector<Tensor> result = tensors;
  for (Tensor& t : result) t.data = runtime::clone(*t.data);
  return result;
}

struct Difference {
  std::string what;  ///< "result 0", "'@E.V'"
  int yielded = 0;   ///< which operand of the program's yield
  std::int64_t element = 0;
  std::string compiled, interpreted;
};

std::optional<Difference> compare(const std::string& what, int yielded, const Tensor& compiled,
                                  const Tensor& interpreted) {
  const std::int64_t i = first_difference(compiled.type, compiled.data->data(), interpreted.data->data());
  if (i < 0) return std::nullopt;
  const DType dtype = compiled.type.dtype;
  return Difference{what, yielded, i, hex_bits(dtype, compiled.data->data(), i),
                    hex_bits(dtype, interpreted.data->data(), i)};
}

std::string describe_sides(const std::string& compiled, const std::string& interpreted) {
  return "compiled " + compiled + ", interpreted " + interpreted;
}

/// The operation that computes a value, seen through loops and branches.
const ir::Op* producer(const codegen::Placement& placement, const ir::Value* value) {
  while (value->definition) {
    const ir::Op& op = *value->definition;
    if (placement.is_alias(op)) value = op.operands[0];
    else if (op.regions.empty() || op.def->name == "fused") return &op;
    else value = op.regions.back()->terminator()->operands[static_cast<std::size_t>(value->index)];
  }
  return nullptr;
}

/// "Net.update.group3": the compiled function that made a value, or "" when it was no group.
std::string group_name(const ShadowSubject& subject, const ir::Value* value) {
  const ir::Op* op = producer(subject.placement, value);
  int group = 0;
  for (const ir::Op* step : subject.placement.steps) {
    const bool loop = (step->def->shape_class == ShapeClass::map || step->def->name == "fused") &&
                      !step->results.empty() && !step->result()->type.shape.is_scalar() &&
                      step->result()->type.size() > 0;
    if (step == op) return loop ? subject.label + ".group" + std::to_string(group) : "";
    group += loop ? 1 : 0;
  }
  return "";
}

/// The program after all passes but fusion: every operation is a step of its own.
std::unique_ptr<ir::Program> without_fusion(const ir::Program& traced) {
  auto program = ir::clone(traced);
  const passes::PassOptions options{.math = runtime::options().math};
  for (const passes::Pass& pass : passes::pipeline())
    if (std::string(pass.name) != "fuse") pass.run(*program, options);
  return program;
}

/// Runs operation by operation; the first one whose compiled result differs from its host kernel's is the finding.
std::string find_operation(const ShadowSubject& subject, const std::vector<Tensor>& arguments,
                           std::vector<Tensor> symbols) {
  const auto program = without_fusion(subject.traced);
  const codegen::Placement placement = codegen::place(*program, {.in_place = false});
  const std::string object = codegen::generate_object(
      *program, placement, {.label = subject.label + ".probe", .math = runtime::options().math, .probe = true});
  const auto code = link(object, subject.label + ".probe");
  Launch launch(*program, placement);
  std::string finding;
  const auto probe = [&](std::uint32_t step) {
    const ir::Op& op = *placement.steps[step];
    if (op.def->effects == Effects::ordered) return false;
    std::vector<Tensor> operands;
    for (const ir::Value* v : op.operands) {
      Tensor t = runtime::make_tensor(v->type);
      std::memcpy(t.data->data(), launch.address(v), v->type.bytes());
      operands.push_back(std::move(t));
    }
    const std::vector<Tensor> expected = interp::apply(*op.def, operands, op.attributes, op.location);
    for (std::size_t k = 0; k < expected.size(); ++k) {
      const void* compiled = launch.address(op.result(static_cast<int>(k)));
      const std::int64_t i = first_difference(expected[k].type, compiled, expected[k].data->data());
      if (i < 0) continue;
      const DType dtype = expected[k].type.dtype;
      std::string inputs;
      for (const Tensor& t : operands) {
        const std::int64_t j = t.type.shape.is_scalar() ? 0 : i;
        if (j < t.type.size()) inputs += (inputs.empty() ? "" : ", ") + hex_bits(t.type.dtype, t.data->data(), j);
      }
      finding = fmt::format("operation '{}' at {}\n  element {}: {}\n  operands there: {}\n  {}", op.def->name,
                            op.location.known() ? to_string(op.location) : "an unknown place", i,
                            describe_sides(hex_bits(dtype, compiled, i), hex_bits(dtype, expected[k].data->data(), i)),
                            inputs, ir::print_op(op));
      return true;
    }
    return false;
  };
  launch.run(code->entry, arguments, symbols, {}, probe);
  return finding;
}

[[noreturn]] void report(const ShadowSubject& subject, const Difference& d, const std::vector<Tensor>& arguments,
                         std::vector<Tensor> symbols) {
  std::string finding = find_operation(subject, arguments, std::move(symbols));
  if (finding.empty()) {
    const ir::Value* value = subject.optimized.body.terminator()->operands[static_cast<std::size_t>(d.yielded)];
    const std::string group = group_name(subject, value);
    finding = "each operation alone gives the same bits; only the " +
              (group.empty() ? std::string("whole program") : "fused code of " + group) + " differs";
  }
  throw InternalError(fmt::format("{}: compiled code and interpreter differ in {}, element {}: {}\n  {}{}",
                                  subject.label, d.what, d.element, describe_sides(d.compiled, d.interpreted), finding,
                                  save_for_report(subject.traced, subject.label)));
}

template <class T>
std::int64_t first_different_element(const T* a, const T* b, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    if (std::memcmp(a + i, b + i, sizeof(T)) == 0) continue;
    if constexpr (std::is_floating_point_v<T>)
      if (std::isnan(a[i]) && std::isnan(b[i])) continue;
    return i;
  }
  return -1;
}

}  // namespace

std::int64_t first_difference(const Type& type, const void* a, const void* b) {
  const auto search = [&]<class T>(T) {
    return first_different_element(static_cast<const T*>(a), static_cast<const T*>(b), type.size());
  };
  switch (type.dtype) {
    case DType::f32:
      return search(float{});
    case DType::f64:
      return search(double{});
    case DType::bool_:
      return search(std::uint8_t{});
    case DType::i32:
    case DType::u32:
      return search(std::uint32_t{});
    default:
      return search(std::uint64_t{});
  }
}

std::string hex_bits(DType dtype, const void* data, std::int64_t index) {
  const std::size_t size = size_of(dtype);
  std::uint64_t bits = 0;
  std::memcpy(&bits, static_cast<const std::byte*>(data) + static_cast<std::size_t>(index) * size, size);
  return fmt::format("0x{:0{}x}", bits, 2 * size);
}

std::vector<Tensor> run_shadow(const ShadowSubject& subject, const std::vector<Tensor>& arguments,
                               std::vector<Tensor>& symbols,
                               const std::function<std::vector<Tensor>(std::vector<Tensor>& symbols)>& run_compiled) {
  const std::vector<Tensor> before = copies(symbols);
  interp::SymbolTable table;
  for (std::size_t k = 0; k < symbols.size(); ++k) table[subject.optimized.symbols[k].name] = before[k];
  const std::vector<Tensor> expected = interp::run(subject.optimized, arguments, table);
  std::vector<Tensor> results = run_compiled(symbols);
  std::optional<Difference> difference;
  for (std::size_t k = 0; k < results.size() && !difference; ++k)
    difference = compare("result " + std::to_string(k), static_cast<int>(k), results[k], expected[k]);
  for (const ir::Binding& b : subject.optimized.bindings) {
    if (b.result < 0 || difference) continue;
    const std::string& name = subject.optimized.symbols[static_cast<std::size_t>(b.symbol)].name;
    difference = compare("'@" + name + "'", b.result, symbols[static_cast<std::size_t>(b.symbol)], table.at(name));
  }
  if (difference) report(subject, *difference, arguments, copies(before));
  return results;
}

}  // namespace brainpy::compiler::jit
