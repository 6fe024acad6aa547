"""What the source tool's tests share: running the tool, compilers and programs, and comparing with expected texts.

In: the options that CMake gives a test. Out: one line a check; exit status 1 when one fails.
"""

import argparse
import difflib
import os
import pathlib
import shutil
import subprocess
import sys


class ToolTest:
    """Checks of the files in the folder of the given script, with the options of these names."""

    def __init__(self, script, names=("tool", "brainpy", "compiler", "root", "library", "out")):
        parser = argparse.ArgumentParser()
        for name in names:
            parser.add_argument("--" + name, required=True)
        parser.add_argument("--bless", action="store_true", help="write the expected texts anew")
        self.options, self.failed = parser.parse_args(), []
        self.here = pathlib.Path(script).resolve().parent
        self.out = pathlib.Path(self.options.out)
        shutil.rmtree(self.out, ignore_errors=True)
        self.out.mkdir(parents=True)
        if "root" in names:
            self.includes = [f"-I{self.options.root}", f"-I{self.options.root}/frontend"]
        if "library" in names:
            self.library = pathlib.Path(self.options.library)

    def expect(self, name, holds, shown=""):
        print(("ok      " if holds else "FAILED  ") + name, flush=True)
        if not holds:
            self.failed.append(name)
            print(shown)

    def execute(self, *words, status=0, cwd=None, **environment):
        """What a program did. Another outcome than the status (0: success, else failure, None: either) ends the test."""
        done = subprocess.run([str(w) for w in words], capture_output=True, text=True, cwd=cwd,
                              env={**os.environ, **environment})
        if status is not None and (done.returncode != 0) != (status != 0):
            sys.exit(f"status {done.returncode}: {' '.join(map(str, words))}\n{done.stdout}\n{done.stderr}")
        return done

    def lower(self, name, *flags, status=0):
        """The rewritten copy of a file of the folder, and what the tool said."""
        out = self.out / name
        done = self.execute(self.options.tool, "lower", self.here / name, "-o", out, "--depfile", f"{out}.d", "--",
                        "-std=c++20", *self.includes, *flags, status=status)
        return out, done

    def compile(self, source, *flags, status=0):
        program = source.with_suffix("")
        done = self.execute(self.options.compiler, "-std=c++20", "-O0", "-Wall", "-Wextra", *self.includes, *flags, source,
                        "-o", program, self.library, "-lfmt", f"-Wl,-rpath,{self.library.parent}", status=status)
        return program, done

    def same(self, name, text):
        """The text is that of a file of the folder."""
        file = self.here / name
        if self.options.bless:
            file.write_text(text)
        expected = file.read_text() if file.exists() else ""
        shown = "".join(difflib.unified_diff(expected.splitlines(True), text.splitlines(True), name, "found"))
        self.expect(name, expected == text, shown)

    def without_folder(self, text):
        return text.replace(f"{self.here}/", "")

    def end(self):
        sys.exit(1 if self.failed else 0)
