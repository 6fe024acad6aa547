// The methods of arrays, Variables and views: each is the function of the same name.
// In: the object. Out: arrays.
#include "frontend/math/elementwise.hpp"
#include "frontend/math/linear_algebra.hpp"
#include "frontend/math/primitives.h"
#include "frontend/math/reductions.hpp"
#include "frontend/math/shape_functions.hpp"
#include "frontend/object/variable.hpp"

namespace brainpy::math {

namespace fn = brainpy::math;

template <class Self>
Operand ArrayMethods<Self>::self(Site site) const {
  return Operand(static_cast<const Self&>(*this), site);
}

template <class Self>
Array ArrayMethods<Self>::sum(std::optional<int> axis, bool keepdims, Site site) const {
  return fn::sum(self(site), axis, keepdims);
}
template <class Self>
Array ArrayMethods<Self>::prod(std::optional<int> axis, bool keepdims, Site site) const {
  return fn::prod(self(site), axis, keepdims);
}
template <class Self>
Array ArrayMethods<Self>::mean(std::optional<int> axis, bool keepdims, Site site) const {
  return fn::mean(self(site), axis, keepdims);
}
template <class Self>
Array ArrayMethods<Self>::var(std::optional<int> axis, bool keepdims, Site site) const {
  return fn::var(self(site), axis, keepdims);
}
template <class Self>
Array ArrayMethods<Self>::std(std::optional<int> axis, bool keepdims, Site site) const {
  return fn::std(self(site), axis, keepdims);
}
template <class Self>
Array ArrayMethods<Self>::min(std::optional<int> axis, bool keepdims, Site site) const {
  return fn::min(self(site), axis, keepdims);
}
template <class Self>
Array ArrayMethods<Self>::max(std::optional<int> axis, bool keepdims, Site site) const {
  return fn::max(self(site), axis, keepdims);
}
template <class Self>
Array ArrayMethods<Self>::argmin(std::optional<int> axis, Site site) const {
  return fn::argmin(self(site), axis);
}
template <class Self>
Array ArrayMethods<Self>::argmax(std::optional<int> axis, Site site) const {
  return fn::argmax(self(site), axis);
}
template <class Self>
Array ArrayMethods<Self>::any(std::optional<int> axis, bool keepdims, Site site) const {
  return fn::any(self(site), axis, keepdims);
}
template <class Self>
Array ArrayMethods<Self>::all(std::optional<int> axis, bool keepdims, Site site) const {
  return fn::all(self(site), axis, keepdims);
}
template <class Self>
Array ArrayMethods<Self>::cumsum(std::optional<int> axis, Site site) const {
  return fn::cumsum(self(site), axis);
}
template <class Self>
Array ArrayMethods<Self>::cumprod(std::optional<int> axis, Site site) const {
  return fn::cumprod(self(site), axis);
}
template <class Self>
Array ArrayMethods<Self>::dot(const Operand& other) const {
  return fn::dot(self(other.site()), other);
}
template <class Self>
Array ArrayMethods<Self>::round(Site site) const {
  return fn::round(self(site));
}
template <class Self>
Array ArrayMethods<Self>::clip(const Operand& low, const Operand& high) const {
  return fn::clip(self(low.site()), low, high);
}

template <class Self>
Array ArrayMethods<Self>::reshape(std::vector<std::int64_t> shape, Site site) const {
  return fn::reshape(self(site), shape);
}
template <class Self>
Array ArrayMethods<Self>::flatten(Site site) const {
  return fn::ravel(self(site));
}
template <class Self>
Array ArrayMethods<Self>::ravel(Site site) const {
  return fn::ravel(self(site));
}
template <class Self>
Array ArrayMethods<Self>::squeeze(Site site) const {
  return fn::squeeze(self(site));
}
template <class Self>
Array ArrayMethods<Self>::T(Site site) const {
  return fn::transpose(self(site));
}
template <class Self>
Array ArrayMethods<Self>::transpose(std::vector<int> axes, Site site) const {
  return fn::transpose(self(site), axes);
}
template <class Self>
Array ArrayMethods<Self>::swapaxes(int first, int second, Site site) const {
  return fn::swapaxes(self(site), first, second);
}
template <class Self>
Array ArrayMethods<Self>::astype(DType dtype, Site site) const {
  return fn::astype(self(site), dtype);
}
template <class Self>
Array ArrayMethods<Self>::repeat(std::int64_t count, std::optional<int> axis, Site site) const {
  return fn::repeat(self(site), count, axis);
}

template <class Self>
Array ArrayMethods<Self>::operator[](std::initializer_list<Index> indices) const {
  const Site site = indices.size() > 0 ? indices.begin()->site : Site::current();
  return read_index(array_of(self(site)), IndexList(indices), site);
}
template <class Self>
Array ArrayMethods<Self>::operator[](const Index& index) const {
  return read_index(array_of(self(index.site)), {index}, index.site);
}
template <class Self>
IndexedUpdate ArrayMethods<Self>::at(std::initializer_list<Index> indices, Site site) const {
  return IndexedUpdate(array_of(self(site)), IndexList(indices), site);
}
template <class Self>
IndexedUpdate ArrayMethods<Self>::at(const Index& index, Site site) const {
  return IndexedUpdate(array_of(self(site)), {index}, site);
}

template class ArrayMethods<Array>;
template class ArrayMethods<Variable>;
template class ArrayMethods<VariableView>;

}  // namespace brainpy::math
