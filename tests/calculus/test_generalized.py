"""Functions on sub-tensors and their gradients, literally as the paper defines them (§4.1, §4.3.4)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import permutations
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from bracketcalc.calculus.derivatives import differential, jacobian, jvp
from bracketcalc.calculus.generalized import generalized_gradient, subtensor_gradient
from bracketcalc.calculus.named import multiplied_out
from bracketcalc.compiler.compile import compile
from bracketcalc.errors import ArgumentError, DerivativeError, ShapeError
from bracketcalc.expr.algebra import diag, dot, odot, outer
from bracketcalc.expr.build import define, onehot, tensor, tensors
from bracketcalc.expr.core import Expr, Product, Sum, Tensor, product
from bracketcalc.functions.application import SubtensorForm, apply_to
from bracketcalc.functions.declare import subtensor_function
from bracketcalc.functions.forms import det, exp, inv, log_softmax, logdet, logsumexp, softmax, tanh
from bracketcalc.notation.parse import parse
from bracketcalc.reference import evaluate
from bracketcalc.render.text import to_text
from bracketcalc.simplify.equality import equal

Values = npt.NDArray[Any]


def _weighted(x: Expr, _y: Expr, dx: Expr, batch: int) -> Expr:
    """d g = Σ_ab 2 x_ab dx_ab in place a: g(x)_a = Σ_b x_ab²"""
    lead = list(range(batch))
    return product(2, [(x, [*lead, "a", "b"]), (dx, [*lead, "a", "b"])], [*lead, "a"])


SQUARES = subtensor_function(
    "squares", 2, lambda sizes: sizes[:1], lambda xp, x: (x * x).sum(axis=-1), _weighted
)
"""A function of a matrix whose result is a vector, made by a user."""

SPREAD = subtensor_function(
    "spread",
    1,
    lambda sizes: (*sizes, 2),
    lambda xp, x: xp.stack([x, 3 * x], axis=-1),
    lambda x, y, dx, batch: product(
        1,
        [(dx, range(batch + 1)), (onehot(0, 2) + 3 * onehot(1, 2), ["last"])],
        [*range(batch + 1), "last"],
    ),
)
"""A function of a vector whose result is a matrix, made by a user."""


def random_array(shape: Sequence[int], seed: int = 0) -> Values:
    """Return random numbers; matrices of equal sizes among them are far from singular."""
    found = np.random.default_rng(seed).uniform(0.5, 1.5, tuple(shape))
    if len(shape) > 1 and shape[-1] == shape[-2]:
        found = found + 2 * np.eye(shape[-1])
    return found


def value(expr: Expr, **arrays: Values) -> Values:
    """Return the reference value."""
    return evaluate(expr, arrays)


def by_loops(form: SubtensorForm, x: Values, lead: Sequence[int]) -> Values:
    """Return f^P(X)_{I_k I_m} = f(X_{I_k^P ·})_{I_m}, one index I_k after the other (27)."""
    shape = [x.shape[axis] for axis in lead]
    found: dict[tuple[int, ...], Values] = {}
    for index in np.ndindex(*shape):
        key: list[Any] = [slice(None)] * x.ndim
        for axis, place in zip(lead, index, strict=True):
            key[axis] = place
        # On one sub-tensor, the record's value is f itself.
        found[index] = np.asarray(form.record.value(np, x[tuple(key)]))
    result = np.zeros((*shape, *next(iter(found.values())).shape))
    for index, part in found.items():
        result[index] = part
    return result


CASES: list[tuple[SubtensorForm, tuple[int, ...]]] = [
    (softmax, (2,)),
    (softmax, (2, 3)),
    (softmax, (2, 3, 4)),
    (softmax, (2, 3, 4, 5)),
    (log_softmax, (3, 4, 2)),
    (logsumexp, (2, 3, 4)),
    (logsumexp, (3, 2)),
    (inv, (3, 2, 2)),
    (det, (3, 4, 2, 2)),
    (logdet, (4, 2, 2)),
    (SQUARES, (2, 3)),
    (SQUARES, (2, 3, 4)),
    (SQUARES, (2, 3, 4, 5)),
    (SPREAD, (3, 4, 2)),
]


def position_lists(form: SubtensorForm, shape: Sequence[int]) -> list[tuple[int, ...]]:
    """Return the lists of positions that leave what the function takes, in any order."""
    count = len(shape) - form.record.ndim
    found = list(permutations(range(len(shape)), count))
    if form in (inv, det, logdet):
        found = [lead for lead in found if {len(shape) - 1, len(shape) - 2}.isdisjoint(lead)]
    return found


ALL = [(form, shape, lead) for form, shape in CASES for lead in position_lists(form, shape)]


@pytest.mark.parametrize(("form", "shape", "lead"), ALL)
def test_a_function_on_sub_tensors_is_its_definition_27(
    form: SubtensorForm, shape: tuple[int, ...], lead: tuple[int, ...]
) -> None:
    array, X = random_array(shape), Tensor("X", shape)
    expected = by_loops(form, array, lead)
    expr = apply_to(form, X, lead)
    np.testing.assert_allclose(value(expr, X=array), expected, rtol=1e-12)
    np.testing.assert_allclose(compile(expr)(X=array), expected, rtol=1e-12)
    if lead:
        positions = "".join(str(axis + 1) for axis in lead)
        text = parse(f"f^{{{positions}}}(X)", f=form, X=X)
        assert text == expr


# -- (12): df(X; e_J)_I = ∂f(X)_I / ∂X_J ------------------------------------------------------------------

X = Tensor("X", (2, 3))
A = Tensor("A", (3, 2))
FUNCTIONS: list[Callable[[Expr], Expr]] = [
    tanh,
    lambda x: x @ A,
    lambda x: softmax(x, axis=0) * x,
    lambda x: (x @ A) @ (x @ A),
    lambda x: logsumexp(x, axis=1),
    lambda x: dot(x, x),
    lambda x: outer(x[1], exp(x[:, 2])),
    SQUARES,
]


@pytest.mark.parametrize("f", FUNCTIONS)
def test_a_one_hot_direction_gives_a_partial_derivative_12(f: Callable[[Expr], Expr]) -> None:
    arrays = {"X": random_array((2, 3)), "A": random_array((3, 2), 1)}
    F = f(X)
    J = jacobian(F, X)
    whole = evaluate(J, arrays)
    dX = Tensor("dX", X.sizes)
    for index in np.ndindex(2, 3):
        unit = onehot(index, X.sizes)
        along = jvp(F, {X: unit})
        np.testing.assert_allclose(evaluate(along, arrays), whole[(..., *index)], rtol=1e-12, atol=1e-14)
        assert equal(along, J[(..., *index)])
        step = 1e-6 * evaluate(unit, {})
        there, back = [evaluate(F, {**arrays, "X": arrays["X"] + sign * step}) for sign in (1, -1)]
        np.testing.assert_allclose(evaluate(along, arrays), (there - back) / 2e-6, rtol=1e-6, atol=1e-8)
    d = evaluate(differential(F, X), {**arrays, "dX": evaluate(onehot((1, 2), X.sizes), {})})
    np.testing.assert_allclose(d, whole[..., 1, 2], rtol=1e-12, atol=1e-14)
    assert dX.sizes == X.sizes


# -- (28) and (29) ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("f", FUNCTIONS)
def test_the_generalized_gradient_is_the_transposed_jacobian_28(f: Callable[[Expr], Expr]) -> None:
    F = f(X)
    J, g = jacobian(F, X), generalized_gradient(F, X)
    assert g.sizes == (*X.sizes, *F.sizes)
    order = [*range(F.ndim, J.ndim), *range(F.ndim)]
    assert equal(g, J.transpose(*order) if J.ndim > 1 else J)


@pytest.mark.parametrize("f", FUNCTIONS)
def test_the_differential_is_dX_contracted_with_the_gradient_29(f: Callable[[Expr], Expr]) -> None:
    """df(X; dX) = dX ·_< ∇f(X)"""
    F, dX = f(X), Tensor("dX", X.sizes)
    g = generalized_gradient(F, X)
    assert equal(differential(F, X), dot(dX, g, axes=((0, 1), (0, 1))))
    assert equal(differential(F, X), parse("dX ·_< G", dX=dX, G=g))


# -- (31) and (32) ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("form", "shape", "lead"), ALL)
def test_the_gradient_on_sub_tensors_is_that_of_each_31(
    form: SubtensorForm, shape: tuple[int, ...], lead: tuple[int, ...]
) -> None:
    """∇f^P(X)_{I_k J_{n-k} I_m} = ∇f(X_{I_k^P ·})_{J_{n-k} I_m}"""
    array, T = random_array(shape), Tensor("X", shape)
    found = value(subtensor_gradient(form, T, lead), X=array)
    rest = [axis for axis in range(len(shape)) if axis not in lead]
    part = Tensor("x", [shape[axis] for axis in rest])
    gradient = generalized_gradient(form(part, axis=tuple(range(part.ndim))), part)
    for index in np.ndindex(*[shape[axis] for axis in lead]):
        key: list[Any] = [slice(None)] * len(shape)
        for axis, place in zip(lead, index, strict=True):
            key[axis] = place
        expected = value(gradient, x=array[tuple(key)])
        np.testing.assert_allclose(found[index], expected, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize(("form", "shape", "lead"), ALL)
def test_the_differential_on_sub_tensors_32(
    form: SubtensorForm, shape: tuple[int, ...], lead: tuple[int, ...]
) -> None:
    """df^P(X; dX) = ∇f^P(X)^{1 … k, bars over k+1 … n} ⊙^{P(-P)} dX"""
    array, step = random_array(shape), random_array(shape, 1)
    T, dX = Tensor("X", shape), Tensor("dX", shape)
    n, k = len(shape), len(lead)
    rest = [axis for axis in range(n) if axis not in lead]
    G = subtensor_gradient(form, T, lead)
    right = odot(G, dX, axes=(range(n), (*lead, *rest)), sum=range(k, n))
    left = differential(apply_to(form, T, lead), T)
    assert left.sizes == right.sizes
    found, expected = [value(side, X=array, dX=step) for side in (right, left)]
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-13)


def test_formula_32_as_text() -> None:
    """dZ = ∇s^1(A)^{1 2̄} ⊙^{12} dA (§4.3.5)"""
    A, dA = tensors("A[n,d] dA[n,d]")
    G = subtensor_gradient(softmax, A, [0])
    assert equal(differential(softmax(A, axis=1), A), parse("G^{1,2̄} ⊙^{12} dA", G=G, dA=dA))


def test_the_default_positions_are_the_first() -> None:
    T = Tensor("T", (2, 3, 4))
    assert subtensor_gradient(softmax, T) == subtensor_gradient(softmax, T, [0, 1])
    assert subtensor_gradient(softmax.record, T[0, 0]).sizes == (4, 4)


def test_what_is_refused() -> None:
    T = Tensor("T", (2, 3, 4))
    with pytest.raises(ShapeError, match="softmax takes a tensor with 1 axes"):
        subtensor_gradient(softmax, T, [0])
    with pytest.raises(ArgumentError, match="expected a function on sub-tensors, got ElementwiseForm"):
        subtensor_gradient(tanh, T, [0])  # type: ignore[arg-type]
    with pytest.raises(DerivativeError, match="total has no differential"):
        subtensor_gradient(subtensor_function("total", 1, (), lambda xp, x: x.sum(axis=-1)), T, [0, 1])
    with pytest.raises(DerivativeError):
        generalized_gradient(T, T + T)


# -- the example of §4.3.5 --------------------------------------------------------------------------------

(a,) = tensors("a[n]")
s = define("s", parse("exp(a) / (𝟏ᵀ exp(a))", a=a))


def test_the_gradient_of_softmax_is_derived() -> None:
    """∇s = diag(s) - s sᵀ, from s = e^a / 𝟏ᵀ e^a and no rule for s."""
    found = generalized_gradient(s, a)
    assert to_text(found) == "diag(s) - s sᵀ"
    assert equal(found, diag(s) - outer(s, s))
    assert equal(found, parse("s ⊙_1 (I - 𝟏 sᵀ)", s=s))
    assert equal(found, parse("s 𝟏ᵀ ⊙ I - s 𝟏ᵀ ⊙ 𝟏 sᵀ", s=s))
    assert equal(found, generalized_gradient(softmax(a), a))
    assert to_text(generalized_gradient(softmax(a), a)) == "diag(softmax(a)) - softmax(a) softmax(a)ᵀ"


def test_the_differential_of_softmax_is_derived() -> None:
    """ds = M (s ⊙ da), where M = I - s 𝟏ᵀ"""
    da = tensor("da", "n")
    assert equal(differential(s, a), parse("(I - s 𝟏ᵀ) (s ⊙ da)", s=s, da=da))


def test_the_rows_of_a_softmax() -> None:
    """∇s^1(A)_{ijm} = s_{im} δ_{jm} - s_{ij} s_{im}: the stored rule and the derived one agree."""
    A, dA = tensors("A[n,d] dA[n,d]")
    S = define("S", exp(A) / parse("exp(A) 𝟏 𝟏_dᵀ", A=A))
    G = subtensor_gradient(softmax, A, [0])
    derived = parse("(S_{im} δ_{jm} - S_{ij} S_{im} | ijm)", S=S)
    assert equal(G, derived)
    assert equal(differential(S, A), parse("G^{1,2̄} ⊙^{12} dA", G=derived, dA=dA))


# -- writing terms with names -------------------------------------------------------------------------


def test_names_take_the_factors_of_their_bodies() -> None:
    x, y, c = tensors("x[n] y[n] c")
    q = define("q", x / c)
    assert to_text(multiplied_out(x * x / c**2 * y, [q])) == "q ⊙ q ⊙ y"
    assert to_text(multiplied_out(x * x / c, [q])) == "q ⊙ x"
    assert to_text(multiplied_out((x + y) / c, [q])) == "q + 1/c y"
    assert to_text(multiplied_out(3 * outer(x, x) / c**3, [q])) == "3/c q qᵀ"
    # What the body has not, or has with the other sign, is no occurrence.
    for expr in (x * c, y / c, x**-1 / c, outer(x, y) * c):
        assert "q" not in to_text(multiplied_out(expr, [q]))


def test_names_keep_the_value() -> None:
    x, y, c = tensors("x[n] y[n] c")
    bodies = [
        define("q", 2 * x / c),
        define("r", x * x * y),
        define("t", outer(x, y) / c),
        define("u", x @ y),
    ]
    exprs = [
        (x * x * y / c - x / c) * (x + 2 * y),
        outer(x * x / c, y * y / c) - outer(x, y),
        outer(x, x * y) / c**2,
        (x @ y) * x / c,
        x - x,
    ]
    for expr in exprs:
        found = multiplied_out(expr, bodies)
        assert equal(found, expr)
        assert isinstance(found, Product | Sum)


def test_large_products_of_sums_stay() -> None:
    x, y = tensors("x[n] y[n]")
    expr = (x + y) * (x - y)
    for _ in range(4):
        expr = expr * expr
    found = multiplied_out(expr)
    assert len(found.children) <= 64
    point = {"x": np.array([1.5, 0.25]), "y": np.array([0.5, 1.25])}
    np.testing.assert_allclose(evaluate(found, point), evaluate(expr, point), rtol=1e-9)
