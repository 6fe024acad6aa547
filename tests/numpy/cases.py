"""Cases of bm:: functions with what NumPy answers, as text.

One case is a line `case NAME TOLERANCE key=value ...`, then lines `in` and `out`, each with element type, extents and
elements; floats are hexadecimal bits. Tolerances: `exact`, `ulp:N` (units in the last place), `close:T` (T times the
largest magnitude of the inputs and results). Elementwise functions are computed by NumPy in the next larger precision and rounded once.
"""
import math
import sys

import numpy as np

rng = np.random.default_rng(int(sys.argv[1]) if len(sys.argv) > 1 else 20240607)
np.seterr(all="ignore")

NAMES = {"float32": "f32", "float64": "f64", "int32": "i32", "int64": "i64", "uint32": "u32", "uint64": "u64", "bool": "bool"}
FLOATS = (np.float32, np.float64)
INTS = (np.int32, np.int64)
NUMBERS = FLOATS + INTS
lines = []


def record(kind, a):
    a = np.asarray(a)
    if a.dtype == np.float32:
        words = ["%x" % w for w in np.ascontiguousarray(a).reshape(-1).view(np.uint32)]
    elif a.dtype == np.float64:
        words = ["%x" % w for w in np.ascontiguousarray(a).reshape(-1).view(np.uint64)]
    else:
        words = [str(int(w)) for w in a.reshape(-1)]
    shape = ",".join(str(e) for e in a.shape) or "-"
    lines.append(" ".join([kind, NAMES[a.dtype.name], shape] + words))


def text_of(value):
    if isinstance(value, (list, tuple)):
        return ",".join(str(v) for v in value)
    return str(value)


def case(name, inputs, outputs, tolerance="exact", **params):
    """Element types of results: without an input of 64 bits they have 32."""
    params = {k: v for k, v in params.items() if v is not None}
    lines.append(" ".join(["case", name, tolerance] + [k + "=" + text_of(v) for k, v in params.items()]))
    wide = any(np.asarray(a).dtype in (np.float64, np.int64, np.uint64) for a in inputs) or params.get("wide")
    narrow = {np.dtype(np.float64): np.float32, np.dtype(np.longdouble): np.float32, np.dtype(np.int64): np.int32}
    for a in inputs:
        record("in", a)
    for a in outputs if isinstance(outputs, (list, tuple)) else [outputs]:
        a = np.asarray(a)
        if not wide:
            a = a.astype(narrow.get(a.dtype, a.dtype))
        elif a.dtype == np.longdouble:
            a = a.astype(np.float64)
        elif a.dtype == np.int64 and "wide" not in params and not any(np.asarray(i).dtype in (np.int64, np.uint64) for i in inputs):
            a = a.astype(np.int32)
        record("out", a)


def higher(a):
    a = np.asarray(a)
    if a.dtype == np.float32 or a.dtype.kind in "iub":
        return a.astype(np.float64)
    return a.astype(np.longdouble)


def draw(shape, dtype, low=-4.0, high=4.0):
    dtype = np.dtype(dtype)
    if dtype == np.bool_:
        return rng.random(shape) < 0.5
    if dtype.kind in "iu":
        return rng.integers(math.ceil(low), math.floor(high) + 1, shape).astype(dtype)
    return np.asarray(rng.uniform(low, high, shape)).astype(dtype)


SHAPES = [(), (0,), (1,), (17,), (3, 4), (2, 3, 4)]
