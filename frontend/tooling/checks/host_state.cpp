// host-state and escaped-trace: what a recorded function changes besides Variables. static-local: the same in disguise.
#include <fmt/format.h>

#include "frontend/tooling/checks/uses.h"

namespace brainpy::tooling {

using namespace clang;

namespace {

/// "member 'count'"
std::string subject(const Change& change) {
  return fmt::format("{}'{}'", change.place.home == Home::member ? "member " : "", change.place.name);
}

std::string cure(const Change& change) {
  const QualType type = change.place.declaration ? change.place.declaration->getType() : change.type;
  return type->isArithmeticType() || is_array(type) ? "make it a bm::Variable" : "keep what changes in a bm::Variable";
}

std::string state_message(const Change& change) {
  const std::string by = change.by.empty() ? "" : fmt::format(" by '{}'", change.by);
  if (!change.recorded_by.empty())
    return fmt::format("{} is changed{} in the body of {}, which is recorded once; {}, or carry it through the loop",
                       subject(change), by, change.recorded_by, cure(change));
  return fmt::format("{} is changed{} while the model is recorded, and never again when it runs; {}", subject(change),
                     by, cure(change));
}

std::string escape_message(const Change& change) {
  if (!change.recorded_by.empty())
    return fmt::format("{} gets a value that is known in the body of {} only; return the value from the body",
                       subject(change), change.recorded_by);
  return fmt::format("{} would keep a traced value beyond the step; {}", subject(change),
                     is_array(change.type) ? "make it a bm::Variable" : "keep the value in a bm::Variable");
}

/// The changes of all recorded functions that last.
void find_changes(Search& search, const Check& check, bool of_traced_values) {
  for (const Reached& reached : search.reachable.functions()) {
    for (const Change& change : search.changes.of(reached.function)) {
      // What its callers gave: they are looked at where they call it.
      if (change.place.home == Home::own && reached.caller) continue;
      if (change.place.home == Home::parameter) continue;
      if (change.is_traced != of_traced_values) continue;
      Finding& finding =
          search.add(check, reached, change.at, of_traced_values ? escape_message(change) : state_message(change));
      if (change.deep.isValid())
        finding.notes.push_back({.at = search.sources.getExpansionLoc(change.deep), .message = "changed here"});
      if (!change.place.declaration || !search.files.contains(change.place.declaration->getLocation())) continue;
      Remark remark{.at = change.place.declaration->getLocation(), .message = "declared here"};
      if (const auto* field = dyn_cast<FieldDecl>(change.place.declaration);
          field && change.place.home == Home::member && change.place.name == field->getName())
        remark.fixes = as_variable(field, search);
      if (!remark.fixes.empty()) remark.message = fmt::format("declared here; --fix makes it a {}Variable", search.bm);
      finding.notes.push_back(std::move(remark));
    }
  }
}

class StaticLocals : public RecordedSearch<StaticLocals> {
 public:
  using RecordedSearch::RecordedSearch;
  bool VisitVarDecl(VarDecl* variable) {
    if (!variable->isStaticLocal() || variable->getType().isConstQualified() || variable->isConstexpr()) return true;
    search_.add(static_local, *reached_, variable->getLocation(),
                fmt::format("the static '{}' would be state that all objects share and that only recording changes; "
                            "make it a bm::Variable of the model",
                            variable->getNameAsString()));
    return true;
  }
};

}  // namespace

const Check host_state{
    .name = "host-state",
    .severity = Severity::error,
    .summary = "a plain member that is changed in a recorded function",
    .reason =
        "update() runs once, to be recorded; afterwards the compiled program runs. What update() and the "
        "functions that it calls do to plain members happens that one time. State that changes from step to step "
        "lives in Variables. Constructors and setters that no recorded function calls may change what they "
        "want.",
    .bad = R"(class Cell : public bp::BrainPyObject {
 public:
  int steps = 0;
  bm::Variable V = variable("V", bm::zeros({4}));
  void update(bm::Array I) {
    ++steps;
    V = V + I * steps;
  }
};
)",
    .good = R"(class Cell : public bp::BrainPyObject {
 public:
  bm::Variable steps = variable("steps", 0);
  bm::Variable V = variable("V", bm::zeros({4}));
  void update(bm::Array I) {
    steps += 1;
    V = V + I * steps;
  }
};
)",
    .find = [](Search& search) { find_changes(search, host_state, false); }};

const Check escaped_trace{
    .name = "escaped-trace",
    .severity = Severity::error,
    .summary = "a traced value that is stored beyond the step or loop that made it",
    .reason =
        "A traced value has a meaning only in the function that is recorded, or in the loop's body that made it. "
        "In a plain bm::Array member, a container, a global, or a variable outside of the body it would be read "
        "when it means nothing. A Variable keeps it; loops and branches return it.",
    .bad = R"(class Cell : public bp::BrainPyObject {
 public:
  bm::Array last = bm::zeros({4});
  bm::Variable V = variable("V", bm::zeros({4}));
  void update(bm::Array I) {
    last = V + I;
    V = last * 0.5;
  }
};
)",
    .good = R"(class Cell : public bp::BrainPyObject {
 public:
  bm::Variable last = variable("last", bm::zeros({4}));
  bm::Variable V = variable("V", bm::zeros({4}));
  void update(bm::Array I) {
    last = V + I;
    V = last * 0.5;
  }
};
)",
    .find = [](Search& search) { find_changes(search, escaped_trace, true); }};

const Check static_local{
    .name = "static-local",
    .severity = Severity::error,
    .summary = "a static local variable in a recorded function",
    .reason =
        "A static local is one for all objects of a class, is not saved with the model, and changes only while "
        "recording. Constants (const, constexpr) are welcome.",
    .bad = R"(class Cell : public bp::BrainPyObject {
 public:
  bm::Variable V = variable("V", bm::zeros({4}));
  void update() {
    static int calls = 0;
    V += calls++;
  }
};
)",
    .good = R"(class Cell : public bp::BrainPyObject {
 public:
  bm::Variable V = variable("V", bm::zeros({4}));
  bm::Variable calls = variable("calls", 0);
  void update() {
    static constexpr double step = 1.0;
    V += calls * step;
    calls += 1;
  }
};
)",
    .find = [](Search& search) { StaticLocals(search).run(); }};

}  // namespace brainpy::tooling
