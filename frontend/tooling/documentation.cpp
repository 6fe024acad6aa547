// Comments of declarations, read line by line.
#include "frontend/tooling/documentation.h"

#include <algorithm>
#include <cctype>

namespace brainpy::tooling {

using llvm::StringRef;

namespace {

StringRef line_at(StringRef text, std::size_t offset) {
  const std::size_t begin = text.rfind('\n', offset == 0 ? 0 : offset - 1);
  const std::size_t end = text.find('\n', offset);
  return text.slice(begin == StringRef::npos ? 0 : begin + 1, end);
}

/// What is behind // in a line, without the signs that documentation generators read; nullopt: no comment.
std::optional<StringRef> comment_in(StringRef line) {
  bool quoted = false;
  for (std::size_t i = 0; i + 1 < line.size(); ++i) {
    if (line[i] == '\\') ++i;
    else if (line[i] == '"') quoted = !quoted;
    else if (!quoted && line[i] == '/' && line[i + 1] == '/') return line.substr(i + 2).ltrim("/!<").trim();
  }
  return std::nullopt;
}

bool is_comment_line(StringRef line) { return line.ltrim().starts_with("//"); }

/// A unit is what brackets at the end hold: letters, digits, / ^ . * % - and no spaces.
bool is_unit(StringRef text) {
  return !text.empty() && std::ranges::all_of(text, [](unsigned char c) {
    return std::isalnum(c) || c >= 128 || StringRef("/^.*%-").contains(static_cast<char>(c));
  });
}

}  // namespace

Documentation documentation_of(clang::SourceLocation begin, clang::SourceLocation end,
                               const clang::SourceManager& sources) {
  const auto [file, first] = sources.getDecomposedExpansionLoc(begin);
  const auto [last_file, last] = sources.getDecomposedExpansionLoc(end);
  const StringRef text = sources.getBufferData(file);
  std::string words;
  if (const auto behind = file == last_file ? comment_in(line_at(text, last)) : std::nullopt) {
    words = behind->str();
  } else {
    // Lines of comments directly above, from the last up.
    StringRef rest = text.substr(0, first);
    for (rest = rest.substr(0, rest.rfind('\n') + 1); !rest.empty();) {
      const StringRef above = line_at(text, rest.size() - 1);
      if (!is_comment_line(above)) break;
      words = comment_in(above)->str() + (words.empty() ? "" : " " + words);
      rest = rest.drop_back(above.size() + 1);
    }
  }
  Documentation found{.text = StringRef(words).trim().str(), .unit = {}};
  const StringRef whole = found.text;
  const std::size_t open = whole.rfind('[');
  if (open == StringRef::npos) return found;
  const std::size_t close = whole.find(']', open);
  if (close == StringRef::npos || !is_unit(whole.slice(open + 1, close))) return found;
  found.unit = whole.slice(open + 1, close).str();
  found.text = (whole.substr(0, open).rtrim() + whole.substr(close + 1)).str();
  return found;
}

}  // namespace brainpy::tooling
