"""What brainpy-source check finds, explains, silences and mends.

In: the tool, a compiler, the library's sources. Out: one line a check; exit status 1 when one fails.
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from tool_test import ToolTest  # noqa: E402

# Sources of this folder whose findings are in the file of the same name with the ending .expected.
FINDINGS = ["concretize", "escaped_trace", "host_random", "host_state", "local_variable", "long_unroll", "native_branch",
            "static_local", "suppressed", "traced_output", "unregistered_variable", "variable_truth"]
# Programs that are wrong on purpose: the finding is at the line with this text.
WRONG_ON_PURPOSE = {"control_flow.cpp": ("concretize", "auto wrong = "), "must_not_compile.cpp": ("native-branch", "<- error here")}

PREAMBLE = """#include <algorithm>
#include <random>
#include <vector>
#include <fmt/core.h>
#include <brainpy/brainpy.hpp>
namespace bp = brainpy;
namespace bm = brainpy::math;
"""


class Checks(ToolTest):
    def __init__(self):
        super().__init__(__file__, ("tool", "compiler", "root", "out"))
        self.root = pathlib.Path(self.options.root)
        self.names = [line.split()[0] for line in self.tool("--list").stdout.splitlines()]

    def tool_itself(self, *words):
        return self.execute(self.options.tool, *words, status=None)

    def tool(self, *words):
        return self.tool_itself("check", *words)

    def findings(self, *words):
        done = self.tool("--format", "json", *words)
        return json.loads(done.stdout), done

    def compiles(self, file):
        done = subprocess.run([self.options.compiler, "-std=c++20", "-fsyntax-only", f"-I{self.root}", f"-I{self.root}/frontend", file],
                              capture_output=True, text=True)
        return done.returncode == 0, done.stderr

    def copy(self, *names):
        folder = self.out / "copies"
        folder.mkdir(exist_ok=True)
        return [pathlib.Path(shutil.copy(HERE / name, folder / name)) for name in names]

    # -- the checks -----------------------------------------------------------------------------------

    def texts(self):
        for name in FINDINGS:
            done = self.tool(HERE / f"{name}.cpp")
            self.same(f"{name}.expected", done.stderr.replace(f"{HERE}/", ""))
            self.expect(f"{name}: the status tells of errors", done.returncode == (1 if " error: " in done.stderr else 0))
        done = self.tool("--natural", HERE / "natural.cpp")
        self.same("natural.expected", done.stderr.replace(f"{HERE}/", ""))

    def silence(self):
        natural = [self.root / "tests/tooling/lower" / f"{name}.cpp" for name in ["small", "pieces", "where", "template"]]
        listed = re.search(r"set\(natural_examples (.*)\)", (self.root / "examples/CMakeLists.txt").read_text())
        natural += [self.root / "examples" / f"{name}.cpp" for name in listed[1].split()]
        plain = [f for f in sorted((self.root / "examples").glob("*.cpp")) if f not in natural]
        plain += sorted((self.root / "tests/contract").glob("*.cpp"))
        for flags, files in [(["--natural"], natural), ([], plain)]:
            found, done = self.findings(*flags, *files)
            for file in files:
                here = [(f["check"], f["line"]) for f in found if f["file"] == str(file)]
                expected = []
                if file.name in WRONG_ON_PURPOSE:
                    check, text = WRONG_ON_PURPOSE[file.name]
                    lines = file.read_text().splitlines()
                    expected = [(check, k) for k, line in enumerate(lines, 1) if text in line]
                self.expect(f"{file.relative_to(self.root)}: {len(expected) or 'no'} finding", here == expected, f"{here}\n{done.stderr}")

    def explanations(self):
        for name in self.names:
            text = self.tool("--explain", name).stdout
            self.expect(f"{name} is explained", text.startswith(f"{name} (") and len(text) > 400, text)
            for part, wanted in [("Bad", [name]), ("Good", [])]:
                section = re.search(rf"^{part}:\n\n((?:    .*\n|\n)+)", text, re.MULTILINE)
                source = self.out / f"{name}_{part}.cpp".replace("-", "_").lower()
                source.write_text(PREAMBLE + re.sub(r"^    ", "", section[1] if section else "#error", flags=re.MULTILINE))
                found, done = self.findings(source)
                self.expect(f"{name}: {part.lower()} example", [f["check"] for f in found] == wanted, f"{found}\n{done.stderr}")
                if part == "Good":
                    self.expect(f"{name}: the good example compiles", *self.compiles(source))
                elif found and found[0]["fixes"]:
                    self.tool("--fix", source)
                    self.expect(f"{name}: the mended example compiles", *self.compiles(source))

    def fixes(self):
        file, = self.copy("fixable.cpp")
        found, _ = self.findings(file)
        self.expect("all of fixable.cpp has fixes", found and all(f["fixes"] for f in found), [f["message"] for f in found if not f["fixes"]])
        done = self.tool("--fix", file)
        self.expect("fixes are counted", done.returncode == 0 and done.stderr.endswith(f"{len(found)} of {len(found)} findings fixed in 1 files\n"), done.stderr)
        self.same("fixable.fixed", file.read_text())
        self.expect("the fixed file compiles", *self.compiles(file))
        again = self.tool(file)
        self.expect("and nothing is found in it", again.stderr == "" and again.returncode == 0, again.stderr)

        file, header = self.copy("natural.cpp", "natural.hpp")
        self.tool("--natural", "--fix", file)
        self.same("natural.fixed", header.read_text() + file.read_text())
        lowered = self.out / "natural_lowered.cpp"
        done = self.tool_itself("lower", "--no-check", file, "-o", lowered, "--", "-std=c++20")
        self.expect("the fixed natural file can be lowered", done.returncode == 0, done.stderr)
        self.expect("and compiles", *self.compiles(lowered))
        done = self.tool_itself("lower", file, "-o", self.out / "unchecked.cpp", "--", "-std=c++20")
        self.expect("lower refuses what a check finds", done.returncode == 1 and "[brainpy-host-state]" in done.stderr, done.stderr)
        self.expect("and writes nothing", not (self.out / "unchecked.cpp").exists())
        remaining, _ = self.findings("--natural", file)
        self.expect("what has no fix is found again", [f["check"] for f in remaining] == ["host-state", "unregistered-variable"], remaining)

        for name in FINDINGS:
            file, = self.copy(f"{name}.cpp")
            done = self.tool("--fix", file)
            fixed, before = map(int, re.search(r"(\d+) of (\d+) findings fixed", done.stderr).groups())
            after, done = self.findings(file)
            self.expect(f"{name}: what is fixed is not found again", len(after) == before - fixed, f"{before} - {fixed}, {len(after)}\n{done.stderr}")
            self.expect(f"{name}: still parses", " error: " not in done.stderr, done.stderr)

    def formats(self):
        found, done = self.findings(HERE / "static_local.cpp", HERE / "long_unroll.cpp")
        first = found[0]
        self.expect("JSON: one array over all files", len({f["file"] for f in found}) == 2 and done.stderr == "", done.stderr)
        self.expect("JSON: a finding", (first["file"], first["line"], first["column"], first["severity"], first["check"]) ==
                    (str(HERE / "static_local.cpp"), 8, 20, "error", "static-local") and first["message"].startswith("the static 'before'"), first)
        self.expect("JSON: a note", first["notes"][0]["line"] == 20 and "update() -> shifted() -> here" in first["notes"][0]["message"], first)
        self.expect("nothing found is an empty array", self.tool("--format", "json", HERE / "../lower/where.cpp", "--natural").stdout == "[]\n")
        warnings = HERE / "long_unroll.cpp"
        self.expect("warnings have status 0", self.tool(warnings).returncode == 0)
        strict = self.tool("--warnings-as-errors", warnings)
        self.expect("unless they are errors", strict.returncode == 1 and "error: this loop" in strict.stderr and "warning" not in strict.stderr, strict.stderr)
        self.expect("or are not wanted", self.tool("--errors-only", warnings).stderr == "")

    def bad_input(self):
        cases = [
            (["missing.cpp"], "brainpy: the file cannot be read\n"),
            (["--explain", "host-stat"], "brainpy: there is no check 'host-stat'\n  hint: the checks are " + ", ".join(self.names) + "\n"),
            ([], "brainpy: check: no file\n  hint: brainpy-source check FILE..., or --list for the checks\n"),
            (["-p", self.out, HERE / "static_local.cpp"], "brainpy: the build folder has no compile_commands.json that can be read\n"),
            ([HERE / "static_local.cpp", "--", "-include", "missing.hpp"], "<built-in>:1:10: fatal error: 'missing.hpp' file not found"),
        ]
        for words, message in cases:
            done = self.tool(*words)
            self.expect(f"bad input: {' '.join(map(str, words[:1])) or 'nothing'}", done.returncode == 1 and message in done.stderr, done.stderr)
        done = self.tool(HERE / "unparsed.cpp")
        self.same("unparsed.expected", re.sub(r"/\S*/frontend/", "frontend/", done.stderr.replace(f"{HERE}/", "")))
        self.expect("what does not parse is an error", done.returncode == 1)
        done = self.tool("--format", "xml", HERE / "static_local.cpp")
        self.expect("an unknown format", done.returncode != 0 and "xml" in done.stderr, done.stderr)

        database = self.out / "database"
        database.mkdir()
        other = self.out / "other.cpp"
        other.write_text(PREAMBLE)
        command = {"directory": str(self.out), "file": str(HERE / "static_local.cpp"), "arguments": ["c++", "-std=c++20", "-c", str(HERE / "static_local.cpp")]}
        (database / "compile_commands.json").write_text(json.dumps([command]))
        done = self.tool("-p", database, HERE / "static_local.cpp")
        self.expect("flags of a build folder", done.returncode == 1 and done.stderr.count(" error: ") == 3, done.stderr)
        lowered = self.out / "small.cpp"
        natural = HERE.parent / "lower" / "small.cpp"
        self.tool_itself("lower", natural, "-o", lowered, "--", "-std=c++20")
        command = {"directory": str(self.out), "file": str(lowered), "arguments": ["c++", "-std=c++20", "-c", str(lowered)]}
        (database / "compile_commands.json").write_text(json.dumps([command]))
        done = self.tool("-p", database, natural)
        self.expect("a file that the build lowers is natural", done.returncode == 0 and done.stderr == "", done.stderr)
        self.expect("which it is not without the build", self.tool(natural).returncode == 1)

    def page(self):
        page = (self.root / "docs" / "check.md").read_text()
        rows = re.findall(r"^\| `([\w-]+)` \| (error|warning) \| (.+) \|$", page, re.MULTILINE)
        listed = [tuple(re.split(r"\s+", line, maxsplit=2)) for line in self.tool("--list").stdout.splitlines()]
        self.expect("docs/check.md has the table of --list", rows == listed, f"{rows}\n{listed}")
        self.expect("they are sorted", self.names == sorted(self.names))


test = Checks()
for part in [test.texts, test.silence, test.explanations, test.fixes, test.formats, test.bad_input, test.page]:
    part()
test.end()
