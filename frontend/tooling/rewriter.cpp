// Copying with replacements.
#include "frontend/tooling/rewriter.h"

namespace brainpy::tooling {

using namespace clang;

Rewriter::Rewriter(const ASTContext& context, FileID file)
    : context_(context), file_(file), source_(context.getSourceManager().getBufferData(file)) {}

std::optional<Range> Rewriter::range_of(SourceRange range) const {
  const SourceManager& sources = context_.getSourceManager();
  const CharSourceRange characters =
      Lexer::makeFileCharRange(CharSourceRange::getTokenRange(range), sources, context_.getLangOpts());
  if (characters.isInvalid() || sources.getFileID(characters.getBegin()) != file_) return std::nullopt;
  return Range{sources.getFileOffset(characters.getBegin()), sources.getFileOffset(characters.getEnd())};
}

std::optional<Range> Rewriter::statement_range(const Stmt* statement) const {
  std::optional<Range> range = range_of(statement->getSourceRange());
  if (!range || isa<CompoundStmt, NullStmt, DeclStmt, CXXTryStmt>(statement)) return range;
  // A branch or loop ends with its last statement.
  const Stmt* last = nullptr;
  if (const auto* i = dyn_cast<IfStmt>(statement)) last = i->getElse() ? i->getElse() : i->getThen();
  if (const auto* w = dyn_cast<WhileStmt>(statement)) last = w->getBody();
  if (const auto* f = dyn_cast<ForStmt>(statement)) last = f->getBody();
  if (const auto* r = dyn_cast<CXXForRangeStmt>(statement)) last = r->getBody();
  if (const auto* s = dyn_cast<SwitchStmt>(statement)) last = s->getBody();
  if (const auto* a = dyn_cast<AttributedStmt>(statement)) last = a->getSubStmt();
  if (const auto* l = dyn_cast<LabelStmt>(statement)) last = l->getSubStmt();
  if (const auto* c = dyn_cast<SwitchCase>(statement)) last = c->getSubStmt();
  if (last) {
    const std::optional<Range> end = statement_range(last);
    return end ? std::optional<Range>({range->begin, end->end}) : std::nullopt;
  }
  const SourceManager& sources = context_.getSourceManager();
  const SourceLocation before = sources.getLocForStartOfFile(file_).getLocWithOffset(static_cast<int>(range->end) - 1);
  const auto token = Lexer::findNextToken(before, sources, context_.getLangOpts());
  if (token && token->is(tok::semi)) range->end = sources.getFileOffset(token->getEndLoc());
  return range;
}

void Rewriter::replace(Range range, std::function<std::string()> print) {
  nodes_.insert_or_assign({range.begin, -static_cast<long>(range.end)}, Node{range, std::move(print)});
}

bool Rewriter::is_replaced(Range range) const { return nodes_.contains({range.begin, -static_cast<long>(range.end)}); }

std::string Rewriter::text(Range range) const {
  std::string out;
  unsigned at = range.begin;
  for (auto it = nodes_.lower_bound({range.begin, -static_cast<long>(range.end)}); it != nodes_.end(); ++it) {
    const Node& node = it->second;
    if (node.range.begin >= range.end) break;
    if (node.range.begin < at || node.range.end > range.end) continue;
    out += source_.substr(at, node.range.begin - at);
    out += node.print();
    at = node.range.end;
  }
  out += source_.substr(at, range.end - at);
  return out;
}

std::string Rewriter::line_ends(unsigned begin, unsigned end) const {
  const std::string_view gap = source_.substr(begin, end - begin);
  std::string kept;
  bool at_line_start = false;
  for (std::size_t i = 0; i < gap.size(); ++i) {
    if (gap[i] == '\n') kept += gap[i];
    if (gap[i] == '#' && at_line_start)
      lost_directives_.push_back(
          context_.getSourceManager().getLocForStartOfFile(file_).getLocWithOffset(static_cast<int>(begin + i)));
    at_line_start = gap[i] == '\n' || (at_line_start && (gap[i] == ' ' || gap[i] == '\t'));
  }
  return kept;
}

}  // namespace brainpy::tooling
