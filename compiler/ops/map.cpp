#include "compiler/ops/map.h"

#include <algorithm>

namespace brainpy::compiler {

const MapBody* find_body(const OpDef& def, std::span<const Type> operands) {
  for (const MapBody& body : def.bodies)
    if (std::ranges::equal(body.operands, operands, {}, {}, [](const Type& t) { return t.dtype; })) return &body;
  return nullptr;
}

namespace {

std::string list_types(std::span<const Type> types) {
  std::string text;
  for (const Type& t : types) text += (text.empty() ? "" : ", ") + to_string(t);
  return text;
}

std::string list_bodies(const OpDef& def) {
  std::string text;
  for (const MapBody& body : def.bodies) {
    std::string types;
    for (DType t : body.operands) types += (types.empty() ? "" : ", ") + std::string(ir_name(t));
    text += (text.empty() ? "(" : " (") + types + ")";
  }
  return text;
}

}  // namespace

std::vector<Type> infer_map(const OpDef& def, std::span<const Type> operands, const Attributes& attributes) {
  const MapBody* body = find_body(def, operands);
  if (!body)
    throw runtime::DTypeError({.what = def.name + ": no body takes these element types",
                               .values = "operands " + list_types(operands),
                               .hint = "it takes " + list_bodies(def) + "; convert with astype"});
  Shape shape;
  if (attributes.find("shape")) shape = attributes.shape("shape");
  for (const Type& t : operands) {
    if (t.shape.is_scalar() || t.shape == shape) continue;
    if (shape.is_scalar() && !attributes.find("shape")) {
      shape = t.shape;
    } else {
      throw runtime::ShapeError({.what = def.name + ": shapes differ",
                                 .values = "operands " + list_types(operands),
                                 .hint = "make the shapes equal with broadcast; only scalars stretch by themselves"});
    }
  }
  return {Type{body->results[0], shape}};
}

OpDef map_op(std::string name, std::string doc, std::vector<MapBody> bodies) {
  OpDef def;
  def.name = std::move(name);
  def.doc = std::move(doc);
  def.shape_class = ShapeClass::map;
  def.bodies = std::move(bodies);
  def.arity = static_cast<int>(def.bodies.front().operands.size());
  def.batch = BatchElementwise{};
  // Inference reads the bodies of this very record; copies of it share the list.
  auto shared = std::make_shared<const OpDef>(def);
  def.infer = [shared](std::span<const Type> operands, const Attributes& attributes) {
    return infer_map(*shared, operands, attributes);
  };
  return def;
}

}  // namespace brainpy::compiler
