// Where the parts of this installation are, a place for files that nobody keeps, and writing whole files.
// In: paths and texts. Out: paths, files.
#pragma once

#include <filesystem>
#include <string>

namespace brainpy::tooling {

/// The program that runs: brainpy-source.
std::string program_file();

/// libbrainpy.so, as it is loaded.
std::string library_file();

/// Writes a file, and the folders above it that are missing; a FileError when that cannot be done.
void write_file(const std::filesystem::path& path, const std::string& text);

/// A fresh folder, deleted with everything in it at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace brainpy::tooling
