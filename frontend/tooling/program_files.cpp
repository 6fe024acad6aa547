#include "frontend/tooling/program_files.h"

#include <dlfcn.h>
#include <stdlib.h>

#include <cerrno>
#include <fstream>
#include <system_error>

#include "runtime/error.h"
#include "runtime/options.h"

namespace brainpy::tooling {

namespace fs = std::filesystem;

std::string program_file() {
  std::error_code ignored;
  return fs::read_symlink("/proc/self/exe", ignored).string();
}

std::string library_file() {
  Dl_info found{};
  if (!dladdr(reinterpret_cast<void*>(&runtime::options), &found) || !found.dli_fname)
    throw InternalError("the loaded library has no file");
  return fs::canonical(found.dli_fname).string();
}

void write_file(const fs::path& path, const std::string& text) {
  std::error_code fault;  // the file says it better
  if (path.has_parent_path()) fs::create_directories(path.parent_path(), fault);
  std::ofstream out(path, std::ios::binary);
  out << text;
  if (!out.flush()) throw FileError({.what = "the file cannot be written", .values = path.string()});
}

TemporaryFolder::TemporaryFolder() {
  std::string name = (fs::temp_directory_path() / "brainpy-XXXXXX").string();
  if (!::mkdtemp(name.data()))
    throw FileError({.what = "no temporary folder can be made",
                     .values = name + ": " + std::generic_category().message(errno),
                     .hint = "set TMPDIR to a folder that can be written"});
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace brainpy::tooling
