#include "compiler/ops/kernel.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace brainpy::compiler::kernel {

// --- axes and views ------------------------------------------------------------------------------

AxisSplit split_at(const Shape& shape, int axis) {
  AxisSplit split;
  for (int a = 0; a < shape.rank(); ++a) (a < axis ? split.outer : a == axis ? split.extent : split.inner) *= shape[a];
  return split;
}

Strides dense_strides(const Shape& shape) {
  Strides strides{};
  std::int64_t step = 1;
  for (int a = shape.rank() - 1; a >= 0; --a) {
    strides[static_cast<std::size_t>(a)] = step;
    step *= shape[a];
  }
  return strides;
}

View dense_view(const Shape& shape) { return {0, dense_strides(shape)}; }

View view(const Shape& shape, const std::vector<std::int64_t>& start, const std::vector<std::int64_t>& step) {
  View v = dense_view(shape);
  for (std::size_t a = 0; a < start.size(); ++a) {
    v.first += start[a] * v.strides[a];
    v.strides[a] *= step[a];
  }
  return v;
}

namespace {

struct CopyAxis {
  std::int64_t extent = 1, to = 0, from = 0;
};

/// The two innermost axes.
template <class Word>
void copy_plane(const CopyAxis& outer, const CopyAxis& inner, Word* to, const Word* from) {
  if (inner.to == 1 && inner.from == 1) {
    for (std::int64_t i = 0; i < outer.extent; ++i)
      std::memcpy(to + i * outer.to, from + i * outer.from, static_cast<std::size_t>(inner.extent) * sizeof(Word));
  } else if (inner.to == 1 && inner.from == 0) {
    for (std::int64_t i = 0; i < outer.extent; ++i) std::fill_n(to + i * outer.to, inner.extent, from[i * outer.from]);
  } else {
    // Tiles, so that a transposition uses the whole of each cache line that it touches.
    constexpr std::int64_t tile = 32;
    for (std::int64_t i0 = 0; i0 < outer.extent; i0 += tile)
      for (std::int64_t j0 = 0; j0 < inner.extent; j0 += tile)
        for (std::int64_t i = i0; i < std::min(i0 + tile, outer.extent); ++i) {
          Word* row = to + i * outer.to;
          const Word* source = from + i * outer.from;
          for (std::int64_t j = j0; j < std::min(j0 + tile, inner.extent); ++j)
            row[j * inner.to] = source[j * inner.from];
        }
  }
}

}  // namespace

template <class Word>
void copy_view(const Shape& extents, Word* to, const View& to_view, const Word* from, const View& from_view) {
  // Axes of one element vanish, neighbours that are one run in both arrays become one axis.
  std::array<CopyAxis, Shape::max_rank> axes;
  std::size_t rank = 0;
  for (int a = 0; a < extents.rank(); ++a) {
    const auto k = static_cast<std::size_t>(a);
    const CopyAxis next{extents[a], to_view.strides[k], from_view.strides[k]};
    if (next.extent == 0) return;
    if (next.extent == 1) continue;
    if (rank > 0 && axes[rank - 1].to == next.to * next.extent && axes[rank - 1].from == next.from * next.extent)
      axes[rank - 1] = {axes[rank - 1].extent * next.extent, next.to, next.from};
    else axes[rank++] = next;
  }
  to += to_view.first;
  from += from_view.first;
  if (rank == 0) {
    *to = *from;
    return;
  }
  const CopyAxis inner = axes[rank - 1], outer = rank > 1 ? axes[rank - 2] : CopyAxis{};
  const std::size_t planes = rank > 2 ? rank - 2 : 0;
  std::array<std::int64_t, Shape::max_rank> counter{};
  while (true) {
    copy_plane(outer, inner, to, from);
    std::size_t a = planes;
    for (; a > 0; --a) {
      to += axes[a - 1].to;
      from += axes[a - 1].from;
      if (++counter[a - 1] < axes[a - 1].extent) break;
      counter[a - 1] = 0;
      to -= axes[a - 1].to * axes[a - 1].extent;
      from -= axes[a - 1].from * axes[a - 1].extent;
    }
    if (a == 0) return;
  }
}

template void copy_view(const Shape&, std::uint8_t*, const View&, const std::uint8_t*, const View&);
template void copy_view(const Shape&, std::uint32_t*, const View&, const std::uint32_t*, const View&);
template void copy_view(const Shape&, std::uint64_t*, const View&, const std::uint64_t*, const View&);

// --- checks --------------------------------------------------------------------------------------

void shape_error(const std::string& op, const std::string& what, std::string values, std::string hint) {
  throw runtime::ShapeError({.what = op + ": " + what, .values = std::move(values), .hint = std::move(hint)});
}

