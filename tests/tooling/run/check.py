"""`brainpy run` and `brainpy new`, as a user sees them: output, status, messages, what is kept between runs.

In: the programs brainpy and brainpy-source, a compiler. Out: one line a check; exit status 1 when one fails.
"""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from tool_test import ToolTest  # noqa: E402

NUMBERS = "0 2.5 1 1.5 0 0 2 3 \n"
OUTPUT = "made global\nmade local\n[model.cpp]42\n" + NUMBERS + "caught\nmade stack\ndestroyed stack\nat exit\ndestroyed local\ndestroyed global\n"


class Checks(ToolTest):
    def __init__(self):
        super().__init__(__file__, ("brainpy", "compiler", "out"))
        self.options.brainpy = str(pathlib.Path(self.options.brainpy).resolve())
        shutil.copytree(HERE / "models", self.out, dirs_exist_ok=True)
        self.cache = self.out / "cache"

    def expect_text(self, name, found, expected):
        self.expect(name, found == expected, f"expected:\n{expected}\nfound:\n{found}")

    def environment(self, changes):
        plain = {k: v for k, v in os.environ.items() if not k.startswith("BRAINPY_")}
        return {**plain, "BRAINPY_CACHE": str(self.cache), **changes}

    def call(self, *words, **changes):
        return subprocess.run([self.options.brainpy, *map(str, words)], capture_output=True, text=True, cwd=self.out,
                              env=self.environment(changes))

    def run(self, *words, **changes):
        return self.call("run", *words, **changes)

    def line_of(self, text):
        lines = (self.out / "cells.hpp").read_text().splitlines()
        return next(k for k, line in enumerate(lines, 1) if text in line)

    def programs(self, suffix):
        return sorted((self.cache / "programs").glob("*" + suffix))

    # -- the checks -----------------------------------------------------------------------------------

    def cold_and_warm(self):
        cold = self.run("model.cpp", "--verbose")
        self.expect_text("the first run", cold.stdout, OUTPUT)
        self.expect("parses and compiles", re.fullmatch(r"brainpy\[compile\] model\.cpp: header .*, parse .*, lower .*, header .*, compile .*, link [0-9.]+ ms\n", cold.stderr) is not None, cold.stderr)
        warm = self.run("model.cpp", BRAINPY_LOG="compile")
        self.expect_text("the second run is the same", warm.stdout, cold.stdout)
        line = next((text for text in warm.stderr.splitlines() if "model.cpp:" in text), "")
        self.expect("and does not parse", re.fullmatch(r"brainpy\[compile\] model\.cpp: load [0-9.]+ ms, link [0-9.]+ ms, hit \(disk\)", line) is not None, warm.stderr)
        self.expect_text("nothing is said without being asked", self.run("model.cpp").stderr, "")
        for mode in [{"BRAINPY_JIT": "0"}, {"BRAINPY_RUN": "interp"}]:
            self.expect_text(f"the same by hand, {mode}", self.run("model.cpp", **mode).stdout, cold.stdout)

    def words_and_status(self):
        done = self.run("model.cpp", "--", "a b", "--no-cache", "--")
        self.expect("words", "[model.cpp][a b][--no-cache][--]42\n" in done.stdout, done.stdout)
        self.expect("main's status", self.run("model.cpp", "--", "status").returncode == 7)
        done = self.run("model.cpp", "--", "exit")
        self.expect("std::exit", done.returncode == 3 and done.stdout.endswith("made stack\nat exit\ndestroyed local\ndestroyed global\n"), done.stdout)
        done = self.run("model.cpp", "--", "throw")
        self.expect_text("an exception that nobody catches", (done.returncode, done.stderr), (1, "brainpy: thrown by the model\n"))
        self.expect("unwinds", done.stdout.endswith("made stack\ndestroyed stack\nat exit\ndestroyed local\ndestroyed global\n"), done.stdout)
        done = self.run("model.cpp", "--", "error")
        line = self.line_of("V += drive")
        self.expect("an error of the library names the user's line", done.returncode == 1 and re.match(rf"brainpy: .*\n  at cells\.hpp:{line} in Cell\.update\n", done.stderr) is not None, done.stderr)
        with subprocess.Popen([self.options.brainpy, "run", "model.cpp", "--", "forever"], stdout=subprocess.PIPE, text=True, cwd=self.out, env=self.environment({})) as endless:
            for line in endless.stdout:
                if line == "begun\n":
                    break
            endless.send_signal(signal.SIGINT)
            self.expect("an interrupt ends it", endless.wait() == -signal.SIGINT, endless.returncode)

    def options_of_the_compiler(self):
        done = self.run("model.cpp", "-D", "STEPS=0")
        self.expect("-D", "0 0 0 0 0 0 0 0 \n" in done.stdout, done.stdout)
        elsewhere = self.out / "elsewhere"
        elsewhere.mkdir()
        (elsewhere / "value.hpp").write_text("inline constexpr int value = 9;\n")
        (self.out / "small.cpp").write_text("#include <value.hpp>\nint main() { return value; }\n")
        self.expect("-I", self.run("small.cpp", "-I", "elsewhere").returncode == 9)
        done = self.run("model.cpp", "-I", "elsewhere")
        self.expect("-I and the library's precompiled header", done.stdout == OUTPUT and done.stderr == "", done.stderr)
        done = self.run("small.cpp")
        self.expect("without it", done.returncode == 1 and "small.cpp:1:10: fatal error: 'value.hpp' file not found" in done.stderr, done.stderr)

    def plain_members(self):
        for compiler in [[], ["--compiler", self.options.compiler]]:
            done = self.run("plain.cpp", *compiler)
            self.expect_text(f"plain members in a header {compiler}", (done.stdout, done.stderr), ("0 0.75 0 0.75 \n", ""))

    def odd_names(self):
        folder = self.out / "a folder, $HOME"
        folder.mkdir()
        for name in ["model.cpp", "cells.hpp"]:
            shutil.copy(HERE / "models" / name, folder / name)
        for compiler in [[], ["--compiler", self.options.compiler]]:
            done = self.run(folder / "model.cpp", *compiler)
            self.expect(f"spaces in the path {compiler}", done.stdout == OUTPUT.replace("model.cpp", f"{folder}/model.cpp") and done.stderr == "", done.stdout + done.stderr)

    def changes(self):
        header = self.out / "cells.hpp"
        header.write_text(header.read_text().replace("drop = 2.0", "drop = 3.0"))
        done = self.run("model.cpp", BRAINPY_LOG="cache")
        self.expect("a changed header is read again", "0 2.5 2 1.5 0 0 1 2 \n" in done.stdout, done.stdout)
        self.expect("and the log says so", f"brainpy[cache] made anew: {header} changed\n" in done.stderr, done.stderr)
        header.write_text(header.read_text().replace("drop = 3.0", "drop = 2.0"))
        self.expect_text("changed back", self.run("model.cpp").stdout, OUTPUT)
        source = self.out / "model.cpp"
        text = source.read_text()
        source.write_text(text.replace("runs = 41", "runs = 51"))
        self.expect("a changed source is read again", "[model.cpp]52\n" in self.run("model.cpp").stdout)
        source.write_text(text)
        done = self.run("model.cpp", "--verbose")
        self.expect("changed back, it is there still", done.stdout == OUTPUT and "hit (disk)" in done.stderr, done.stderr)

    def damage(self):
        for entry in self.programs(".o"):
            data = bytearray(entry.read_bytes())
            data[len(data) // 2] ^= 0xFF
            entry.write_bytes(data)
        for header in self.programs(".pch"):
            os.truncate(header, 1000)
        done = self.run("model.cpp", BRAINPY_LOG="cache")
        self.expect_text("damaged entries: the same output", done.stdout, OUTPUT)
        self.expect("and a line for each", done.stderr.count("damaged: its checksum differs") == 3, done.stderr)
        for header in self.programs(".pch"):
            os.truncate(header, 1000)
        done = self.run("model.cpp", "-D", "STEPS=5", BRAINPY_LOG="cache")
        self.expect("other macros, other headers", done.stdout == OUTPUT and len(self.programs(".pch")) >= 4, done.stderr)
        self.expect("which leave the damaged ones alone", "damaged" not in done.stderr, done.stderr)
        (self.out / "copy.cpp").write_text((self.out / "model.cpp").read_text())
        done = self.run("copy.cpp", BRAINPY_LOG="cache")
        self.expect("damaged headers: the same output", done.stdout == OUTPUT.replace("model.cpp", "copy.cpp"), done.stdout)
        self.expect("and a line for each header", len(re.findall(r"deleted .*\.pch: damaged: its checksum differs\n", done.stderr)) == 2, done.stderr)

    def without_cache(self):
        blocked = self.out / "a_file"
        blocked.write_text("")
        small = self.out / "small.cpp"
        small.write_text("#include <brainpy/brainpy.hpp>\nint main() { return 4; }\n")
        done = self.run("small.cpp", BRAINPY_CACHE=str(blocked / "cache"))
        self.expect("a folder that cannot be written", done.returncode == 4, done.stderr)
        self.expect_text("is said once", done.stderr, f"brainpy: compiled programs are not kept: cannot write '{blocked}/cache/programs' (Not a directory); set BRAINPY_CACHE to a folder or off\n")
        fresh = self.out / "fresh"
        done = self.run("small.cpp", "--no-cache", BRAINPY_CACHE=str(fresh))
        self.expect("--no-cache keeps nothing", done.returncode == 4 and not fresh.exists() and done.stderr == "", done.stderr)
        done = self.run("small.cpp", BRAINPY_CACHE="off")
        self.expect("BRAINPY_CACHE=off", done.returncode == 4 and done.stderr == "" and not (self.out / "off").exists(), done.stderr)

    def other_compilers(self):
        compiler = f"{self.options.compiler} -O0 -g"
        cold = self.run("model.cpp", "--compiler", compiler, "--verbose")
        self.expect_text("--compiler: the same output", cold.stdout, OUTPUT)
        warm = self.run("model.cpp", "--compiler", compiler, "--verbose", "--", "status")
        self.expect("its program is kept", warm.returncode == 7 and re.fullmatch(r"brainpy\[compile\] model\.cpp: load [0-9.]+ ms, hit \(disk\)\n", warm.stderr) is not None, warm.stderr)
        line = self.line_of("count +=")
        session = subprocess.run(["gdb", "-q", "-batch", "-nx", "-ex", f"break cells.hpp:{line}", "-ex", "run", self.programs(".program")[0]],
                                 capture_output=True, text=True, env=self.environment({}))
        self.expect("gdb stops at the user's line", re.search(rf"Breakpoint 1, .*cells\.hpp:{line}\n{line}\s+count \+= 1\.0;", session.stdout, re.DOTALL) is not None, session.stdout + session.stderr)
        done = self.run("small.cpp", "--compiler", self.options.compiler, "--no-cache")
        self.expect("--compiler without a cache", done.returncode == 4 and done.stderr == "", done.stderr)
        done = self.run("small.cpp", "--compiler", "no-such-compiler -O1")
        self.expect_text("a compiler that is not there", (done.returncode, done.stderr), (1, "brainpy: the compiler is not found\n  --compiler 'no-such-compiler -O1'\n  hint: install it, or leave the option out: Clang is built in\n"))
        done = self.run("small.cpp", "--compiler", f"{self.options.compiler} -no-such-option")
        self.expect("a compiler's own error", done.returncode == 1 and "no-such-option" in done.stderr, done.stderr)

    def mistakes(self):
        done = self.run("broken.cpp")
        self.expect("an error of the compiler", done.returncode == 1 and done.stderr.startswith(f"{self.out}/broken.cpp:5:12: error: no member named 'nothing' in 'brainpy::math::Array'\n"), done.stderr)
        self.expect("and nothing else", "Error while" not in done.stderr, done.stderr)
        done = self.run("refused.cpp")
        self.expect("a refusal", done.returncode == 1 and re.match(rf"{re.escape(str(self.out))}/refused\.cpp:6:18: error: .*\[brainpy-lower\]\n", done.stderr) is not None, done.stderr)
        done = self.run("no_main.cpp")
        self.expect_text("no main", (done.returncode, done.stderr), (1, f"brainpy: the model has no main function\n  {self.out}/no_main.cpp\n  hint: write int main() {{ ... }}, which makes the model and runs it\n"))
        done = self.run("undefined.cpp")
        self.expect_text("a function without a body", (done.returncode, done.stderr), (1, "brainpy: the model uses what is declared and nowhere defined\n  helper(double)\n  hint: define it; a program of several sources or with further libraries is built with CMake, brainpy_add_model\n"))
        for missing in ["missing.cpp", "."]:
            done = self.run(missing)
            self.expect_text(f"no such file: {missing}", (done.returncode, done.stderr), (1, f"brainpy: the file cannot be read\n  {missing}\n  hint: give the path of a model's source, a .cpp file\n"))
        done = self.run("model.cpp", "--fast")
        self.expect("an unknown option", done.returncode != 0 and "--fast" in done.stderr and done.stdout == "", done.stderr)
        self.expect("no file", self.run().returncode != 0)

    def dispatch(self):
        alone = self.out / "alone"
        alone.mkdir()
        shutil.copy(self.options.brainpy, alone / "brainpy")
        done = subprocess.run([alone / "brainpy", "run", "model.cpp"], capture_output=True, text=True)
        self.expect_text("brainpy without brainpy-source", (done.returncode, done.stderr), (1, f"brainpy: brainpy-source, which reads C++, is not installed\n  {alone}/brainpy-source\n  hint: build the library where Clang's development files are: apt-get install libclang-19-dev clang-19, then configure again\n"))
        done = self.call("lower", "broken.cpp", "-o", "lowered.cpp")
        self.expect("brainpy lower", done.returncode == 1 and "broken.cpp:5:12: error" in done.stderr, done.stderr)

    def new(self):
        done = self.call("new", "first")
        self.expect_text("new", (done.returncode, done.stdout), (0, "first/first.cpp, CMakeLists.txt, README.md, .gitignore\nbrainpy run first/first.cpp\n"))
        done = self.run("first/first.cpp")
        self.expect_text("what it writes runs", (done.returncode, done.stdout, done.stderr), (0, "spikes in one second, from 10 to 50 mV: 0 36 71 106 138\n", ""))
        length = len((self.out / "first/first.cpp").read_text().splitlines())
        self.expect("and is short", 30 <= length <= 40, length)
        done = self.call("new", "first")
        self.expect_text("new on top of a folder", (done.returncode, done.stderr), (1, "brainpy: the folder exists\n  first\n  hint: choose another name\n"))
        for name in ["1st", "a/b", "", "all", "-x"]:
            done = self.call("new", "--", name) if name == "-x" else self.call("new", name)
            self.expect(f"new '{name}' is refused", done.returncode != 0 and not (name and (self.out / name).exists()), done.stdout)
        done = self.call("new", "1st")
        self.expect_text("and says why", done.stderr, "brainpy: not a project's name\n  got '1st'\n  hint: begin with a letter, go on with letters, digits, _ and -; names of CMake's own targets are taken\n")

    def cleared(self):
        self.expect("brainpy cache clear", self.call("cache", "clear").returncode == 0 and not self.programs(""))


test = Checks()
for part in [test.cold_and_warm, test.words_and_status, test.options_of_the_compiler, test.changes, test.damage, test.without_cache, test.other_compilers, test.odd_names, test.plain_members, test.mistakes, test.dispatch, test.new, test.cleared]:
    part()
test.end()
