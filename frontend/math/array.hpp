// Dense arrays with NumPy's names and rules. Outside a trace every call computes at once; inside one it is recorded.
// In: numbers, std::vector, other arrays. Out: Array, an immutable handle; Operand, what operators and functions take;
// operators. The functions (bm::exp, bm::sum, ...) are in frontend/math/functions.hpp.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <source_location>
#include <string>
#include <vector>

#include <fmt/core.h>

#include "runtime/dtype.h"
#include "runtime/error.h"
#include "runtime/shape.h"
#include "runtime/tensor.h"

namespace brainpy::math {

using runtime::DType;
using runtime::Shape;
using runtime::Type;

inline constexpr DType float32 = DType::f32, float64 = DType::f64, int32 = DType::i32, int64 = DType::i64,
                       uint32 = DType::u32, uint64 = DType::u64, bool_ = DType::bool_;

/// Makes float64 and int64 the default types (float32 and int32 otherwise).
void enable_x64(bool enabled = true);
void disable_x64();
/// The element type of bm::zeros({n}) and of C++ doubles: float32 unless enable_x64().
DType default_float();
DType default_int();

class Array;
class Variable;
class VariableView;
struct ArrayData;  // frontend/math/array_data.h

/// A place in the user's source, as the compiler gives it.
using Site = std::source_location;

/// What operators and functions take: an array, a Variable, or a plain number. A number is weakly typed:
/// `float32 array * 0.5` stays float32. It remembers the user's line.
class Operand {
 public:
  enum class Kind : std::uint8_t { array, boolean, integer, real };

  template <class T>
  requires std::integral<T> || std::floating_point<T> Operand(T value, Site site = Site::current()) : site_(site) {
    if constexpr (std::same_as<T, bool>) kind_ = Kind::boolean, integer_ = value;
    else if constexpr (std::integral<T>) kind_ = Kind::integer, integer_ = static_cast<std::int64_t>(value);
    else kind_ = Kind::real, real_ = static_cast<double>(value);
  }
  Operand(const Array& array, Site site = Site::current());
  Operand(const Variable& variable, Site site = Site::current());
  Operand(const VariableView& view, Site site = Site::current());
  // Copies and ends of the types that models are full of are in the library: compilers would make them in every file.
  Operand(const Operand&);
  Operand(Operand&&) noexcept;
  Operand& operator=(const Operand&);
  Operand& operator=(Operand&&) noexcept;
  ~Operand();

  Kind kind() const { return kind_; }
  bool is_number() const { return kind_ != Kind::array; }
  std::int64_t integer() const { return integer_; }
  double real() const { return kind_ == Kind::real ? real_ : static_cast<double>(integer_); }
  const Site& site() const { return site_; }
  /// The array; a number becomes one of its default type.
  Array array() const;
  /// The array; a number becomes one of the given type.
  Array array(DType dtype) const;

 private:
  std::shared_ptr<const ArrayData> data_;
  std::int64_t integer_ = 0;
  double real_ = 0;
  Kind kind_ = Kind::array;
  Site site_;
};

/// `start:stop:step` of Python; an absent end is std::nullopt.
struct Slice {
  std::optional<std::int64_t> start, stop;
  std::int64_t step = 1;
};
Slice slice(std::int64_t stop);
Slice slice(std::optional<std::int64_t> start, std::optional<std::int64_t> stop, std::int64_t step = 1);
inline constexpr std::nullopt_t none = std::nullopt;
/// The whole axis, `:`.
inline Slice all_of() { return {}; }
/// A new axis of extent 1.
struct NewAxis {};
inline constexpr NewAxis newaxis{};
/// As many full axes as are missing, `...`.
struct Ellipsis {};
inline constexpr Ellipsis ellipsis{};

/// One entry of an index expression: an integer, a slice, an integer or bool array, newaxis, ellipsis.
class Index {
 public:
  enum class Kind : std::uint8_t { integer, slice, array, new_axis, ellipsis };
  template <std::integral I>
  Index(I value, Site site = Site::current())
      : kind(Kind::integer), integer(static_cast<std::int64_t>(value)), site(site) {}
  Index(Slice value, Site site = Site::current()) : kind(Kind::slice), range(value), site(site) {}
  Index(const Array& value, Site site = Site::current());
  Index(const Variable& value, Site site = Site::current());
  Index(NewAxis, Site site = Site::current()) : kind(Kind::new_axis), site(site) {}
  Index(Ellipsis, Site site = Site::current()) : kind(Kind::ellipsis), site(site) {}
  Index(const Index&);
  Index(Index&&) noexcept;
  Index& operator=(const Index&);
  Index& operator=(Index&&) noexcept;
  ~Index();

