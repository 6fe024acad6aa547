"""Reductions over axes, statistics, cumulative functions."""
import numpy as np

from cases import FLOATS, INTS, NUMBERS, case, draw, higher, rng


def axes_of(rank):
    choices = [None] + list(range(rank)) + [-1] * (rank > 0)
    if rank >= 2:
        choices += [(0, rank - 1)]
    return choices


def reduction(name, f, dtypes, tolerance, low=-4.0, high=4.0, shapes=((), (17,), (3, 4), (2, 3, 5)), several=True, keep=True, nans=0):
    for dtype in dtypes:
        for shape in shapes:
            for axis in axes_of(len(shape)):
                if isinstance(axis, tuple) and not several:
                    continue
                for keepdims in (False, True) if keep else (None,):
                    a = draw(shape, dtype, low, high)
                    if nans and a.size > 3:
                        a.reshape(-1)[rng.integers(0, a.size, 2)] = np.nan
                    options = {} if keepdims is None else {"keepdims": keepdims}
                    wide = higher(a) if np.dtype(dtype).kind == "f" else a
                    result = np.asarray(f(wide, axis=axis, **options))
                    if np.dtype(dtype).kind == "f" and result.dtype.kind == "f":
                        result = result.astype(dtype)
                    elif result.dtype.kind == "i" and np.dtype(dtype).kind in "i":
                        result = result.astype(dtype) if "arg" not in name and "count" not in name else result.astype(np.int32)
                    elif result.dtype.kind == "i":
                        result = result.astype(np.int32)
                    elif np.dtype(dtype).kind == "i" and result.dtype.kind == "f":
                        result = result.astype(np.float32)
                    tol = tolerance if dtype in FLOATS and result.dtype.kind == "f" else "close:1e-6" if result.dtype.kind == "f" else "exact"
                    if tol == "near":
                        tol = "close:2e-6" if dtype == np.float32 else "close:1e-14"
                    kept = None if not keepdims else 1
                    case(name, [a], result, tol, axis=axis, keepdims=kept)


reduction("sum", np.sum, NUMBERS + (np.bool_,), "near")
reduction("prod", np.prod, NUMBERS, "near", -1.9, 1.9)
reduction("mean", np.mean, FLOATS + (np.int32,), "near")
reduction("var", np.var, FLOATS + (np.int32,), "near")
reduction("std", np.std, FLOATS + (np.int32,), "near")
for name in ("min", "max", "amin", "amax"):
    reduction(name, np.amin if name.endswith("min") else np.amax, NUMBERS, "exact")
reduction("ptp", np.ptp, FLOATS + INTS, "near")
reduction("median", np.median, FLOATS + (np.int32,), "near")
reduction("any", np.any, NUMBERS + (np.bool_,), "exact", -1, 1)
reduction("all", np.all, NUMBERS + (np.bool_,), "exact", -1, 1)
reduction("count_nonzero", np.count_nonzero, (np.float32, np.int32, np.bool_), "exact", -1, 1)
reduction("argmin", np.argmin, (np.float32, np.float64, np.int32), "exact", several=False, keep=False)
reduction("argmax", np.argmax, (np.float32, np.float64, np.int32), "exact", several=False, keep=False)
for name in ("nansum", "nanprod", "nanmean", "nanvar", "nanstd"):
    reduction(name, getattr(np, name), FLOATS, "near", -1.9, 1.9, shapes=((17,), (3, 4)), nans=2)
for name in ("nanmin", "nanmax"):
    reduction(name, getattr(np, name), FLOATS, "exact", shapes=((17,), (3, 4)), nans=2)
reduction("cumsum", np.cumsum, NUMBERS, "near", several=False, keep=False)
reduction("cumprod", np.cumprod, NUMBERS, "near", -1.9, 1.9, several=False, keep=False)
reduction("nancumsum", np.nancumsum, FLOATS, "near", shapes=((17,), (3, 4)), several=False, keep=False, nans=2)
reduction("logsumexp", lambda a, axis=None, keepdims=False: np.log(np.sum(np.exp(a), axis=axis, keepdims=keepdims)), FLOATS, "near", -20, 20)
for dtype in FLOATS:
    a = draw((5, 6), dtype)
    case("cummax", [a], np.maximum.accumulate(a, axis=1), axis=1)
    for q in (0.0, 0.25, 0.5, 0.9, 1.0):
        for axis in (None, 0, 1):
            case("quantile", [a], np.quantile(a, q, axis=axis).astype(dtype), "close:1e-6", q=q, axis=axis)
            case("percentile", [a], np.percentile(a, 100 * q, axis=axis).astype(dtype), "close:1e-6", q=100 * q, axis=axis)
    w = draw((6,), dtype, 0.1, 1)
    case("average", [a, w], np.average(a, axis=1, weights=w).astype(dtype), "close:1e-6", axis=1)
    case("var_ddof", [a], np.var(a, axis=0, ddof=1).astype(dtype), "close:1e-6", axis=0)
    for offset in (-1, 0, 2):
        case("trace", [a], np.trace(a, offset), "close:1e-6", offset=offset)
        case("diagonal", [a], np.diagonal(a, offset), offset=offset)
    for axis in (0, 1):
        s = np.exp(higher(a)) / np.sum(np.exp(higher(a)), axis=axis, keepdims=True)
        case("softmax", [a], s.astype(dtype), "close:1e-6", axis=axis)
        case("log_softmax", [a], np.log(s).astype(dtype), "close:1e-6", axis=axis)
