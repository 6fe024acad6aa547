#include "compiler/ir/print.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "compiler/ir/literal_text.h"
#include "compiler/ir/location_text.h"
#include "compiler/ops/op_def.h"

namespace brainpy::compiler::ir {
namespace {

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Words of name characters joined by single dots.
bool is_plain_name(std::string_view name) {
  bool word = false;
  for (char c : name) {
    if (!is_name_character(c) && !(c == '.' && word)) return false;
    word = c != '.';
  }
  return word;
}

void append_number(std::string& text, std::int64_t number) {
  char digits[24];
  text.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

void append_quoted(std::string& text, std::string_view content) {
  constexpr char hexadecimal[] = "0123456789abcdef";
  text += '"';
  for (char c : content) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') (text += '\\') += c;
    else if (c == '\n') text += "\\n";
    else if (c == '\t') text += "\\t";
    else if (byte < 0x20 || byte == 0x7f) ((text += "\\x") += hexadecimal[byte >> 4]) += hexadecimal[byte & 15];
    else text += c;
  }
  text += '"';
}

void append_name(std::string& text, std::string_view name) {
  if (is_plain_name(name)) text += name;
  else append_quoted(text, name);
}

void append_type(std::string& text, const Type& type) {
  text += ir_name(type.dtype);
  text += '[';
  for (int a = 0; a < type.shape.rank(); ++a) {
    if (a) text += ',';
    append_number(text, type.shape[a]);
  }
  text += ']';
}

/// How each value is written: `%` and its hint made unique, or a number; a scalar literal as itself.
class ValueNames {
 public:
  explicit ValueNames(bool numbers_only) : numbers_only_(numbers_only) {}

  /// Values in the order of the text.
  void add_region(const Region& region) {
    for (const auto& a : region.arguments) add(*a);
    for (const auto& op : region.ops) add_op(*op);
  }

  void add_op(const Op& op) {
    if (is_inline_literal(op)) {
      append_literal(names_[op.result()], op.result()->type.dtype, op.literal.bits[0]);
      return;
    }
    for (const auto& r : op.results) add(*r);
    for (std::size_t i = 0; i < op.regions.size(); ++i) {
      // The two regions of a `while` show one list of arguments.
      if (i == 1 && op.def && op.def->name == "while") share_arguments(*op.regions[0], *op.regions[1]);
      add_region(*op.regions[i]);
    }
  }

  void add(const Value& value) {
    const auto [entry, is_new] = names_.try_emplace(&value);
    if (is_new) entry->second = '%' + new_name(value.name);
  }

  /// Never looks into a value that was not added: in a broken program it may be gone.
  const std::string& operator[](const Value* value) const {
    static const std::string missing = "%(not in the program)";
    const auto it = names_.find(value);
    return it == names_.end() ? missing : it->second;
  }

 private:
  void share_arguments(const Region& from, const Region& to) {
    for (std::size_t i = 0; i < std::min(from.arguments.size(), to.arguments.size()); ++i)
      names_.emplace(to.arguments[i].get(), names_.at(from.arguments[i].get()));
  }

  std::string new_name(const std::string& hint) {
    if (numbers_only_ || std::ranges::all_of(hint, is_digit)) return std::to_string(next_number_++);
    std::string name = hint;
    if (!is_plain_name(name))
      std::ranges::replace_if(
          name, [](char c) { return !is_name_character(c); }, '_');
    if (is_digit(name[0])) name.insert(name.begin(), '_');
    if (taken_.insert(name).second) return name;
    while (is_digit(name.back())) name.pop_back();
    int& last = last_suffix_[name];
    for (;;) {
      std::string numbered = name + std::to_string(++last);
      if (taken_.insert(numbered).second) return numbered;
    }
  }

  bool numbers_only_;
  int next_number_ = 0;
  std::unordered_map<const Value*, std::string> names_;
  std::unordered_set<std::string> taken_;
  std::unordered_map<std::string, int> last_suffix_;
};

/// Symbols that the text declares by itself, in this order: constants (their lines), then Variables where first
/// touched; after discharge the bindings. Another order, or a symbol that is not touched, needs lines for all.
class ImpliedSymbols {
 public:
  static bool match(const Program& program) {
    ImpliedSymbols implied;
    if (program.discharged) {
      for (const Binding& b : program.bindings) {
        if (b.symbol < 0 || static_cast<std::size_t>(b.symbol) >= program.symbols.size()) return false;
        implied.touch(program.symbols[static_cast<std::size_t>(b.symbol)].name);
      }
    } else {
      for (const Symbol& s : program.symbols)
        if (s.kind == SymbolKind::constant) implied.touch(s.name);
      implied.touch_region(program.body);
    }
    return std::ranges::equal(implied.order_, program.symbols, {}, {}, &Symbol::name);
  }

 private:
  void touch(const std::string& name) {
    if (seen_.insert(name).second) order_.push_back(name);
  }

  void touch_region(const Region& region) {
    for (const auto& op : region.ops) {
      if (!op->symbol.empty()) touch(op->symbol);
      for (const auto& r : op->regions) touch_region(*r);
    }
  }

