// `brainpy check FILE...`: diagnostics of models, as Clang prints its own or as JSON; fixes that are put into the
// files. In: sources, and flags of the compiler or a build folder. Out: findings; status 1 when there is an error.
#include <set>

#include <fmt/core.h>

#include "frontend/tooling/check.h"
#include "frontend/tooling/checks/checks.h"
#include "frontend/tooling/commands.h"
#include "frontend/tooling/fixes.h"
#include "frontend/tooling/parse.h"
#include "runtime/error.h"

namespace brainpy::tooling {

namespace {

struct Options {
  std::vector<std::string> files;
  std::string build_folder, format = "text", explained;
  bool fix = false, list = false, warnings_as_errors = false;
  CheckOptions check;
};

const char* severity_name(Severity severity) { return severity == Severity::error ? "error" : "warning"; }

std::string indented(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    if (end > at) out += "    " + std::string(text.substr(at, end - at));
    out += '\n';
    at = end + 1;
  }
  return out;
}

/// Words in lines of at most 100 characters.
std::string wrapped(std::string_view text) {
  std::string out;
  std::size_t column = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    if (column > 0) out += column + 1 + end - at > 100 ? '\n' : ' ';
    column = out.empty() || out.back() == '\n' ? 0 : column + 1;
    out += text.substr(at, end - at);
    column += end - at;
    at = end + 1;
  }
  return out;
}

void explain(const Check& check) {
  fmt::print("{} ({}): {}\n\n{}\n\nBad:\n\n{}\nGood:\n\n{}", check.name, severity_name(check.severity), check.summary,
             wrapped(check.reason), indented(check.bad), indented(check.good));
}

void list() {
  for (const Check* check : all_checks())
    fmt::print("{:<22} {:<8} {}\n", check->name, severity_name(check->severity), check->summary);
}

/// All files, one after the other.
class Run {
 public:
  Run(const Options& options, const std::vector<std::string>& flags) : options_(options), flags_(flags) {}

  int operator()() {
    for (const std::string& file : options_.files) check_file(file);
    if (options_.fix) fixes_.write();
    if (options_.format == "json") fmt::print("{}\n", text_of(llvm::json::Value(std::move(array_))));
    if (options_.fix) {
      std::fflush(stdout);
      fmt::print(stderr, "{} of {} findings fixed in {} files\n", fixed_, found_, fixes_.files());
    }
    return failed_ ? 1 : 0;
  }

 private:
  void check_file(const std::string& file) {
    std::vector<std::string> flags = flags_;
    CheckOptions how = options_.check;
    if (!options_.build_folder.empty()) {
      const BuildFlags built = flags_from_build(options_.build_folder, file);
      flags.insert(flags.begin(), built.flags.begin(), built.flags.end());
      how.natural = how.natural || built.lowered;
    }
    const auto unit = parse({.file = file, .flags = flags});
    if (!unit || has_errors(*unit)) {
      failed_ = true;
      return;
    }
    Findings findings = check(*unit, how);
    // A header that several files include is spoken of once.
    std::erase_if(findings, [&](const Finding& f) { return !seen_.insert(key(f, *unit)).second; });
    found_ += findings.size();
    if (options_.warnings_as_errors)
      for (Finding& finding : findings) finding.severity = Severity::error;
    for (const Finding& finding : findings) {
      const bool is_fixed = options_.fix && fixes_.add(edits(finding, *unit));
      fixed_ += is_fixed ? 1 : 0;
      failed_ = failed_ || (finding.severity == Severity::error && !is_fixed);
      if (options_.format == "json") array_.push_back(to_json(finding, *unit));
    }
    if (options_.format != "json") print_findings(findings, *unit, llvm::errs());
  }

  static std::string key(const Finding& finding, const clang::ASTUnit& unit) {
    const llvm::json::Object object = to_json(finding, unit);
    std::string text = finding.message;
    for (const char* part : {"file", "line", "column"}) text += "\n" + text_of(*object.get(part));
    return text;
  }

  static std::string text_of(const llvm::json::Value& value) {
    std::string text;
    llvm::raw_string_ostream(text) << llvm::formatv("{0:2}", value);
    return text;
  }

  const Options& options_;
  const std::vector<std::string>& flags_;
  Fixes fixes_;
  llvm::json::Array array_;
  std::set<std::string> seen_;
  std::size_t found_ = 0, fixed_ = 0;
  bool failed_ = false;
};

int run(const Options& options, const std::vector<std::string>& flags) {
  if (options.list) return list(), 0;
  if (!options.explained.empty()) return explain(check_named(options.explained)), 0;
  if (options.files.empty())
    throw ValueError({.what = "check: no file", .hint = "brainpy-source check FILE..., or --list for the checks"});
  return Run(options, flags)();
}

}  // namespace

Command add_check_command(CLI::App& app, const std::vector<std::string>& flags) {
  CLI::App* command = app.add_subcommand("check", "find what goes wrong once a model is recorded");
  auto options = std::make_shared<Options>();
  command->add_option("files", options->files, "sources of models");
  command->add_flag("--fix", options->fix, "put the fixes into the files");
  command->add_option("--format", options->format, "text, or json for editors")->check(CLI::IsMember({"text", "json"}));
  command->add_flag("--natural", options->check.natural, "the files go through lower: native control flow is welcome");
  command->add_flag("--errors-only", options->check.only_errors, "no warnings");
  command->add_flag("--warnings-as-errors", options->warnings_as_errors, "warnings are errors");
  command->add_option("-p", options->build_folder, "the folder of compile_commands.json, for the compiler's flags");
  command->add_option("--explain", options->explained, "what a check finds, why it goes wrong, and how to write it");
  command->add_flag("--list", options->list, "the checks");
  return [options, flags] { return run(*options, flags); };
}

}  // namespace brainpy::tooling
