"""What str() makes of arrays."""
import numpy as np

from cases import FLOATS, INTS, case, draw, rng

arrays = []
for dtype in FLOATS:
    for values in [
        [1, 2, 3], [0.1, 0.25], [1e-5, 1.0], [1e8, 1.0], [123456.789, 0.001], [1e10], [1e-10, 2e-10], [-1.5, 2.25, 1000],
        [np.nan, 1, np.inf], [-np.inf, 0.5], [np.nan], [np.inf, -np.inf, np.nan], [0.0, -0.0], [1 / 3, 2 / 3], [99999.99, 1.5],
        [0.0001, 0.05], [0.00009, 0.05], [1e-300 if dtype is np.float64 else 1e-30, 1], [12345678.9, 1e7], [np.pi * 1e6, 7],
        [1e15, 1e16], [0.1 + 0.2], [16777217, 3], [5e-324 if dtype is np.float64 else 1e-45],
    ]:
        arrays.append(np.array(values, dtype))
    for shape in [(30,), (3, 4), (2, 3, 4), (2, 1, 2, 3), (5, 20), (1, 1), (0,), (2, 0), (1001,), (40, 30), (3, 400), (7, 13, 12)]:
        arrays.append(draw(shape, dtype, -100, 100))
        arrays.append(np.round(draw(shape, dtype, -100, 100)))
    arrays.append((10.0 ** rng.uniform(-6, 6, (4, 5))).astype(dtype))
    arrays.append(np.linspace(0, 1, 13, dtype=dtype))
for dtype in INTS + (np.uint32, np.uint64):
    low = 0 if np.dtype(dtype).kind == "u" else -1000
    for shape in [(5,), (60,), (3, 4), (2, 2, 2), (2000,), (0,)]:
        arrays.append(draw(shape, dtype, low, 1000))
arrays.append(draw((5,), np.bool_))
arrays.append(draw((3, 20), np.bool_))
arrays.append(draw((1200,), np.bool_))
for a in arrays:
    case("print", [a], [], text=str(a).encode().hex())
