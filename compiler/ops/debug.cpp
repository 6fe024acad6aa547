// Looking into a running program.
// In: a value and a label. Out: `print`, which writes "label: value" to standard output in program order.
#include <fmt/format.h>

#include <cstdio>
#include <string>

#include "compiler/ops/map.h"
#include "compiler/ops/samples.h"

namespace brainpy::compiler {
namespace {

std::string element_text(DType dtype, const void* data, std::int64_t i) {
  switch (dtype) {
    case DType::f32:
      return fmt::format("{}", static_cast<const float*>(data)[i]);
    case DType::f64:
      return fmt::format("{}", static_cast<const double*>(data)[i]);
    case DType::i32:
      return fmt::format("{}", static_cast<const std::int32_t*>(data)[i]);
    case DType::i64:
      return fmt::format("{}", static_cast<const std::int64_t*>(data)[i]);
    case DType::u32:
      return fmt::format("{}", static_cast<const std::uint32_t*>(data)[i]);
    case DType::u64:
      return fmt::format("{}", static_cast<const std::uint64_t*>(data)[i]);
    case DType::bool_:
      return static_cast<const bool*>(data)[i] ? "True" : "False";
    case DType::key:
      return fmt::format("key({:#018x})", static_cast<const std::uint64_t*>(data)[i]);
  }
  return {};
}

/// Nested brackets as NumPy prints them; of a large array (above 1000 elements) the first and last three of each axis.
std::string array_text(const Type& type, const void* data, int axis, std::int64_t first) {
  if (axis == type.shape.rank()) return element_text(type.dtype, data, first);
  constexpr std::int64_t edge = 3, large = 1000;
  const std::int64_t extent = type.shape[axis], stride = type.shape.strides()[axis];
  const bool shortened = type.size() > large && extent > 2 * edge;
  const bool last_axis = axis + 1 == type.shape.rank();
  const std::string separator = last_axis ? " " : "\n" + std::string(static_cast<std::size_t>(axis) + 1, ' ');
  std::string text = "[";
  for (std::int64_t i = 0; i < extent; ++i) {
    if (i > 0) text += separator;
    if (shortened && i == edge) {
      text += "..." + separator;
      i = extent - edge;
    }
    text += array_text(type, data, axis + 1, first + i * stride);
  }
  return text + "]";
}

}  // namespace

void register_debug(Registry& ops) {
  OpDef def;
  def.name = "print";
  def.doc =
      "print(value) {label}: writes \"label: value\" to standard output, each time that it runs, in program order.";
  def.shape_class = ShapeClass::opaque;
  def.effects = Effects::ordered;
  def.infer = [](std::span<const Type> operands, const Attributes& attributes) -> std::vector<Type> {
    if (operands.size() != 1)
      throw runtime::ValueError({.what = "print: one operand is needed",
                                 .values = fmt::format("got {}", operands.size()),
                                 .hint = "print each value by itself"});
    const ir::Attribute* label = attributes.find("label");
    if (!label || !std::holds_alternative<std::string>(*label))
      throw runtime::ValueError({.what = "print: no label", .hint = "name what is printed, such as \"V\""});
    return {};
  };
  def.kernel = [](const KernelCall& call) {
    const std::string line =
        call.attributes->text("label") + ": " + array_text(call.in_types[0], call.in[0], 0, 0) + "\n";
    std::fwrite(line.data(), 1, line.size(), stdout);
    std::fflush(stdout);
  };
  def.jvp = ZeroDerivative{};
  def.arity = 1;
  for (DType t : {DType::f32, DType::f64, DType::i32, DType::i64, DType::u32, DType::u64, DType::bool_})
    def.samples.push_back(sample({t}, {{-1e3, 1e3}}, {{"label", std::string("sample")}}));
  ops.add(std::move(def));
}

}  // namespace brainpy::compiler
