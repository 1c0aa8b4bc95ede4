"""What a program does not do: repeat work, make arrays of ones and zeros, copy, hold memory."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest

from bracketcalc.calculus.derivatives import gradient, hessian, jacobian
from bracketcalc.compiler.compile import Compiled, compile
from bracketcalc.expr.algebra import diag, dot, einsum, outer, trace
from bracketcalc.expr.build import define, identity, ones, scalar, tensors
from bracketcalc.expr.core import Expr, Size
from bracketcalc.functions.forms import FORMS, exp, function, log, softmax, subtensor_function, tanh
from bracketcalc.functions.table import CHOOSING
from bracketcalc.reference import evaluate as reference

X, W, b, v, w = tensors("X[n,d] W[d,k] b[k] v[n] w[d]")
(S,) = tensors("S[n,n]")
N, D, K = 2000, 3, 2
Shapes = dict[str, Any]
SHAPES: Shapes = {"X": (N, D), "W": (D, K), "b": (K,), "v": (N,), "w": (D,), "n": N}


def shapes_of(f: Compiled, shapes: Shapes) -> Shapes:
    return {name: shapes[name] for name in f.arguments}


def values_of(f: Compiled, shapes: Shapes) -> dict[str, Any]:
    draw = np.random.default_rng(0)
    return {
        name: shape if isinstance(shape, int) else draw.standard_normal(shape)
        for name, shape in shapes_of(f, shapes).items()
    }


def kernels(f: Compiled, **shapes: Any) -> list[str]:
    return [step.kernel for step in f.report(**shapes).path]


# -- ones and deltas ------------------------------------------------------------------------------------

e = ones("n")

LAZY: dict[str, Expr] = {
    "sum as a product with ones": einsum("nd,n->d", X, e),
    "sum of all": dot(X, outer(e, ones("d"))),
    "bias": X @ W + outer(e, b),
    "identity product": identity("n") @ X,
    "trace of a product": trace(X @ einsum("nd,n->dn", X, v)),
    "diagonal of an outer product": einsum("nn->n", outer(v, v)),
    "diagonal matrix times matrix": diag(v) @ X,
    "matrix times diagonal matrix": X @ diag(w),
    "trace of the identity": trace(identity("n")) * dot(v, v),
    "delta of order 3": einsum("ijk,j,kd->id", identity("n", 3), v, X),
    "delta inside a sum": (diag(v) + identity("n")) @ v,
    "centred": X - outer(e, X.sum(axis=0)) / Size("n"),
    "function of ones": exp(outer(e, w)).sum(axis=1),
    "gradient of a sum": gradient(dot(X.sum(axis=0), w), X) @ w,
    "jacobian of an element-wise function": jacobian(exp(v), v) @ v,
    "hessian of a sum of squares": hessian(dot(v, v), v) @ v,
}


@pytest.mark.parametrize("name", LAZY)
def test_ones_and_deltas_stay_structure(name: str) -> None:
    f = compile(LAZY[name])
    report = f.report(**shapes_of(f, SHAPES))
    assert not {"full", "scatter", "add_diagonal"} & {step.kernel for step in report.path}
    # Three times the largest array of the problem; an n by n array would be 300 times that.
    assert report.peak_bytes <= 3 * N * D * 8
    values = values_of(f, {**SHAPES, "X": (4, D), "v": (4,), "n": 4})
    wanted = reference(LAZY[name], values, {"n": 4, "d": D})
    np.testing.assert_allclose(f(**values), wanted, rtol=1e-12, atol=1e-13)


def test_ones_and_deltas_are_arrays_where_they_are_the_result() -> None:
    assert kernels(compile([diag(v)]), v=(3,)) == ["scatter"]
    assert kernels(compile([outer(e, ones("k"))]), n=3, k=2) == ["full"]
    assert kernels(compile([S + 2 * identity("n")]), S=(3, 3)) == ["add_diagonal"]
    assert kernels(compile([outer(e, w)]), n=3, w=(2,)) == ["copy"]


# -- sharing --------------------------------------------------------------------------------------------


def counted() -> tuple[Any, Any, list[str]]:
    """Return an element-wise function and one on vectors that record their calls."""
    calls: list[str] = []

    def elementwise(xp: Any, x: Any) -> Any:
        calls.append("f")
        return xp.sin(x)  # alone it would be one call of NumPy, but it is a user's function

    def on_vectors(xp: Any, x: Any) -> Any:
        calls.append("g")
        return x / 2

    f = function("f", elementwise)
    return f, subtensor_function("g", 1, lambda sizes: sizes, on_vectors), calls


def test_what_several_results_share_is_computed_once() -> None:
    f, g, calls = counted()
    hidden = define("H", f(X @ W))
    loss = (hidden * hidden).sum() + g(hidden).sum()
    again = f(X @ W).sum(axis=0)
    program = compile([loss, hidden, again, g(f(X @ W)), g(hidden) + 1])
    program(**values_of(program, SHAPES))
    assert sorted(calls) == ["f", "g"]
    path = kernels(program, **shapes_of(program, SHAPES))
    assert (path.count("f"), path.count("g")) == (1, 1)


def test_loss_and_gradients_share_the_forward_pass() -> None:
    A, B = tensors("A[d,h] B[h,k]")
    Y = tensors("Y[n,k]")[0]
    loss = -dot(log(softmax(tanh(X @ A) @ B, axis=1)), Y)
    program = compile([loss, *gradient(loss, [A, B])])
    path = kernels(program, X=(50, 4), A=(4, 5), B=(5, 3), Y=(50, 3))
    assert path.count("tanh") == 1
    assert path.count("log_softmax") == 1
    assert path.count("softmax") == 0
    # Two products forward, two for the weights, one for the hidden layer, one for the loss.
    assert path.count("dot") == 6


def test_a_value_that_a_user_function_keeps_is_not_written_to() -> None:
    kept = np.array([1.0, 2.0, 3.0])
    constant = function("constant", lambda xp, x: kept)
    first, second = compile([-constant(w), constant(w)])(w=np.zeros(3))
    second[...] = 7
    np.testing.assert_array_equal(kept, [1, 2, 3])
    np.testing.assert_array_equal(first, [-1, -2, -3])


# -- memory ---------------------------------------------------------------------------------------------


def test_repeated_functions_use_one_buffer() -> None:
    deep: Expr = X
    for _ in range(10):
        deep = tanh(deep) * 2
    report = compile(deep).report(X=(100, 7))
    assert report.peak_bytes == 100 * 7 * 8


def test_a_long_sum_holds_two_terms() -> None:
    T = 60
    names = " ".join(f"u{k}[m]" for k in range(T))
    vectors = tensors(names)
    total: Expr = outer(exp(vectors[0]), vectors[0])
    for vector in vectors[1:]:
        total = total + outer(exp(vector), vector)
    f = compile(total)
    m = 200
    peak = f.report(**dict.fromkeys(f.arguments, (m,))).peak_bytes
    # NumPy multiplies rows with columns through two buffers of 8192 elements.
    assert peak <= 2 * m * m * 8 + T * m * 8 + 2 * 8192 * 8


SQUARE = (
    "inv",
    "inverse",
    "adjugate",
    "det",
    "logdet",
    "cholesky",
    "eigvalsh",
    "eigvecsh",
    "expm",
    "sqrtm",
    "logm",
)
MEASURED: dict[str, Expr] = {
    "product": X @ W,
    "gram": X.T @ X,
    "outer": outer(v, w),
    "three": einsum("nd,ne,nf->def", X, X, X),
    "copy": X.T,
    **{name: form(X) for name, form in FORMS.items() if name not in (*SQUARE, *CHOOSING)
       and not (getattr(form, "parameters", ()) and len(form.defaults) < len(form.parameters))},  # type: ignore[union-attr]
}  # fmt: skip


@pytest.mark.parametrize("name", MEASURED)
def test_no_more_memory_is_used_than_predicted(name: str) -> None:
    f = compile(MEASURED[name])
    shapes = {"X": (5000, 40), "W": (40, 30), "v": (5000,), "w": (40,)}
    values = {k: np.abs(x) % 0.5 + 1.25 for k, x in values_of(f, shapes).items()}
    if name in ("arcsin", "arccos", "arctanh"):
        values = {k: x - 1.2 for k, x in values.items()}
    predicted = f.report(**shapes_of(f, shapes)).peak_bytes
    f(**values)
    tracemalloc.start()
    result = f(**values)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert result.nbytes <= peak <= predicted + 200_000  # NumPy's own buffers are that small


def test_scalars_cost_nothing() -> None:
    s = scalar("s")
    f = compile(2 * s * (X @ w))
    report = f.report(X=(100, 9), w=(9,), s=())
    # The factor goes into the smaller operand.
    assert report.flops == 2 * 100 * 9 + 9 + 1
