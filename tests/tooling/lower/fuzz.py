"""Random models in natural control flow, compiled twice: with plain doubles for one neuron at a time, and rewritten for 64 lanes.

In: the tool, a compiler, the library, a number of models, a seed. Out: exit status 1 and the files when any bit differs.
"""

import argparse
import pathlib
import random
import subprocess
import sys
import time


class Model:
    """One class with an update() and helpers, as text."""

    def __init__(self, rng, number):
        self.rng, self.number, self.lines, self.names = rng, number, [], 0

    def name(self, stem):
        self.names += 1
        return f"{stem}{self.names}"

    def put(self, depth, text):
        rng = self.rng
        if text.endswith((";", "{", "}")) and rng.random() < 0.08:
            text += rng.choice(["  // a comment", "  /* one; two */", "  // if (x) break;"])
        self.lines.append("  " * depth + text)

    # -- expressions: per-neuron ones of `scope`, uniform ones of `uniform` ---------------------------

    def number_text(self):
        return repr(self.rng.randrange(-24, 25) / 8)

    def value(self, scope, depth=2, calls=True):
        rng = self.rng
        if depth == 0 or rng.random() < 0.2:
            return rng.choice(scope) if rng.random() < 0.8 else self.number_text()
        kind = rng.random()
        a, b = self.value(scope, depth - 1, calls), self.value(scope, depth - 1, calls)
        if kind < 0.35:
            return f"({a} {rng.choice('+-')} {b}) * 0.5"
        if kind < 0.5:
            return f"({a} * 0.25 - {b})"
        if kind < 0.6:
            return f"bm::{rng.choice(['minimum', 'maximum'])}({rng.choice(scope)}, {self.as_array(b, scope)})"
        if kind < 0.75:
            return f"({self.condition(scope, 1, calls)} ? {self.as_array(a, scope)} : {self.as_array(b, scope)})"
        if kind < 0.85 and calls and self.helpers:
            return f"{rng.choice(self.helpers)}({self.as_array(a, scope)}, {self.as_array(b, scope)})"
        return f"bm::abs({self.as_array(a, scope)})"

    def as_array(self, text, scope):
        """The expression as an array (a double natively), so that both arms of ?: have one type."""
        return f"bm::Array({text})"

    def condition(self, scope, depth=1, calls=True):
        rng = self.rng
        if depth > 0 and rng.random() < 0.4:
            a, b = self.condition(scope, depth - 1, calls), self.condition(scope, depth - 1, calls)
            kind = rng.random()
            if kind < 0.15:
                return f"(mode > {rng.randrange(3)} {rng.choice(['&&', '||'])} {b})"
            if kind < 0.3:
                return f"!({a})"
            return f"({a} {rng.choice(['&&', '||'])} {b})"
        left = rng.choice(scope)
        return f"{left} {rng.choice(['<', '>', '<=', '>='])} {self.value(scope, 1, calls)}"

    # -- statements -----------------------------------------------------------------------------------

    def assign(self, depth, targets, scope, calls=True):
        target = self.rng.choice(targets)
        kind = self.rng.random()
        value = self.value(scope, 2, calls)
        if kind < 0.5:
            # A whole Variable takes a value of its own shape only.
            self.put(depth, f"{target} = ({value} + w) * 0.5;" if target in "Vuw" else f"{target} = {value};")
        elif kind < 0.7:
            self.put(depth, f"{target} += {value} * 0.125;")
        elif kind < 0.85:
            self.put(depth, f"{target} *= 0.5;")
        else:
            self.put(depth, f"{target} -= {value};")

    def body(self, depth, nest, targets, scope, exits):
        """A block or, now and then, a single statement without braces."""
        if self.rng.random() < 0.15:
            if exits and self.rng.random() < 0.4:
                self.put(depth + 1, self.exit(exits, scope))
            else:
                self.assign(depth + 1, targets, scope)
            return False
        self.lines[-1] += " {"
        self.block(depth + 1, nest, list(targets), list(scope), exits)
        return True

    def close(self, depth, braces, text=""):
        if braces:
            self.put(depth, "}" + text)

    def exit(self, exits, scope):
        kind = self.rng.choice(exits)
        if kind != "return":
            return kind + ";"
        if not self.returns_value:
            return "return;"
        return f"return {self.value(scope, 1)};"

    def block(self, depth, nest, targets, scope, exits):
        rng = self.rng
        for _ in range(rng.choice([1, 1, 2])):
            self.statement(depth, nest, targets, scope, exits)

    def statement(self, depth, nest, targets, scope, exits):
        rng = self.rng
        kind = rng.random()
        if nest == 0 or kind < 0.25:
            if rng.random() < 0.25:
                local = self.name("x")
                self.put(depth, f"bm::Array {local} = {self.value(scope)};")
                targets.append(local)
                scope.append(local)
            else:
                self.assign(depth, targets, scope)
        elif kind < 0.5:
            self.put(depth, f"if ({self.condition(scope)})")
            braces = self.body(depth, nest - 1, targets, scope, exits)
            while rng.random() < 0.35:
                self.close(depth, braces)
                self.put(depth, f"else if ({self.condition(scope)})")
                braces = self.body(depth, nest - 1, targets, scope, exits)
            if rng.random() < 0.5:
                self.close(depth, braces)
                self.put(depth, "else")
                braces = self.body(depth, nest - 1, targets, scope, exits)
            self.close(depth, braces)
        elif kind < 0.56 and self.has_clock:
            # One decision for all: natively each neuron takes the same way.
            self.put(depth, f"if (beat > {self.number_text()}) {{")
            self.block(depth + 1, nest - 1, list(targets), list(scope), exits)
            self.put(depth, "} else {")
            self.block(depth + 1, nest - 1, list(targets), list(scope), exits)
            self.put(depth, "}")
        elif kind < 0.59 and self.changing:
            call = f"{self.changing}({self.as_array(self.value(scope, 1), scope)}) > {self.number_text()}"
            self.put(depth, f"if ({self.condition(scope)} {rng.choice(['&&', '||'])} {call}) {{")
            self.block(depth + 1, nest - 1, list(targets), list(scope), exits)
            self.put(depth, "}")
        elif kind < 0.62:
            self.put(depth, f"if (mode == {rng.randrange(3)}) {{")
            self.block(depth + 1, nest - 1, list(targets), list(scope), exits)
            self.put(depth, "}")
        elif kind < 0.7:
            count = self.name("k")
            self.put(depth, f"bm::Array {count} = 0.0;")
            self.put(depth, f"while ({self.condition(scope)} && {count} < {rng.randrange(2, 5)}) {{")
            self.put(depth + 1, f"{count} += 1;")
            self.block(depth + 1, nest - 1, list(targets), scope + [count], self.loop_exits(exits))
            self.put(depth, "}")
        elif kind < 0.76:
            count = self.name("k")
            self.put(depth, f"bm::Array {count} = 0.0;")
            self.put(depth, "do {")
            self.put(depth + 1, f"{count} += 1;")
            self.block(depth + 1, nest - 1, list(targets), scope + [count], self.loop_exits(exits))
            self.put(depth, f"}} while ({self.condition(scope)} && {count} < 4);")
        elif kind < 0.84:
            count = self.name("k")
            self.put(depth, f"for (bm::Array {count} = 0.0; {count} < {self.value(scope, 1)} && {count} < 4; {count} += 1) {{")
            self.block(depth + 1, nest - 1, list(targets), scope + [count], self.loop_exits(exits))
            self.put(depth, "}")
        elif kind < 0.9:
            count = self.name("k")
            self.put(depth, f"bm::Array {count} = 0.0;")
            self.put(depth, "while (true) {")
            self.put(depth + 1, f"{count} += 1;")
            self.put(depth + 1, f"if ({count} > {rng.randrange(2, 5)} || {self.condition(scope)}) break;")
            self.block(depth + 1, nest - 1, list(targets), scope + [count], self.loop_exits(exits))
            self.put(depth, "}")
        elif kind < 0.96:
            index = self.name("i")
            self.put(depth, f"for (int {index} = 0; {index} < {rng.randrange(1, 4)}; ++{index})")
            if rng.random() < 0.2:
                self.lines[-1] += f" if ({self.condition(scope)})"
            braces = self.body(depth, nest - 1, targets, scope, self.loop_exits(exits))
            self.close(depth, braces)
        else:
            local = self.name("f")
            changed = rng.choice(targets)
            self.put(depth, f"auto {local} = [&](bm::Array a) {{")
            returns, self.returns_value = self.returns_value, True
            self.block(depth + 1, min(nest - 1, 1), list(targets), scope + ["a"], [])
            self.put(depth + 1, f"if ({self.condition(scope + ['a'], 1, False)}) return {self.as_array('a * 0.5', scope)};")
            self.put(depth + 1, f"{changed} += 0.25;")
            self.put(depth + 1, f"return {self.as_array(self.value(scope + ['a'], 1, False), scope)};")
            self.put(depth, "};")
            self.returns_value = returns
            self.put(depth, f"{rng.choice(targets)} = {local}({self.as_array(self.value(scope, 1, False), scope)});")
        if exits and rng.random() < 0.15 and nest > 0:
            self.put(depth, f"if ({self.condition(scope)}) {self.exit(exits, scope)}")

    @staticmethod
    def loop_exits(exits):
        return sorted(set(exits) | {"break", "continue"})

    def function(self, depth, head, returns, scope, targets, nest):
        self.returns_value = returns
        self.put(depth, head + " {")
        self.block(depth + 1, nest, targets, scope, ["return"])
        if returns:
            self.put(depth + 1, f"return {self.as_array(self.value(scope, 1), scope)};")
        self.put(depth, "}")

    def text(self):
        rng = self.rng
        self.helpers, self.has_clock, self.changing = [], False, None
        self.put(0, f"namespace model{self.number} {{")
        self.put(0, f"constexpr int mode = {rng.randrange(3)};")
        for _ in range(rng.randrange(2)):
            name = self.name("helper")
            self.function(0, f"bm::Array {name}(bm::Array a, bm::Array b)", True, ["a", "b"], ["a", "b"], 2)
            self.helpers.append(name)
        self.has_clock = True
        self.put(0, "class Model : public bp::BrainPyObject {")
        self.put(0, " public:")
        for name in ["V", "u", "w"]:
            self.put(1, f'bm::Variable {name} = variable("{name}", per_lane({rng.randrange(64)}));')
        self.put(1, f'bm::Variable beat = variable("beat", for_all({rng.randrange(64)}));')
        scope = ["V", "u", "w", "I"]
        if rng.random() < 0.5:
            name = self.name("method")
            self.function(1, f"void {name}(bm::Array I)", False, list(scope), ["V", "u", "w"], 2)
            method = name
        else:
            method = None
        if rng.random() < 0.5:
            name = self.name("method")
            self.function(1, f"bm::Array {name}(bm::Array I, bm::Array b)", True, scope + ["b"], ["b"], 2)
            self.helpers.append(name)
        if rng.random() < 0.5:
            # C++ does not say in which order operands are evaluated: what changes Variables is called on its own.
            name = self.name("change")
            self.function(1, f"bm::Array {name}(bm::Array I)", True, list(scope), ["V", "u", "w"], 2)
            self.changing = name
        self.put(1, "bm::Array update(bm::Array I) {")
        self.put(2, f"beat = {rng.choice(['beat * 0.5 + 0.75', '1.0 - beat', 'beat * -0.75'])};")
        if method:
            self.put(2, f"{method}(I);")
        self.returns_value = True
        targets, inner = ["V", "u", "w"], list(scope)
        for _ in range(2):
            self.block(2, 4, targets, inner, ["return"])
        for name in ["V", "u", "w"]:
            self.put(2, f"{name} = bm::minimum(bm::maximum({name}, {self.as_array('-4.0', scope)}), {self.as_array('4.0', scope)});")
        self.put(2, f"return {self.as_array(self.value(inner), scope)};")
        self.put(1, "}")
        self.put(0, "};")
        self.put(0, f"}}  // namespace model{self.number}")
        return "\n".join(self.lines) + "\n"


