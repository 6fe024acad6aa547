#!/usr/bin/env python3
"""Times compiled models and prints a table: ./dev bench [NAME...] [--limits DIR] [--json FILE] [--compare OLD.json].

Every round runs each program of a row once, ours and (with --limits) hand-written ones in turn, so that a drift of the
machine's speed meets all of them; figures are medians over the rounds, ratios medians of the rounds' ratios. Times are
those of the processors; with --threads N the wall time is also given as a ratio to that of one thread. First
steps are those of a fresh process: "cold" with an empty cache of compiled code, "warm" with the one that it left.
"""
import argparse
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile

# Our work, neurons, dtype, steps, and the hand-written program's arguments (its name comes first), if there is one. A
# work whose name ends in "_fast" runs the one without the ending under BRAINPY_MATH=fast.
ROWS = [
    ("lif", 10_000, "f32", 2000, ["lif", "10000", "2000", "0.1", "f32", "step"]),
    ("lif", 10_000, "f64", 2000, ["lif", "10000", "2000", "0.1", "f64", "step"]),
    ("lif", 100_000, "f32", 400, ["lif", "100000", "400", "0.1", "f32", "step"]),
    ("lif", 100_000, "f64", 400, ["lif", "100000", "400", "0.1", "f64", "step"]),
    ("lif", 1_000_000, "f32", 400, ["lif", "1000000", "400", "0.1", "f32", "step"]),
    ("lif", 1_000_000, "f64", 400, ["lif", "1000000", "400", "0.1", "f64", "step"]),
    ("hh", 10_000, "f32", 2000, ["hh", "10000", "2000", "0.01", "f32", "inline"]),
    ("hh", 10_000, "f64", 2000, ["hh", "10000", "2000", "0.01", "f64", "inline"]),
    ("hh", 100_000, "f32", 200, ["hh", "100000", "200", "0.01", "f32", "inline"]),
    ("hh", 100_000, "f64", 200, ["hh", "100000", "200", "0.01", "f64", "inline"]),
    ("hh_fast", 10_000, "f32", 2000, ["hh", "10000", "2000", "0.01", "f32", "split"]),
    ("hh_fast", 10_000, "f64", 2000, ["hh", "10000", "2000", "0.01", "f64", "split"]),
    ("coba_euler", 4_000, "f32", 10_000, ["coba", "4000", "1", "0.1", "f32", "euler"]),
    ("coba_euler", 4_000, "f64", 10_000, ["coba", "4000", "1", "0.1", "f64", "euler"]),
    ("coba_expeuler", 4_000, "f32", 10_000, ["coba", "4000", "1", "0.1", "f32", "expeuler"]),
    ("coba_expeuler", 4_000, "f64", 10_000, ["coba", "4000", "1", "0.1", "f64", "expeuler"]),
    ("coba_euler", 16_000, "f32", 2_500, ["coba", "16000", "0.25", "0.1", "f32", "euler"]),
    ("coba_expeuler", 16_000, "f64", 2_500, ["coba", "16000", "0.25", "0.1", "f64", "expeuler"]),
    ("coba_euler", 40_000, "f32", 4_000, ["coba", "40000", "0.4", "0.1", "f32", "euler"]),
    ("coba_expeuler", 40_000, "f64", 4_000, ["coba", "40000", "0.4", "0.1", "f64", "expeuler"]),
    ("coba_euler", 400_000, "f32", 400, ["coba", "400000", "0.04", "0.1", "f32", "euler"]),
    ("coba_expeuler", 400_000, "f64", 400, ["coba", "400000", "0.04", "0.1", "f64", "expeuler"]),
    ("coba_composed", 4_000, "f32", 10_000, ["coba", "4000", "1", "0.1", "f32", "euler"]),
    ("lif_sparse", 1_000_000, "f32", 100, None),  # a hundred synapses a neuron: 10^8
    ("silent_10", 100_000, "f32", 200, None),  # nobody fires: the number of synapses must not show
    ("silent_1000", 100_000, "f32", 200, None),
    ("variants", 10_000, "f32", 100, None),  # a hundred populations of different equations
]


def run_ours(works, row, size, steps, rounds, threads, cache):
    """The work's figures, and how long the phases of its first compilation took."""
    environment = dict(os.environ, BRAINPY_THREADS=str(threads), BRAINPY_CACHE=cache, BRAINPY_LOG="compile")
    if row[0].endswith("_fast"):
        environment["BRAINPY_MATH"] = "fast"
    run = subprocess.run([works, row[0].removesuffix("_fast"), str(size), row[2], str(steps), str(rounds)],
                         env=environment, check=True, capture_output=True, text=True)
    return json.loads(run.stdout) | compile_phases(run.stderr)


def compile_phases(log):
    """{"passes_ms": ..., "codegen_ms": ..., "link_ms": ...} of the first compilation that a log tells of."""
    first = next((line for line in log.splitlines() if "[compile]" in line), "")
    return {f"{phase}_ms": float(ms) for phase, ms in re.findall(r"(passes|codegen|link) ([0-9.]+) ms", first)}


def run_limit(folder, compiler, arguments, threads):
    """CPU seconds of one repetition (the program warms up by itself)."""
    program = os.path.join(folder, f"{arguments[0]}_{compiler}")
    out = subprocess.run([program, *arguments[1:], str(threads), "1"], check=True, capture_output=True, text=True).stdout
    return float(dict(word.split("=") for word in out.split() if "=" in word)["cpu_med"])


