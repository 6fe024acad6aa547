"""Creation, shapes, joining, indexing, search, order, sampled functions."""
import numpy as np

from cases import FLOATS, INTS, NUMBERS, case, draw, higher, rng

ANY = NUMBERS + (np.bool_,)

# --- creation -----------------------------------------------------------------------------------------------------------
for shape in [(), (3,), (2, 0), (2, 3)]:
    case("zeros", [], np.zeros(shape, np.float32), shape=shape or "-")
    case("ones", [], np.ones(shape, np.float32), shape=shape or "-")
    case("full", [], np.full(shape, 2.5, np.float32), shape=shape or "-", value=2.5)
for dtype in ANY:
    a = draw((2, 3), dtype)
    case("zeros_like", [a], np.zeros_like(a))
    case("ones_like", [a], np.ones_like(a))
    case("full_like", [a], np.full_like(a, 1))
for start, stop, step in [(0, 10, 1), (3, -8, -2), (2, 2, 1), (5, 1, 1)]:
    case("arange_integers", [], np.arange(start, stop, step), start=start, stop=stop, step=step)
for start, stop, step in [(0.0, 1.0, 0.1), (-2.0, 3.0, 0.37), (1.0, 0.0, -0.25)]:
    case("arange_floats", [], np.arange(start, stop, step), "ulp:1", start=start, stop=stop, step=step)
for start, stop, count, end in [(0, 1, 5, 1), (-3, 7, 50, 1), (0, 1, 10, 0), (2, 2, 3, 1), (0, 5, 1, 1), (0, 5, 0, 1)]:
    case("linspace", [], np.linspace(start, stop, count, bool(end)), "ulp:1", start=start, stop=stop, count=count, end=end)
    case("logspace", [], np.logspace(start, stop, count, bool(end)), "ulp:2", start=start, stop=stop, count=count, end=end)
case("geomspace", [], np.geomspace(1, 1000, 7), "ulp:4", start=1, stop=1000, count=7)
for rows, columns, k in [(3, 3, 0), (3, 4, 1), (4, 2, -1), (0, 3, 0)]:
    case("eye", [], np.eye(rows, columns, k), rows=rows, columns=columns, k=k)
    case("tri", [], np.tri(rows, columns, k), rows=rows, columns=columns, k=k)
case("identity", [], np.identity(4), n=4)
for dtype in NUMBERS:
    for k in (-2, -1, 0, 1):
        v, m = draw((3,), dtype), draw((3, 4), dtype)
        case("diag", [v], np.diag(v, k), k=k)
        case("diag", [m], np.diag(m, k), k=k)
        case("diagflat", [v], np.diagflat(v, k), k=k)
        case("tril", [m], np.tril(m, k), k=k)
        case("triu", [m], np.triu(m, k), k=k)
    v = draw((4,), dtype)
    case("vander", [v], np.vander(v, 3), "ulp:2", n=3)
x, y, z = draw((3,), np.float32), draw((4,), np.float32), draw((2,), np.float32)
for indexing in ("xy", "ij"):
    case("meshgrid", [x, y], np.meshgrid(x, y, indexing=indexing), indexing=indexing)
    case("meshgrid", [x, y, z], np.meshgrid(x, y, z, indexing=indexing), indexing=indexing)
case("indices", [], np.indices((2, 3)), shape=(2, 3))

