#!/usr/bin/env python3
"""Times our works beside Brian2's and Numba's: ./dev bench --peers [NAME...] [--rounds N] [--json FILE].

Every round runs ours and each peer once, in turn, one thread each; figures are medians of CPU time, ratios (peer /
ours) medians of the rounds' ratios. Out: a table, the versions, and what to do about a peer that is not installed.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

import models

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(1, os.path.dirname(HERE))
import bench  # noqa: E402

# work, neurons, dtype, steps: those of bench.py that the peers' programs have.
ROWS = [
    ("lif", 10_000, "f32", 2000),
    ("lif", 10_000, "f64", 2000),
    ("lif", 100_000, "f32", 500),
    ("lif", 100_000, "f64", 500),
    ("hh", 10_000, "f32", 1000),
    ("hh", 10_000, "f64", 1000),
    ("coba_euler", 4_000, "f32", 10_000),
    ("coba_expeuler", 4_000, "f32", 10_000),
    ("coba_expeuler", 4_000, "f64", 10_000),
    ("coba_euler", 40_000, "f32", 1_000),
]
# name: its title, the Python module, Debian's package.
PEERS = {
    "brian2": ("Brian2", "brian2", "python3-brian"),
    "numba": ("Numba", "numba", "python3-numba"),
}
COLUMNS = [("work", "name", "{}"), ("ours ns", "ours_ns", "{:.3f}")]
COLUMNS += [(f"{PEERS[p][0]} ns", f"{p}_ns", "{:.3f}") for p in PEERS]
COLUMNS += [(f"{PEERS[p][0]}/ours", f"{p}_ratio", "{:.2f}") for p in PEERS]
COLUMNS += [("ours cold ms", "ours_cold_ms", "{:.0f}")]
COLUMNS += [(f"{PEERS[p][0]} cold ms", f"{p}_cold_ms", "{:.0f}") for p in PEERS]
COLUMNS += [("ours Hz", "ours_hz", "{:.2f}")]
COLUMNS += [(f"{PEERS[p][0]} Hz", f"{p}_hz", "{:.2f}") for p in PEERS]
# Random connections, and how long a neuron is held, differ a little between the programs.
RATE_TOLERANCE = 0.1


def output_of(command, **settings):
    """What it prints, or None where it cannot run or fails."""
    try:
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                              **settings).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def find_peer(module, pythons):
    """(python, version) of the first Python that can import it, or None."""
    for python in pythons:
        version = output_of([python, "-c", f"import {module}; print({module}.__version__)"])
        if version:
            return python, version
    return None


def cpu_model():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return next(line.split(":", 1)[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return "unknown processor"


def version_lines(found):
    """found: {peer: (python, version) or None}."""
    present = [f"{PEERS[p][0]} {found[p][1]}" for p in PEERS if found[p]]
    compiler = output_of(["g++", "-dumpfullversion"])
    lines = [", ".join(present + [f"g++ {compiler}" if compiler else "no g++", cpu_model(), "one thread"])]
    for p, (title, _, package) in PEERS.items():
        if not found[p]:
            lines.append(f"{title} is not installed and left out: apt-get install {package}")
    return lines


def run_peer(peer, python, row, rounds, folder):
    command = [python, os.path.join(HERE, f"{peer}_works.py"), *map(str, row), str(rounds)]
    if peer == "brian2":
        command += ["--folder", folder]
    # One thread each, also for a library below NumPy.
    environment = dict(os.environ, OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", NUMBA_NUM_THREADS="1")
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr[-4000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def measure(row, found, works, rounds):
    """{program: the JSON of each round}; of a process's rounds the last counts."""
    runs = {"ours": [], **{p: [] for p in PEERS if found[p]}}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(rounds):
            # Without its cache ours compiles in each process, as Numba does; Brian2's program is compiled once.
            runs["ours"].append(bench.run_ours(works, row, row[1], row[3], 2, 1, "off"))
            for p in PEERS:
                if found[p]:
                    runs[p].append(run_peer(p, found[p][0], row, 1 if p == "brian2" else 2, folder))
    return runs


def summarize(row, runs):
    """A row of the table from the rounds' figures."""
    work, neurons, dtype, steps = row
    result = {"name": f"{work} {neurons} {dtype}"}
    for program, figures in runs.items():
        seconds = [f["cpu_s"][-1] for f in figures]
        result[f"{program}_ns"] = 1e9 * statistics.median(seconds) / (neurons * steps)
        result[f"{program}_cold_ms"] = statistics.median(f["first_step_ms"] for f in figures)
        if "spikes" in figures[-1]:
            duration = 1e-3 * models.PARAMETERS[work]["dt"] * steps
            result[f"{program}_hz"] = figures[-1]["spikes"] / (neurons * duration)
        if program != "ours":
            result[f"{program}_ratio"] = statistics.median(
                s / f["cpu_s"][-1] for s, f in zip(seconds, runs["ours"]))
    return result


def rate_faults(result):
    """A line for each peer whose neurons do not fire as ours do: it then did other work."""
    ours = result.get("ours_hz")
    if ours is None:
        return []
    rates = {PEERS[p][0]: result[f"{p}_hz"] for p in PEERS if f"{p}_hz" in result}
    return [f"{result['name']}: {title} fires at {rate:.2f} Hz, ours at {ours:.2f} Hz: not the same work"
            for title, rate in rates.items() if abs(rate - ours) > RATE_TOLERANCE * ours]


def main():
    parser = argparse.ArgumentParser(prog="./dev bench --peers", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="works to run, such as lif or 'coba_euler 4000'; none: all")
    parser.add_argument("--works", help="our program, perf_works; default: the one in build/",
                        default=os.path.join(HERE, "..", "..", "..", "build", "tests", "perf", "perf_works"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--python", help="the Python that has the peers; default: this one, else Debian's")
    parser.add_argument("--json", help="the figures are written there as well")
    options = parser.parse_args()
    rows = [r for r in ROWS
            if not options.names or any(f"{r[0]} {r[1]} {r[2]}".startswith(name) for name in options.names)]
    if not rows:
        parser.error("no work of that name; there are " + ", ".join(sorted({r[0] for r in ROWS})))
    if options.rounds < 1:
        parser.error("at least 1 round")
    if not os.access(options.works, os.X_OK):
        parser.error(f"no program {os.path.normpath(options.works)}: ./dev bench builds it, --works says where it is")
    # Debian's packages are seen by Debian's Python only.
    pythons = [options.python] if options.python else [sys.executable, "/usr/bin/python3"]
    found = {p: find_peer(module, pythons) for p, (_, module, _) in PEERS.items()}
    results, faults = [], []
    for row in rows:
        if sys.stderr.isatty():
            print(f"\r\x1b[K{len(results) + 1}/{len(rows)} {row[0]} {row[1]} {row[2]}", end="", file=sys.stderr)
        results.append(summarize(row, measure(row, found, options.works, options.rounds)))
        faults += rate_faults(results[-1])
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr)
    versions = version_lines(found)
    print("\n".join(bench.table(results, COLUMNS) + ["ns: CPU time for each neuron and step"] + versions + faults))
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"versions": versions, "rounds": options.rounds, "results": results}, file, indent=1)


if __name__ == "__main__":
    main()
