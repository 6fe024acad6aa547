// Rewriting a source text piece by piece: nodes replace their own range, all else is copied, and no line moves.
// In: ranges of a file and what to print for them. Out: text.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "frontend/tooling/clang_headers.h"

namespace brainpy::tooling {

/// A range of bytes in one file; a token range's end is behind its last token.
struct Range {
  unsigned begin = 0, end = 0;
};

class Rewriter {
 public:
  Rewriter(const clang::ASTContext& context, clang::FileID file);

  /// The range of a piece of syntax in this file, or nothing when a macro makes a part of it.
  std::optional<Range> range_of(clang::SourceRange range) const;
  /// The same for a statement, with the semicolon behind it.
  std::optional<Range> statement_range(const clang::Stmt* statement) const;

  /// `print` gives the text that replaces the range; it may ask for the text of ranges strictly inside.
  void replace(Range range, std::function<std::string()> print);
  bool is_replaced(Range range) const;

  /// The text of a range with the replacements that lie inside it.
  std::string text(Range range) const;
  std::string text(unsigned begin, unsigned end) const { return text({begin, end}); }
  /// The line ends between two pieces; tokens and comments there go. A directive of the preprocessor must not.
  std::string line_ends(unsigned begin, unsigned end) const;
  /// Directives that would have gone.
  const std::vector<clang::SourceLocation>& lost_directives() const { return lost_directives_; }
  std::string_view original(Range range) const { return source_.substr(range.begin, range.end - range.begin); }
  std::string_view source() const { return source_; }
  /// The whole file.
  std::string file_text() const { return text({0, static_cast<unsigned>(source_.size())}); }

 private:
  struct Node {
    Range range;
    std::function<std::string()> print;
  };
  const clang::ASTContext& context_;
  clang::FileID file_;
  std::string_view source_;
  mutable std::vector<clang::SourceLocation> lost_directives_;
  std::map<std::pair<unsigned, long>, Node> nodes_;  ///< by begin, the longest first
};

}  // namespace brainpy::tooling
