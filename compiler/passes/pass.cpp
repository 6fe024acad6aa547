// The list of passes and the loop over it.
#include "compiler/passes/pass.h"

#include <chrono>

namespace brainpy::compiler::passes {

const std::vector<Pass>& pipeline() {
  static const std::vector<Pass> passes = {
      {"discharge", "reads and writes become arguments, results and carried values", &discharge},
      {"simplify", "exact identities, constant folding, known branches", &simplify},
      {"pack_events", "spikes that are propagated or counted become bits, for all readers at once", &pack_events},
      {"cse", "equal operations are computed once", &cse},
      {"hoist", "what does not change in a loop leaves it", &hoist},
      {"settle", "what every step of a loop fills with one number is not carried through it", &settle},
      {"dce", "what nothing needs is dropped", &dce},
      {"share_exponentials", "e^(k x + m) of several k and m as powers of one, when BRAINPY_MATH=fast allows it",
       &share_exponentials},
      {"contract", "a * b + c becomes fma(a, b, c), when BRAINPY_MATH allows it", &contract},
      {"fuse", "map operations of one shape become one loop", &fuse},
      {"pool_literals", "scalar literals stand in front, once each", &pool_literals},
  };
  return passes;
}

const Pass& find_pass(const std::string& name) {
  std::string known;
  for (const Pass& pass : pipeline()) {
    if (pass.name == name) return pass;
    known += (known.empty() ? "" : ", ") + std::string(pass.name);
  }
  throw runtime::NameError({.what = "no pass is called '" + name + "'", .hint = "the passes are " + known});
}

void run_pipeline(ir::Program& program, const PassOptions& options, const PassObserver& observer) {
  for (const Pass& pass : pipeline()) {
    const auto start = std::chrono::steady_clock::now();
    const bool changed = pass.run(program, options);
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    if (observer) observer(pass, changed, took.count());
  }
}

}  // namespace brainpy::compiler::passes
