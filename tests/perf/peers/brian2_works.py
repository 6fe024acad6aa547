#!/usr/bin/env python3
"""The works of ./dev bench in Brian2, by its C++ standalone device: one thread, -O3 -march=native -ffast-math.

In: work, neurons, dtype, steps, rounds; --folder keeps the generated program there, or runs the one already there.
Out: one line of JSON: milliseconds to the first step (code generation and compilation), CPU and wall seconds of each
round, which is a run of the program without its start (connections, initial values), spikes, peak memory.
"""
import json
import os
import subprocess
import sys
import tempfile
import time

import models

# Brian2's own settings less -fno-finite-math-only, which keeps g++ from using glibc's vector functions.
COMPILER_SETTINGS = ["-w", "-O3", "-march=native", "-ffast-math", "-std=c++11"]

LIF = """
dV/dt = (V_rest - V + I) / tau : 1 (unless refractory)
spikes : integer
"""
HH = """
dV/dt = (I - gNa * m**3 * h * (V - ENa) - gK * n**4 * (V - EK) - gL * (V - EL)) / C / ms : 1
dm/dt = (m_alpha * (1 - m) - m_beta * m) / ms : 1
dh/dt = (h_alpha * (1 - h) - h_beta * h) / ms : 1
dn/dt = (n_alpha * (1 - n) - n_beta * n) / ms : 1
m_alpha = 0.1 * (V + 40) / (1 - exp(-(V + 40) / 10)) : 1
m_beta = 4 * exp(-(V + 65) / 18) : 1
h_alpha = 0.07 * exp(-(V + 65) / 20) : 1
h_beta = 1 / (1 + exp(-(V + 35) / 10)) : 1
n_alpha = 0.01 * (V + 55) / (1 - exp(-(V + 55) / 10)) : 1
n_beta = 0.125 * exp(-(V + 65) / 80) : 1
spikes : integer
"""
COBA = """
dV/dt = (V_rest - V + I + g_e * (E_e - V) + g_i * (E_i - V)) / tau : 1 (unless refractory)
dg_e/dt = -g_e * rate_e : 1
dg_i/dt = -g_i * rate_i : 1
spikes : integer
"""


def network(brian2, work, size):
    """The model's objects. Spikes are counted where they reset: a monitor would cost more."""
    p = dict(models.PARAMETERS[work])
    brian2.defaultclock.dt = p.pop("dt") * brian2.ms
    for name in ("tau", "tau_e", "tau_i", "t_ref"):
        if name in p:
            p[name] *= brian2.ms
    if work == "hh":
        neurons = brian2.NeuronGroup(size, HH, threshold="V >= V_th", refractory="V >= V_th", reset="spikes += 1",
                                     method="exponential_euler", namespace=p)
        neurons.V, neurons.m, neurons.h, neurons.n = models.spread(size, -65.0, 10.0), 0.05, 0.6, 0.32
        return neurons, [neurons]
    reset = "V = V_reset; spikes += 1"
    if work == "lif":
        neurons = brian2.NeuronGroup(size, LIF, threshold="V >= V_th", refractory=p["t_ref"], reset=reset,
                                     method="exact", namespace=p)
        neurons.V = models.spread(size, -60.0, 10.0)
        return neurons, [neurons]
    dt = brian2.defaultclock.dt
    for side in "ei":
        tau = p["tau_" + side]
        # A group has one method, and ours lets conductances decay exactly: the rate with which Euler's step does so.
        p["rate_" + side] = (1 - brian2.exp(-dt / tau)) / dt if work == "coba_euler" else 1 / tau
    method = "euler" if work == "coba_euler" else "exponential_euler"
    neurons = brian2.NeuronGroup(size, COBA, threshold="V >= V_th", refractory=p["t_ref"], reset=reset, method=method,
                                 namespace=p)
    neurons.V = brian2.np.random.default_rng(42).normal(-55.0, 2.0, size)
    objects = [neurons]
    excitatory = size // 5 * 4
    for source, on_pre in ((neurons[:excitatory], "g_e += w_e"), (neurons[excitatory:], "g_i += w_i")):
        synapses = brian2.Synapses(source, neurons, on_pre=on_pre, namespace=p)
        synapses.connect(p=models.SYNAPSES_PER_NEURON / size)
        objects.append(synapses)
    return neurons, objects


