// host-random: random numbers of C++ in recorded functions.
#include <fmt/format.h>

#include "frontend/tooling/checks/uses.h"

namespace brainpy::tooling {

using namespace clang;

namespace {

/// What of bm::random draws like a distribution of std; for all others bm::random itself.
std::string cure_for(llvm::StringRef name) {
  static constexpr std::pair<llvm::StringLiteral, const char*> pairs[] = {{"uniform_real_distribution", "uniform"},
                                                                          {"uniform_int_distribution", "randint"},
                                                                          {"normal_distribution", "normal"},
                                                                          {"lognormal_distribution", "lognormal"},
                                                                          {"bernoulli_distribution", "bernoulli"},
                                                                          {"binomial_distribution", "binomial"},
                                                                          {"exponential_distribution", "exponential"},
                                                                          {"poisson_distribution", "poisson"},
                                                                          {"gamma_distribution", "gamma"},
                                                                          {"rand", "randint"},
                                                                          {"random", "randint"},
                                                                          {"drand48", "uniform"},
                                                                          {"generate_canonical", "uniform"},
                                                                          {"shuffle", "permutation"},
                                                                          {"sample", "choice"}};
  for (const auto& [known, cure] : pairs)
    if (known == name) return fmt::format("bm::random::{}", cure);
  return "bm::random";
}

bool is_random_class(llvm::StringRef name) {
  return name.ends_with("_distribution") || name.ends_with("_engine") || name == "random_device";
}

bool is_random_function(const FunctionDecl* function) {
  const llvm::StringRef name = function->getName();
  if (function->isInStdNamespace())
    return llvm::is_contained({"rand", "shuffle", "sample", "generate_canonical"}, name);
  return function->isExternC() && llvm::is_contained({"rand", "rand_r", "random", "drand48", "erand48", "lrand48",
                                                      "nrand48", "mrand48", "jrand48", "arc4random"},
                                                     name);
}

class Draws : public RecordedSearch<Draws> {
 public:
  using RecordedSearch::RecordedSearch;

  bool VisitCallExpr(CallExpr* call) {
    const FunctionDecl* callee = call->getDirectCallee();
    if (!callee) return true;
    if (const auto* op = dyn_cast<CXXOperatorCallExpr>(call)) {
      const auto* method = dyn_cast<CXXMethodDecl>(callee);
      const CXXRecordDecl* record = method ? method->getParent() : nullptr;
      if (op->getOperator() == OO_Call && record && record->isInStdNamespace() && record->getIdentifier() &&
          is_random_class(record->getName()))
        report(call, record->getName());
    } else if (callee->getIdentifier() && is_random_function(callee)) {
      report(call, callee->getName());
    }
    return true;
  }

 private:
  void report(const CallExpr* call, llvm::StringRef name) {
    search_.add(host_random, *reached_, begin_of(call),
                fmt::format("'{}' draws once, while the model is recorded, and every step gets that number; use {}",
                            name.str(), cure_for(name)));
  }
};

}  // namespace

const Check host_random{
    .name = "host-random",
    .severity = Severity::error,
    .summary = "a random number of C++ in a recorded function",
    .reason =
        "std::rand and the distributions of <random> give a number while the model is recorded; the compiled "
        "program has it as a constant. bm::random draws anew in each step, the same numbers in every mode and "
        "thread count. Constructors may draw as they like.",
    .bad = R"(class Cell : public bp::BrainPyObject {
 public:
  bm::Variable V = variable("V", bm::zeros({4}));
  std::mt19937 engine{1};
  void update() {
    std::normal_distribution<double> noise(0.0, 1.0);
    V += noise(engine);
  }
};
)",
    .good = R"(class Cell : public bp::BrainPyObject {
 public:
  bm::Variable V = variable("V", bm::zeros({4}));
  void update() {
    V += bm::random::normal(0.0, 1.0, {4});
  }
};
)",
    .find = [](Search& search) { Draws(search).run(); }};

}  // namespace brainpy::tooling
