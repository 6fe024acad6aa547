"""Products and linear algebra. Decompositions are compared through what does not depend on signs or order."""
import numpy as np

from cases import FLOATS, INTS, case, draw, higher

NEAR = {np.float32: "close:5e-6", np.float64: "close:1e-13"}
LOOSE = {np.float32: "close:1e-4", np.float64: "close:1e-11"}


def product(name, f, left, right, dtypes=FLOATS + INTS, **params):
    for dtype in dtypes:
        a, b = draw(left, dtype), draw(right, dtype)
        result = f(higher(a), higher(b)).astype(dtype) if dtype in FLOATS else f(a, b)
        case(name, [a, b], result, NEAR.get(dtype, "exact"), **params)


for left, right in [((5,), (5,)), ((3, 5), (5,)), ((5,), (5, 2)), ((3, 5), (5, 2)), ((2, 3, 4), (4, 5)), ((0, 3), (3, 2)), ((3, 0), (0, 2))]:
    product("dot", np.dot, left, right)
    product("matmul", np.matmul, left, right)
product("dot", np.dot, (2, 3, 4), (5, 4, 2))
product("dot", np.dot, (), (3, 4))
product("matmul", np.matmul, (2, 3, 4), (2, 4, 5))
product("matmul", np.matmul, (2, 1, 3, 4), (3, 4, 2))
product("vdot", np.vdot, (3, 4), (3, 4))
product("inner", np.inner, (3, 4), (2, 4))
product("inner", np.inner, (4,), (4,))
product("outer", np.outer, (3,), (2, 2))
product("tensordot", lambda a, b: np.tensordot(a, b, 2), (2, 3, 4), (3, 4, 5), axes=2)
product("tensordot", lambda a, b: np.tensordot(a, b, 0), (2, 3), (4,), axes=0)
product("tensordot", lambda a, b: np.tensordot(a, b, ([0, 2], [1, 0])), (2, 3, 4), (4, 2, 5), axes_of_a=(0, 2), axes_of_b=(1, 0))
product("kron", np.kron, (2, 3), (3, 2))
product("kron", np.kron, (3,), (2, 2))
product("cross", np.cross, (3,), (3,))
product("cross", np.cross, (4, 3), (3,))
for subscripts, left, right in [
    ("ij,jk->ik", (3, 4), (4, 5)), ("ij,jk", (3, 4), (4, 5)), ("i,i->", (6,), (6,)), ("i,j->ij", (3,), (4,)),
    ("bij,bjk->bik", (2, 3, 4), (2, 4, 5)), ("ij,kj->ki", (3, 4), (5, 4)), ("ij,ij->i", (3, 4), (3, 4)),
    ("abc,cd->dab", (2, 3, 4), (4, 2)), ("ijk,k->ij", (2, 3, 4), (4,)), ("ij,k->j", (3, 4), (2,)),
]:
    product("einsum", lambda a, b: np.einsum(subscripts, a, b), left, right, subscripts=subscripts)
for subscripts, shape in [("ij->ji", (3, 4)), ("ii->i", (4, 4)), ("ii", (4, 4)), ("ij->", (3, 4)), ("ji", (3, 4)), ("iij->j", (3, 3, 2)), ("ijk->kj", (2, 3, 4))]:
    for dtype in FLOATS:
        a = draw(shape, dtype)
        case("einsum", [a], np.einsum(subscripts, higher(a)).astype(dtype), NEAR[dtype], subscripts=subscripts)
a, b, c = draw((3, 4), np.float64), draw((4, 5), np.float64), draw((5, 2), np.float64)
case("einsum", [a, b, c], np.einsum("ij,jk,kl->il", a, b, c), NEAR[np.float64], subscripts="ij,jk,kl->il")

for dtype in FLOATS:
    near, loose = NEAR[dtype], LOOSE[dtype]
    for shape in [(1, 1), (4, 4), (7, 7), (2, 3, 3)]:
        a = (draw(shape, dtype, -1, 1) + 3 * np.eye(shape[-1])).astype(dtype)
        wide = a.astype(np.float64)
        b = draw(shape[:-1] + (2,), dtype)
        case("solve", [a, b], np.linalg.solve(wide, b.astype(np.float64)).astype(dtype), loose)
        if len(shape) == 2:
            v = draw(shape[:1], dtype)
            case("solve", [a, v], np.linalg.solve(wide, v.astype(np.float64)).astype(dtype), loose)
        case("inv", [a], np.linalg.inv(wide).astype(dtype), loose)
        case("det", [a], np.asarray(np.linalg.det(wide)).astype(dtype), loose)
        sign, logarithm = np.linalg.slogdet(wide)
        case("slogdet", [a], [np.asarray(sign).astype(dtype), np.asarray(logarithm).astype(dtype)], loose)
        symmetric = ((wide + np.swapaxes(wide, -1, -2)) / 2).astype(dtype)
        spd = (wide @ np.swapaxes(wide, -1, -2)).astype(dtype)
        case("eigh_and_back", [symmetric], [np.linalg.eigvalsh(symmetric.astype(np.float64)).astype(dtype), symmetric], loose)
        case("eigvalsh", [symmetric], np.linalg.eigvalsh(symmetric.astype(np.float64)).astype(dtype), loose)
        case("cholesky", [spd], np.linalg.cholesky(spd.astype(np.float64)).astype(dtype), loose)
        case("matrix_power", [a], np.linalg.matrix_power(wide, 3).astype(dtype), loose, n=3)
        case("matrix_power", [a], np.linalg.matrix_power(wide, -2).astype(dtype), loose, n=-2)
        case("matrix_power", [a], np.linalg.matrix_power(wide, 0).astype(dtype), loose, n=0)
        case("eig_residual", [a], np.zeros(shape, dtype) + 0, "close:%g" % (1e-4 if dtype == np.float32 else 1e-11))
    for shape in [(4, 4), (5, 3), (3, 5)]:
        a = draw(shape, dtype)
        wide = a.astype(np.float64)
        case("svd_and_back", [a], [np.linalg.svd(wide)[1].astype(dtype), a], loose)
        case("qr_and_back", [a], [a, np.eye(min(shape), dtype=dtype)], loose)
        case("pinv", [a], np.linalg.pinv(wide).astype(dtype), loose)
        case("matrix_rank", [a], np.asarray(np.linalg.matrix_rank(a)).astype(np.int32), "exact")
        for order in (None, 1, 2, np.inf):
            case("norm", [a], np.asarray(np.linalg.norm(wide, order)).astype(dtype), near, order=order)
        for axis in (0, 1):
            for order in (None, 0, 1, 2, 3, np.inf, -np.inf):
                case("norm", [a], np.linalg.norm(wide, order, axis=axis).astype(dtype), near, order=order, axis=axis)
    low_rank = (draw((5, 2), dtype) @ draw((2, 5), dtype)).astype(dtype)
    case("matrix_rank", [low_rank], np.asarray(2, np.int32), "exact")
    a, b = draw((7, 3), dtype), draw((7,), dtype)
    case("lstsq", [a, b], np.linalg.lstsq(a.astype(np.float64), b.astype(np.float64), None)[0].astype(dtype), loose)
