"""An installed tree: what `brainpy new` writes, built with CMake and run; models with headers, rewritten anew when these
change; the same without the source tool.

In: a build folder, CMake, a compiler. Out: one line a check; exit status 1 when one fails.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from tool_test import ToolTest  # noqa: E402

PROJECT = """cmake_minimum_required(VERSION 3.25)
project(cells LANGUAGES CXX)
find_package(brainpy 0.1 REQUIRED)
add_executable(cells main.cpp)
target_include_directories(cells PRIVATE include)
target_compile_definitions(cells PRIVATE STEPS=5)
brainpy_add_model(cells sources/model.cpp)
"""
MAIN = "int run_cells();\nint main() { return run_cells(); }\n"
MODEL = """#include <cells.hpp>

int run_cells() {
  Cell cell(4);
  auto step = bp::jit(cell, &Cell::update);
  for (int k = 0; k < STEPS; ++k) step(bm::linspace(0.0, 1.5, 4));
  for (const double v : cell.V.to_vector<double>()) fmt::print("{} ", v);
  fmt::print("\\n");
  return 0;
}
"""


class Checks(ToolTest):
    def __init__(self):
        super().__init__(__file__, ("cmake", "build", "compiler", "out"))
        self.prefix = self.out / "prefix"
        self.call(self.options.cmake, "--install", self.options.build, "--prefix", self.prefix)
        self.brainpy = self.prefix / "bin" / "brainpy"

    def call(self, *words, status=0, folder=None):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("BRAINPY_") and k != "LD_LIBRARY_PATH"}
        done = subprocess.run([str(w) for w in words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              cwd=folder or self.out, env={**environment, "BRAINPY_CACHE": str(self.out / "cache")})
        if (done.returncode != 0) != (status != 0):
            sys.exit(f"status {done.returncode}: {' '.join(map(str, words))}\n{done.stdout}")
        return done.stdout

    def configure(self, folder, *settings, generator="Ninja"):
        return self.call(self.options.cmake, "-G", generator, "-S", folder, "-B", folder / "build", "-DCMAKE_BUILD_TYPE=Debug",
                         f"-DCMAKE_CXX_COMPILER={self.options.compiler}", f"-DCMAKE_PREFIX_PATH={self.prefix}", *settings)

    def build(self, folder, status=0):
        return self.call(self.options.cmake, "--build", folder / "build", status=status)

    # -- the checks -----------------------------------------------------------------------------------

    def new(self):
        self.call(self.brainpy, "new", "first")
        folder = self.out / "first"
        self.configure(folder)
        self.build(folder)
        built = self.call(folder / "build" / "first")
        self.expect("brainpy new, built with CMake", built == "spikes in one second, from 10 to 50 mV: 0 36 71 106 138\n", built)
        run = self.call(self.brainpy, "run", "first.cpp", folder=folder)
        self.expect("and run at once", run == built, run)
        ignored = (folder / ".gitignore").read_text()
        self.expect("its build folder is ignored", ignored == "/build/\n", ignored)

    def headers(self, generator):
        folder = self.out / generator.replace(" ", "_")
        (folder / "sources").mkdir(parents=True)
        (folder / "include").mkdir()
        header = folder / "include" / "cells.hpp"
        shutil.copy(HERE / "models" / "cells.hpp", header)
        for name, text in [("CMakeLists.txt", PROJECT), ("main.cpp", MAIN), ("sources/model.cpp", MODEL)]:
            (folder / name).write_text(text)
        self.configure(folder, generator=generator)
        log = self.build(folder)
        self.expect(f"{generator}: the model is read", "Reading the model sources/model.cpp" in log, log)
        found = self.call(folder / "build" / "cells")
        self.expect("a model with a header of the target's folders", found == "0 2.5 1 1.5 \n", found)
        log = self.build(folder)
        self.expect("nothing is done twice", "Reading" not in log, log)
        header.write_text(header.read_text().replace("drop = 2.0", "drop = 3.0").replace("V >= 3.0", "V >= 2.0"))
        log = self.build(folder)
        found = self.call(folder / "build" / "cells")
        self.expect("a changed header is read again", "Reading" in log and found == "0 -0.5 -1 1.5 \n", log + found)
        source = folder / "sources" / "model.cpp"
        source.write_text(MODEL.replace("k < STEPS", "k < 0"))
        self.build(folder)
        found = self.call(folder / "build" / "cells")
        self.expect("a changed source is read again", found == "0 0 0 0 \n", found)
        source.write_text(MODEL.replace("cell(4)", "cell(wrong)"))
        log = self.build(folder, status=1)
        self.expect("a mistake is an error at its place", f"{source}:4:13: error: unknown type name 'wrong'" in log, log)

    def without_tool(self):
        folder = self.out / "first"
        shutil.rmtree(folder / "build")
        log = self.configure(folder, "-Dbrainpy_source_program=OFF")
        self.expect("without the tool, CMake says so", "-- first: compiled as written, without brainpy-source; natural control flow on traced values is an error then" in log, log)
        log = self.build(folder, status=1)
        line = next(k for k, text in enumerate((folder / "first.cpp").read_text().splitlines(), 1) if "if (V" in text)
        self.expect("and the compiler's error has the place and the cure", re.search(rf"first\.cpp:{line}:\d+: error", log) is not None and "brainpy_add_model in CMake" in log, log)

    def no_sources(self):
        folder = self.out / "empty"
        folder.mkdir()
        (folder / "CMakeLists.txt").write_text("cmake_minimum_required(VERSION 3.25)\nproject(empty LANGUAGES CXX)\nfind_package(brainpy REQUIRED)\nbrainpy_add_model(empty)\n")
        done = self.call(self.options.cmake, "-S", folder, "-B", folder / "build", f"-DCMAKE_PREFIX_PATH={self.prefix}",
                         f"-DCMAKE_CXX_COMPILER={self.options.compiler}", status=1)
        self.expect("no sources", "brainpy_add_model(empty): no sources are given" in done, done)


test = Checks()
test.new()
test.headers("Ninja")
test.headers("Unix Makefiles")
test.without_tool()
test.no_sources()
test.end()
