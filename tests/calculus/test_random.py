"""Properties of all derivatives on random expressions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bracketcalc.calculus.derivatives import differential, gradient, hessian, jacobian, jvp, vjp
from bracketcalc.calculus.derive import derive
from bracketcalc.expr.algebra import dot
from bracketcalc.expr.build import define, tensors
from bracketcalc.expr.core import Expr, Tensor, product
from bracketcalc.expr.nodes import Map
from bracketcalc.functions.forms import exp, log_softmax, logsumexp, sigmoid, sin, softmax, square, tanh
from bracketcalc.functions.softmax import LOGSUMEXP
from bracketcalc.reference import evaluate
from bracketcalc.traverse import postorder
from tests.calculus.numeric import Array, assert_is_jacobian, draw, jacobian_by_differences
from tests.calculus.proofs import Proof

VARIABLES = tensors("x[i] y[j] A[i,j] B[j,j] T[k,i,j] s")
FUNCTIONS: tuple[Callable[[Expr], Expr], ...] = (tanh, sin, sigmoid, square, lambda e: exp(tanh(e)))
ON_VECTORS: tuple[Callable[[Expr], Expr], ...] = (softmax, log_softmax, logsumexp)
LABELS = {"i": "ab", "j": "cd", "k": "e"}
SIZES = st.sampled_from([{"i": 2, "j": 3, "k": 1}, {"i": 3, "j": 1, "k": 2}, {"i": 1, "j": 2, "k": 3}])
QUICK = settings(max_examples=60, deadline=None)


@st.composite
def products(pick: st.DrawFn, pool: list[Expr]) -> Expr:
    """Return a product of one to three expressions with random labels, coefficient and output."""
    operands = []
    for factor in pick(st.lists(st.sampled_from(pool), min_size=1, max_size=3)):
        names = [pick(st.sampled_from(LABELS[str(getattr(size, "name", ""))])) for size in factor.sizes]
        operands.append((factor, names))
    used = sorted({name for _, names in operands for name in names})
    order = pick(st.permutations(used))
    output = order[: pick(st.integers(0, min(3, len(order))))]
    return product(pick(st.sampled_from([1, -2, 0.5])), operands, output)


@st.composite
def expressions(pick: st.DrawFn, steps: int = 5) -> Expr:
    """Return an expression made in a few steps, each of which may use all earlier results."""
    pool: list[Expr] = list(VARIABLES)
    for step in range(pick(st.integers(2, steps))):
        kind = pick(st.sampled_from(["product", "product", "function", "sum", "on vectors", "definition"]))
        last = pick(st.sampled_from(pool)) if pick(st.integers(0, 3)) == 3 else pool[-1]
        if kind == "product":
            pool.append(pick(products([*pool, last])))
        elif kind == "function":
            pool.append(pick(st.sampled_from(FUNCTIONS))(last))
        elif kind == "sum":
            alike = [other for other in pool if other.sizes == last.sizes]
            pool.append(last - 3 * pick(st.sampled_from(alike)))
        elif kind == "definition":
            pool.append(define(f"Z_{step}", last))
        elif last.ndim:
            axis = pick(st.integers(0, last.ndim - 1))
            form = pick(st.sampled_from(ON_VECTORS))
            pool.append(form(last, axis=axis))  # type: ignore[call-arg]
    return pool[-1]


def values(expr: Expr, sizes: dict[str, int], *more: Expr) -> dict[str, Array]:
    return {name: 0.7 * array for name, array in draw([expr, *VARIABLES, *more], sizes).items()}


def close(found: Array, expected: Array) -> None:
    scale = float(np.max(np.abs(expected), initial=0.0))
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-11 * (1 + scale))


@QUICK
@given(expressions(), st.sampled_from(VARIABLES), SIZES)
def test_jacobian_is_the_limit_of_differences(expr: Expr, wrt: Tensor, sizes: dict[str, int]) -> None:
    """(12), and the axes: those of the expression, then those of the variable"""
    assert_is_jacobian(jacobian(expr, wrt), expr, wrt, values(expr, sizes), sizes)


@QUICK
@given(expressions(), SIZES)
def test_gradients_are_the_limit_of_differences(expr: Expr, sizes: dict[str, int]) -> None:
    """Several variables at once, of a scalar that weights all entries differently."""
    weights = Tensor("weights", expr.sizes)
    scalar = dot(weights, expr)
    arrays = values(expr, sizes, weights)
    for variable, found in zip(VARIABLES, gradient(scalar, VARIABLES), strict=True):
        assert found.sizes == variable.sizes
        assert_is_jacobian(found, scalar, variable, arrays, sizes)


@QUICK
@given(expressions(), SIZES)
def test_forward_and_reverse_mode_are_adjoint(expr: Expr, sizes: dict[str, int]) -> None:
    """G · d(expr)(V) = Σ V · (the cotangent of each variable), and both agree with the Jacobian"""
    seed = Tensor("G", expr.sizes)
    directions: dict[Expr, Expr] = {v: Tensor(f"V_{v.name}", v.sizes) for v in VARIABLES}
    arrays = values(expr, sizes, seed, *directions.values())
    forward = evaluate(jvp(expr, directions), arrays, sizes)
    backward = [evaluate(e, arrays, sizes) for e in vjp(expr, list(VARIABLES), seed)]
    left = np.sum(arrays["G"] * forward)
    parts = [np.sum(arrays[f"V_{v.name}"] * b) for v, b in zip(VARIABLES, backward, strict=True)]
    scale = sum(
        float(np.abs(arrays[f"V_{v.name}"] * b).sum()) for v, b in zip(VARIABLES, backward, strict=True)
    )
    np.testing.assert_allclose(left, sum(parts), rtol=1e-10, atol=1e-13 * (1 + scale))
    summed = np.zeros_like(forward)
    for variable, cotangent in zip(VARIABLES, backward, strict=True):
        slopes = evaluate(jacobian(expr, variable), arrays, sizes)
        summed = summed + np.tensordot(slopes, arrays[f"V_{variable.name}"], variable.ndim)
        close(cotangent, np.tensordot(arrays["G"], slopes, expr.ndim))
    close(forward, summed)


@QUICK
@given(expressions(), SIZES)
def test_differential_is_linear(expr: Expr, sizes: dict[str, int]) -> None:
    """d(expr) at 2U - 3V is twice that at U minus three times that at V, and is the JVP"""
    found = differential(expr, VARIABLES)
    assert found.sizes == expr.sizes
    arrays = values(expr, sizes)
    one, two = (
        {f"d{v.name}": a for v, a in zip(VARIABLES, draw(VARIABLES, sizes, seed).values(), strict=True)}
        for seed in (1, 2)
    )
    mixed = {name: 2 * one[name] - 3 * two[name] for name in one}
    left, right, both = (evaluate(found, {**arrays, **d}, sizes) for d in (one, two, mixed))
    close(both, 2 * left - 3 * right)
    directions: dict[Expr, Expr] = {v: Tensor(f"d{v.name}", v.sizes) for v in VARIABLES}
    close(evaluate(jvp(expr, directions), {**arrays, **one}, sizes), left)


@settings(max_examples=40, deadline=None)
@given(expressions(4), st.sampled_from(VARIABLES), st.sampled_from(VARIABLES), SIZES)
def test_hessian(expr: Expr, one: Tensor, two: Tensor, sizes: dict[str, int]) -> None:
    """The axes of the first variable, then of the second; symmetric; the Jacobian of the gradient"""
    weights = Tensor("weights", expr.sizes)
    scalar = dot(weights, expr)
    arrays = values(expr, sizes, weights)
    mixed = hessian(scalar, one, two)
    assert mixed.sizes == one.sizes + two.sizes
    found = evaluate(mixed, arrays, sizes)
    other = evaluate(hessian(scalar, two, one), arrays, sizes)
    order = [*range(two.ndim, two.ndim + one.ndim), *range(two.ndim)]
    close(found, other.transpose(order))
    expected = jacobian_by_differences(gradient(scalar, one), two, arrays, sizes)
    scale = 1 + float(np.max(np.abs(expected), initial=0.0))
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-8 * scale)


@settings(max_examples=30, deadline=None)
@given(expressions(), st.sampled_from(["i", "j", "k"]))
def test_empty_axes(expr: Expr, empty: str) -> None:
    """With a size 0 every derivative keeps its shape, and what is left agrees with differences."""
    # The logarithm of an empty sum of exponentials is -inf, and has no differences.
    assume(not any(isinstance(node, Map) and node.function == LOGSUMEXP for node in postorder([expr])))
    sizes = {"i": 2, "j": 3, "k": 1, empty: 0}
    weights = Tensor("weights", expr.sizes)
    scalar = dot(weights, expr)
    arrays = values(expr, sizes, weights)
    for variable, found in zip(VARIABLES, gradient(scalar, VARIABLES), strict=True):
        assert_is_jacobian(found, scalar, variable, arrays, sizes)


@settings(max_examples=40, deadline=None)
@given(expressions(), SIZES)
def test_derivations_reach_the_gradients(expr: Expr, sizes: dict[str, int]) -> None:
    """Through the definitions of the expression, one named cotangent after the other."""
    weights = Tensor("weights", expr.sizes)
    scalar = dot(weights, expr)
    arrays = values(expr, sizes, weights)
    derived = derive(scalar, list(VARIABLES)).gradients
    for one, two in zip(derived, gradient(scalar, VARIABLES), strict=True):
        close(evaluate(one, arrays, sizes), evaluate(two, arrays, sizes))


@settings(max_examples=25, deadline=None)
@given(expressions(), SIZES)
def test_every_line_of_a_full_derivation_follows(expr: Expr, sizes: dict[str, int]) -> None:
    """Whatever the expression, each right side equals the one before."""
    scalar = dot(Tensor("weights", expr.sizes), expr)
    Proof(derive(scalar, list(VARIABLES), detail="full"), sizes, scale=0.7).check()
