// BRAINPY_LOG=perf: the file that perf reads has a head that it accepts, and the names of our functions.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "support/catch.h"
#include "support/temp_folder.h"

namespace fs = std::filesystem;

namespace {

/// What a run of a program under perf's switch leaves for it; empty when there is no file.
std::string perf_dump(const char* log) {
  const TempFolder folder;
  const std::string command = "JITDUMPDIR='" + folder.path.string() + "' BRAINPY_CACHE=off BRAINPY_LOG=" + log +
                              " '" BRAINPY_TOOL "' ir '" BRAINPY_SOURCE_DIR
                              "/tests/golden/lif_step.bpir' --run jit > '" +
                              (folder / "out.txt") + "' 2>&1";
  INFO(command);
  REQUIRE(std::system(command.c_str()) == 0);
  for (const auto& entry : fs::recursive_directory_iterator(folder.path))
    if (entry.path().extension() == ".dump") {
      std::ifstream in(entry.path(), std::ios::binary);
      return {std::istreambuf_iterator<char>(in), {}};
    }
  return {};
}

}  // namespace

TEST_CASE("perf's file has a valid head and the functions' names") {
  const std::string dump = perf_dump("perf");
  REQUIRE(dump.size() > 40);
  // Linux, tools/perf/Documentation/jitdump-specification.txt: magic at 0, flags at 32.
  CHECK(dump.substr(0, 4) == "DTiJ");
  std::uint64_t flags = 1;
  std::memcpy(&flags, dump.data() + 32, sizeof flags);
  CHECK(flags == 0);
  CHECK(dump.find("lif_step.group0") != std::string::npos);
}

TEST_CASE("without the switch nothing is written for perf") { CHECK(perf_dump("compile").empty()); }
