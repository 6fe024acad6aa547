// Branches, loops and exits of one body, printed as calls.
#include "frontend/tooling/body.h"

#include <fmt/format.h>

#include "frontend/tooling/assigned.h"
#include "frontend/tooling/traced.h"

namespace brainpy::tooling {

using namespace clang;

namespace {

const Stmt* body_of(const Stmt* loop) {
  if (const auto* w = dyn_cast<WhileStmt>(loop)) return w->getBody();
  if (const auto* d = dyn_cast<DoStmt>(loop)) return d->getBody();
  if (const auto* f = dyn_cast<ForStmt>(loop)) return f->getBody();
  return cast<CXXForRangeStmt>(loop)->getBody();
}

/// Without [[likely]] and the like: a lambda has no place for them.
const Stmt* without_attributes(const Stmt* s) {
  while (const auto* attributed = dyn_cast<AttributedStmt>(s)) s = attributed->getSubStmt();
  return s;
}

constexpr const char* array_type = "::brainpy::math::Array";

}  // namespace

std::string result_type_text(QualType type) {
  type = type.getCanonicalType().getUnqualifiedType();
  if (type->isReferenceType()) return {};
  if (is_array(type)) return array_type;
  const auto* special = dyn_cast_or_null<ClassTemplateSpecializationDecl>(type->getAsCXXRecordDecl());
  if (!special || !special->isInStdNamespace() || (special->getName() != "tuple" && special->getName() != "pair"))
    return {};
  std::string parts;
  const auto add = [&](const TemplateArgument& argument) {
    const std::string part = argument.getKind() == TemplateArgument::Type ? result_type_text(argument.getAsType()) : "";
    parts += (parts.empty() ? "" : ", ") + part;
    return !part.empty();
  };
  for (const TemplateArgument& argument : special->getTemplateArgs().asArray()) {
    if (argument.getKind() != TemplateArgument::Pack) {
      if (!add(argument)) return {};
      continue;
    }
    for (const TemplateArgument& part : argument.pack_elements())
      if (!add(part)) return {};
  }
  return "::std::" + special->getNameAsString() + "<" + parts + ">";
}

/// Walks the statements of the body, not those of lambdas in it.
class BodyLowering::Registrar : public RecursiveASTVisitor<Registrar> {
 public:
  explicit Registrar(BodyLowering& lowering) : lowering_(lowering) {}
  bool TraverseLambdaExpr(LambdaExpr*) { return true; }
  bool TraverseDecl(Decl* d) { return isa_and_nonnull<CXXRecordDecl>(d) || RecursiveASTVisitor::TraverseDecl(d); }
  bool VisitStmt(Stmt* s) {
    lowering_.add(s);
    return true;
  }

