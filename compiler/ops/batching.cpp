#include "compiler/ops/batching.h"

#include <algorithm>

#include "compiler/ops/kernel.h"

namespace brainpy::compiler::batching {

List with_first(std::int64_t first, const List& list) {
  List longer = {first};
  longer.insert(longer.end(), list.begin(), list.end());
  return longer;
}

List with_extent(const BatchRule& rule, const Shape& row) { return with_first(rule.extent(), kernel::to_list(row)); }

ir::Value* reshape(BatchRule& rule, ir::Value* value, const List& shape) {
  return value->type.shape == Shape(shape) ? value : rule.apply("reshape", {value}, {{"shape", shape}});
}

ir::Value* transpose(BatchRule& rule, ir::Value* value, const List& axes) {
  return std::ranges::is_sorted(axes) ? value : rule.apply("transpose", {value}, {{"axes", axes}});
}

ir::Value* stretch(BatchRule& rule, ir::Value* value, const Shape& row) {
  const List whole = with_extent(rule, row);
  if (value->type.shape == Shape(whole)) return value;
  List aligned = {rule.extent()};
  aligned.resize(whole.size() + 1 - static_cast<std::size_t>(value->type.shape.rank()), 1);
  aligned.insert(aligned.end(), value->type.shape.begin() + 1, value->type.shape.end());
  ir::Value* rows = reshape(rule, value, aligned);
  return rows->type.shape == Shape(whole) ? rows : rule.apply("broadcast", {rows}, {{"shape", whole}});
}

ir::Value* index_rows(BatchRule& rule, ir::Value* indices) {
  const DType dtype = indices->type.dtype;
  const std::int64_t n = rule.extent(), m = indices->type.shape[1], k = indices->type.shape[2];
  ir::Value* row = rule.apply("iota", {rule.number(0.0, dtype), rule.number(1.0, dtype)}, {{"shape", List{n, 1}}});
  row = rule.apply("broadcast", {row}, {{"shape", List{n, m}}});
  return rule.apply("concatenate", {reshape(rule, row, {n * m, 1}), reshape(rule, indices, {n * m, k})},
                    {{"axis", std::int64_t{1}}});
}

std::vector<ir::Value*> elementwise(BatchRule& rule) {
  const Shape& row = rule.op().result()->type.shape;
  std::vector<ir::Value*> operands;
  for (std::size_t k = 0; k < rule.op().operands.size(); ++k) {
    const int i = static_cast<int>(k);
    if (rule.is_batched(i)) operands.push_back(stretch(rule, rule.operand(i), row));
    else if (rule.operand(i)->type.shape.is_scalar()) operands.push_back(rule.operand(i));
    else operands.push_back(rule.batched(i));
  }
  Attributes attributes = rule.op().attributes;
  if (rule.op().def->indexed || attributes.find("shape")) attributes.set("shape", with_extent(rule, row));
  // A batch of batches still counts the elements of the innermost rows.
  if (rule.op().def->indexed && !attributes.find("row")) attributes.set("row", row.size());
  return rule.append(rule.op().def->name, std::move(operands), std::move(attributes));
}

namespace {

/// The operation on batched operands, with other attributes.
std::vector<ir::Value*> with_attributes(BatchRule& rule, Attributes attributes) {
  std::vector<ir::Value*> operands;
  for (std::size_t k = 0; k < rule.op().operands.size(); ++k) operands.push_back(rule.batched(static_cast<int>(k)));
  return rule.append(rule.op().def->name, std::move(operands), std::move(attributes));
}

}  // namespace

std::vector<ir::Value*> along_axis(BatchRule& rule) {
  Attributes attributes = rule.op().attributes;
  attributes.set("axis", attributes.integer("axis") + 1);
  return with_attributes(rule, std::move(attributes));
}

std::vector<ir::Value*> along_axes(BatchRule& rule) {
  Attributes attributes = rule.op().attributes;
  List axes = attributes.integers("axes");
  for (std::int64_t& a : axes) ++a;
  attributes.set("axes", axes);
  return with_attributes(rule, std::move(attributes));
}

std::vector<ir::Value*> leading_axes(BatchRule& rule) { return with_attributes(rule, rule.op().attributes); }

}  // namespace brainpy::compiler::batching