def measure(row, options):
    size = min(row[1], 10_000) if options.smoke else row[1]
    steps = 10 if options.smoke else row[3]
    rounds = 1 if options.smoke else options.rounds
    with tempfile.TemporaryDirectory() as cache:
        cold = run_ours(options.works, row, size, steps, 1, options.threads, cache)
        firsts, ours, limits, ratios, walls, last = [], [], [], [], [], None
        for _ in range(rounds):
            # Of a process's rounds the first meets cold memory: the limit programs warm up as well.
            last = run_ours(options.works, row, size, steps, 2, options.threads, cache)
            firsts.append(last["first_step_ms"])
            ours.append(last["cpu_s"][-1])
            if options.threads > 1:
                alone = run_ours(options.works, row, size, steps, 2, 1, cache)
                walls.append(last["wall_s"][-1] / alone["wall_s"][-1])
                if last.get("spikes") != alone.get("spikes"):
                    raise SystemExit(f"{row[0]} {size} {row[2]}: other spikes with {options.threads} threads than with 1")
            if options.limits and row[4]:
                limits.append(min(run_limit(options.limits, c, row[4], options.threads) for c in ("g", "c")))
                ratios.append(ours[-1] / limits[-1])
    per_step = 1e9 / (size * steps)
    result = {
        "name": f"{row[0]} {row[1]} {row[2]}",
        "threads": options.threads,
        "ns_per_neuron_step": statistics.median(ours) * per_step,
        "first_step_cold_ms": cold["first_step_ms"],
        "first_step_warm_ms": statistics.median(firsts),
        "build_ms": last["build_ms"],
        "peak_mb": last["peak_mb"],
    }
    for figure in ("passes_ms", "codegen_ms", "link_ms"):
        result[figure] = cold[figure]
    for figure in ("bytes_per_neuron", "bytes_per_synapse", "spikes"):
        if figure in last:
            result[figure] = last[figure]
    # What a step costs in all, for each synapse that a spike reaches.
    if events := last.get("spikes", 0) * last.get("synapses", 0) / size:
        result["ns_per_event"] = 1e9 * statistics.median(ours) / events
    if walls:
        result["wall_ratio"] = statistics.median(walls)
    if ratios:
        result["limit_ns"] = statistics.median(limits) * per_step
        result["ratio"] = statistics.median(ratios)
    return result


COLUMNS = [
    ("work", "name", "{}"),
    ("ns/neuron/step", "ns_per_neuron_step", "{:.3f}"),
    ("limit", "limit_ns", "{:.3f}"),
    ("ratio", "ratio", "{:.2f}"),
    ("ns/event", "ns_per_event", "{:.2f}"),
    ("wall to 1 thread", "wall_ratio", "{:.2f}"),
    ("cold ms", "first_step_cold_ms", "{:.1f}"),
    ("passes", "passes_ms", "{:.1f}"),
    ("codegen", "codegen_ms", "{:.1f}"),
    ("link", "link_ms", "{:.1f}"),
    ("warm ms", "first_step_warm_ms", "{:.1f}"),
    ("build ms", "build_ms", "{:.1f}"),
    ("peak MB", "peak_mb", "{:.0f}"),
    ("B/neuron", "bytes_per_neuron", "{:.0f}"),
    ("B/synapse", "bytes_per_synapse", "{:.2f}"),
    ("change", "change", "{:+.0%}"),
]


def table(results, columns=COLUMNS):
    columns = [c for c in columns if any(c[1] in r for r in results)]
    cells = [[c[0] for c in columns]] + [[c[2].format(r[c[1]]) if c[1] in r else "" for c in columns] for r in results]
    widths = [max(len(line[k]) for line in cells) for k in range(len(columns))]
    return ["  ".join(text.ljust(w) if k == 0 else text.rjust(w) for k, (text, w) in enumerate(zip(line, widths)))
            for line in cells]


def compare(results, old):
    """Adds to each result how its time changed against an earlier file's, where that has it."""
    before = {(r["name"], r["threads"]): r["ns_per_neuron_step"] for r in old["results"]}
    for r in results:
        if (key := (r["name"], r["threads"])) in before:
            r["change"] = r["ns_per_neuron_step"] / before[key] - 1


def main():
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="works to run, such as lif or 'coba_euler 4000'; none: all")
    parser.add_argument("--works", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--limits", help="a folder of hand-written programs lif_g, lif_c, hh_g, ... to compare with")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1, help="more than one: each round runs one thread, too")
    parser.add_argument("--json", default="bench.json", help="the figures are written there")
    parser.add_argument("--compare", help="an earlier file of figures: print what moved")
    parser.add_argument("--smoke", action="store_true", help="run everything for a moment only")
    options = parser.parse_args()
    rows = [r for r in ROWS
            if not options.names or any(f"{r[0]} {r[1]} {r[2]}".startswith(name) for name in options.names)]
    if not rows:
        parser.error("no work of that name; there are " + ", ".join(sorted({r[0] for r in ROWS})))
    results = []
    for row in rows:
        if sys.stderr.isatty():
            print(f"\r\x1b[K{len(results) + 1}/{len(rows)} {row[0]} {row[1]} {row[2]}", end="", file=sys.stderr)
        results.append(measure(row, options))
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr)
    if options.compare:
        with open(options.compare, encoding="utf-8") as file:
            compare(results, json.load(file))
    print("\n".join(table(results)))
    with open(options.json, "w", encoding="utf-8") as file:
        json.dump({"machine": platform.processor() or platform.machine(), "rounds": options.rounds,
                   "results": results}, file, indent=1)


if __name__ == "__main__":
    main()
