#!/usr/bin/env python3
"""The works of ./dev bench in Numba, as a keen user writes them: one thread, loops that become vectors, fastmath.

In: work, neurons, dtype, steps, rounds. Out: one line of JSON: milliseconds to the first step (compilation included,
imports apart), CPU and wall seconds of each round, the spikes of one round (not counted while timed), peak memory.
"""
import json
import math
import resource
import sys
import time

import models


def compiled(function):
    """Loops over neurons are functions of their own: inside the loop over steps LLVM does not make them vectors."""
    return numba.njit(fastmath=True, error_model="numpy")(function)


def lif(size, real):
    p = models.PARAMETERS["lif"]
    dt, V_th, V_reset, t_ref = p["dt"], real(p["V_th"]), real(p["V_reset"]), real(p["t_ref"])
    V_inf, decay = real(p["V_rest"] + p["I"]), real(math.exp(-dt / p["tau"]))
    state = [numpy.array(models.spread(size, -60.0, 10.0), real), numpy.full(size, -1e7, real),
             numpy.zeros(size, numpy.bool_)]

    @compiled
    def step(t, V, t_last, spike):
        for i in range(V.size):
            v = V[i] if t - t_last[i] <= t_ref else V_inf + (V[i] - V_inf) * decay
            spiked = v >= V_th
            spike[i] = spiked
            t_last[i] = t if spiked else t_last[i]
            V[i] = V_reset if spiked else v

    @compiled
    def run(first, steps, V, t_last, spike):
        for k in range(first, first + steps):
            step(real(k * dt), V, t_last, spike)

    return run, state, state[2]


def hh(size, real):
    p = models.PARAMETERS["hh"]
    dt, C, gNa, gK, gL, ENa, EK, EL, I, V_th = (real(p[name]) for name in
                                                ("dt", "C", "gNa", "gK", "gL", "ENa", "EK", "EL", "I", "V_th"))
    one = real(1.0)
    # Numbers of the model's type: a Python number would make the whole expression double precision.
    r = {name: real(value) for name, value in
         {"m": 0.1, "m_b": 4.0, "h": 0.07, "n": 0.01, "n_b": 0.125, "shift_m": 40.0, "shift": 65.0, "shift_h": 35.0,
          "shift_n": 55.0, "per_10": 0.1, "per_18": 1 / 18, "per_20": 1 / 20, "per_80": 1 / 80}.items()}
    m_scale, m_b_scale, h_scale, n_scale, n_b_scale = r["m"], r["m_b"], r["h"], r["n"], r["n_b"]
    shift_m, shift, shift_h, shift_n = r["shift_m"], r["shift"], r["shift_h"], r["shift_n"]
    per_10, per_18, per_20, per_80 = r["per_10"], r["per_18"], r["per_20"], r["per_80"]
    state = [numpy.array(models.spread(size, -65.0, 10.0), real), numpy.full(size, 0.05, real),
             numpy.full(size, 0.6, real), numpy.full(size, 0.32, real), numpy.zeros(size, numpy.bool_)]

    @compiled
    def gate(x, alpha, beta):
        rate = alpha + beta
        x_inf = alpha / rate
        return x_inf + (x - x_inf) * math.exp(-dt * rate)

    @compiled
    def step(V, m, h, n, spike):
        for i in range(V.size):
            v, mi, hi, ni = V[i], m[i], h[i], n[i]
            m_alpha = m_scale * (v + shift_m) / (one - math.exp(-(v + shift_m) * per_10))
            m_beta = m_b_scale * math.exp(-(v + shift) * per_18)
            h_alpha = h_scale * math.exp(-(v + shift) * per_20)
            h_beta = one / (one + math.exp(-(v + shift_h) * per_10))
            n_alpha = n_scale * (v + shift_n) / (one - math.exp(-(v + shift_n) * per_10))
            n_beta = n_b_scale * math.exp(-(v + shift) * per_80)
            g_na, g_k = gNa * mi * mi * mi * hi, gK * ni * ni * ni * ni
            g = g_na + g_k + gL
            v_inf = (I + g_na * ENa + g_k * EK + gL * EL) / g
            v_next = v_inf + (v - v_inf) * math.exp(-dt * g / C)
            m[i] = gate(mi, m_alpha, m_beta)
            h[i] = gate(hi, h_alpha, h_beta)
            n[i] = gate(ni, n_alpha, n_beta)
            spike[i] = (v < V_th) & (v_next >= V_th)
            V[i] = v_next

    @compiled
    def run(first, steps, V, m, h, n, spike):
        for _ in range(first, first + steps):
            step(V, m, h, n, spike)

    return run, state, state[4]


def random_connections(size, generator):
    """Each neuron to each with a probability of 80 / size: the targets of neuron i are from indptr[i] on."""
    counts = generator.binomial(size, models.SYNAPSES_PER_NEURON / size, size)
    indptr = numpy.concatenate([[0], numpy.cumsum(counts)]).astype(numpy.uint32)
    rows = [numpy.sort(generator.choice(size, count, replace=False, shuffle=False)) for count in counts]
    return indptr, numpy.concatenate(rows).astype(numpy.uint32)