# --- shapes -------------------------------------------------------------------------------------------------------------
for dtype in ANY:
    a = draw((2, 3, 4), dtype)
    for shape in [(24,), (4, 6), (-1,), (2, -1, 2), (1, 24)]:
        case("reshape", [a], a.reshape(shape), shape=shape)
    case("ravel", [a], a.ravel())
    case("flatten", [a], a.flatten())
    case("transpose", [a], a.T)
    for axes in [(0, 1, 2), (1, 0, 2), (2, 0, 1), (-1, 0, 1)]:
        case("transpose", [a], a.transpose(axes), axes=axes)
    for first, second in [(0, 1), (0, 2), (-1, 1)]:
        case("swapaxes", [a], a.swapaxes(first, second), first=first, second=second)
        case("moveaxis", [a], np.moveaxis(a, first, second), first=first, second=second)
    for axis in (0, 1, 3, -1, -2):
        case("expand_dims", [a], np.expand_dims(a, axis), axis=axis)
    b = draw((1, 3, 1, 2), dtype)
    case("squeeze", [b], np.squeeze(b))
    case("squeeze", [b], np.squeeze(b, 2), axis=2)
    for shape in [(), (3,), (2, 3), (2, 3, 4)]:
        c = draw(shape, dtype)
        case("atleast_1d", [c], np.atleast_1d(c))
        case("atleast_2d", [c], np.atleast_2d(c))
        case("atleast_3d", [c], np.atleast_3d(c))
    c = draw((3, 1), dtype)
    case("broadcast_to", [c], np.broadcast_to(c, (2, 3, 4)), shape=(2, 3, 4))
    c, d = draw((3, 1), dtype), draw((4,), dtype)
    case("broadcast_arrays", [c, d], np.broadcast_arrays(c, d))

    # --- joining, splitting
    c, d = draw((2, 3), dtype), draw((2, 3), dtype)
    for axis in (0, 1, -1):
        case("concatenate", [c, d], np.concatenate([c, d], axis), axis=axis)
        case("stack", [c, d], np.stack([c, d], axis), axis=axis)
        case("append", [c, d], np.append(c, d, axis), axis=axis)
    case("append", [c, d], np.append(c, d))
    v, w = draw((3,), dtype), draw((3,), dtype)
    for name in ("vstack", "hstack", "dstack", "column_stack"):
        case(name, [c, d], getattr(np, name)([c, d]))
        case(name, [v, w], getattr(np, name)([v, w]))
    e = draw((4, 6), dtype)
    for axis in (0, 1):
        case("split", [e], np.split(e, 2, axis), sections=2, axis=axis)
        case("split", [e], np.split(e, [1, 3], axis), places=(1, 3), axis=axis)
        case("array_split", [e], np.array_split(e, 3, axis), sections=3, axis=axis)
    case("hsplit", [e], np.hsplit(e, 3), sections=3)
    case("vsplit", [e], np.vsplit(e, 2), sections=2)
    case("remove", [e], np.delete(e, [0, 2], 1), places=(0, 2), axis=1)

    # --- repeating, flipping, padding
    for counts in [(2,), (2, 3), (2, 1, 2), (0,)]:
        case("tile", [c], np.tile(c, counts), counts=counts)
    for axis in (None, 0, 1):
        case("repeat", [c], np.repeat(c, 3, axis), count=3, axis=axis)
    case("repeat", [c], np.repeat(c, [1, 0, 2], 1), counts=(1, 0, 2), axis=1)
    for shift in (-4, 0, 1, 7):
        for axis in (None, 0, 1):
            case("roll", [c], np.roll(c, shift, axis), shift=shift, axis=axis)
    case("flip", [a], np.flip(a))
    case("flip", [a], np.flip(a, (0, 2)), axes=(0, 2))
    case("fliplr", [c], np.fliplr(c))
    case("flipud", [c], np.flipud(c))
    for turns in (-1, 0, 1, 2, 3):
        case("rot90", [c], np.rot90(c, turns), turns=turns)
    for mode in ("constant", "edge", "reflect", "symmetric", "wrap"):
        case("pad", [e], np.pad(e, ((1, 2), (0, 3)), mode), widths=(1, 2, 0, 3), mode=mode)

    # --- taking
    index = rng.integers(-4, 4, (2, 5)).astype(np.int32)
    case("take", [e, index], np.take(e, index, 0), axis=0)
    case("take", [e, index], np.take(e, index, 1), axis=1)
    case("take", [e, index], np.take(e, index))
    along = rng.integers(-4, 4, (3, 6)).astype(np.int32)
    case("take_along_axis", [e, along], np.take_along_axis(e, along % 4, 0), axis=0)
    which = rng.integers(0, 2, (2, 3)).astype(np.int32)
    case("choose", [which, c, d], np.choose(which, [c, d]))
    for target in (np.float32, np.float64, np.int32, np.int64, np.bool_):
        case("astype", [c], c.astype(target), dtype=np.dtype(target).name, wide=1)

