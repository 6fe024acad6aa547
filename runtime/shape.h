// Shapes of dense row-major arrays, and the type of a value: element type and shape.
// In: extents. Out: Shape (at most eight axes, no heap), Type, NumPy's broadcasting rule.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "runtime/dtype.h"

namespace brainpy::runtime {

class Shape {
 public:
  static constexpr int max_rank = 8;

  constexpr Shape() = default;
  Shape(std::initializer_list<std::int64_t> extents);
  Shape(const std::vector<std::int64_t>& extents);
  Shape(const std::vector<int>& extents);
  /// One axis: `zeros(10)` means `zeros({10})`.
  template <class I>
  requires(__is_same(I, int) || __is_same(I, long) || __is_same(I, unsigned) || __is_same(I, unsigned long))
      Shape(I extent)
      : Shape({static_cast<std::int64_t>(extent)}) {}

  int rank() const { return rank_; }
  std::int64_t operator[](int axis) const { return extents_[static_cast<std::size_t>(axis)]; }
  std::int64_t& operator[](int axis) { return extents_[static_cast<std::size_t>(axis)]; }
  /// Number of elements; 1 for a scalar.
  std::int64_t size() const;
  bool is_scalar() const { return rank_ == 0; }

  const std::int64_t* begin() const { return extents_.data(); }
  const std::int64_t* end() const { return extents_.data() + rank_; }

  void push_back(std::int64_t extent);
  /// Row-major strides, in elements.
  Shape strides() const;
  Shape without_axis(int axis) const;
  Shape with_leading(std::int64_t extent) const;

  friend bool operator==(const Shape& a, const Shape& b);

 private:
  std::array<std::int64_t, max_rank> extents_{};
  int rank_ = 0;
};

/// "(2, 5)", "(5,)", "()": as NumPy prints a shape.
std::string to_string(const Shape& shape);

/// NumPy's rule: axes are aligned from the last; extent 1 stretches. False when they do not fit.
bool broadcast(const Shape& a, const Shape& b, Shape& result);

/// Axis in [0, rank) from a possibly negative one; -1 when it is out of range.
int normalize_axis(int axis, int rank);

struct Type {
  DType dtype = DType::f32;
  Shape shape;

  std::int64_t size() const { return shape.size(); }
  std::size_t bytes() const { return static_cast<std::size_t>(shape.size()) * size_of(dtype); }
  friend bool operator==(const Type&, const Type&) = default;
};

/// "f32[3200]", "bool[2,5]", "f32[]".
std::string to_string(const Type& type);

}  // namespace brainpy::runtime
