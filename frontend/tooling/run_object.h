// An object file's main runs inside this process.
// In: the object's bytes, the words of the command line. Out: the status of main.
#pragma once

#include <string>
#include <vector>

namespace brainpy::tooling {

/// Links the object against this process; throws a NameError that lists what is not defined.
class LoadedProgram {
 public:
  explicit LoadedProgram(std::string_view object);

  /// main's status. What main throws comes out. The code stays until the process ends: its static variables are
  /// destroyed by exit(), like those of any program.
  int run(std::vector<std::string> words);

 private:
  void (*constructors_)() = nullptr;
  int (*main_)(int, char**) = nullptr;
};

}  // namespace brainpy::tooling
