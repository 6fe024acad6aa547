// `brainpy lower FILE -o OUT`: natural control flow on traced values becomes calls of the library's control flow.
// In: one source file. Out: the rewritten one, line for line; a file of its dependencies for make and ninja.
#include <filesystem>

#include <fmt/core.h>

#include "frontend/tooling/commands.h"
#include "frontend/tooling/parse.h"
#include "frontend/tooling/program_files.h"
#include "frontend/tooling/translation.h"
#include "runtime/error.h"

namespace brainpy::tooling {

namespace {

namespace fs = std::filesystem;

struct Options {
  std::string file, out, dependency_file, header_folder;
  bool explain = false, check = true, reflect = true;
};

/// As make reads it: spaces escaped.
std::string rule_word(const std::string& path) {
  std::string word;
  for (const char c : path) word += c == ' ' ? "\\ " : c == '$' ? "$$" : std::string(1, c);
  return word;
}

void write_dependencies(const Options& options, const Lowered& lowered) {
  std::string rule = rule_word(options.out) + ":";
  for (const std::string& file : lowered.dependencies) rule += " \\\n  " + rule_word(file);
  write_file(options.dependency_file, rule + "\n");
}

/// As a user would write it.
std::string abbreviated(std::string text) {
  constexpr std::string_view long_form = "::brainpy::math::";
  for (std::size_t at; (at = text.find(long_form)) != std::string::npos;) text.replace(at, long_form.size(), "bm::");
  return text;
}

void explain(const Lowered& lowered) {
  if (lowered.changes.empty()) fmt::print("nothing is rewritten: no native control flow on traced values\n");
  for (const Lowered::Change& change : lowered.changes)
    fmt::print("{}: as written\n\n{}\n\n{}: as compiled\n\n{}\n\n", change.function, change.before, change.function,
               abbreviated(change.after));
}

int lower_file(const Options& options, const std::vector<std::string>& flags) {
  const auto unit = parse({.file = options.file, .flags = flags});
  if (!unit || has_errors(*unit)) return 1;
  const std::string headers = options.header_folder.empty() ? options.out + ".headers" : options.header_folder;
  const Lowered lowered = translate(*unit, {.header_folder = fs::absolute(headers).lexically_normal().string(),
                                            .check = options.check,
                                            .reflect = options.reflect});
  print_findings(lowered.findings, *unit, llvm::errs());
  if (has_errors(lowered.findings)) return 1;
  if (options.explain) {
    explain(lowered);
    if (options.out.empty()) return 0;
  }
  if (options.out.empty() || options.out == "-") {
    fmt::print("{}", lowered.text);
    return 0;
  }
  for (const LoweredHeader& header : lowered.headers) write_file(header.path, header.text);
  write_file(options.out, lowered.text);
  if (!options.dependency_file.empty()) write_dependencies(options, lowered);
  return 0;
}

}  // namespace

Command add_lower_command(CLI::App& app, const std::vector<std::string>& flags) {
  CLI::App* command = app.add_subcommand("lower", "rewrite natural control flow on traced values");
  auto options = std::make_shared<Options>();
  command->add_option("file", options->file, "the model's source")->required();
  command->add_option("-o,--out", options->out, "the rewritten source; without it, it is printed");
  command->add_option("--depfile", options->dependency_file, "dependencies, for make and ninja");
  command->add_option("--headers", options->header_folder, "where rewritten headers go; default: OUT.headers");
  command->add_flag("!--no-check", options->check, "rewrite it though a check finds an error");
  command->add_flag("!--no-reflect", options->reflect,
                    "leave out the table of members: names are then only those given");
  command->add_flag("--explain", options->explain, "show each rewritten function before and after");
  return [options, flags] { return lower_file(*options, flags); };
}

}  // namespace brainpy::tooling