# --- indexing -----------------------------------------------------------------------------------------------------------
for dtype in ANY:
    a = draw((5, 6, 4), dtype)
    i, j = rng.integers(-5, 5, (3,)).astype(np.int32), rng.integers(-4, 4, (2, 1)).astype(np.int32)
    mask = draw((5,), np.bool_)
    wide_mask = draw((5, 6), np.bool_)
    k = np.int32(2)
    INDEXING = {
        "integer": (2,), "negative": (-1, -2), "slice": (slice(1, 4),), "step": (slice(None), slice(None, None, 2)),
        "backwards": (slice(None, None, -1), slice(4, 1, -2)), "empty": (slice(3, 1),), "beyond": (slice(-100, 100), slice(2, 50)),
        "newaxis": (None, slice(None), None), "ellipsis": (Ellipsis, 1), "mixed": (0, Ellipsis, slice(1, 3), None),
        "array": (i,), "array_second": (slice(None), i), "arrays": (i, slice(None), j), "pair": (i, i),
        "array_integer_apart": (0, slice(None), j), "array_integer": (i, 1), "slice_array": (slice(1, 4), j, slice(None, None, 2)),
        "broadcast_pair": (slice(None), i, j), "mask": (mask,), "mask_second": (wide_mask, 1), "mask_two": (wide_mask,),
        "scalar_array": (k,), "scalar_array_last": (Ellipsis, k),
    }
    for name, index in INDEXING.items():
        inputs = [a, i, j, mask, wide_mask, k]
        case("index", inputs, a[index], which=name)
        for how in ("set", "add", "multiply", "min", "max"):
            if dtype is np.bool_ and how != "set":
                continue
            part = a[index]
            value = draw(part.shape[-1:] if part.ndim and name != "empty" else (), dtype, -3, 3)
            result = a.copy()
            if how == "set":
                # Of repeated places the last one stays: NumPy does the same for values in order.
                result[index] = value
            else:
                {"add": np.add, "multiply": np.multiply, "min": np.minimum, "max": np.maximum}[how].at(result, index, value)
            case("update", inputs + [value], result, "ulp:2" if how in ("add", "multiply") else "exact", which=name, how=how)

# --- order, search, sets ------------------------------------------------------------------------------------------------
for dtype in NUMBERS:
    a = draw((4, 7), dtype, -9, 9)
    for axis in (0, 1, -1, None):
        case("sort", [a], np.sort(a, axis), axis=axis)
        case("argsort", [a], np.argsort(a, axis, kind="stable").astype(np.int32), axis=axis)
    line, values = np.sort(draw((9,), dtype, -9, 9)), draw((3, 4), dtype, -9, 9)
    for side in ("left", "right"):
        case("searchsorted", [line, values], np.searchsorted(line, values, side).astype(np.int32), side=side)
    bins = np.unique(draw((9,), dtype, -9, 9))
    for right in (0, 1):
        case("digitize", [values, bins], np.digitize(values, bins, bool(right)).astype(np.int32), right=right)
    v = draw((20,), np.int32, -3, 3).astype(dtype)
    found, first, inverse, counts = np.unique(v, True, True, True)
    case("unique", [v], found)
    case("unique_all", [v], [found] + [n.astype(np.int32) for n in (first, inverse, counts)])
    sparse = draw((3, 5), np.int32, -1, 1).astype(dtype)
    case("nonzero", [sparse], [n.astype(np.int32) for n in np.nonzero(sparse)])
    case("flatnonzero", [sparse], np.flatnonzero(sparse).astype(np.int32))
    case("argwhere", [sparse], np.argwhere(sparse).astype(np.int32))
    chosen = draw((3, 5), np.bool_)
    case("extract", [chosen, sparse], np.extract(chosen, sparse))
    case("isin", [v, v[:3]], np.isin(v, v[:3]))
    low, high = float(values.min()), float(values.max())
    counts, edges = np.histogram(values, 5)
    case("histogram_edges", [values, bins], np.histogram(values, bins)[0].astype(np.int32))
