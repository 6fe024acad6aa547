// Looking into a running program, and stopping it.
// In: values and labels. Out: `print`, which writes "label: value" to standard output in program order, and `check`,
// which stops the program where a condition does not hold.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "compiler/ops/batching.h"
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

/// "t = 3.5, x = nan": the values at an element; scalars as they are.
std::string values_text(const KernelCall& call, const std::string& names, std::int64_t element) {
  std::string text;
  std::size_t from = 0;
  for (std::size_t k = 1; k < call.in_types.size(); ++k) {
    const std::size_t to = std::min(names.find(',', from), names.size());
    const Type& type = call.in_types[k];
    text += (text.empty() ? "" : ", ") + names.substr(from, to - from) + " = " +
            element_text(type.dtype, call.in[k], type.shape.is_scalar() ? 0 : element);
    from = to + 1;
  }
  if (!call.in_types[0].shape.is_scalar()) text += (text.empty() ? "" : ", ") + fmt::format("element {}", element);
  return text;
}

OpDef check_op() {
  OpDef def;
  def.name = "check";
  def.doc =
      "check(condition, values...) {what, names, hint}: a ValueError with the values where the condition first fails; "
      "values are scalars or of the condition's shape.";
  def.shape_class = ShapeClass::opaque;
  def.effects = Effects::ordered;
  def.infer = [](std::span<const Type> operands, const Attributes& attributes) -> std::vector<Type> {
    if (operands.empty() || operands[0].dtype != DType::bool_)
      throw runtime::ValueError({.what = "check: the condition is not a bool",
                                 .values = operands.empty() ? "no operand" : "got " + to_string(operands[0])});
    for (const Type& t : operands)
      if (!t.shape.is_scalar() && !(t.shape == operands[0].shape))
        throw runtime::ShapeError({.what = "check: a value has another shape than the condition",
                                   .values = "the condition is " + to_string(operands[0]) + ", a value " + to_string(t),
                                   .hint = "give scalars, or arrays of the condition's shape"});
    const std::string& names = attributes.text("names");
    if (operands.size() > 1 &&
        static_cast<std::size_t>(std::count(names.begin(), names.end(), ',')) + 2 != operands.size())
      throw runtime::ValueError({.what = "check: the number of names is not the number of values",
                                 .values = fmt::format("names '{}', {} values", names, operands.size() - 1)});
    (void)attributes.text("what");
    (void)attributes.text("hint");
    return {};
  };
  def.kernel = [](const KernelCall& call) {
    const bool* holds = call.input<bool>(0);
    const std::int64_t size = call.in_types[0].size();
    const bool* failed = std::find(holds, holds + size, false);
    if (failed == holds + size) return;
    call.fail(KernelError::Kind::value, values_text(call, call.attributes->text("names"), failed - holds));
    call.error->what = call.attributes->text("what");
    call.error->hint = call.attributes->text("hint");
  };
  // The element that fails first belongs to the first row that fails.
  def.batch = BatchFn([](BatchRule& r) -> std::vector<ir::Value*> {
    const Shape& row = r.op().operands[0]->type.shape;
    std::vector<ir::Value*> operands = {r.batched(0)};
    for (std::size_t k = 1; k < r.op().operands.size(); ++k) {
      const int i = static_cast<int>(k);
      const bool shared_number = !r.is_batched(i) && r.operand(i)->type.shape.is_scalar();
      operands.push_back(shared_number ? r.operand(i) : batching::stretch(r, r.batched(i), row));
    }
    return r.append("check", operands, r.op().attributes);
  });
  def.jvp = ZeroDerivative{};
  Sample holds = sample({DType::bool_, DType::f64}, {{0, 1}},
                        {{"what", std::string("sample")}, {"names", std::string("x")}, {"hint", std::string()}});
  holds.generate = [](std::int64_t n, std::uint64_t) {
    runtime::Tensor condition = runtime::make_tensor({DType::bool_, Shape{n}});
    std::fill_n(condition.as<bool>(), n, true);
    return std::vector<runtime::Tensor>{condition, runtime::make_tensor({DType::f64, Shape{n}})};
  };
  def.samples = {holds};
  return def;
}

OpDef print_op() {
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
  def.batch = BatchByLoop{};
  def.jvp = ZeroDerivative{};
  def.arity = 1;
  for (DType t : {DType::f32, DType::f64, DType::i32, DType::i64, DType::u32, DType::u64, DType::bool_})
    def.samples.push_back(sample({t}, {{-1e3, 1e3}}, {{"label", std::string("sample")}}));
  return def;
}

}  // namespace

void register_debug(Registry& ops) {
  ops.add(print_op());
  ops.add(check_op());
}

}  // namespace brainpy::compiler
