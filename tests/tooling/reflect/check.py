"""Tables of members: what the library makes of a lowered source, and what cannot be in a table.

In: the tool, a compiler, the library. Out: one line a check; exit status 1 when one fails.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from tool_test import ToolTest  # noqa: E402


class Reflection(ToolTest):
    def members(self):
        lowered, _ = self.lower("members.cpp")
        program, done = self.compile(lowered)
        self.expect("the table compiles without warnings", done.stderr == "", done.stderr)
        for environment in [{}, {"BRAINPY_JIT": "0"}, {"BRAINPY_RUN": "interp"}]:
            if environment.get("BRAINPY_JIT") != "0":
                self.same("members.output", self.execute(program, cwd=self.out, **environment).stdout)

    def table(self):
        """Through the command of its own: the same text that lower appends."""
        done = self.execute(self.options.tool, "reflect", self.here / "members.cpp", "--", "-std=c++20", *self.includes)
        lowered, _ = self.lower("members.cpp")
        self.expect("reflect shows what lower appends", done.stdout and lowered.read_text().endswith(done.stdout),
                    done.stdout)
        for private in ["&::Neuron::crossings_", "&::Channel::gate", "&::Neuron::Store::sum"]:
            self.expect(f"private members are in the table: {private}", private + ">" in done.stdout, done.stdout)

    def nothing(self):
        done = self.execute(self.options.tool, "reflect", self.here / "plain.cpp", "--", *self.includes)
        self.expect("no models, no table", done.stdout == "", done.stdout)
        out = self.out / "no_table.cpp"
        self.execute(self.options.tool, "lower", "--no-reflect", self.here / "members.cpp", "-o", out, "--", *self.includes)
        self.expect("--no-reflect leaves it out", "reflection.hpp" not in out.read_text())

    def bad_input(self):
        for command in [["lower", "-o", self.out / "local.cpp"], ["reflect"]]:
            done = self.execute(self.options.tool, command[0], self.here / "local.cpp", *command[1:], "--", *self.includes,
                            status=1)
            self.same("local.expected", self.without_folder(done.stderr))
        self.expect("what is refused is not written", not (self.out / "local.cpp").exists())
        missing = self.execute(self.options.tool, "reflect", self.here / "missing.cpp", status=1)
        self.expect("a missing file", missing.stderr.startswith("brainpy: the file cannot be read\n"), missing.stderr)


test = Reflection(__file__)
test.members()
test.table()
test.nothing()
test.bad_input()
test.end()