number = draw((30,), np.int32, 0, 6)
case("bincount", [number], np.bincount(number).astype(np.int32))
case("bincount", [number], np.bincount(number, minlength=12).astype(np.int32), length=12)
weight = draw((30,), np.float32)
case("bincount_weights", [number, weight], np.bincount(number, weight).astype(np.float32), "close:1e-6")
samples = np.round(draw((50,), np.float64, 0, 8)) / 2
case("histogram", [samples], [np.histogram(samples, 8)[0].astype(np.int32), np.histogram(samples, 8)[1]], "ulp:1", bins=8)
case("histogram_range", [samples], np.histogram(samples, 4, (0, 2))[0].astype(np.int32), bins=4, low=0, high=2)
for dtype in FLOATS:
    one = draw((5,), np.int32, -1, 5)
    case("one_hot", [one], (one[:, None] == np.arange(4)).astype(np.float32), classes=4)

# --- statistics, sampled functions --------------------------------------------------------------------------------------
for dtype in FLOATS:
    tolerance = "close:4e-6" if dtype == np.float32 else "close:1e-13"
    a, v, w = draw((3, 20), dtype), draw((20,), dtype), draw((20,), dtype)
    wide = a.astype(np.float64)
    case("cov", [a], np.cov(wide).astype(dtype), tolerance)
    case("cov", [a], np.cov(wide, bias=True).astype(dtype), tolerance, bias=1)
    case("cov", [v], np.cov(v.astype(np.float64)).astype(dtype), tolerance)
    case("corrcoef", [a], np.corrcoef(wide).astype(dtype), tolerance)
    case("corrcoef_pair", [v, w], np.corrcoef(v.astype(np.float64), w.astype(np.float64)).astype(dtype), tolerance)
    for axis in (0, 1, -1):
        case("gradient", [a], np.gradient(a, 0.5, axis=axis).astype(dtype), tolerance, spacing=0.5, axis=axis)
        case("trapz", [a], np.trapz(wide, dx=0.1, axis=axis).astype(dtype), tolerance, dx=0.1, axis=axis)
    x = np.sort(draw((20,), dtype))
    case("trapz_at", [a, x], np.trapz(wide, x.astype(np.float64), axis=1).astype(dtype), tolerance)
    at = draw((4, 5), dtype, -6, 6)
    case("interp", [at, x, v], np.interp(at, x, v).astype(dtype), "close:2e-5" if dtype == np.float32 else tolerance)
    case("polyval", [v[:4], at], np.polyval(v[:4].astype(np.float64), at.astype(np.float64)).astype(dtype), tolerance)
    case("convolve", [v, w[:5]], np.convolve(v.astype(np.float64), w[:5].astype(np.float64)).astype(dtype), tolerance, mode="full")
for dtype in NUMBERS:
    tolerance = "close:4e-6" if dtype in FLOATS else "exact"
    a = draw((3, 6), dtype, -9, 9)
    for n in (0, 1, 2):
        for axis in (0, 1):
            case("diff", [a], np.diff(a, n, axis), n=n, axis=axis)
    case("ediff1d", [a], np.ediff1d(a))
    for n, m in [(7, 3), (7, 4), (3, 7), (4, 7), (5, 5), (1, 4)]:
        u, v = draw((n,), dtype), draw((m,), dtype)
        for mode in ("full", "same", "valid"):
            case("convolve", [u, v], np.convolve(u, v, mode), tolerance, mode=mode)
            case("correlate", [u, v], np.correlate(u, v, mode), tolerance, mode=mode)