NATIVE_MAIN = """
template <class M>
void run(int number) {
  static double rows[steps][4][lanes];
  for (lane = 0; lane < lanes; ++lane) {
    M model;
    for (int step = 0; step < steps; ++step) {
      const double out = model.update(per_lane(step * 7));
      const double all[4] = {out, model.V, model.u, model.w};
      for (int k = 0; k < 4; ++k) rows[step][k][lane] = all[k];
    }
  }
  for (int step = 0; step < steps; ++step)
    for (int k = 0; k < 4; ++k) print_row(number, step, k, rows[step][k]);
}
"""

TRACED_MAIN = """
template <class M>
void run(int number) {
  M model;
  auto step_of = bp::jit(model, &M::update);
  for (int step = 0; step < steps; ++step) {
    // The first steps without the compiler: the eager mode has the same meaning.
    const bm::Array input = per_lane(step * 7);
    bm::Array out;
    if (step < 2) {
      bp::NoJit off;
      out = model.update(input);
    } else {
      out = step_of(input);
    }
    const bm::Array all[4] = {out, model.V, model.u, model.w};
    for (int k = 0; k < 4; ++k)
      print_row(number, step, k, bm::broadcast_to(all[k].astype(bm::float64), {lanes}).template to_vector<double>().data());
  }
}
"""

