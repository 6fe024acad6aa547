#include "frontend/transform/launch.h"

#include <cstring>

#include "frontend/transform/owners.h"

namespace brainpy::transform {

Recorded compile_trace(Trace& trace, std::vector<Array>& results, const std::string& label, const std::string& reason,
                       const Site& site) {
  trace.finish(results, site);
  results.clear();
  trace.check_nothing_kept();
  Recorded recorded;
  recorded.captured = trace.captured();
  recorded.literals = trace.literals();
  std::unique_ptr<ir::Program> program = trace.take_program();
  name_owners(*program, recorded.captured);
  const std::string name = label_of(*program, label);
  program->name = name;
  recorded.executable = compiler::jit::compile(std::move(program), name, reason);
  return recorded;
}

namespace {

/// Lends the Variables' buffers to a run, alone, so that it may write in place; gives them back also when it throws.
class Lending {
 public:
  explicit Lending(const std::vector<Captured>& captured, const ir::Program& program) : captured_(captured) {
    for (std::size_t i = 0; i < captured.size(); ++i) {
      if (captured[i].variable) symbols.push_back(std::move(captured[i].variable->value));
      else symbols.push_back({program.symbols[i].type, captured[i].constant});
    }
  }
  ~Lending() {
    for (std::size_t i = 0; i < captured_.size(); ++i)
      if (captured_[i].variable) captured_[i].variable->value = std::move(symbols[i]);
  }
  std::vector<runtime::Tensor> symbols;

 private:
  const std::vector<Captured>& captured_;
};

}  // namespace

std::vector<Array> launch(const Recorded& recorded, const std::vector<Array>& arguments, const Site& site,
                          const std::vector<runtime::Tensor>& outputs) {
  std::vector<runtime::Tensor> tensors;
  tensors.reserve(arguments.size());
  for (const Array& a : arguments) tensors.push_back(a.tensor(site));
  std::vector<runtime::Tensor> out;
  {
    Lending lending(recorded.captured, recorded.executable->program());
    out = recorded.executable->run(tensors, lending.symbols, outputs);
  }
  std::vector<Array> results;
  results.reserve(out.size());
  for (runtime::Tensor& t : out) results.emplace_back(std::move(t));
  return results;
}

std::string label_of(const ir::Program& program, const std::string& owner) {
  for (const auto& op : program.body.ops) {
    const runtime::Location& at = op->location;
    if (!at.known()) continue;
    if (owner == "lambda" || owner == "function") {
      const char* slash = std::strrchr(at.file, '/');
      return std::string(slash ? slash + 1 : at.file) + "." + std::to_string(at.line);
    }
    if (at.object.compare(0, owner.size() + 1, owner + ".") == 0) return at.object;
  }
  return owner;
}

}  // namespace brainpy::transform
