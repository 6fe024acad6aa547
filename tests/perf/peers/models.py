"""The numbers that every program of a comparison shares, and its command line.

They are those of tests/perf/models.h: a change there belongs here as well. In: the command line. Out: its values,
parameters by work, initial membrane potentials.
"""
import argparse

NETWORK = {"tau": 20.0, "V_rest": -60.0, "V_reset": -60.0, "V_th": -50.0, "t_ref": 5.0, "I": 20.0, "E_e": 0.0,
           "E_i": -80.0, "tau_e": 5.0, "tau_i": 10.0, "w_e": 0.6, "w_i": 6.7}
# Times in ms, potentials in mV; dt is the time step.
PARAMETERS = {
    "lif": {"dt": 0.1, "tau": 20.0, "V_rest": -60.0, "V_reset": -60.0, "V_th": -50.0, "t_ref": 5.0, "I": 20.0},
    "hh": {"dt": 0.01, "C": 1.0, "gNa": 120.0, "gK": 36.0, "gL": 0.3, "ENa": 50.0, "EK": -77.0, "EL": -54.387,
           "I": 10.0, "V_th": 20.0},
    "coba_euler": {"dt": 0.1, **NETWORK},
    "coba_expeuler": {"dt": 0.1, **NETWORK},
}
SYNAPSES_PER_NEURON = 80


def spread(size, low, width):
    """Potentials over [low, low + width) without a random number."""
    return [low + width * (k * 0.6180339887498949 % 1.0) for k in range(size)]


def parser(program, description):
    result = argparse.ArgumentParser(prog=program, description=description,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    result.add_argument("work", choices=list(PARAMETERS))
    result.add_argument("neurons", type=int)
    result.add_argument("dtype", choices=["f32", "f64"])
    result.add_argument("steps", type=int)
    result.add_argument("rounds", type=int)
    return result


def arguments(result):
    """The parsed command line; a usage message and exit status 2 where it makes no sense."""
    options = result.parse_args()
    if options.neurons < 10 or options.steps < 1 or options.rounds < 1:
        result.error("at least 10 neurons, 1 step and 1 round")
    return options