  Kind kind;
  std::int64_t integer = 0;
  Slice range;
  std::shared_ptr<const ArrayData> data;
  Site site;
};
using IndexList = std::vector<Index>;

class IndexedUpdate;

/// The methods that arrays and Variables share; each is the function of the same name on this array.
template <class Self>
class ArrayMethods {
 public:
  Array sum(std::optional<int> axis = {}, bool keepdims = false, Site site = Site::current()) const;
  Array prod(std::optional<int> axis = {}, bool keepdims = false, Site site = Site::current()) const;
  Array mean(std::optional<int> axis = {}, bool keepdims = false, Site site = Site::current()) const;
  Array var(std::optional<int> axis = {}, bool keepdims = false, Site site = Site::current()) const;
  Array std(std::optional<int> axis = {}, bool keepdims = false, Site site = Site::current()) const;
  Array min(std::optional<int> axis = {}, bool keepdims = false, Site site = Site::current()) const;
  Array max(std::optional<int> axis = {}, bool keepdims = false, Site site = Site::current()) const;
  Array argmin(std::optional<int> axis = {}, Site site = Site::current()) const;
  Array argmax(std::optional<int> axis = {}, Site site = Site::current()) const;
  Array any(std::optional<int> axis = {}, bool keepdims = false, Site site = Site::current()) const;
  Array all(std::optional<int> axis = {}, bool keepdims = false, Site site = Site::current()) const;
  Array cumsum(std::optional<int> axis = {}, Site site = Site::current()) const;
  Array cumprod(std::optional<int> axis = {}, Site site = Site::current()) const;
  Array dot(const Operand& other) const;
  Array round(Site site = Site::current()) const;
  Array clip(const Operand& low, const Operand& high) const;

  /// One extent may be -1: it follows from the others.
  Array reshape(std::vector<std::int64_t> shape, Site site = Site::current()) const;
  Array flatten(Site site = Site::current()) const;
  Array ravel(Site site = Site::current()) const;
  Array squeeze(Site site = Site::current()) const;
  Array T(Site site = Site::current()) const;
  Array transpose(std::vector<int> axes = {}, Site site = Site::current()) const;
  Array swapaxes(int first, int second, Site site = Site::current()) const;
  Array astype(DType dtype, Site site = Site::current()) const;
  Array repeat(std::int64_t count, std::optional<int> axis = {}, Site site = Site::current()) const;

  Array operator[](std::initializer_list<Index> indices) const;
  Array operator[](const Index& index) const;
  /// `x.at({i}).set(v)`: a new array with the elements replaced.
  IndexedUpdate at(std::initializer_list<Index> indices, Site site = Site::current()) const;
  IndexedUpdate at(const Index& index, Site site = Site::current()) const;

 private:
  Operand self(Site site = Site::current()) const;
};

/// An immutable n-dimensional array: a handle, cheap to copy. While a model is traced it stands for a value of the
/// program and has a type but no numbers.
class Array : public ArrayMethods<Array> {
 public:
  /// No array; using it is an error. For members that are filled later.
  Array() = default;
  /// A scalar of the default type.
  template <class N>
  requires std::integral<N> || std::floating_point<N> Array(N value) : Array(Operand(value).array()) {}
  Array(const Variable& variable);
  Array(const VariableView& view);
  explicit Array(runtime::Tensor tensor);
  explicit Array(std::shared_ptr<const ArrayData> data);
  Array(const Array&);
  Array(Array&&) noexcept;
  Array& operator=(const Array&);
  Array& operator=(Array&&) noexcept;
  ~Array();

  const Type& type() const;
  const Shape& shape() const { return type().shape; }
  DType dtype() const { return type().dtype; }
  int ndim() const { return type().shape.rank(); }
  std::int64_t size() const { return type().size(); }
  std::size_t nbytes() const { return type().bytes(); }
  /// True while tracing: there is no number to look at.
  bool is_traced() const;

  /// The number of an array of one element. TraceError when traced.
  template <class N>
  N item(Site site = Site::current()) const;
  /// All elements in row-major order, converted to N. TraceError when traced.
  template <class N>
  std::vector<N> to_vector(Site site = Site::current()) const;
  /// The concrete data. TraceError when traced.
  runtime::Tensor tensor(Site site = Site::current()) const;

#ifdef BRAINPY_SOURCE_TOOL  // the source tool reads natural control flow before it rewrites it
  explicit operator bool() const;
#else
  // clang-format off
  explicit operator bool() const = delete;  // an array has no C++ truth value: use bm::where, bm::ifelse or bm::while_loop on traced values (or .item<bool>() on concrete ones), or let the source tool rewrite it: brainpy run FILE, or brainpy_add_model in CMake
  // clang-format on
#endif

