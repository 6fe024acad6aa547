// `brainpy reflect FILE`: the table of members that `lower` puts behind a source.
// In: one source file. Out: C++ text.
#include <fstream>

#include <fmt/core.h>

#include "frontend/tooling/commands.h"
#include "frontend/tooling/parse.h"
#include "frontend/tooling/reflect.h"
#include "runtime/error.h"

namespace brainpy::tooling {

namespace {

int reflect_file(const std::string& file, const std::vector<std::string>& flags) {
  const auto unit = parse({.file = file, .flags = flags});
  if (!unit || has_errors(*unit)) return 1;
  const Reflected reflected = reflect(*unit);
  print_findings(reflected.findings, *unit, llvm::errs());
  if (has_errors(reflected.findings)) return 1;
  fmt::print("{}", reflected.text);
  return 0;
}

}  // namespace

Command add_reflect_command(CLI::App& app, const std::vector<std::string>& flags) {
  CLI::App* command = app.add_subcommand("reflect", "show the table of a model's members");
  auto file = std::make_shared<std::string>();
  command->add_option("file", *file, "the model's source")->required();
  return [file, flags] { return reflect_file(*file, flags); };
}

}  // namespace brainpy::tooling
