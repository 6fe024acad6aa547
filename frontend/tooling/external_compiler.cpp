#include "frontend/tooling/external_compiler.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <sstream>
#include <system_error>

#include "frontend/tooling/parse.h"
#include "frontend/tooling/program_cache.h"
#include "frontend/tooling/program_files.h"
#include "runtime/error.h"

namespace brainpy::tooling {

namespace fs = std::filesystem;

namespace {

std::vector<std::string> split(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

fs::path find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) return fs::exists(name) ? fs::path(name) : fs::path();
  const char* path = std::getenv("PATH");
  std::istringstream folders(path ? path : "");
  for (std::string folder; std::getline(folders, folder, ':');)
    if (const fs::path file = fs::path(folder) / name; ::access(file.c_str(), X_OK) == 0) return file;
  return {};
}

/// A list of words as C functions take it.
class Words {
 public:
  explicit Words(std::vector<std::string> words) : words_(std::move(words)) {
    for (std::string& w : words_) pointers_.push_back(w.data());
    pointers_.push_back(nullptr);
  }
  char** data() { return pointers_.data(); }

 private:
  std::vector<std::string> words_;
  std::vector<char*> pointers_;
};

int wait_for(std::vector<std::string> words) {
  const std::string name = words.front();
  Words list(std::move(words));
  pid_t child = 0;
  if (const int fault = ::posix_spawnp(&child, name.c_str(), nullptr, nullptr, list.data(), environ))
    throw FileError(
        {.what = "the compiler cannot be started", .values = name + ": " + std::generic_category().message(fault)});
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/// Without what only Clang's own tools want.
std::vector<std::string> portable(const std::vector<std::string>& flags) {
  std::vector<std::string> kept;
  for (std::size_t i = 0; i < flags.size(); ++i) {
    if (flags[i] == "-resource-dir") ++i;
    else kept.push_back(flags[i]);
  }
  return kept;
}

}  // namespace

std::string compiler_identity(const std::string& compiler) {
  const std::vector<std::string> words = split(compiler);
  const fs::path file = words.empty() ? fs::path() : find_program(words.front());
  if (file.empty())
    throw FileError({.what = "the compiler is not found",
                     .values = "--compiler '" + compiler + "'",
                     .hint = "install it, or leave the option out: Clang is built in"});
  Dependencies itself;
  itself.add(fs::canonical(file).string());
  return compiler + "\n" + itself.text();
}

bool compile_externally(const std::string& compiler, const CompileRequest& request, const fs::path& folder,
                        const fs::path& out) {
  const fs::path source = folder / fs::path(request.source.path).filename();
  write_file(source, request.source.text);
  for (const SourceText& header : request.headers) write_file(header.path, header.text);
  std::vector<std::string> words = split(compiler);
  const std::vector<std::string> flags = portable(request.flags);
  words.insert(words.end(), flags.begin(), flags.end());
  const std::string library = library_file();
  words.insert(words.end(), {source.string(), "-o", out.string(), library, "-lfmt",
                             "-Wl,-rpath," + fs::path(library).parent_path().string()});
  return wait_for(std::move(words)) == 0;
}

void execute(const fs::path& program, const std::vector<std::string>& words, const fs::path& no_longer_needed) {
  const int file = ::open(program.c_str(), O_RDONLY | O_CLOEXEC);
  std::error_code ignored;
  if (!no_longer_needed.empty()) fs::remove_all(no_longer_needed, ignored);
  Words list(words);
  if (file >= 0) ::fexecve(file, list.data(), environ);
  throw FileError({.what = "the program cannot be started",
                   .values = program.string() + ": " + std::generic_category().message(errno)});
}

}  // namespace brainpy::tooling
