#include "runtime/shape.h"

#include <algorithm>

#include "runtime/error.h"

namespace brainpy::runtime {

Shape::Shape(std::initializer_list<std::int64_t> extents) {
  for (std::int64_t e : extents) push_back(e);
}

Shape::Shape(const std::vector<std::int64_t>& extents) {
  for (std::int64_t e : extents) push_back(e);
}

Shape::Shape(const std::vector<int>& extents) {
  for (int e : extents) push_back(e);
}

std::int64_t Shape::size() const {
  std::int64_t n = 1;
  for (std::int64_t e : *this) n *= e;
  return n;
}

void Shape::push_back(std::int64_t extent) {
  if (rank_ == max_rank)
    throw ShapeError({.what = "shape: more than " + std::to_string(max_rank) + " axes",
                      .hint = "reshape the array so that it has at most 8 axes"});
  if (extent < 0)
    throw ShapeError({.what = "shape: an extent is negative",
                      .values = "extent " + std::to_string(extent),
                      .hint = "extents are zero or positive; only reshape takes one -1"});
  extents_[static_cast<std::size_t>(rank_++)] = extent;
}

Shape Shape::strides() const {
  Shape s = *this;
  std::int64_t step = 1;
  for (int a = rank_ - 1; a >= 0; --a) {
    s[a] = step;
    step *= (*this)[a];
  }
  return s;
}

Shape Shape::without_axis(int axis) const {
  Shape s;
  for (int a = 0; a < rank_; ++a)
    if (a != axis) s.push_back((*this)[a]);
  return s;
}

Shape Shape::with_leading(std::int64_t extent) const {
  Shape s{extent};
  for (std::int64_t e : *this) s.push_back(e);
  return s;
}

bool operator==(const Shape& a, const Shape& b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

std::string to_string(const Shape& shape) {
  std::string text = "(";
  for (int a = 0; a < shape.rank(); ++a) text += (a ? ", " : "") + std::to_string(shape[a]);
  return text + (shape.rank() == 1 ? ",)" : ")");
}

bool broadcast(const Shape& a, const Shape& b, Shape& result) {
  const int rank = std::max(a.rank(), b.rank());
  Shape out;
  for (int i = 0; i < rank; ++i) {
    const int ia = i - (rank - a.rank()), ib = i - (rank - b.rank());
    const std::int64_t ea = ia < 0 ? 1 : a[ia], eb = ib < 0 ? 1 : b[ib];
    if (ea != eb && ea != 1 && eb != 1) return false;
    out.push_back(ea == 1 ? eb : ea);
  }
  result = out;
  return true;
}

int normalize_axis(int axis, int rank) {
  if (axis < -rank || axis >= rank) return -1;
  return axis < 0 ? axis + rank : axis;
}

std::string to_string(const Type& type) {
  std::string text = std::string(ir_name(type.dtype)) + "[";
  for (int a = 0; a < type.shape.rank(); ++a) text += (a ? "," : "") + std::to_string(type.shape[a]);
  return text + "]";
}

}  // namespace brainpy::runtime