BEFORE_RUN = """timespec started_cpu, started, ended_cpu, ended;
clock_gettime(CLOCK_MONOTONIC, &started);
clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &started_cpu);"""
AFTER_RUN = """clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ended_cpu);
clock_gettime(CLOCK_MONOTONIC, &ended);
std::ofstream("results/clocks") << (ended_cpu.tv_sec - started_cpu.tv_sec) * 1000000000L + ended_cpu.tv_nsec -
  started_cpu.tv_nsec << ' ' << (ended.tv_sec - started.tv_sec) * 1000000000L + ended.tv_nsec - started.tv_nsec;"""


def build(options, folder):
    """Generates and compiles the program in the folder; returns what a later run of it has to know."""
    before = time.perf_counter()
    try:
        import brian2
    except ImportError:
        sys.exit("brian2_works.py: Brian2 is not installed: apt-get install python3-brian")
    imported = time.perf_counter()
    brian2.set_device("cpp_standalone", build_on_run=False)
    brian2.prefs.core.default_float_dtype = brian2.float32 if options.dtype == "f32" else brian2.float64
    brian2.prefs.codegen.cpp.extra_compile_args_gcc = COMPILER_SETTINGS
    brian2.prefs.devices.cpp_standalone.openmp_threads = 0
    brian2.seed(1)
    neurons, objects = network(brian2, options.work, options.neurons)
    device = brian2.device
    device.insert_code("main", BEFORE_RUN)
    brian2.Network(*objects).run(options.steps * brian2.defaultclock.dt)
    device.insert_code("main", AFTER_RUN)
    device.build(directory=folder, compile=False, run=False)
    generated = time.perf_counter()
    # A compiler's cache would hide what a changed model costs.
    subprocess.run(["make", "-j", "--silent"], cwd=folder, env=dict(os.environ, CCACHE_DISABLE="1"), check=True,
                   stdout=sys.stderr)
    built = {"import_ms": 1e3 * (imported - before), "codegen_ms": 1e3 * (generated - imported),
             "compile_ms": 1e3 * (time.perf_counter() - generated),
             "spikes_file": device.get_array_filename(neurons.variables["spikes"], basedir="results"),
             "program": [options.work, options.neurons, options.dtype, options.steps]}
    with open(os.path.join(folder, "built.json"), "w", encoding="utf-8") as file:
        json.dump(built, file)
    return built


def run(folder, spikes_file):
    """CPU seconds, wall seconds, seconds to start and to write results, spikes, peak memory in MB."""
    before = time.perf_counter()
    with subprocess.Popen(["./main"], cwd=folder, stdout=sys.stderr) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    all_wall = time.perf_counter() - before
    if process.returncode:
        sys.exit(f"brian2_works.py: {folder}/main ended with status {process.returncode}")
    with open(os.path.join(folder, "results", "clocks"), encoding="utf-8") as file:
        cpu, wall = (1e-9 * int(word) for word in file.read().split())
    with open(os.path.join(folder, spikes_file), "rb") as file:
        spikes = sum(memoryview(file.read()).cast("i"))
    return cpu, wall, all_wall - wall, spikes, usage.ru_maxrss / 1024


def measure(options, folder):
    description = os.path.join(folder, "built.json")
    if os.path.exists(description):
        with open(description, encoding="utf-8") as file:
            built = json.load(file)
        if built["program"] != [options.work, options.neurons, options.dtype, options.steps]:
            sys.exit(f"brian2_works.py: {folder} has another program: {built['program']}")
    else:
        built = build(options, folder)
    runs = [run(folder, built["spikes_file"]) for _ in range(options.rounds)]
    cpu, wall, around, spikes, peak = zip(*runs)
    return {"import_ms": built["import_ms"], "codegen_ms": built["codegen_ms"], "compile_ms": built["compile_ms"],
            "build_ms": 1e3 * around[0],
            "first_step_ms": built["codegen_ms"] + built["compile_ms"] + 1e3 * wall[0] / options.steps,
            "cpu_s": cpu, "wall_s": wall, "spikes": spikes[-1], "peak_mb": max(peak)}


def main():
    parser = models.parser("brian2_works.py", __doc__)
    parser.add_argument("--folder", help="where the generated program is kept; default: deleted at the end")
    options = models.arguments(parser)
    if options.folder:
        print(json.dumps(measure(options, options.folder)))
        return
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(options, folder)))


if __name__ == "__main__":
    main()
