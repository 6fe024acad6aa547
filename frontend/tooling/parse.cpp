// Parsing with Clang: flags, where headers are, the tree.
#include "frontend/tooling/parse.h"

#include <deque>
#include <filesystem>
#include <fstream>

#include "frontend/tooling/plain_members.h"
#include "runtime/error.h"

namespace brainpy::tooling {

namespace fs = std::filesystem;

namespace {

std::string absolute_path(const std::string& file) { return fs::absolute(file).lexically_normal().string(); }

bool names_language(const std::string& flag) { return flag.starts_with("-std=") || flag.starts_with("--std="); }

/// Which of a build's files was rewritten from this one: its first line says so. Empty: none.
std::string lowered_from(const std::string& file, const std::vector<std::string>& files) {
  for (const std::string& candidate : files) {
    if (fs::path(candidate).filename() != fs::path(file).filename()) continue;
    std::ifstream in(candidate);
    if (std::string line; std::getline(in, line) && line == "#line 1 \"" + file + "\"") return candidate;
  }
  return {};
}

fs::path program_folder() {
  std::error_code ignored;
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
  return program.parent_path();
}

}  // namespace

std::string library_headers() {
  // An installed tool has them at ../include/brainpy; one in its build folder, where they are written.
  const fs::path installed = program_folder().parent_path() / "include" / "brainpy";
  return fs::exists(installed / "brainpy.hpp") ? installed.string() : BRAINPY_SOURCE_ROOT;
}

std::vector<std::string> complete_flags(std::vector<std::string> flags) {
  bool has_language = false;
  for (const std::string& f : flags) has_language = has_language || names_language(f);
  if (!has_language) flags.insert(flags.begin(), "-std=c++20");
  const std::string headers = library_headers();
  const fs::path above = fs::path(headers).parent_path();
  // As an installed package <brainpy/brainpy.hpp> is below include, as a source tree below frontend.
  const std::string entry = fs::exists(above / "brainpy" / "brainpy.hpp") ? above.string() : headers + "/frontend";
  for (const std::string& folder : {headers, entry}) flags.push_back("-I" + folder);
  flags.insert(flags.end(), {"-resource-dir", BRAINPY_CLANG_RESOURCES});
  return flags;
}

std::vector<std::string> parse_flags(const std::vector<std::string>& flags) {
  std::vector<std::string> all = complete_flags(flags);
  all.insert(all.end(), {"-DBRAINPY_SOURCE_TOOL", "-Wno-everything", "-fsyntax-only"});
  return all;
}

BuildFlags flags_from_build(const std::string& build_folder, const std::string& file) {
  std::string fault;
  const auto database = clang::tooling::CompilationDatabase::loadFromDirectory(build_folder, fault);
  if (!database)
    throw FileError({.what = "the build folder has no compile_commands.json that can be read",
                     .values = build_folder + ": " + fault,
                     .hint = "configure with -DCMAKE_EXPORT_COMPILE_COMMANDS=ON"});
  auto commands = database->getCompileCommands(absolute_path(file));
  // For a file that it does not have the database guesses from its neighbours: right for headers.
  std::string made;
  if (commands.empty() || !commands.front().Heuristic.empty()) {
    made = lowered_from(absolute_path(file), database->getAllFiles());
    if (!made.empty()) commands = database->getCompileCommands(made);
  }
  if (commands.empty())
    throw FileError({.what = "the build does not compile this file",
                     .values = file + ", in " + build_folder,
                     .hint = "add it to a target, or give the flags after --"});
  std::vector<std::string> flags;
  const std::vector<std::string>& words = commands.front().CommandLine;
  const std::string folder = commands.front().Directory;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "-o" || word == "-MT" || word == "-MF" || word == "-MQ") ++i;
    else if (word == "--" || word == "-c" || word == "-MD" || word == "-MMD" || word == commands.front().Filename)
      continue;
    else if (word.starts_with("-I") && word.size() > 2 && word[2] != '/')
      flags.push_back("-I" + folder + "/" + word.substr(2));
    else if (absolute_path(word) == absolute_path(commands.front().Filename)) continue;
    else flags.push_back(word);
  }
  return {std::move(flags), !made.empty()};
}

std::unique_ptr<clang::ASTUnit> parse(const ParseRequest& request) {
  const std::string file = absolute_path(request.file);
  std::string text;
  if (request.text) {
    text = *request.text;
  } else {
    const auto buffer = llvm::MemoryBuffer::getFile(file);
    if (!buffer)
      throw FileError({.what = "the file cannot be read", .values = request.file + ": " + buffer.getError().message()});
    text = (*buffer)->getBuffer().str();
  }
  // The tree refers to these texts as long as it lives, and does not own them: they stay as long as the program, which
  // parses a few files.
  static std::deque<clang::tooling::FileContentMappings> kept;
  clang::tooling::FileContentMappings& headers = kept.emplace_back();
  for (auto& [path, contents] : braced_headers(text, file, request.flags)) headers.emplace_back(path, contents);
  std::vector<std::string> flags = parse_flags(request.flags);
  if (!request.precompiled_header.empty()) flags.insert(flags.end(), {"-include-pch", request.precompiled_header});
  return clang::tooling::buildASTFromCodeWithArgs(
      with_braced_variables(text), flags, file, "brainpy-source", std::make_shared<clang::PCHContainerOperations>(),
      clang::tooling::getClangStripDependencyFileAdjuster(), headers, request.diagnostics);
}

bool has_errors(const clang::ASTUnit& unit) { return unit.getDiagnostics().hasErrorOccurred(); }

}  // namespace brainpy::tooling