  std::vector<std::string_view> order_;
  std::unordered_set<std::string_view> seen_;
};

class Printer {
 public:
  explicit Printer(PrintOptions options) : options_(options), names_(options.canonical) {}

  std::string whole(const Program& program) {
    for (std::size_t i = 0; i < program.symbols.size(); ++i)
      slots_.emplace(program.symbols[i].name, static_cast<std::int64_t>(i));
    names_.add_region(program.body);
    declarations(program);
    text_ += "func @";
    append_name(text_, options_.canonical ? "main" : program.name);
    parameters(program);
    text_ += " {\n";
    region(program.body, 1, &program);
    text_ += "}\n";
    return std::move(text_);
  }

  std::string single(const Op& op) {
    const Region* root = op.parent;
    // A broken program may have a cycle of parents; no program is this deep.
    for (int depth = 0; root && root->parent && root->parent->parent && depth < 1000; ++depth)
      root = root->parent->parent;
    if (root) {
      names_.add_region(*root);
    } else {
      for (const Value* v : op.operands)
        if (v && v->definition) names_.add_op(*v->definition);
        else if (v) names_.add(*v);
    }
    names_.add_op(op);
    elide_regions_ = true;
    operation(op, 0);
    if (text_.ends_with('\n')) text_.pop_back();
    return std::move(text_);
  }

 private:
  void declarations(const Program& program) {
    const bool all = !ImpliedSymbols::match(program);
    for (const Symbol& s : program.symbols) {
      if (!all && (s.kind == SymbolKind::variable || program.discharged)) continue;
      text_ += s.kind == SymbolKind::constant ? "const " : "variable ";
      symbol(s.name);
      text_ += ": ";
      append_type(text_, s.type);
      text_ += '\n';
    }
  }

  void parameters(const Program& program) {
    const auto& arguments = program.body.arguments;
    const std::size_t own = std::min(arguments.size(), static_cast<std::size_t>(std::max(program.parameters, 0)));
    text_ += '(';
    for (std::size_t i = 0; i < own; ++i) argument(*arguments[i], i == 0);
    text_ += ')';
    if (!program.discharged) return;
    text_ += " with (";
    for (const Binding& b : program.bindings) {
      if (b.symbol < 0 || static_cast<std::size_t>(b.symbol) >= program.symbols.size()) continue;
      if (b.argument < 0 || static_cast<std::size_t>(b.argument) >= arguments.size()) continue;
      const Symbol& s = program.symbols[static_cast<std::size_t>(b.symbol)];
      argument(*arguments[static_cast<std::size_t>(b.argument)], &b == program.bindings.data());
      text_ += s.kind == SymbolKind::constant ? " = const " : " = ";
      symbol(s.name);
    }
    text_ += ')';
  }

  void argument(const Value& a, bool first) {
    if (!first) text_ += ", ";
    text_ += names_[&a];
    text_ += ": ";
    append_type(text_, a.type);
  }

  /// `program` when the region is a program's body.
  void region(const Region& region, int depth, const Program* program = nullptr) {
    for (const auto& op : region.ops) {
      if (is_inline_literal(*op)) continue;
      if (program && op.get() == region.terminator() && op->def && op->def->name == "yield") final_line(*op, *program);
      else operation(*op, depth);
    }
  }

  void final_line(const Op& yield, const Program& program) {
    const auto results = static_cast<std::size_t>(std::max(program.result_count(), 0));
    if (yield.operands.empty()) return;
    text_ += "  ";
    if (results > 0) {
      text_ += "return ";
      operands(yield, 0, results);
    }
    for (std::size_t i = results; i < yield.operands.size(); ++i) {
      text_ += i > results ? ", " : results > 0 ? " update " : "update ";
      for (const Binding& b : program.bindings)
        if (b.result == static_cast<int>(i)) symbol(program.symbols.at(static_cast<std::size_t>(b.symbol)).name);
      text_ += " = ";
      text_ += names_[yield.operands[i]];
    }
    end_line(yield);
  }

  void operation(const Op& op, int depth) {
    indent(depth);
    for (std::size_t i = 0; i < op.results.size(); ++i) {
      if (i) text_ += ", ";
      text_ += names_[op.results[i].get()];
    }
    if (!op.results.empty()) text_ += " = ";
    const std::string& name = op.def ? op.def->name : unknown_;
    append_name(text_, name);
    if (op.regions.empty()) {
      plain_operands(op);
      attributes(op);
    } else {
      if (name == "for") for_header(op);
      else if (name == "while") carried(op, 0, op.operands.size(), 0);
      else operand_list(op);
      attributes(op);
      regions(op, depth);
    }
    for (std::size_t i = 0; i < op.results.size(); ++i) {
      text_ += i ? ", " : " : ";
      append_type(text_, op.results[i]->type);
    }
    if (op.regions.empty()) end_line(op);
    else text_ += '\n';
  }

  void plain_operands(const Op& op) {
    if (!op.symbol.empty()) {
      text_ += ' ';
      symbol(op.symbol);
      if (!op.operands.empty()) text_ += ',';
    }
    if (op.def && op.def->name == "const") literals(op);
    operand_list(op);
  }