PRINT = """
void print_row(int number, int step, int k, const double* row) {
  std::printf("%d %d %d", number, step, k);
  for (int i = 0; i < lanes; ++i) {
    // -0.0 and 0.0 differ, all NaN are one.
    unsigned long long bits;
    std::memcpy(&bits, row + i, 8);
    if (row[i] != row[i]) bits = 1;
    std::printf(" %llx", bits);
  }
  std::printf("\\n");
}
"""


def run(words, **options):
    done = subprocess.run(words, capture_output=True, text=True, **options)
    if done.returncode != 0:
        sys.exit(f"failed: {' '.join(map(str, words))}\n{done.stdout[-3000:]}\n{done.stderr[-6000:]}")
    return done.stdout


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tool", required=True)
    parser.add_argument("--compiler", default="c++")
    parser.add_argument("--root", required=True, help="the library's sources")
    parser.add_argument("--library", required=True, help="libbrainpy.so")
    parser.add_argument("--models", type=int, default=50)
    parser.add_argument("--only", type=int, default=None, help="this model alone")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--out", required=True, help="a folder for the files")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else int(time.time()) & 0xFFFFFF
    print(f"seed {seed}, {options.models} models", flush=True)

    here = pathlib.Path(__file__).parent
    out = pathlib.Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    numbers = range(options.models) if options.only is None else [options.only]
    models = "\n".join(Model(random.Random(f"{seed}/{k}"), k).text() for k in numbers)
    names = 'namespace bp = brainpy;\nnamespace bm = brainpy::math;\n'
    calls = "int main() {\n" + "".join(f"  run<model{k}::Model>({k});\n" for k in numbers) + "}\n"
    native = out / "native.cpp"
    native.write_text(f'#include <cstdio>\n#include "{here}/native.hpp"\n{names}{models}{PRINT}{NATIVE_MAIN}{calls}')
    traced = out / "traced.cpp"
    on = calls.replace("main() {", "main() {\n  bm::enable_x64();")
    traced.write_text(f'#include "{here}/traced.hpp"\n{names}{models}{PRINT}{TRACED_MAIN}{on}')
    lowered = out / "lowered.cpp"
    includes = [f"-I{options.root}", f"-I{options.root}/frontend"]
    run([options.tool, "lower", traced, "-o", lowered, "--", "-std=c++20", *includes])
    rewritten, _, _ = lowered.read_text().partition('\n#line 1 "<members>"')
    if traced.read_text().count("\n") + 1 != rewritten.count("\n"):
        sys.exit("the rewritten source has another number of lines")
    library = pathlib.Path(options.library)
    run([options.compiler, "-std=c++20", "-O1", "-ffp-contract=off", "-w", native, "-o", out / "native"])
    run([options.compiler, "-std=c++20", "-O0", "-w", *includes, lowered, "-o", out / "traced", library, "-lfmt",
         f"-Wl,-rpath,{library.parent}"])
    left = run([out / "native"]).splitlines()
    right = run([out / "traced"]).splitlines()
    differing = sorted({int(a.split()[0]) for a, b in zip(left, right) if a != b})
    print(f"{len(left)} rows of 64 numbers, {len(models.splitlines())} lines of models; models that differ: {differing or 'none'}")
    if len(left) != len(right) or differing:
        sys.exit(f"the files are in {out}; repeat with --seed {seed}")


main()
