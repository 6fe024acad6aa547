"""What the rewriting of natural control flow gives and refuses, seen through compilers, a debugger and the IR.

In: the tool, a compiler, the library. Out: one line a check; exit status 1 when one fails.
"""

import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from tool_test import ToolTest  # noqa: E402


class Lowering(ToolTest):
    def refusals(self):
        out, done = self.lower("refused.cpp", status=1)
        self.same("refused.expected", self.without_folder(done.stderr))
        self.expect("what is refused is not written", not out.exists())
        missing = self.execute(self.options.tool, "lower", self.here / "missing.cpp", "-o", self.out / "missing.cpp", status=1)
        self.expect("a missing file", missing.stderr.startswith("brainpy: the file cannot be read\n"), missing.stderr)

    def explanation(self):
        done = self.execute(self.options.tool, "lower", "--explain", self.here / "small.cpp", "--", "-std=c++20", *self.includes)
        self.same("small.expected", done.stdout)

    def places(self):
        lowered, _ = self.lower("where.cpp", "-DPLANTED")
        lines = (self.here / "where.cpp").read_text().splitlines()
        planted = next(k for k, line in enumerate(lines, 1) if "V = planted" in line)
        _, done = self.compile(lowered, "-DPLANTED", status=1)
        self.expect("a compiler's error is at the user's line", re.search(rf"{re.escape(str(self.here))}/where.cpp:{planted}:\d+: error: .planted. was not declared", done.stderr) is not None, done.stderr)
        program, done = self.compile(lowered, "-g")
        self.expect("no warnings", done.stderr == "", done.stderr)

        arm = next(k for k, line in enumerate(lines, 1) if "bm::tanh" in line)
        session = self.execute("gdb", "-q", "-batch", "-nx", "-ex", "set breakpoint pending on", "-ex", f"break where.cpp:{arm}", "-ex", "run", "-ex", "bt 8", program)
        stop = re.search(rf"Breakpoint 1, .*at {re.escape(str(self.here))}/where.cpp:{arm}\n{arm}\s+V = bm::tanh\(V\);", session.stdout, re.DOTALL)
        self.expect("gdb stops at a line inside an arm", stop is not None, session.stdout + session.stderr)
        self.expect("and the method is in its backtrace", re.search(r"Cell::update.*where.cpp", session.stdout) is not None, session.stdout)

        dumps = self.out / "dump"
        self.execute(program, BRAINPY_DUMP="trace", BRAINPY_DUMP_DIR=str(dumps), BRAINPY_CACHE="off")
        traces = sorted(dumps.rglob("*.bpir"))
        shown = self.execute(self.options.brainpy, "ir", "--locations", traces[0]).stdout if traces else ""
        cosh = next(k for k, line in enumerate(lines, 1) if "bm::cosh" in line)
        for operation, line in [("tanh", arm), ("cosh", cosh)]:
            found = re.search(rf"= {operation} .*where\.cpp:{line}\b", shown)
            self.expect(f"the IR names the line of {operation}", found is not None, shown)

    def pieces(self):
        lowered, _ = self.lower("pieces.cpp")
        text = lowered.read_text()
        for file in [lowered, *pathlib.Path(f"{lowered}.headers").iterdir()]:
            body = file.read_text()
            left = [line for line in body.splitlines() if re.search(r"\b(if|while)\s*\((?!.*sizeof)", line.split("//")[0])]
            self.expect(f"no native control flow is left in {file.name}", not left, "\n".join(left))
        self.expect("the include names the rewritten header", '.headers/' in text and '#include "pieces.hpp"' not in text, text[:400])
        dependencies = pathlib.Path(f"{lowered}.d").read_text()
        self.expect("headers are dependencies", all(f"{self.here}/{name}" in dependencies for name in ["pieces.cpp", "pieces.hpp", "deeper.hpp"]))
        program, done = self.compile(lowered)
        self.expect("they compile without warnings", done.stderr == "", done.stderr)
        for environment in [{}, {"BRAINPY_JIT": "0"}, {"BRAINPY_RUN": "interp"}]:
            self.same("pieces.output", self.execute(program, **environment).stdout)

    def templates(self):
        lowered, _ = self.lower("template.cpp")
        _, done = self.compile(lowered, status=1)
        lines = (self.here / "template.cpp").read_text().splitlines()
        for word in ["if (x > 0.0)", "auto x"]:
            line = next(k for k, text in enumerate(lines, 1) if word in text)
            self.expect(f"what is not rewritten is an error at its line: {word}",
                        re.search(rf"{re.escape(str(self.here))}/template.cpp:{line}:\d+: error: use of deleted function", done.stderr) is not None, done.stderr)
        self.expect("and the note names the cure", "brainpy run FILE, or brainpy_add_model in CMake" in done.stderr, done.stderr)


test = Lowering(__file__)
test.refusals()
test.explanation()
test.places()
test.pieces()
test.templates()
test.end()