void dtype_error(const std::string& op, const std::string& what, std::string values, std::string hint) {
  throw runtime::DTypeError({.what = op + ": " + what, .values = std::move(values), .hint = std::move(hint)});
}

void value_error(const std::string& op, const std::string& what, std::string values, std::string hint) {
  throw runtime::ValueError({.what = op + ": " + what, .values = std::move(values), .hint = std::move(hint)});
}

std::string list_types(std::span<const Type> types) {
  std::string text;
  for (const Type& t : types) text += (text.empty() ? "" : ", ") + to_string(t);
  return text;
}

std::string list_numbers(const std::vector<std::int64_t>& numbers) {
  return fmt::format("[{}]", fmt::join(numbers, ", "));
}

void expect_operands(const std::string& op, std::span<const Type> operands, std::size_t count, const char* signature) {
  if (operands.size() != count)
    value_error(op, "wrong number of operands", fmt::format("got {}: {}", operands.size(), list_types(operands)),
                fmt::format("call {}({})", op, signature));
}

void expect_indices(const std::string& op, const Type& indices) {
  if (!runtime::is_signed_integer(indices.dtype))
    dtype_error(op, "indices must be signed integers", "indices " + to_string(indices),
                "convert them with to_i32 or to_i64");
}

void expect_same_dtype(const std::string& op, std::span<const Type> operands, std::size_t a, std::size_t b) {
  if (operands[a].dtype != operands[b].dtype)
    dtype_error(op, "element types differ", "operands " + list_types(operands), "convert one of them with astype");
}

void expect_float(const std::string& op, const Type& type) {
  if (!runtime::is_float(type.dtype))
    dtype_error(op, "needs floating-point elements", "operand " + to_string(type), "convert it with to_f32 or to_f64");
}

int expect_axis(const std::string& op, const Type& type, const Attributes& attributes) {
  const std::int64_t axis = attributes.integer("axis");
  if (axis < 0 || axis >= type.shape.rank())
    value_error(op, "axis out of range", fmt::format("axis {}, operand {}", axis, to_string(type)),
                "the attribute counts from the first axis: 0 .. rank-1");
  return static_cast<int>(axis);
}

const std::vector<std::int64_t>& expect_list(const std::string& op, const Attributes& attributes, const char* name,
                                             int rank) {
  const std::vector<std::int64_t>& list = attributes.integers(name);
  if (static_cast<int>(list.size()) != rank)
    value_error(op, fmt::format("'{}' needs one number for each axis", name),
                fmt::format("{} = {}, rank {}", name, list_numbers(list), rank),
                "give as many numbers as there are axes");
  return list;
}

// --- records -------------------------------------------------------------------------------------

std::vector<std::int64_t> to_list(const Shape& shape) { return {shape.begin(), shape.end()}; }

ir::Value* zeros(JvpRule& rule, const Type& type) {
  return rule.apply("fill", {rule.number(0.0, type.dtype)}, {{"shape", to_list(type.shape)}});
}

ir::Value* tangent_or_zeros(JvpRule& rule, int operand) {
  ir::Value* tangent = rule.tangent(operand);
  return tangent ? tangent : zeros(rule, rule.operand(operand)->type);
}

JvpFn linear_rule(std::vector<int> linear_operands) {
  return [linear_operands = std::move(linear_operands)](JvpRule& rule) -> std::vector<ir::Value*> {
    std::vector<ir::Value*> operands = rule.op().operands;
    for (std::size_t i = 0; i < operands.size(); ++i) operands[i] = rule.operand(static_cast<int>(i));
    bool moves = false;
    for (int i : linear_operands) moves = moves || rule.tangent(i) != nullptr;
    if (!moves) return {nullptr};
    for (int i : linear_operands) operands[static_cast<std::size_t>(i)] = tangent_or_zeros(rule, i);
    return {rule.apply(rule.op().def->name, std::move(operands), rule.op().attributes)};
  };
}

void add_samples(OpDef& def, std::initializer_list<DType> dtypes, SampleTypes operands, Ranges ranges,
                 SampleAttributes attributes) {
  for (DType dtype : dtypes) {
    Sample s;
    s.operands = [dtype, operands](std::int64_t n) { return operands(dtype, n); };
    s.ranges = ranges;
    s.sized_attributes = attributes;
    def.samples.push_back(std::move(s));
  }
}

OpDef kernel_op(std::string name, std::string doc, ShapeClass shape_class, int arity, InferFn infer, KernelFn kernel) {
  OpDef def;
  def.name = std::move(name);
  def.doc = std::move(doc);
  def.shape_class = shape_class;
  def.arity = arity;
  def.infer = std::move(infer);
  def.kernel = std::move(kernel);
  return def;
}

}  // namespace brainpy::compiler::kernel