def coba(work, size, real):
    p = models.PARAMETERS[work]
    excitatory = size // 5 * 4
    dt, V_th, V_reset, t_ref = p["dt"], real(p["V_th"]), real(p["V_reset"]), real(p["t_ref"])
    V_drive, E_e, E_i, w_e, w_i = (real(x) for x in (p["V_rest"] + p["I"], p["E_e"], p["E_i"], p["w_e"], p["w_i"]))
    dt_tau, one = real(dt / p["tau"]), real(1.0)
    decay_e, decay_i = real(math.exp(-dt / p["tau_e"])), real(math.exp(-dt / p["tau_i"]))
    generator = numpy.random.default_rng(42)
    # Unsigned: for signed indices Numba looks whether they are negative, each time.
    indptr, indices = random_connections(size, generator)
    spike = numpy.zeros((size + 7) // 8 * 8, numpy.bool_)
    state = [generator.normal(-55.0, 2.0, size).astype(real), numpy.zeros(size, real), numpy.zeros(size, real),
             numpy.full(size, -1e7, real), spike, numpy.zeros(size, numpy.uint32), numpy.zeros(1, numpy.int64),
             # Most neurons do not spike: eight of them are looked at together.
             spike.view(numpy.uint64), indptr, indices]

    @compiled
    def euler(v, ge, gi):
        return v + dt_tau * (V_drive - v + ge * (E_e - v) + gi * (E_i - v))

    @compiled
    def exponential_euler(v, ge, gi):
        g = one + ge + gi
        v_inf = (V_drive + ge * E_e + gi * E_i) / g
        return v_inf + (v - v_inf) * math.exp(-dt_tau * g)

    integral = euler if work == "coba_euler" else exponential_euler

    @compiled
    def arrive(sources, indptr, indices, g_e, g_i):
        for source in sources:
            if source < excitatory:
                for synapse in range(indptr[source], indptr[source + 1]):
                    g_e[indices[synapse]] += w_e
            else:
                for synapse in range(indptr[source], indptr[source + 1]):
                    g_i[indices[synapse]] += w_i

    @compiled
    def step(t, V, g_e, g_i, t_last, spike):
        # Three loops: with the call of exp, or with more arrays that LLVM would have to see apart, none would become
        # vector instructions.
        for i in range(V.size):
            V[i] = integral(V[i], g_e[i], g_i[i])
        for i in range(V.size):
            g_e[i] *= decay_e
            g_i[i] *= decay_i
        for i in range(V.size):
            v = V_reset if t - t_last[i] <= t_ref else V[i]
            spiked = v >= V_th
            spike[i] = spiked
            t_last[i] = t if spiked else t_last[i]
            V[i] = V_reset if spiked else v

    @compiled
    def listed(spike, eights, spiking):
        count = 0
        for word in range(eights.size):
            if eights[word]:
                for i in range(8 * word, 8 * word + 8):
                    if spike[i]:
                        spiking[count] = i
                        count += 1
        return count

    @compiled
    def run(first, steps, V, g_e, g_i, t_last, spike, spiking, spikes, eights, indptr, indices):
        for k in range(first, first + steps):
            arrive(spiking[:spikes[0]], indptr, indices, g_e, g_i)
            step(real(k * dt), V, g_e, g_i, t_last, spike)
            spikes[0] = listed(spike, eights, spiking)

    return run, state, state[4]


def measure(run, state, spike, steps, rounds, build_ms, import_ms):
    initial = [array.copy() for array in state]

    def reset():
        for array, values in zip(state, initial):
            array[:] = values

    before = time.perf_counter()
    run(0, 1, *state)
    first = time.perf_counter() - before
    cpu, wall = [], []
    for _ in range(rounds):
        reset()
        before_cpu, before = time.process_time(), time.perf_counter()
        run(0, steps, *state)
        cpu.append(time.process_time() - before_cpu)
        wall.append(time.perf_counter() - before)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    reset()
    spikes = 0
    for k in range(steps):
        run(k, 1, *state)
        spikes += int(numpy.count_nonzero(spike))
    return {"import_ms": import_ms, "build_ms": build_ms, "first_step_ms": 1e3 * first, "cpu_s": cpu, "wall_s": wall,
            "spikes": spikes, "peak_mb": peak}


def main():
    options = models.arguments(models.parser("numba_works.py", __doc__))
    global numba, numpy
    before = time.perf_counter()
    try:
        import numba
        import numpy
    except ImportError:
        sys.exit("numba_works.py: Numba is not installed: apt-get install python3-numba")
    imported = time.perf_counter()
    real = numpy.float32 if options.dtype == "f32" else numpy.float64
    make = {"lif": lif, "hh": hh}.get(options.work)
    run, state, spike = make(options.neurons, real) if make else coba(options.work, options.neurons, real)
    built = time.perf_counter()
    print(json.dumps(measure(run, state, spike, options.steps, options.rounds, 1e3 * (built - imported),
                             1e3 * (imported - before))))


if __name__ == "__main__":
    main()
