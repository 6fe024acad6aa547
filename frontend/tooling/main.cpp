// brainpy-source: the part of the command-line tool that reads C++. `brainpy check`, `lower` and `run` start it.
// In: a subcommand, sources, and after -- the compiler's flags. Out: diagnostics, rewritten sources, a run.
#include <algorithm>

#include <fmt/core.h>

#include "frontend/tooling/commands.h"
#include "runtime/error.h"

int main(int argc, char** argv) {
  using namespace brainpy::tooling;
  CLI::App app{"brainpy-source: checks, rewrites and runs models written in natural C++"};
  app.require_subcommand(1);
  // What follows -- is the compiler's (or, for run, the model's).
  char** const end = argv + argc;
  char** const separator = std::find(argv, end, std::string_view("--"));
  std::vector<std::string> flags;
  if (separator != end) flags.assign(separator + 1, end);
  std::vector<std::pair<CLI::App*, Command>> commands;
  for (const auto add : {add_check_command, add_lower_command, add_reflect_command, add_run_command, add_new_command}) {
    Command command = add(app, flags);
    commands.emplace_back(app.get_subcommands([](CLI::App*) { return true; }).back(), std::move(command));
  }
  CLI11_PARSE(app, static_cast<int>(separator - argv), argv);
  try {
    for (const auto& [subcommand, command] : commands)
      if (subcommand->parsed()) return command();
  } catch (const std::exception& e) {
    fmt::print(stderr, "brainpy: {}\n", e.what());
  }
  return 1;
}
