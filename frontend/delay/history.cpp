#include "frontend/delay/history.h"

#include <fmt/format.h>

#include "frontend/integrate/linearize.h"
#include "frontend/math/primitives.h"

namespace brainpy::math {
History::History(Site site) : site_(site) {}
History::History(const Operand& value, const Site& site, std::nullptr_t)
    : value_(std::make_shared<const Operand>(value)), site_(site) {}
History::History(const Array& value, Site site) : History(Operand(value, site), site, nullptr) {}
History::History(const Variable& value, Site site) : History(Operand(value, site), site, nullptr) {}
History::History(const History&) = default;
History::History(History&&) noexcept = default;
History& History::operator=(const History&) = default;
History& History::operator=(History&&) noexcept = default;
History::~History() = default;
}  // namespace brainpy::math

namespace brainpy::delay {

using math::DType;
using math::History;
using math::Shape;

namespace {
constexpr const char* past = "initial history";
}  // namespace

Array in_type(const Operand& value, const Type& type, const char* family, const char* what, const Site& site) {
  const bool loses = value.is_number() && ((value.kind() == Operand::Kind::real && !runtime::is_float(type.dtype)) ||
                                           (value.kind() == Operand::Kind::integer && type.dtype == DType::bool_));
  const Array array = value.is_number() ? value.array(type.dtype) : math::array_of(value);
  const DType given = array.dtype();
  const bool same_kind = given == type.dtype || (runtime::is_float(given) && runtime::is_float(type.dtype)) ||
                         (runtime::is_integer(given) && runtime::is_integer(type.dtype));
  if (loses || !same_kind)
    throw DTypeError({.what = fmt::format("{}: the {} has another element type", family, what),
                      .where = math::location_of(site),
                      .values = fmt::format("the target is {}, the {} {}", to_string(type), what,
                                            loses ? "a number of another kind" : to_string(array.type())),
                      .hint = "give values of the target's kind"});
  Shape common;
  if (!runtime::broadcast(array.shape(), type.shape, common) || !(common == type.shape))
    throw ShapeError(
        {.what = fmt::format("{}: the {} has another shape", family, what),
         .where = math::location_of(site),
         .values = fmt::format("the target is {}, the {} {}", to_string(type), what, to_string(array.type())),
         .hint = "give a number, or an array of the target's shape"});
  return math::broadcast_array(math::convert(array, type.dtype, site), type.shape, site);
}

Array written_value(const Operand& value, const Type& type, const char* family) {
  if (!value.is_number() && !(value.array().type() == type))
    throw ShapeError(
        {.what = fmt::format("{}: a value of another type is written", family),
         .where = math::location_of(value.site()),
         .values = fmt::format("the target is {}, the value {}", to_string(type), to_string(value.array().type())),
         .hint = "write values of the target's shape and element type"});
  return in_type(value, type, family, "value", value.site());
}

Array history_at(const History& history, const Array& t, const Type& type, const char* family) {
  const Site& site = history.site();
  if (history.function()) return in_type(Operand((*history.function())({t}).at(0), site), type, family, past, site);
  const Operand value = history.value() ? *history.value() : Operand(math::number(type.dtype, 0.0), site);
  return in_type(value, type, family, past, site);
}

Array history_slope(const History& history, const Array& t, const Type& type, const char* family) {
  const Site& site = history.site();
  if (!history.function()) return in_type(Operand(math::number(type.dtype, 0.0), site), type, family, past, site);
  const integrate::Linearized at_t = integrate::linearize(*history.function(), {t}, 1, site);
  return in_type(Operand(at_t.parts.at(0).slope, site), type, family, past, site);
}

}  // namespace brainpy::delay
