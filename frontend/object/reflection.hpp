// Tables of the members of classes, which the source tool writes behind a model's source (`brainpy-source reflect`
// shows them): with one, members need no names and no lists, private ones neither.
// In: per class its text and its members. Out: what BrainPyObject registers, and describes.
#pragma once

#include <memory>
#include <string>
#include <type_traits>
#include <typeindex>
#include <typeinfo>
#include <variant>
#include <vector>

#include "frontend/object/object.hpp"

namespace brainpy::reflection {

/// What the source says about a class or one of its members.
struct Text {
  const char* name;
  const char* type;           ///< of a member, as it is written
  const char* unit;           ///< "mV", or ""
  const char* documentation;  ///< its comment, without the unit
  const char* file;
  int line;
};

/// A member's value: a Variable, a part, or a parameter. monostate: of another type, which is only named.
using Value =
    std::variant<std::monostate, math::Variable*, BrainPyObject*, math::Array, bool, std::int64_t, double, std::string>;

struct Member {
  const Text* text;
  Value (*value)(BrainPyObject& object);
};

using IsInstance = bool (*)(const BrainPyObject& object);

/// Called by the tables, before main or when their library is loaded. A class or member that is known already (from
/// another source that includes the same header) stays as it is.
void add_class(const std::type_info& type, const Text& text, IsInstance is_instance,
               std::initializer_list<std::type_index> bases);
void add_member(const std::type_info& type, const Member& member);

struct ClassTable {
  const Text* text = nullptr;
  IsInstance is_instance = nullptr;
  std::vector<std::type_index> bases;
  std::vector<Member> members;
};

/// The tables of an object's class and its bases, these first.
std::vector<const ClassTable*> tables_of(const BrainPyObject& object);

template <class T>
Value value_of(T& member) {
  using Plain = std::remove_cv_t<T>;
  if constexpr (std::is_base_of_v<math::Variable, Plain>) return const_cast<Plain*>(&member);
  else if constexpr (std::is_base_of_v<BrainPyObject, Plain>) return const_cast<Plain*>(&member);
  else if constexpr (std::is_same_v<Plain, math::Array>) return member;
  else if constexpr (std::is_same_v<Plain, bool>) return member;
  else if constexpr (std::is_integral_v<Plain> || std::is_enum_v<Plain>) return static_cast<std::int64_t>(member);
  else if constexpr (std::is_floating_point_v<Plain>) return static_cast<double>(member);
  else if constexpr (std::is_same_v<Plain, std::string> || std::is_convertible_v<const Plain&, const char*>)
    return std::string(member);
  else return std::monostate();
}
template <class T, class Deleter>
Value value_of(std::unique_ptr<T, Deleter>& member) {
  if constexpr (std::is_base_of_v<BrainPyObject, T>)
    if (member) return static_cast<BrainPyObject*>(member.get());
  return std::monostate();
}

/// Explicit instantiation adds the class: `template struct RegisteredClass<text, LIF, Base>;`. (There, names may be
/// private ones.)
template <const Text& text, class T, class... Bases>
struct RegisteredClass {
  static bool is_instance(const BrainPyObject& object) {
    const auto* instance = dynamic_cast<const T*>(&object);
    return instance != nullptr;
  }
  static const bool done;
};
template <const Text& text, class T, class... Bases>
const bool RegisteredClass<text, T, Bases...>::done =
    (add_class(typeid(T), text, is_instance, {std::type_index(typeid(Bases))...}), true);

/// `template struct RegisteredMember<text, LIF, &LIF::V>;` adds a member. With nullptr (references and bit-fields have
/// no pointers to them) only its text is known.
template <const Text& text, class T, auto pointer>
struct RegisteredMember {
  static Value value(BrainPyObject& object) {
    if constexpr (std::is_member_object_pointer_v<decltype(pointer)>)
      return value_of(dynamic_cast<T&>(object).*pointer);
    else if constexpr (std::is_pointer_v<decltype(pointer)>) return value_of(*pointer);
    else return std::monostate();
  }
  static const bool done;
};
template <const Text& text, class T, auto pointer>
const bool RegisteredMember<text, T, pointer>::done = (add_member(typeid(T), {&text, value}), true);

}  // namespace brainpy::reflection
