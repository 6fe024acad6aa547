#!/usr/bin/env python3
"""The comparison with peers, without the peers: its arithmetic, its messages, and that models.py agrees with models.h.

In: nothing. Out: the exit status.
"""
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

import compare
import models

HERE = os.path.dirname(os.path.abspath(__file__))


def figures(cpu, first_step_ms=10.0, spikes=30):
    return {"cpu_s": [9.0, cpu], "first_step_ms": first_step_ms, "spikes": spikes}


def run(program, *arguments):
    return subprocess.run([sys.executable, os.path.join(HERE, program), *arguments], capture_output=True, text=True,
                          check=False)


def write_program(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, 0o755)
    return path


class Arithmetic(unittest.TestCase):
    ROW = ("lif", 100, "f32", 1000)

    def test_a_ratio_is_the_median_of_the_rounds_ratios(self):
        result = compare.summarize(self.ROW, {"ours": [figures(1e-3), figures(2e-3), figures(4e-3)],
                                              "numba": [figures(3e-3), figures(4e-3), figures(4e-3)]})
        self.assertAlmostEqual(result["ours_ns"], 20.0)
        self.assertAlmostEqual(result["numba_ns"], 40.0)
        self.assertAlmostEqual(result["numba_ratio"], 2.0)
        self.assertNotIn("brian2_ns", result)

    def test_rates_are_spikes_by_neuron_and_second(self):
        result = compare.summarize(self.ROW, {"ours": [figures(1e-3)]})
        self.assertAlmostEqual(result["ours_hz"], 30 / (100 * 0.1))
        self.assertEqual(result["ours_cold_ms"], 10.0)

    def test_other_rates_are_reported(self):
        result = compare.summarize(self.ROW, {"ours": [figures(1.0)], "brian2": [figures(1.0, spikes=31)],
                                              "numba": [figures(1.0, spikes=40)]})
        self.assertEqual(compare.rate_faults(result),
                         ["lif 100 f32: Numba fires at 4.00 Hz, ours at 3.00 Hz: not the same work"])

    def test_a_program_that_counts_no_spikes_has_no_rate(self):
        self.assertEqual(compare.rate_faults({"name": "lif", "numba_hz": 3.0}), [])

    def test_the_table_has_the_columns_that_have_figures(self):
        lines = compare.bench.table([{"name": "lif", "ours_ns": 0.5, "numba_ns": 1.0, "numba_ratio": 2.0}],
                                    compare.COLUMNS)
        self.assertEqual(lines, ["work  ours ns  Numba ns  Numba/ours", "lif     0.500     1.000        2.00"])


class Messages(unittest.TestCase):
    def assert_usage(self, done, words):
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertTrue(done.stderr.startswith("usage:"), done.stderr)
        self.assertIn(words, done.stderr)

    def test_bad_arguments_are_a_usage_error(self):
        for program in ("brian2_works.py", "numba_works.py"):
            with self.subTest(program):
                self.assert_usage(run(program), "required")
                self.assert_usage(run(program, "lof", "100", "f32", "10", "1"), "lif")
                self.assert_usage(run(program, "lif", "100", "f16", "10", "1"), "f64")
                self.assert_usage(run(program, "lif", "9", "f32", "10", "1"), "at least 10 neurons")
                self.assert_usage(run(program, "lif", "100", "f32", "10", "0"), "1 round")
        self.assert_usage(run("compare.py", "lof"), "there are coba_euler, coba_expeuler, hh, lif")
        self.assert_usage(run("compare.py", "--rounds", "0"), "at least 1 round")
        self.assert_usage(run("compare.py", "--works", "/nowhere/perf_works"), "./dev bench builds it")

    def test_an_absent_peer_is_reported_with_the_cure(self):
        with tempfile.TemporaryDirectory() as folder:
            works = write_program(folder, "perf_works", f"#!/bin/sh\necho '{json.dumps(figures(1e-3, 31.0))}'\n")
            python = write_program(folder, "python", "#!/bin/sh\nexit 1\n")
            written = os.path.join(folder, "peers.json")
            done = run("compare.py", "lif 10000 f32", "--works", works, "--python", python, "--rounds", "1", "--json",
                       written)
            with open(written, encoding="utf-8") as file:
                results = json.load(file)["results"]
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = done.stdout.splitlines()
        self.assertEqual(lines[0].split(), "work ours ns ours cold ms ours Hz".split())
        steps = next(r[3] for r in compare.ROWS if r[:3] == ("lif", 10_000, "f32"))
        self.assertEqual(lines[1].split()[:5], ["lif", "10000", "f32", f"{1e9 * 1e-3 / (10_000 * steps):.3f}", "31"])
        self.assertIn("Brian2 is not installed and left out: apt-get install python3-brian", lines)
        self.assertIn("Numba is not installed and left out: apt-get install python3-numba", lines)
        self.assertEqual([r["name"] for r in results], ["lif 10000 f32"])

    def test_a_python_that_is_not_there_has_no_peers(self):
        self.assertIsNone(compare.find_peer("numba", ["/nowhere/python3"]))


class Models(unittest.TestCase):
    def test_parameters_are_those_of_our_works(self):
        source = ""
        for name in ("models.h", "works.cpp"):
            with open(os.path.join(HERE, "..", name), encoding="utf-8") as file:
                source += file.read()
        for work, name in (("lif", "LIF"), ("hh", "HH"), ("coba_euler", "Coba"), ("coba_expeuler", "Coba")):
            with self.subTest(work):
                text = re.search(rf"class {name} : .*?\n}};", source, re.DOTALL).group()
                ours = {}
                for line in re.findall(r"^  double (.*?);", text, re.MULTILINE | re.DOTALL):
                    ours.update((k, float(v)) for k, v in re.findall(r"(\w+) = (-?[\d.]+)", line))
                dt = re.search(rf'work == "{work}".*?measure\(model, [^,]*, ([\d.]+)', source, re.DOTALL).group(1)
                self.assertEqual(models.PARAMETERS[work], {"dt": float(dt), **ours})

    def test_potentials_are_spread_over_the_range(self):
        values = models.spread(1000, -60.0, 10.0)
        self.assertEqual(values[0], -60.0)
        self.assertTrue(all(-60.0 <= v < -50.0 for v in values))
        self.assertEqual(len(set(values)), 1000)


if __name__ == "__main__":
    unittest.main()
