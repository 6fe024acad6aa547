// Declarations of Variables, read token by token.
#include "frontend/tooling/plain_members.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>

#include "frontend/tooling/clang_headers.h"

namespace brainpy::tooling {

namespace fs = std::filesystem;
using clang::Token;

namespace {

class Declarations {
 public:
  explicit Declarations(std::string_view text) : text_(text) {
    clang::LangOptions language;
    language.CPlusPlus = language.CPlusPlus20 = true;
    clang::Lexer lexer({}, language, text_.data(), text_.data(), text_.data() + text_.size());
    for (Token token; !lexer.LexFromRawLexer(token);) tokens_.push_back(token);
  }

  std::string rewritten() {
    for (std::size_t i = 0; i + 2 < tokens_.size(); ++i)
      if (is_word(i, "Variable") || is_word(i, "TrainVar")) declarators(i + 1);
    std::string out;
    std::size_t at = 0;
    for (const auto& [offset, edit] : edits_) {
      out += text_.substr(at, offset - at);
      out += edit.text;
      at = offset + edit.replaced;
    }
    out += text_.substr(at);
    return out;
  }

 private:
  struct Edit {
    std::size_t replaced;
    const char* text;
  };

  bool is(std::size_t i, clang::tok::TokenKind kind) const { return i < tokens_.size() && tokens_[i].is(kind); }
  std::size_t begin_of(std::size_t i) const {
    return static_cast<std::size_t>(tokens_[i].getLocation().getRawEncoding());
  }
  std::string_view word(std::size_t i) const { return text_.substr(begin_of(i), tokens_[i].getLength()); }
  bool is_word(std::size_t i, std::string_view name) const {
    return is(i, clang::tok::raw_identifier) && word(i) == name;
  }

  /// `name = value, name = value;` from token i on.
  void declarators(std::size_t i) {
    while (is(i, clang::tok::raw_identifier)) {
      std::size_t end = i + 1;
      if (is(end, clang::tok::equal)) {
        end = value_end(end + 1);
        if (end >= tokens_.size()) return;
        // What variable() gives is a Variable already.
        if (!is_word(i + 2, "variable") && !is_word(i + 2, "train_variable") && end > i + 2) {
          edits_[begin_of(i + 1)] = {1, "{"};
          edits_[begin_of(end - 1) + tokens_[end - 1].getLength()] = {0, "}"};
        }
      } else if (is(end, clang::tok::l_brace)) {
        end = value_end(end);
      }
      if (!is(end, clang::tok::comma)) return;
      i = end + 1;
    }
  }

  /// The comma or semicolon that ends a declarator's value.
  std::size_t value_end(std::size_t i) const {
    using namespace clang::tok;
    int depth = 0;
    for (; i < tokens_.size(); ++i) {
      const Token& t = tokens_[i];
      if (t.isOneOf(l_paren, l_brace, l_square)) ++depth;
      if (t.isOneOf(r_paren, r_brace, r_square)) --depth;
      if (depth < 0 || (depth == 0 && t.is(semi))) return i;
      // A comma between template arguments is not followed by another declarator.
      if (depth == 0 && t.is(comma) && is(i + 1, raw_identifier) &&
          (is(i + 2, equal) || is(i + 2, l_brace) || is(i + 2, semi) || is(i + 2, comma)))
        return i;
    }
    return i;
  }

  std::string_view text_;
  std::vector<Token> tokens_;
  std::map<std::size_t, Edit> edits_;
};

std::string read(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void visit_headers(std::string_view text, const std::string& file, const std::vector<std::string>& folders,
                   std::map<std::string, std::string>& seen) {
  static const std::regex directive(R"(^[ \t]*#[ \t]*include[ \t]*"([^"\n]+)\")", std::regex::multiline);
  const std::string source(text);
  for (auto it = std::sregex_iterator(source.begin(), source.end(), directive); it != std::sregex_iterator(); ++it) {
    std::vector<std::string> places{fs::path(file).parent_path().string()};
    places.insert(places.end(), folders.begin(), folders.end());
    for (const std::string& folder : places) {
      const std::string path = (fs::path(folder) / (*it)[1].str()).lexically_normal().string();
      std::error_code ignored;
      if (!fs::is_regular_file(path, ignored)) continue;
      if (seen.emplace(path, "").second) {
        const std::string header = read(path);
        seen[path] = with_braced_variables(header);
        visit_headers(header, path, folders, seen);
        if (seen[path] == header) seen[path].clear();
      }
      break;
    }
  }
}

}  // namespace

std::string with_braced_variables(std::string_view text) {
  const std::string terminated(text);  // the lexer wants a null character behind the text
  return Declarations(terminated).rewritten();
}

std::size_t written_offset(std::string_view braced, std::string_view written, std::size_t offset) {
  // An opening brace stands for '='; a closing one has been added before a comma or a semicolon.
  std::size_t place = 0;
  for (std::size_t i = 0; i < offset && place < written.size(); ++i) {
    const bool is_added = braced[i] == '}' && written[place] != '}';
    place += is_added ? 0 : 1;
  }
  return place;
}

std::map<std::string, std::string> braced_headers(std::string_view text, const std::string& file,
                                                  const std::vector<std::string>& flags) {
  std::vector<std::string> folders;
  for (std::size_t i = 0; i < flags.size(); ++i) {
    if (flags[i] == "-I" && i + 1 < flags.size()) folders.push_back(flags[i + 1]);
    else if (flags[i].starts_with("-I")) folders.push_back(flags[i].substr(2));
  }
  std::map<std::string, std::string> headers;
  visit_headers(text, file, folders, headers);
  std::erase_if(headers, [](const auto& entry) { return entry.second.empty(); });
  return headers;
}

}  // namespace brainpy::tooling