 private:
  BodyLowering& lowering_;
};

BodyLowering::BodyLowering(const ASTContext& context, Rewriter& rewriter, const FunctionDecl* function,
                           const Stmt* body, Findings& findings)
    : context_(context), rewriter_(rewriter), function_(function), body_(body), findings_(findings), control_(body) {
  if (!function->getReturnType()->isVoidType()) result_type_ = result_type_text(function->getReturnType());
}

bool BodyLowering::add_replacements() {
  if (!control_.changes_anything()) return false;
  refuse_exits();
  Registrar(*this).TraverseStmt(const_cast<Stmt*>(body_));
  return true;
}

void BodyLowering::refuse(SourceLocation at, std::string message) {
  findings_.push_back(
      {.check = "lower", .at = context_.getSourceManager().getExpansionLoc(at), .message = std::move(message)});
}

void BodyLowering::refuse_macro(SourceLocation at) {
  refuse(at, "control flow on a traced value that comes from a macro is not supported; write it out");
}

/// Exits that a lambda cannot take over.
void BodyLowering::refuse_exits() {
  bool said_type = false;
  for (const Exit& e : control_.exits()) {
    if (!control_.is_flagged(e.statement)) continue;
    const auto is_switch = [](const Stmt* s) { return isa<SwitchStmt>(s); };
    if ((e.target && is_switch(e.target)) || std::ranges::any_of(e.inside, is_switch))
      refuse(e.statement->getBeginLoc(),
             "this leaves a 'switch' under a traced condition, which is not supported; use an if/else chain");
    const auto* statement = dyn_cast<ReturnStmt>(e.statement);
    if (!statement || !statement->getRetValue() || !result_type_.empty() || said_type) continue;
    if (function_->getReturnType()->isVoidType()) continue;
    said_type = true;
    refuse(statement->getBeginLoc(),
           fmt::format(
               "a return under a traced condition, from a function that returns '{}'; it can return bm::Array, or a "
               "std::tuple or std::pair of them, by value",
               function_->getReturnType().getAsString()));
  }
}

/// Forms of a traced construct that are not rewritten; true when there was one.
bool BodyLowering::refuse_forms(const Stmt* construct) {
  const auto* branch = dyn_cast<IfStmt>(construct);
  if (branch && branch->getInit())
    return refuse(branch->getInit()->getBeginLoc(),
                  "an initialiser in an 'if' with a traced condition is not supported; declare the variable before the "
                  "'if'"),
           true;
  const auto* loop = dyn_cast<WhileStmt>(construct);
  const auto* counted = dyn_cast<ForStmt>(construct);
  const VarDecl* declared = branch    ? branch->getConditionVariable()
                            : loop    ? loop->getConditionVariable()
                            : counted ? counted->getConditionVariable()
                                      : nullptr;
  if (!declared) return false;
  refuse(declared->getLocation(), "a variable declared in a traced condition is not supported; declare '" +
                                      declared->getNameAsString() + "' before");
  return true;
}

void BodyLowering::add(const Stmt* s) {
  std::function<std::string()> printer;
  const bool lowered = control_.is_lowered(s);
  if (lowered && refuse_forms(s)) return;
  if (lowered) {
    if (const auto* i = dyn_cast<IfStmt>(s)) printer = [this, i] { return print_if(i); };
    if (const auto* w = dyn_cast<WhileStmt>(s)) printer = [this, w] { return print_while(w); };
    if (const auto* d = dyn_cast<DoStmt>(s)) printer = [this, d] { return print_do(d); };
    if (const auto* f = dyn_cast<ForStmt>(s)) printer = [this, f] { return print_for(f); };
  } else if (is_loop(s)) {
    const std::set<Flag> inside = control_.flags_set_in(body_of(s));
    if (!inside.empty()) printer = [this, s] { return print_native_loop(s); };
  } else if (isa<ReturnStmt, BreakStmt, ContinueStmt>(s) && control_.is_flagged(s)) {
    printer = [this, s] { return print_exit(s); };
  } else if (const auto* block = dyn_cast<CompoundStmt>(s)) {
    if (s == body_ && control_.has({Flag::Kind::returned, nullptr}))
      openings_[s] = fmt::format(
          " {} brainpy_returned = false;{}", array_type,
          result_type_.empty() ? "" : fmt::format(" {}Returned<{}> brainpy_result;", natural, result_type_));
    if (openings_.contains(s) || !control_.flags_set_in(s).empty())
      printer = [this, block] { return print_block(block); };
  }
  if (is_loop(s)) {
    loop_numbers_.emplace(s, static_cast<int>(loop_numbers_.size()) + 1);
    if (const std::string flags = turn_flags(s); !flags.empty()) openings_[without_attributes(body_of(s))] = flags;
  }
  if (!printer) return;
  const std::optional<Range> range = rewriter_.statement_range(s);
  if (!range || s->getBeginLoc().isMacroID()) return refuse_macro(s->getBeginLoc());
  rewriter_.replace(*range, std::move(printer));
}

std::string BodyLowering::name_of(const Flag& flag) const {
  if (flag.kind == Flag::Kind::returned) return "brainpy_returned";
  const auto number = loop_numbers_.find(flag.target);
  return fmt::format("brainpy_{}{}", flag.kind == Flag::Kind::broken ? "broken" : "continued",
                     number == loop_numbers_.end() ? 0 : number->second);
}

std::string BodyLowering::any_of(const std::set<Flag>& flags) const {
  std::string text;
  for (const Flag& f : flags) text += (text.empty() ? "" : " || ") + name_of(f);
  return text;
}

std::string BodyLowering::loop_flags(const Stmt* loop) const {
  const Flag broken{Flag::Kind::broken, loop};
  return control_.has(broken) ? fmt::format("{} {} = false; ", array_type, name_of(broken)) : "";
}

std::string BodyLowering::turn_flags(const Stmt* loop) const {
  const Flag continued{Flag::Kind::continued, loop};
  return control_.has(continued) ? fmt::format(" {} {} = false;", array_type, name_of(continued)) : "";
}

std::string BodyLowering::ended(const Stmt* loop) const {
  std::set<Flag> flags = control_.flags_set_in(body_of(loop));
  flags.erase({Flag::Kind::continued, loop});
  return any_of(flags);
}

std::string BodyLowering::places(const std::vector<const Stmt*>& statements, const Stmt* loop) {
  Assigned assigned = assigned_in(statements, context_);
  for (Finding& f : assigned.findings) findings_.push_back(std::move(f));
  std::string text;
  for (const std::string& place : assigned.places) text += ", " + place;
  std::set<Flag> flags;
  for (const Stmt* s : statements) flags.merge(control_.flags_set_in(s));
  flags.erase({Flag::Kind::continued, loop});  // each turn has its own
  for (const Flag& f : flags) text += ", " + name_of(f);
  if (flags.contains({Flag::Kind::returned, nullptr}) && !result_type_.empty()) text += ", brainpy_result";
  return text;
}

std::string BodyLowering::lambda_of(const Stmt* s, const std::string& opening) {
  s = without_attributes(s);
  const std::optional<Range> range = rewriter_.statement_range(s);
  if (!range) return refuse_macro(s->getBeginLoc()), "";
  // A block prints its opening itself.
  if (isa<CompoundStmt>(s)) return "[&] " + rewriter_.text(*range);
  return "[&] {" + opening + " " + rewriter_.text(*range) + " }";
}

std::string BodyLowering::test_of(const Stmt* loop) {
  const std::string flags = ended(loop);
  const Expr* condition = condition_of(loop);
  if (condition && !is_traced(condition)) condition = nullptr;  // a loop without end
  const std::optional<Range> range = condition ? rewriter_.range_of(condition->getSourceRange()) : std::nullopt;
  if (condition && !range) refuse_macro(condition->getBeginLoc());
  const std::string text = range ? rewriter_.text(*range) : "";
  if (text.empty()) return fmt::format("[&] {{ return !({}); }}", flags);
  if (flags.empty()) return fmt::format("[&]() -> decltype(auto) {{ return ({}); }}", text);
  return fmt::format("[&] {{ return !({}) && ({}); }}", flags, text);
}

std::string BodyLowering::print_if(const IfStmt* s) {
  const std::optional<Range> whole = rewriter_.statement_range(s),
                             condition = rewriter_.range_of(s->getCond()->getSourceRange());
  const Stmt *first = without_attributes(s->getThen()),
             *second = s->getElse() ? without_attributes(s->getElse()) : nullptr;
  const std::optional<Range> true_range = rewriter_.statement_range(first);
  const std::optional<Range> false_range = second ? rewriter_.statement_range(second) : true_range;
  if (!condition || !true_range || !false_range) return refuse_macro(s->getIfLoc()), "";
  std::string out = std::string(natural) + "if_else(" + rewriter_.line_ends(whole->begin, condition->begin);
  out += rewriter_.text(*condition) + ", " + rewriter_.line_ends(condition->end, true_range->begin) + lambda_of(first) +
         ", ";
  if (second) out += rewriter_.line_ends(true_range->end, false_range->begin) + lambda_of(second);
  else out += "[&] {}";
  std::vector<const Stmt*> arms{first};
  if (second) arms.push_back(second);
  return out + places(arms) + ");";
}

std::string BodyLowering::print_while(const WhileStmt* s) {
  const std::optional<Range> whole = rewriter_.statement_range(s),
                             body = rewriter_.statement_range(without_attributes(s->getBody()));
  const std::optional<Range> condition = rewriter_.range_of(s->getCond()->getSourceRange());
  if (!condition || !body) return refuse_macro(s->getWhileLoc()), "";
  const std::string flags = loop_flags(s);
  std::string out = (flags.empty() ? "" : "{ " + flags) + natural + "while_loop(" +
                    rewriter_.line_ends(whole->begin, condition->begin);
  out += test_of(s) + ", " + rewriter_.line_ends(condition->end, body->begin) + lambda_of(s->getBody(), turn_flags(s));
  return out + places({s->getCond(), s->getBody()}, s) + ");" + (flags.empty() ? "" : " }");
}

std::string BodyLowering::print_do(const DoStmt* s) {
  const std::optional<Range> whole = rewriter_.statement_range(s),
                             body = rewriter_.statement_range(without_attributes(s->getBody()));
  const std::optional<Range> condition = rewriter_.range_of(s->getCond()->getSourceRange());
  if (!condition || !body) return refuse_macro(s->getDoLoc()), "";
  const std::string flags = loop_flags(s);
  std::string out =
      (flags.empty() ? "" : "{ " + flags) + natural + "do_while(" + rewriter_.line_ends(whole->begin, body->begin);
  out += lambda_of(s->getBody(), turn_flags(s)) + ", " + rewriter_.line_ends(body->end, condition->begin) + test_of(s);
  out += rewriter_.line_ends(condition->end, whole->end);
  return out + places({s->getBody(), s->getCond()}, s) + ");" + (flags.empty() ? "" : " }");
}

std::string BodyLowering::print_for(const ForStmt* s) {
  const std::optional<Range> whole = rewriter_.statement_range(s),
                             body = rewriter_.statement_range(without_attributes(s->getBody()));
  const auto part = [&](const Stmt* p) { return p ? rewriter_.range_of(p->getSourceRange()) : std::nullopt; };
  const std::optional<Range> start = s->getInit() ? rewriter_.statement_range(s->getInit()) : std::nullopt;
  const std::optional<Range> condition = part(s->getCond()), step = part(s->getInc());
  if (!body || (s->getInit() && !start) || (s->getCond() && !condition) || (s->getInc() && !step))
    return refuse_macro(s->getForLoc()), "";
  unsigned at = whole->begin;
  std::string out = "{ ";
  const auto up_to = [&](const Range& r) {
    out += rewriter_.line_ends(at, r.begin);
    at = r.end;
  };
  if (start) up_to(*start), out += rewriter_.text(*start) + " ";
  out += loop_flags(s) + natural + "for_loop(";
  if (condition) up_to(*condition);
  out += test_of(s) + ", ";
  if (step) up_to(*step);
  // An element that has left the loop does not step.
  const std::string flags = ended(s), move = step ? rewriter_.text(*step) + ";" : "";
  if (step && !flags.empty())
    out += fmt::format("[&] {{ {}if_else(!({}), [&] {{ {} }}, [&] {{}}{}); }}, ", natural, flags, move,
                       places({s->getInc()}));
  else out += "[&] { " + move + " }, ";
  up_to(*body);
  out += lambda_of(s->getBody(), turn_flags(s));
  std::vector<const Stmt*> parts{s->getBody()};
  if (s->getCond()) parts.push_back(s->getCond());
  if (s->getInc()) parts.push_back(s->getInc());
  return out + places(parts, s) + "); }";
}

std::string BodyLowering::print_native_loop(const Stmt* s) {
  const Stmt* body = without_attributes(body_of(s));
  const std::optional<Range> whole = rewriter_.statement_range(s), inner = rewriter_.statement_range(body);
  if (!inner) return refuse_macro(s->getBeginLoc()), "";
  const std::string flags = ended(s), declared = loop_flags(s);
  std::string out = (declared.empty() ? "" : "{ " + declared) + rewriter_.text(whole->begin, inner->begin);
  const std::string turn = lambda_of(body, turn_flags(s));
  if (flags.empty()) out += turn.substr(4);  // the block alone
  else out += fmt::format("{{ {}if_else(!({}), {}, [&] {{}}{}); }}", natural, flags, turn, places({body}, s));
  out += rewriter_.text(inner->end, whole->end);
  return out + (declared.empty() ? "" : " }");
}

std::string BodyLowering::print_exit(const Stmt* s) {
  const Flag flag = control_.flag_of(s);
  const auto* leaving = dyn_cast<ReturnStmt>(s);
  if (!leaving || !leaving->getRetValue()) return name_of(flag) + " = true;";
  const std::optional<Range> whole = rewriter_.statement_range(s),
                             value = rewriter_.range_of(leaving->getRetValue()->getSourceRange());
  if (!value) return refuse_macro(s->getBeginLoc()), "";
  const std::string text = rewriter_.text(*value);
  const std::string made = text.starts_with("{") ? result_type_ : "";
  return fmt::format("{{ brainpy_result = {}{}{}; {} = true;{} }}", rewriter_.line_ends(whole->begin, value->begin),
                     made, text, name_of(flag), rewriter_.line_ends(value->end, whole->end));
}

std::string BodyLowering::print_block(const CompoundStmt* s) {
  const Range whole = *rewriter_.statement_range(s);
  const auto opening = openings_.find(s);
  std::string out = "{" + (opening == openings_.end() ? "" : opening->second), closing;
  unsigned at = whole.begin + 1;
  const std::vector<const Stmt*> children(s->body_begin(), s->body_end());
  for (std::size_t i = 0; i < children.size(); ++i) {
    const std::optional<Range> range = rewriter_.statement_range(children[i]);
    if (!range) continue;  // from a macro: copied with what follows
    out += rewriter_.text(at, range->end);
    at = range->end;
    const std::set<Flag> flags = control_.flags_set_in(children[i]);
    if (flags.empty() || i + 1 == children.size()) continue;
    // What follows happens for those that are still here.
    out += fmt::format(" {}if_else(!({}), [&] {{", natural, any_of(flags));
    closing =
        " }, [&] {}" + places({children.begin() + static_cast<std::ptrdiff_t>(i) + 1, children.end()}) + ");" + closing;
  }
  out += closing;
  if (s == body_ && control_.has({Flag::Kind::returned, nullptr}) && !result_type_.empty())
    out += " return brainpy_result.take();";
  return out + rewriter_.text(at, whole.end);
}

}  // namespace brainpy::tooling
