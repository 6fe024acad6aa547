"""The rules of layering.py find what they should: each case plants one include."""

import unittest

from layering import violations

HEADERS = {
    "runtime/shape.h": "",
    "compiler/ir/ir.h": '#include "runtime/shape.h"\n',
    "compiler/ops/op_def.h": '#include "compiler/ir/ir.h"\n',
    "compiler/passes/passes.h": "",
    "compiler/transform/jvp.h": "",
    "compiler/interp/interpreter.h": "",
    "compiler/codegen/codegen.h": "",
    "compiler/jit/jit.h": "",
    "compiler/tool/tool.h": '#include "compiler/jit/jit.h"\n',
    "frontend/math/array.hpp": '#include "runtime/shape.h"\n#include <vector>\n',
    "frontend/math/array_data.h": '#include "compiler/ir/ir.h"\n#include "array.hpp"\n',
    "frontend/brainpy/brainpy.hpp": '#include "frontend/math/array.hpp"\n',
    "frontend/brainpy/custom_op.hpp": '#include "compiler/ops/op_def.h"\n',
    "tests/support/catch.h": "",
}


class Layering(unittest.TestCase):
    def faults_of(self, path, line):
        files = dict(HEADERS)
        files[path] = files.get(path, "") + line + "\n"
        return violations(files)

    def check_refused(self, path, line, words):
        faults = self.faults_of(path, line)
        self.assertEqual(len(faults), 1, faults)
        self.assertTrue(faults[0].startswith(path + ":"), faults)
        self.assertIn(words, faults[0])

    def check_allowed(self, path, line):
        self.assertEqual(self.faults_of(path, line), [])

    def test_clean_sources_pass(self):
        self.assertEqual(violations(HEADERS), [])

    def test_floors(self):
        self.check_refused("runtime/a.cpp", '#include "compiler/ir/ir.h"', "runtime must not include compiler")
        self.check_refused("runtime/a.cpp", '#include "frontend/math/array.hpp"', "runtime must not include frontend")
        self.check_refused("runtime/a.cpp", '#include "brainpy/brainpy.hpp"', "runtime must not include frontend")
        self.check_refused("runtime/a.cpp", "#include <compiler/ir/ir.h>", "runtime must not include compiler")
        self.check_refused("compiler/jit/a.cpp", '#include "frontend/math/array.hpp"', "compiler must not")
        self.check_refused("frontend/math/a.cpp", '#include "tests/support/catch.h"', "frontend must not include tests")
        self.check_refused("runtime/a.cpp", '  #  include "../compiler/ir/ir.h"', "runtime must not include compiler")
        self.check_allowed("frontend/math/a.cpp", '#include "compiler/jit/jit.h"')
        self.check_allowed("tests/math/a.cpp", '#include "frontend/math/array.hpp"')

    def test_libraries(self):
        self.check_refused("compiler/ir/a.cpp", '#include "llvm/IR/Module.h"', "LLVM only in")
        self.check_refused("runtime/a.cpp", "#include <llvm/IR/Module.h>", "LLVM only in")
        self.check_allowed("compiler/codegen/a.cpp", "#include <llvm/IR/Module.h>")
        self.check_allowed("compiler/jit/a.cpp", "#include <llvm/IR/Module.h>")
        self.check_refused("compiler/jit/a.cpp", "#include <clang/AST/AST.h>", "Clang only in")
        self.check_allowed("frontend/tooling/a.cpp", "#include <clang/AST/AST.h>")
        for header in ("tbb/parallel_for.h", "oneapi/tbb/parallel_for.h", "thread", "omp.h", "future"):
            self.check_refused("compiler/interp/a.cpp", f"#include <{header}>", "threads only in")
            self.check_allowed("runtime/a.cpp", f"#include <{header}>")
        self.check_allowed("compiler/interp/a.cpp", "#include <mutex>")

    def test_rooms_of_the_compiler(self):
        refused = [("ir", "passes/passes"), ("ops", "interp/interpreter"), ("ops", "passes/passes"),
                   ("passes", "transform/jvp"), ("interp", "passes/passes"), ("interp", "transform/jvp"),
                   ("codegen", "interp/interpreter"), ("codegen", "jit/jit"), ("jit", "tool/tool"),
                   ("passes", "codegen/codegen")]
        for room, header in refused:
            self.check_refused(f"compiler/{room}/a.cpp", f'#include "compiler/{header}.h"', "must not include")
        allowed = [("ir", "ops/op_def"), ("ops", "ir/ir"), ("passes", "ops/op_def"), ("passes", "interp/interpreter"),
                   ("interp", "ops/op_def"), ("codegen", "ir/ir"), ("jit", "codegen/codegen"),
                   ("jit", "interp/interpreter")]
        for room, header in allowed:
            self.check_allowed(f"compiler/{room}/a.cpp", f'#include "compiler/{header}.h"')
        self.check_refused("compiler/ir/ir.h", '#include "compiler/ops/op_def.h"', "must not include compiler/ops")
        self.check_refused("compiler/attic/a.cpp", '#include "compiler/ir/ir.h"', "do not know")

    def test_public_headers(self):
        self.check_refused("frontend/brainpy/brainpy.hpp", '#include "compiler/ir/ir.h"', "is public")
        self.check_refused("frontend/math/array.hpp", '#include "compiler/ops/op_def.h"',
                           "frontend/math/array.hpp <- frontend/brainpy/brainpy.hpp")
        faults = self.faults_of("frontend/math/array.hpp", '#include "frontend/math/array_data.h"')
        self.assertEqual(len(faults), 1)
        self.assertIn("array_data.h <- frontend/math/array.hpp", faults[0])
        self.check_allowed("frontend/math/a.cpp", '#include "frontend/math/array_data.h"')

    def test_public_headers_include_little_from_outside(self):
        for header in ("functional", "map", "algorithm", "fmt/format.h", "iostream"):
            self.check_refused("frontend/math/array.hpp", f"#include <{header}>", f"<{header}>, which every user's")
            self.check_refused("runtime/shape.h", f"#include <{header}>", "include it in a .cpp file")
            self.check_allowed("frontend/math/array_data.h", f"#include <{header}>")
            self.check_allowed("frontend/math/a.cpp", f"#include <{header}>")
        self.check_allowed("frontend/math/array.hpp", "#include <memory>")

    def test_missing_files(self):
        self.check_refused("runtime/a.cpp", '#include "runtime/shapes.h"', "no such file")
        self.check_allowed("runtime/a.cpp", "#include <vector>")
        self.check_allowed("runtime/a.cpp", '// #include "compiler/ir/ir.h"')


if __name__ == "__main__":
    unittest.main()
