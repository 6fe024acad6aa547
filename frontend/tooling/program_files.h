// Where the parts of this installation are, and a place for files that nobody keeps.
// In: nothing. Out: paths.
#pragma once

#include <filesystem>
#include <string>

namespace brainpy::tooling {

/// The program that runs: brainpy-source.
std::string program_file();

/// libbrainpy.so, as it is loaded.
std::string library_file();

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
