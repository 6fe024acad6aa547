// BrainPyObject::describe: what is registered, with what the source's tables say; and as text.
#include "frontend/object/description.hpp"

#include <algorithm>
#include <map>
#include <string_view>

#include <fmt/format.h>

#include "frontend/object/object.hpp"
#include "frontend/object/reflection.hpp"
#include "frontend/object/variable_state.h"

namespace brainpy {

namespace {

using Kind = MemberDescription::Kind;

std::string text_of(const reflection::Value& value) {
  return std::visit(
      [](const auto& v) -> std::string {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, math::Array>) return v.size() <= 16 ? v.to_string() : to_string(v.type());
        else if constexpr (std::is_same_v<T, std::string>) return '"' + v + '"';
        else if constexpr (std::is_arithmetic_v<T>) return fmt::format("{}", v);
        else return {};
      },
      value);
}

std::string_view file_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

/// "Filter" of "Filter<3>".
std::string without_arguments(const std::string& name) { return name.substr(0, name.find('<')); }

const char* title(Kind kind) {
  switch (kind) {
    case Kind::parameter:
      return "parameters";
    case Kind::variable:
      return "Variables";
    case Kind::train_variable:
      return "trained Variables";
    default:
      return "nodes";
  }
}

void append(std::string& text, const Description& d, const std::string& indent) {
  text += indent;
  if (!d.path.empty()) text += d.path + ": ";
  text += d.class_name;
  if (!d.place.empty()) text += fmt::format(" ({})", d.place);
  text += '\n';
  if (!d.documentation.empty()) text += fmt::format("{}  {}\n", indent, d.documentation);
  std::size_t widest = 0, widest_value = 0;
  const auto shown = [](const MemberDescription& m) {
    return (m.kind == Kind::parameter && !m.value.empty() ? m.value : m.type) + (m.unit.empty() ? "" : " " + m.unit);
  };
  for (const MemberDescription& m : d.members) {
    widest = std::max(widest, m.name.size());
    widest_value = std::max(widest_value, shown(m).size());
  }
  for (const Kind kind : {Kind::parameter, Kind::variable, Kind::train_variable, Kind::node}) {
    const auto is_kind = [kind](const MemberDescription& m) { return m.kind == kind; };
    if (std::ranges::none_of(d.members, is_kind)) continue;
    text += fmt::format("{}  {}\n", indent, title(kind));
    for (const MemberDescription& m : d.members) {
      if (!is_kind(m)) continue;
      std::string line =
          fmt::format("{}    {:{}}  {:{}}  {}", indent, m.name, widest, shown(m), widest_value, m.documentation);
      text += line.erase(line.find_last_not_of(' ') + 1) + '\n';
    }
  }
  for (const Description& node : d.nodes) append(text, node, indent + "  ");
}

}  // namespace

std::string Description::to_string() const {
  std::string text;
  append(text, *this, "");
  text.pop_back();
  return text;
}

Description BrainPyObject::describe() const {
  register_members();
  Description description{
      .path = path(), .class_name = class_name(), .documentation = {}, .place = {}, .members = {}, .nodes = {}};
  std::map<std::string, const reflection::Text*> texts;
  for (const reflection::ClassTable* table : reflection::tables_of(*this)) {
    // The most derived class comes last and speaks for the object, as far as it is known.
    const reflection::Text& text = *table->text;
    if (without_arguments(class_name()) == text.name) {
      description.documentation = text.documentation;
      description.place = fmt::format("{}:{}", file_name(text.file), text.line);
    }
    for (const reflection::Member& member : table->members) {
      texts[member.text->name] = member.text;
      const reflection::Value value = member.value(const_cast<BrainPyObject&>(*this));
      if (std::holds_alternative<math::Variable*>(value) || std::holds_alternative<BrainPyObject*>(value) ||
          std::ranges::any_of(children_, [&](const auto& c) { return c->info_->name == member.text->name; }))
        continue;
      // What has no value to show is worth a line only if its author wrote one.
      if (std::holds_alternative<std::monostate>(value) && *member.text->documentation == '\0') continue;
      description.members.push_back({.kind = Kind::parameter,
                                     .name = member.text->name,
                                     .type = member.text->type,
                                     .value = text_of(value),
                                     .unit = member.text->unit,
                                     .documentation = member.text->documentation});
    }
  }
  const auto add = [&](Kind kind, const std::string& name, std::string type) {
    const auto it = texts.find(name);
    const reflection::Text* text = it == texts.end() ? nullptr : it->second;
    description.members.push_back({.kind = kind,
                                   .name = name,
                                   .type = std::move(type),
                                   .value = {},
                                   .unit = text ? text->unit : "",
                                   .documentation = text ? text->documentation : ""});
  };
  for (const auto& s : states_) add(s->trainable ? Kind::train_variable : Kind::variable, s->name, to_string(s->type));
  for (const auto& c : children_) {
    add(Kind::node, c->info_->name, c->class_name());
    description.nodes.push_back(c->describe());
  }
  return description;
}

}  // namespace brainpy