  void literals(const Op& op) {
    text_ += " [";
    for (std::size_t i = 0; i < op.literal.bits.size(); ++i) {
      if (i) text_ += ", ";
      append_literal(text_, op.results.empty() ? DType::u64 : op.result()->type.dtype, op.literal.bits[i]);
    }
    text_ += ']';
  }

  void operand_list(const Op& op) {
    if (op.operands.empty()) return;
    text_ += ' ';
    operands(op, 0, op.operands.size());
  }

  void operands(const Op& op, std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) {
      if (i > from) text_ += ", ";
      text_ += names_[op.operands[i]];
    }
  }

  void for_header(const Op& op) {
    if (op.operands.size() < 2 || op.regions[0]->arguments.empty()) return operand_list(op);
    const Attribute* count = op.attributes.find("carried");
    const auto* integer = count ? std::get_if<std::int64_t>(count) : nullptr;
    const std::size_t all = op.operands.size();
    const std::size_t scanned = std::clamp<std::size_t>(2 + static_cast<std::size_t>(integer ? *integer : 0), 2, all);
    text_ += ' ';
    text_ += names_[op.regions[0]->arguments[0].get()];
    text_ += " in ";
    bound(op.operands[0]);
    text_ += "..";
    bound(op.operands[1]);
    carried(op, 2, scanned, 1);
    if (scanned < all) paired(" scan(", op, scanned, all, scanned - 1);
  }

  /// An i64; a literal does not need its suffix here.
  void bound(const Value* v) {
    std::string_view name = names_[v];
    if (name[0] != '%' && name.ends_with("i64")) name.remove_suffix(3);
    text_ += name;
  }

  void carried(const Op& op, std::size_t from, std::size_t to, std::size_t first_argument) {
    if (from < to) paired(" carry(", op, from, to, first_argument);
  }

  /// "%argument = operand" for operands [from, to).
  void paired(const char* opening, const Op& op, std::size_t from, std::size_t to, std::size_t argument) {
    text_ += opening;
    const auto& arguments = op.regions[0]->arguments;
    for (std::size_t i = from; i < to; ++i, ++argument) {
      if (i > from) text_ += ", ";
      text_ += names_[argument < arguments.size() ? arguments[argument].get() : nullptr];
      text_ += " = ";
      text_ += names_[op.operands[i]];
    }
    text_ += ')';
  }

  void regions(const Op& op, int depth) {
    const bool is_while = op.def && op.def->name == "while";
    for (std::size_t i = 0; i < op.regions.size(); ++i) {
      text_ += i == 0 ? " {" : is_while ? " do {" : " else {";
      if (elide_regions_) {
        text_ += "...}";
        continue;
      }
      if (i == 0) end_line(op);
      else text_ += '\n';
      region(*op.regions[i], depth + 1);
      indent(depth);
      text_ += '}';
    }
  }

  void attributes(const Op& op) {
    bool first = true;
    for (const Attributes::Entry& e : op.attributes.entries()) {
      if (e.name == "carried" && op.def && op.def->name == "for") continue;
      text_ += first ? " {" : ", ";
      first = false;
      text_ += e.name;
      text_ += " = ";
      std::visit([this](const auto& v) { attribute(v); }, e.value);
    }
    if (!first) text_ += '}';
  }

  void attribute(bool v) { text_ += v ? "true" : "false"; }
  void attribute(std::int64_t v) { append_number(text_, v); }
  void attribute(double v) { append_real(text_, v); }
  void attribute(const std::string& v) { append_quoted(text_, v); }
  void attribute(DType v) { text_ += ir_name(v); }
  void attribute(const std::vector<std::int64_t>& list) {
    text_ += '[';
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (i) text_ += ',';
      append_number(text_, list[i]);
    }
    text_ += ']';
  }

  void symbol(const std::string& name) {
    text_ += '@';
    const auto slot = options_.canonical ? slots_.find(name) : slots_.end();
    if (slot != slots_.end()) append_number(text_, slot->second);
    else append_name(text_, name);
  }

  void indent(int depth) { text_.append(static_cast<std::size_t>(2 * depth), ' '); }

  void end_line(const Op& op) {
    if (options_.locations && !options_.canonical && op.location.known()) {
      text_ += "  # ";
      append_location(text_, op.location);
    }
    text_ += '\n';
  }

  inline static const std::string unknown_ = "(no operation)";
  PrintOptions options_;
  ValueNames names_;
  std::unordered_map<std::string_view, std::int64_t> slots_;
  bool elide_regions_ = false;
  std::string text_;
};

}  // namespace

bool is_inline_literal(const Op& op) {
  return op.def && op.def->name == "const" && op.results.size() == 1 && op.result()->type.shape.is_scalar() &&
         op.literal.bits.size() == 1;
}

std::string print(const Program& program, PrintOptions options) { return Printer(options).whole(program); }

std::string print_op(const Op& op) { return Printer({}).single(op); }

}  // namespace brainpy::compiler::ir
