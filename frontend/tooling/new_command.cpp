// `brainpy new NAME`: a folder with a small model that is built with CMake or run at once.
// In: a name. Out: NAME/NAME.cpp, CMakeLists.txt, README.md, .gitignore.
#include <cctype>
#include <filesystem>

#include <fmt/format.h>

#include "frontend/tooling/commands.h"
#include "frontend/tooling/program_files.h"
#include "runtime/error.h"

namespace brainpy::tooling {

namespace {

namespace fs = std::filesystem;

// What {0} stands for is the name.
constexpr const char* model_text =
    R"(// Leaky integrate-and-fire neurons: run this file with `brainpy run {0}.cpp`, or build it with CMake.
#include <brainpy/brainpy.hpp>

namespace bp = brainpy;
namespace bm = brainpy::math;

class LIF : public bp::BrainPyObject {{
 public:
  explicit LIF(int size) : size(size) {{}}
  const int size;
  double tau = 20.0, V_rest = -65.0, V_th = -50.0;  // [ms], [mV]

  bm::Variable current = bm::zeros({{size}});  // times the resistance [mV]
  bm::Variable V = bm::full({{size}}, V_rest);  // [mV]
  bm::Variable spikes = bm::zeros({{size}});    // so far

  void update() {{
    V += (V_rest - V + current) * (bp::share.dt() / tau);
    if (V >= V_th) {{  // each neuron decides
      V = V_rest;
      spikes += 1.0;
    }}
  }}
}};

int main() {{
  LIF lif(5);
  lif.current = bm::linspace(10.0, 50.0, 5);
  bp::DSRunner runner(lif, {{.dt = 0.1}});
  runner.run(1000.0);  // [ms]
  fmt::print("spikes in one second, from 10 to 50 mV:");
  for (const double n : lif.spikes.to_vector<double>()) fmt::print(" {{:.0f}}", n);
  fmt::print("\n");
}}
)";

constexpr const char* cmake_text = R"(cmake_minimum_required(VERSION 3.25)
project({0} LANGUAGES CXX)
find_package(brainpy REQUIRED)
brainpy_add_model({0} {0}.cpp)
)";

constexpr const char* readme_text = R"(# {0}

    brainpy run {0}.cpp                        # at once
    cmake -B build && cmake --build build      # or with CMake; -DCMAKE_PREFIX_PATH=... when brainpy is elsewhere
    build/{0}
)";

constexpr const char* ignored_text = "/build/\n";

/// A name that is a file's, a project's and a target's.
bool is_good_name(const std::string& name) {
  const auto is_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-'; };
  return !name.empty() && std::isalpha(static_cast<unsigned char>(name[0])) && std::ranges::all_of(name, is_word) &&
         name != "test" && name != "all" && name != "install" && name != "clean" && name != "help";
}

int make_project(const std::string& name) {
  if (!is_good_name(name))
    throw NameError({.what = "not a project's name",
                     .values = "got '" + name + "'",
                     .hint = "begin with a letter, go on with letters, digits, _ and -; names of CMake's own targets "
                             "are taken"});
  const fs::path folder = name;
  std::error_code fault;
  if (fs::exists(fs::symlink_status(folder)))
    throw FileError({.what = "the folder exists", .values = name, .hint = "choose another name"});
  if (!fs::create_directory(folder, fault))
    throw FileError({.what = "the folder cannot be made", .values = name + ": " + fault.message()});
  write_file(folder / (name + ".cpp"), fmt::format(fmt::runtime(model_text), name));
  write_file(folder / "CMakeLists.txt", fmt::format(fmt::runtime(cmake_text), name));
  write_file(folder / "README.md", fmt::format(fmt::runtime(readme_text), name));
  write_file(folder / ".gitignore", ignored_text);
  fmt::print("{0}/{0}.cpp, CMakeLists.txt, README.md, .gitignore\nbrainpy run {0}/{0}.cpp\n", name);
  return 0;
}

}  // namespace

Command add_new_command(CLI::App& app, const std::vector<std::string>&) {
  CLI::App* command = app.add_subcommand("new", "write a folder with a small model to begin with");
  auto name = std::make_shared<std::string>();
  command->add_option("name", *name, "of the folder, the project and the program")->required();
  return [name] { return make_project(*name); };
}

}  // namespace brainpy::tooling
