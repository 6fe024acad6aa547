"""What the rewriting of natural control flow gives and refuses, seen through compilers, a debugger and the IR.

In: the tool, a compiler, the library. Out: one line a check; exit status 1 when one fails.
"""

import argparse
import difflib
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent


class Checks:
    def __init__(self, options):
        self.options, self.failed = options, []
        self.out = pathlib.Path(options.out)
        self.out.mkdir(parents=True, exist_ok=True)
        self.includes = [f"-I{options.root}", f"-I{options.root}/frontend"]
        self.library = pathlib.Path(options.library)

    def expect(self, name, holds, shown=""):
        print(("ok      " if holds else "FAILED  ") + name, flush=True)
        if not holds:
            self.failed.append(name)
            print(shown)

    def run(self, *words, status=0, **environment):
        done = subprocess.run([str(w) for w in words], capture_output=True, text=True, env={**__import__("os").environ, **environment})
        if status is not None and (done.returncode != 0) != (status != 0):
            sys.exit(f"status {done.returncode}: {' '.join(map(str, words))}\n{done.stdout}\n{done.stderr}")
        return done

    def lower(self, name, *flags, status=0):
        """The rewritten copy of a file of this folder."""
        out = self.out / name
        done = self.run(self.options.tool, "lower", HERE / name, "-o", out, "--depfile", f"{out}.d", "--", "-std=c++20",
                        *self.includes, *flags, status=status)
        return out, done

    def compile(self, source, *flags, status=0):
        program = source.with_suffix("")
        done = self.run(self.options.compiler, "-std=c++20", "-O0", "-Wall", "-Wextra", *self.includes, *flags, source, "-o", program,
                        self.library, "-lfmt", f"-Wl,-rpath,{self.library.parent}", status=status)
        return program, done

    def same(self, name, text):
        """The text is that of a file beside this one."""
        file = HERE / name
        if self.options.bless:
            file.write_text(text)
        expected = file.read_text() if file.exists() else ""
        shown = "".join(difflib.unified_diff(expected.splitlines(True), text.splitlines(True), name, "found"))
        self.expect(name, expected == text, shown)

    # -- the checks -----------------------------------------------------------------------------------

    def refusals(self):
        out, done = self.lower("refused.cpp", status=1)
        self.same("refused.expected", done.stderr.replace(f"{HERE}/", ""))
        self.expect("what is refused is not written", not out.exists())
        missing = self.run(self.options.tool, "lower", HERE / "missing.cpp", "-o", self.out / "missing.cpp", status=1)
        self.expect("a missing file", missing.stderr.startswith("brainpy: the file cannot be read\n"), missing.stderr)

    def explanation(self):
        done = self.run(self.options.tool, "lower", "--explain", HERE / "small.cpp", "--", "-std=c++20", *self.includes)
        self.same("small.expected", done.stdout)

    def places(self):
        lowered, _ = self.lower("where.cpp", "-DPLANTED")
        lines = (HERE / "where.cpp").read_text().splitlines()
        planted = next(k for k, line in enumerate(lines, 1) if "V = planted" in line)
        _, done = self.compile(lowered, "-DPLANTED", status=1)
        self.expect("a compiler's error is at the user's line", re.search(rf"{re.escape(str(HERE))}/where.cpp:{planted}:\d+: error: .planted. was not declared", done.stderr) is not None, done.stderr)
        program, done = self.compile(lowered, "-g")
        self.expect("no warnings", done.stderr == "", done.stderr)

        arm = next(k for k, line in enumerate(lines, 1) if "bm::tanh" in line)
        session = self.run("gdb", "-q", "-batch", "-nx", "-ex", "set breakpoint pending on", "-ex", f"break where.cpp:{arm}", "-ex", "run", "-ex", "bt 8", program)
        stop = re.search(rf"Breakpoint 1, .*at {re.escape(str(HERE))}/where.cpp:{arm}\n{arm}\s+V = bm::tanh\(V\);", session.stdout, re.DOTALL)
        self.expect("gdb stops at a line inside an arm", stop is not None, session.stdout + session.stderr)
        self.expect("and the method is in its backtrace", re.search(r"Cell::update.*where.cpp", session.stdout) is not None, session.stdout)

        dumps = self.out / "dump"
        self.run(program, BRAINPY_DUMP="trace", BRAINPY_DUMP_DIR=str(dumps), BRAINPY_CACHE="off")
        traces = sorted(dumps.rglob("*.bpir"))
        shown = self.run(self.options.brainpy, "ir", "--locations", traces[0]).stdout if traces else ""
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
        self.expect("headers are dependencies", all(f"{HERE}/{name}" in dependencies for name in ["pieces.cpp", "pieces.hpp", "deeper.hpp"]))
        program, done = self.compile(lowered)
        self.expect("they compile without warnings", done.stderr == "", done.stderr)
        for environment in [{}, {"BRAINPY_JIT": "0"}, {"BRAINPY_RUN": "interp"}]:
            self.same("pieces.output", self.run(program, **environment).stdout)

    def templates(self):
        lowered, _ = self.lower("template.cpp")
        _, done = self.compile(lowered, status=1)
        lines = (HERE / "template.cpp").read_text().splitlines()
        for word in ["if (x > 0.0)", "auto x"]:
            line = next(k for k, text in enumerate(lines, 1) if word in text)
            self.expect(f"what is not rewritten is an error at its line: {word}",
                        re.search(rf"{re.escape(str(HERE))}/template.cpp:{line}:\d+: error: use of deleted function", done.stderr) is not None, done.stderr)
        self.expect("and the note names the cure", "brainpy-source lower" in done.stderr, done.stderr)


def main():
    parser = argparse.ArgumentParser()
    for name in ["tool", "brainpy", "compiler", "root", "library", "out"]:
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--bless", action="store_true", help="write the expected texts anew")
    checks = Checks(parser.parse_args())
    checks.refusals()
    checks.explanation()
    checks.places()
    checks.pieces()
    checks.templates()
    sys.exit(1 if checks.failed else 0)


main()
