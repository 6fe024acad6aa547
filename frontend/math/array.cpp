// Array, Operand, operators.
#include "frontend/math/array.hpp"

#include <cstring>

#include "frontend/math/array_data.h"
#include "frontend/object/variable.hpp"
#include "frontend/transform/trace.h"

namespace brainpy::math {

// --- Operand -------------------------------------------------------------------------------------

Operand::Operand(const Array& array, Site site) : data_(array.data()), site_(site) {}
Operand::Operand(const Variable& variable, Site site) : data_(variable.value().data()), site_(site) {}
Operand::Operand(const VariableView& view, Site site) : data_(view.value(site).data()), site_(site) {}
Operand::Operand(const Operand&) = default;
Operand::Operand(Operand&&) noexcept = default;
Operand& Operand::operator=(const Operand&) = default;
Operand& Operand::operator=(Operand&&) noexcept = default;
Operand::~Operand() = default;

Array Operand::array() const {
  switch (kind_) {
    case Kind::array:
      return Array(data_);
    case Kind::boolean:
      return number(DType::bool_, integer_);
    case Kind::integer:
      return array(default_int());
    case Kind::real:
      return array(default_float());
  }
  return {};
}

Array Operand::array(DType dtype) const {
  if (kind_ == Kind::array) return Array(data_);
  if (transform::Trace* trace = transform::Trace::current()) trace->note_literal(site_, real());
  if (kind_ == Kind::real) return number(dtype, real_);
  const bool fits = (dtype != DType::i32 || (integer_ >= INT32_MIN && integer_ <= INT32_MAX)) &&
                    (dtype != DType::u32 || (integer_ >= 0 && integer_ <= UINT32_MAX)) &&
                    (dtype != DType::u64 || integer_ >= 0);
  if (!fits)
    throw ValueError({.what = "a number does not fit into the array's element type",
                      .where = location_of(site_),
                      .values = std::to_string(integer_) + " as " + numpy_name(dtype),
                      .hint = "convert the array first with .astype(bm::int64)"});
  return number(dtype, integer_);
}

// --- Array ---------------------------------------------------------------------------------------

Array::Array(std::shared_ptr<const ArrayData> data) : data_(std::move(data)) {}
Array::Array(const Array&) = default;
Array::Array(Array&&) noexcept = default;
Array& Array::operator=(const Array&) = default;
Array& Array::operator=(Array&&) noexcept = default;
Array::~Array() = default;

namespace {

std::shared_ptr<const ArrayData> data_of(runtime::Tensor tensor) {
  auto data = std::make_shared<ArrayData>();
  data->type = tensor.type;
  data->buffer = std::move(tensor.data);
  return data;
}

template <class N, class T>
std::vector<N> convert_all(const runtime::Tensor& t) {
  const T* from = t.as<const T>();
  return std::vector<N>(from, from + t.type.size());
}

}  // namespace

Array::Array(runtime::Tensor tensor) : data_(data_of(std::move(tensor))) {}
Array::Array(const Variable& variable) : Array(variable.value()) {}
Array::Array(const VariableView& view) : Array(view.value()) {}

const Type& Array::type() const {
  if (!data_)
    throw ValueError({.what = "an empty Array has no type", .hint = "give it a value first, such as bm::zeros({n})"});
  return data_->type;
}

bool Array::is_traced() const { return data_ && !data_->buffer; }

runtime::Tensor Array::tensor(Site site) const {
  if (!is_traced()) return {type(), data_->buffer};
  if (transform::Trace::current())
    throw TraceError({.what = "a traced value has no number yet",
                      .where = location_of(site),
                      .values = "the value is " + runtime::to_string(data_->type),
                      .hint = "use bm::where, bm::ifelse or bm::while_loop on traced values; to look at numbers, run "
                              "under bp::NoJit"});
  throw TraceError({.what = "a traced value is kept beyond its trace",
                    .where = location_of(site),
                    .values = "the value is " + runtime::to_string(data_->type),
                    .hint = "return it from the traced function, or make it a bm::Variable"});
}

template <class N>
std::vector<N> Array::to_vector(Site site) const {
  const runtime::Tensor t = tensor(site);
  switch (t.type.dtype) {
    case DType::f32:
      return convert_all<N, float>(t);
    case DType::f64:
      return convert_all<N, double>(t);
    case DType::i32:
      return convert_all<N, std::int32_t>(t);
    case DType::i64:
      return convert_all<N, std::int64_t>(t);
    case DType::u32:
      return convert_all<N, std::uint32_t>(t);
    case DType::u64:
    case DType::key:
      return convert_all<N, std::uint64_t>(t);
    case DType::bool_:
      return convert_all<N, bool>(t);
  }
  return {};
}

template <class N>
N Array::item(Site site) const {
  if (data_ && size() != 1)
    throw ShapeError({.what = "item: the array has not exactly one element",
                      .where = location_of(site),
                      .values = "the array is " + runtime::to_string(type()),
                      .hint = "reduce or index it first: x.sum().item<float>(), x[3].item<float>()"});
  return to_vector<N>(site)[0];
}

template float Array::item<float>(Site) const;
template double Array::item<double>(Site) const;
template std::int8_t Array::item<std::int8_t>(Site) const;
template std::uint8_t Array::item<std::uint8_t>(Site) const;
template std::int32_t Array::item<std::int32_t>(Site) const;
template std::int64_t Array::item<std::int64_t>(Site) const;
template std::uint32_t Array::item<std::uint32_t>(Site) const;
template std::uint64_t Array::item<std::uint64_t>(Site) const;
template bool Array::item<bool>(Site) const;
template std::vector<float> Array::to_vector<float>(Site) const;
template std::vector<double> Array::to_vector<double>(Site) const;
template std::vector<std::int8_t> Array::to_vector<std::int8_t>(Site) const;
template std::vector<std::uint8_t> Array::to_vector<std::uint8_t>(Site) const;
template std::vector<std::int32_t> Array::to_vector<std::int32_t>(Site) const;
template std::vector<std::int64_t> Array::to_vector<std::int64_t>(Site) const;
template std::vector<std::uint32_t> Array::to_vector<std::uint32_t>(Site) const;
template std::vector<std::uint64_t> Array::to_vector<std::uint64_t>(Site) const;
template std::vector<bool> Array::to_vector<bool>(Site) const;

std::string Array::to_string() const {
  if (!data_) return "<empty>";
  if (is_traced()) return "<traced " + runtime::to_string(type()) + ">";
  return print_array({type(), data_->buffer});
}

// --- operators -----------------------------------------------------------------------------------

Array operator+(const Operand& a, const Operand& b) { return binary("add", a, b); }
Array operator-(const Operand& a, const Operand& b) { return binary("sub", a, b); }
Array operator*(const Operand& a, const Operand& b) { return binary("mul", a, b); }
Array operator/(const Operand& a, const Operand& b) { return float_binary("div", a, b); }
Array operator%(const Operand& a, const Operand& b) { return binary("remainder", a, b); }
Array operator-(const Operand& a) { return apply("neg", {a.array()}, {}, a.site()); }
Array operator+(const Operand& a) { return a.array(); }
Array operator==(const Operand& a, const Operand& b) { return binary("eq", a, b); }
Array operator!=(const Operand& a, const Operand& b) { return binary("ne", a, b); }
Array operator<(const Operand& a, const Operand& b) { return binary("lt", a, b); }
Array operator<=(const Operand& a, const Operand& b) { return binary("le", a, b); }
Array operator>(const Operand& a, const Operand& b) { return binary("gt", a, b); }
Array operator>=(const Operand& a, const Operand& b) { return binary("ge", a, b); }
Array operator&(const Operand& a, const Operand& b) { return binary("and", a, b); }
Array operator|(const Operand& a, const Operand& b) { return binary("or", a, b); }
Array operator^(const Operand& a, const Operand& b) { return binary("xor", a, b); }
Array operator~(const Operand& a) { return apply("not", {a.array()}, {}, a.site()); }
Array operator<<(const Operand& a, const Operand& b) { return binary("shift_left", a, b); }
Array operator>>(const Operand& a, const Operand& b) { return binary("shift_right", a, b); }

namespace {

Array logical(const char* name, const Operand& a, const Operand& b) {
  return map(name, {convert(a.array(), DType::bool_, a.site()), convert(b.array(), DType::bool_, a.site())}, a.site());
}

Array inverted(const Operand& a, const Site& site) {
  return apply("not", {convert(a.array(), DType::bool_, site)}, {}, site);
}

}  // namespace

Array operator!(const Operand& a) { return inverted(a, a.site()); }
Array operator&&(const Operand& a, const Operand& b) { return logical("and", a, b); }
Array operator||(const Operand& a, const Operand& b) { return logical("or", a, b); }
Array operator!(const Array& a) { return inverted(a, Site::current()); }
Array operator!(const Variable& a) { return inverted(a, Site::current()); }
Array operator!(const VariableView& a) { return inverted(a, Site::current()); }
Array operator&&(const Array& a, const Operand& b) { return logical("and", Operand(a, b.site()), b); }
Array operator&&(const Variable& a, const Operand& b) { return logical("and", Operand(a, b.site()), b); }
Array operator&&(const VariableView& a, const Operand& b) { return logical("and", Operand(a, b.site()), b); }
Array operator||(const Array& a, const Operand& b) { return logical("or", Operand(a, b.site()), b); }
Array operator||(const Variable& a, const Operand& b) { return logical("or", Operand(a, b.site()), b); }
Array operator||(const VariableView& a, const Operand& b) { return logical("or", Operand(a, b.site()), b); }

Array& operator+=(Array& a, const Operand& b) { return a = Operand(a, b.site()) + b; }
Array& operator-=(Array& a, const Operand& b) { return a = Operand(a, b.site()) - b; }
Array& operator*=(Array& a, const Operand& b) { return a = Operand(a, b.site()) * b; }
Array& operator/=(Array& a, const Operand& b) { return a = Operand(a, b.site()) / b; }

}  // namespace brainpy::math