  /// "[1. 2. 3.]": as NumPy prints it; a traced one prints its type.
  std::string to_string() const;

  const std::shared_ptr<const ArrayData>& data() const { return data_; }

 private:
  std::shared_ptr<const ArrayData> data_;
};

/// What `x.at(index)` returns: the update still lacks its operation.
class IndexedUpdate {
 public:
  IndexedUpdate(Array array, IndexList indices, Site site);
  ~IndexedUpdate();
  Array set(const Operand& values) const;
  Array add(const Operand& values) const;
  Array multiply(const Operand& values) const;
  Array min(const Operand& values) const;
  Array max(const Operand& values) const;
  Array get() const;

 private:
  Array array_;
  IndexList indices_;
  Site site_;
};

// --- operators: NumPy's meaning, broadcasting, weakly typed numbers ------------------------------

Array operator+(const Operand& a, const Operand& b);
Array operator-(const Operand& a, const Operand& b);
Array operator*(const Operand& a, const Operand& b);
/// True division: integers give floats.
Array operator/(const Operand& a, const Operand& b);
/// Remainder with the divisor's sign.
Array operator%(const Operand& a, const Operand& b);
Array operator-(const Operand& a);
Array operator+(const Operand& a);
Array operator==(const Operand& a, const Operand& b);
Array operator!=(const Operand& a, const Operand& b);
Array operator<(const Operand& a, const Operand& b);
Array operator<=(const Operand& a, const Operand& b);
Array operator>(const Operand& a, const Operand& b);
Array operator>=(const Operand& a, const Operand& b);
/// Bitwise on integers, logical on bools.
Array operator&(const Operand& a, const Operand& b);
Array operator|(const Operand& a, const Operand& b);
Array operator^(const Operand& a, const Operand& b);
Array operator~(const Operand& a);
Array operator<<(const Operand& a, const Operand& b);
Array operator>>(const Operand& a, const Operand& b);
// Logical not, and, or; on other types than bool, whether an element is not zero.
// The first operand is taken as it is: with a conversion on both sides C++'s own && and ||, which ask for a bool, would
// fit as well.
Array operator!(const Operand& a);
Array operator!(const Array& a);
Array operator!(const Variable& a);
Array operator!(const VariableView& a);
/// Both sides are always evaluated; the same as `&` on bools.
Array operator&&(const Operand& a, const Operand& b);
Array operator||(const Operand& a, const Operand& b);
Array operator&&(const Array& a, const Operand& b);
Array operator&&(const Variable& a, const Operand& b);
Array operator&&(const VariableView& a, const Operand& b);
Array operator||(const Array& a, const Operand& b);
Array operator||(const Variable& a, const Operand& b);
Array operator||(const VariableView& a, const Operand& b);
#ifdef BRAINPY_SOURCE_TOOL
// With operator bool there, C++'s own operators fit these as well.
template <class A>
concept TruthArray = std::same_as<A, Array> || std::same_as<A, Variable> || std::same_as<A, VariableView>;
template <TruthArray A>
Array operator&&(const A& a, bool b);
template <TruthArray A>
Array operator&&(bool a, const A& b);
template <TruthArray A>
Array operator||(const A& a, bool b);
template <TruthArray A>
Array operator||(bool a, const A& b);
#endif

Array& operator+=(Array& a, const Operand& b);
Array& operator-=(Array& a, const Operand& b);
Array& operator*=(Array& a, const Operand& b);
Array& operator/=(Array& a, const Operand& b);

}  // namespace brainpy::math

namespace brainpy::math {
/// Prints text as it is; with fmt/core.h alone, which has no formatting of widths.
struct TextFormatter {
  template <class Context>
  constexpr auto parse(Context& context) {
    return context.begin();
  }

 protected:
  template <class Context>
  static auto write(const std::string& text, Context& context) {
    auto out = context.out();
    for (const char c : text) *out++ = c;
    return out;
  }
};
}  // namespace brainpy::math

template <>
struct fmt::formatter<brainpy::math::Array> : brainpy::math::TextFormatter {
  template <class Context>
  auto format(const brainpy::math::Array& a, Context& context) const {
    return write(a.to_string(), context);
  }
};
template <>
struct fmt::formatter<brainpy::runtime::Shape> : brainpy::math::TextFormatter {
  template <class Context>
  auto format(const brainpy::runtime::Shape& s, Context& context) const {
    return write(brainpy::runtime::to_string(s), context);
  }
};
template <>
struct fmt::formatter<brainpy::runtime::DType> : brainpy::math::TextFormatter {
  template <class Context>
  auto format(brainpy::runtime::DType t, Context& context) const {
    return write(brainpy::runtime::numpy_name(t), context);
  }
};
