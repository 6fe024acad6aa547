// `brainpy lower FILE -o OUT`: natural control flow on traced values becomes calls of the library's control flow.
// In: one source file. Out: the rewritten one, line for line; a file of its dependencies for make and ninja.
#include <fmt/core.h>

#include "frontend/tooling/commands.h"
#include "frontend/tooling/parse.h"
#include "frontend/tooling/traced.h"

namespace brainpy::tooling {

Command add_lower_command(CLI::App& app, const std::vector<std::string>& flags) {
  auto* command = app.add_subcommand("lower", "rewrite natural control flow on traced values");
  auto file = std::make_shared<std::string>();
  command->add_option("file", *file, "the model's source")->required();
  return [file, flags] {
    const auto unit = parse({.file = *file, .flags = flags});
    return unit && !has_errors(*unit) ? 0 : 1;
  };
}

}  // namespace brainpy::tooling
