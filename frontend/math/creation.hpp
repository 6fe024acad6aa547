// Making arrays: from numbers and C++ containers, constant ones, ranges, matrices of a pattern.
// In: numbers, std::vector, shapes. Out: arrays; without a dtype the default types (float32, int32 unless
// enable_x64()).
#pragma once

#include "frontend/math/array.hpp"

namespace brainpy::math {

/// A number or a list of such, as braces give them: `bm::array({{1, 2}, {3, 4}})`.
class Nested {
 public:
  template <class T>
  requires std::integral<T> || std::floating_point<T> Nested(T value, Site site = Site::current())
      : Nested(Operand(value, site), site) {}
  Nested(std::initializer_list<Nested> items, Site site = Site::current());
  Nested(const Nested&);
  Nested& operator=(const Nested&);
  ~Nested();

  /// Null where it is a list.
  const Operand* number() const { return number_.get(); }
  const std::vector<Nested>& items() const { return items_; }
  const Site& site() const { return site_; }

 private:
  Nested(const Operand& number, const Site& site);

  std::shared_ptr<const Operand> number_;
  std::vector<Nested> items_;
  Site site_;
};

/// A scalar from a number; an array, Variable or view as an array.
Array array(const Operand& value, std::optional<DType> dtype = {});
/// From braces, nested as deep as there are axes; a ShapeError when lists of one axis differ in length.
Array array(std::initializer_list<Nested> values, std::optional<DType> dtype = {}, Site site = Site::current());
/// One axis. float gives float32, double and int the default float and integer types (NumPy: float64, int64), int64_t,
/// uint32_t, uint64_t and bool their own types.
template <class T>
Array array(const std::vector<T>& values, std::optional<DType> dtype = {}, Site site = Site::current());
/// Two axes, from rows of one length.
template <class T>
Array array(const std::vector<std::vector<T>>& rows, std::optional<DType> dtype = {}, Site site = Site::current());
Array asarray(const Operand& value, std::optional<DType> dtype = {});
template <class T>
Array asarray(const std::vector<T>& values, std::optional<DType> dtype = {}, Site site = Site::current()) {
  return array(values, dtype, site);
}

Array zeros(const Shape& shape, std::optional<DType> dtype = {}, Site site = Site::current());
Array ones(const Shape& shape, std::optional<DType> dtype = {}, Site site = Site::current());
/// The same as zeros: memory is never handed out uninitialised.
Array empty(const Shape& shape, std::optional<DType> dtype = {}, Site site = Site::current());
/// The value, an array that broadcasts to the shape or a number, repeated.
Array full(const Shape& shape, const Operand& value, std::optional<DType> dtype = {});
Array zeros_like(const Operand& a, std::optional<DType> dtype = {});
Array ones_like(const Operand& a, std::optional<DType> dtype = {});
Array empty_like(const Operand& a, std::optional<DType> dtype = {});
Array full_like(const Operand& a, const Operand& value, std::optional<DType> dtype = {});

/// 0, 1, ... below stop; start, start + step, ... before stop. Integers when all are integers, floats otherwise
/// (computed in double precision, then rounded). The numbers must be known: the shape depends on them.
Array arange(const Operand& stop, std::optional<DType> dtype = {});
Array arange(const Operand& start, const Operand& stop, const Operand& step = 1, std::optional<DType> dtype = {});
/// `count` evenly spaced numbers; with `endpoint` the last one is exactly stop.
Array linspace(const Operand& start, const Operand& stop, std::int64_t count = 50, bool endpoint = true,
               std::optional<DType> dtype = {});
/// base to the power of linspace(start, stop, count).
Array logspace(const Operand& start, const Operand& stop, std::int64_t count = 50, bool endpoint = true,
               double base = 10.0, std::optional<DType> dtype = {});
/// Geometric progression from start to stop; both positive.
Array geomspace(const Operand& start, const Operand& stop, std::int64_t count = 50, bool endpoint = true,
                std::optional<DType> dtype = {});

/// Ones on a diagonal; `columns` as many as rows by default; offset k > 0 is above the main diagonal.
Array eye(std::int64_t rows, std::optional<std::int64_t> columns = {}, std::int64_t k = 0,
          std::optional<DType> dtype = {}, Site site = Site::current());
Array identity(std::int64_t n, std::optional<DType> dtype = {}, Site site = Site::current());
/// Of a vector: the matrix that has it on its diagonal. Of a matrix: its diagonal.
Array diag(const Operand& a, std::int64_t k = 0);
Array diagflat(const Operand& a, std::int64_t k = 0);
/// The diagonal of the first two axes; it becomes the last axis.
Array diagonal(const Operand& a, std::int64_t offset = 0, int axis1 = 0, int axis2 = 1);
/// Ones at and below a diagonal.
Array tri(std::int64_t rows, std::optional<std::int64_t> columns = {}, std::int64_t k = 0,
          std::optional<DType> dtype = {}, Site site = Site::current());
/// The lower or upper triangle of the last two axes; zeros elsewhere.
Array tril(const Operand& a, std::int64_t k = 0);
Array triu(const Operand& a, std::int64_t k = 0);
/// Columns are descending (ascending: `increasing`) powers of the vector.
Array vander(const Operand& x, std::optional<std::int64_t> columns = {}, bool increasing = false);

/// Coordinates of a grid from vectors. "xy": the first vector runs along axis 1, as in pictures; "ij": along axis 0.
std::vector<Array> meshgrid(const std::vector<Array>& vectors, const std::string& indexing = "xy",
                            Site site = Site::current());
/// One array of coordinates for each axis of the shape, stacked: (rank, *shape).
Array indices(const Shape& shape, Site site = Site::current());

}  // namespace brainpy::math
