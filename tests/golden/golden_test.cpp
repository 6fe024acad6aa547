// The example programs: each parses, verifies, and prints as it is written.
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "compiler/ir/parse.h"
#include "compiler/ir/print.h"
#include "compiler/ir/verify.h"
#include "support/catch.h"

using namespace brainpy::compiler;
namespace files = std::filesystem;

namespace {

std::string read_file(const files::path& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string without_comment_lines(const std::string& text) {
  std::istringstream in(text);
  std::string kept;
  for (std::string line; std::getline(in, line);)
    if (!line.starts_with('#')) kept += line + '\n';
  return kept;
}

std::set<files::path> golden_files() {
  std::set<files::path> paths;
  for (const auto& entry : files::directory_iterator(files::path(BRAINPY_SOURCE_DIR) / "tests/golden"))
    if (entry.path().extension() == ".bpir") paths.insert(entry.path());
  return paths;
}

}  // namespace

TEST_CASE("example programs parse, verify and print as they are written") {
  const auto paths = golden_files();
  REQUIRE(paths.size() >= 9);
  for (const files::path& path : paths) {
    INFO(path.filename());
    const std::string text = read_file(path);
    std::unique_ptr<ir::Program> program;
    REQUIRE_NOTHROW(program = ir::parse(text, path.string()));
    CHECK_NOTHROW(ir::verify(*program));
    CHECK(ir::print(*program, {.locations = true}) == without_comment_lines(text));
    const std::string canonical = ir::print(*program, {.canonical = true});
    CHECK(ir::print(*ir::parse(canonical), {.canonical = true}) == canonical);
  }
}

TEST_CASE("an example with a mistake is refused with the file's name") {
  std::string text = read_file(*golden_files().begin());
  text.replace(text.find("f32"), 3, "f33");
  try {
    ir::parse(text, "tests/golden/broken.bpir");
    FAIL("accepted");
  } catch (const brainpy::ParseError& e) {
    CHECK(std::string(e.what()).find("at broken.bpir:") != std::string::npos);
  }
}
