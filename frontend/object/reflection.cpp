// The known classes, and which of them an object is one of.
#include "frontend/object/reflection.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>

namespace brainpy::reflection {

namespace {

/// Made when the first table asks for it: tables are added before main.
std::unordered_map<std::type_index, ClassTable>& classes() {
  static std::unordered_map<std::type_index, ClassTable> known;
  return known;
}

/// How many known classes lie above a class.
int depth(const ClassTable& table) {
  int above = 0;
  for (const std::type_index& base : table.bases)
    if (const auto it = classes().find(base); it != classes().end()) above = std::max(above, 1 + depth(it->second));
  return above;
}

}  // namespace

void add_class(const std::type_info& type, const Text& text, IsInstance is_instance,
               std::initializer_list<std::type_index> bases) {
  ClassTable& table = classes()[type];
  if (!table.text) table.text = &text;
  table.is_instance = is_instance;
  if (table.bases.empty()) table.bases = bases;
}

void add_member(const std::type_info& type, const Member& member) {
  std::vector<Member>& members = classes()[type].members;
  const auto same = [&](const Member& m) { return std::string_view(m.text->name) == member.text->name; };
  if (std::ranges::none_of(members, same)) members.push_back(member);
}

std::vector<const ClassTable*> tables_of(const BrainPyObject& object) {
  std::vector<const ClassTable*> tables;
  for (const auto& [type, table] : classes())
    if (table.is_instance && table.is_instance(object)) tables.push_back(&table);
  // Of equal depth (two bases) by name: the order must not depend on hashing.
  std::ranges::sort(tables, [](const ClassTable* a, const ClassTable* b) {
    const int d = depth(*a), e = depth(*b);
    return d != e ? d < e : std::string_view(a->text->name) < b->text->name;
  });
  return tables;
}

}  // namespace brainpy::reflection
