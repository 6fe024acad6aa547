// The subcommands of the source tool, one file each.
// In: the command line. Out: what each says; a status for the shell.
#pragma once

#include <functional>

#include <CLI/CLI.hpp>

namespace brainpy::tooling {

/// What a parsed subcommand does; the result is the exit status.
using Command = std::function<int()>;

/// Each adds its subcommand to the application; the Command is called when the user asked for it. `flags` are the words
/// after --.
Command add_check_command(CLI::App& app, const std::vector<std::string>& flags);
Command add_lower_command(CLI::App& app, const std::vector<std::string>& flags);
Command add_reflect_command(CLI::App& app, const std::vector<std::string>& flags);
Command add_run_command(CLI::App& app, const std::vector<std::string>& flags);
Command add_new_command(CLI::App& app, const std::vector<std::string>& flags);

}  // namespace brainpy::tooling
