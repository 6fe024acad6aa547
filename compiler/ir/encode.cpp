#include "compiler/ir/encode.h"

#include <cstring>
#include <string_view>
#include <type_traits>
#include <unordered_map>

namespace brainpy::compiler::ir {
namespace {

class Encoder {
 public:
  std::string encode(const Program& program) {
    text(program.name);
    number(program.symbols.size());
    for (const Symbol& s : program.symbols) {
      text(s.name);
      type(s.type);
      number(s.kind);
    }
    number(program.parameters);
    number(program.discharged);
    number(program.bindings.size());
    for (const Binding& b : program.bindings) {
      number(b.symbol);
      number(b.argument);
      number(b.result);
    }
    const auto operations = static_cast<std::size_t>(count_ops(program.body));
    bytes_.reserve(128 * operations);
    numbers_.reserve(operations + program.body.arguments.size());
    region(program.body);
    return std::move(bytes_);
  }

 private:
  template <class T>
  void number(T value) {
    static_assert(std::is_trivially_copyable_v<T>);
    char raw[sizeof(T)];
    std::memcpy(raw, &value, sizeof(T));
    bytes_.append(raw, sizeof(T));
  }

  void text(std::string_view t) {
    number(t.size());
    bytes_.append(t);
  }

  void type(const Type& t) {
    number(t.dtype);
    number(t.shape.rank());
    for (std::int64_t axis = 0; axis < static_cast<std::int64_t>(t.shape.rank()); ++axis)
      number(t.shape[static_cast<int>(axis)]);
  }

  void attribute(const Attribute& value) {
    number(value.index());
    std::visit(
        [this]<class T>(const T& v) {
          if constexpr (std::is_same_v<T, std::string>) {
            text(v);
          } else if constexpr (std::is_same_v<T, std::vector<std::int64_t>>) {
            number(v.size());
            for (std::int64_t n : v) number(n);
          } else {
            number(v);
          }
        },
        value);
  }

  void define(const Value& v) {
    numbers_.emplace(&v, numbers_.size());
    type(v.type);
    text(v.name);
  }

  void region(const Region& r) {
    number(r.arguments.size());
    for (const auto& a : r.arguments) define(*a);
    number(r.ops.size());
    for (const auto& op : r.ops) operation(*op);
  }

  /// File names last as long as the process: their addresses stand for them. Neighbours mostly share their object.
  void place(const Location& location) {
    number(location.file);
    number(location.line);
    const bool as_before = last_ && last_->object == location.object && last_->path == location.path;
    number(as_before);
    if (as_before) return;
    last_ = &location;
    text(location.object);
    text(location.path);
  }

  void operation(const Op& op) {
    number(op.def);
    number(op.operands.size());
    for (const Value* v : op.operands) number(numbers_.at(v));
    number(op.attributes.entries().size());
    for (const Attributes::Entry& e : op.attributes.entries()) {
      text(e.name);
      attribute(e.value);
    }
    number(op.literal.bits.size());
    for (std::uint64_t bits : op.literal.bits) number(bits);
    text(op.symbol);
    place(op.location);
    number(op.regions.size());
    for (const auto& r : op.regions) region(*r);
    number(op.results.size());
    for (const auto& v : op.results) define(*v);
  }

  std::string bytes_;
  const Location* last_ = nullptr;
  std::unordered_map<const Value*, std::size_t> numbers_;
};

}  // namespace

std::string encode(const Program& program) { return Encoder().encode(program); }

}  // namespace brainpy::compiler::ir
