"""Forward mode: the rule of each node, and what a user's differential must be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from bracketcalc.calculus.derivatives import gradient, jvp
from bracketcalc.calculus.tangents import local_differential, slope, tangents
from bracketcalc.errors import DerivativeError, ShapeError
from bracketcalc.expr.algebra import dot, outer
from bracketcalc.expr.build import define, ones, tensors
from bracketcalc.expr.core import Elementwise, Expr, Tensor, product
from bracketcalc.expr.nodes import Map
from bracketcalc.functions.forms import inv, softmax, subtensor_function, tanh
from bracketcalc.functions.softmax import SOFTMAX
from bracketcalc.reference import evaluate
from bracketcalc.simplify.engine import is_definition
from bracketcalc.simplify.equality import equal

x, dx, A, B, y = tensors("x[n] dx[n] A[m,n] B[n,n] y[m]")


def tangent(expr: Expr, **options: Any) -> Expr | None:
    return tangents([expr], {x: dx}, 0, **options)[0]


def test_the_rule_of_each_node() -> None:
    for expr, expected in (
        (x, dx),
        (A @ x, A @ dx),
        (outer(x, y, x), outer(dx, y, x) + outer(x, y, dx)),
        (x + 2 * x, dx + 2 * dx),
        (tanh(x), (1 - tanh(x) ** 2) * dx),
        (define("z", A @ x), A @ dx),
        (softmax(x), softmax(x) * (dx - (softmax(x) @ dx) * ones("n"))),
    ):
        found = tangent(expr)
        assert found is not None
        assert equal(found, expected)


def test_what_does_not_vary_has_no_tangent() -> None:
    z = define("z", A @ x)
    assert tangents([A, x, ones("n")], {x: dx}, 0) == [None, dx, None]
    assert tangent(z, stop=is_definition) is None
    assert tangents([2 * z], {x: dx, z: y}, 0, stop=is_definition) == [2 * y]


def test_extra_axes_come_last() -> None:
    """A tangent with two more axes than its variable gives all results two more."""
    (seed,) = tensors("seed[n,p,q]")
    inner = softmax(B @ x)
    for expr in (A @ x, tanh(x), inner, x - B @ x, dot(x, inner), product(1, [(x, "n"), (A, "mn")], "nm")):
        (found,) = tangents([expr], {x: seed}, 2)
        assert found is not None
        assert found.sizes == expr.sizes + seed.sizes[1:]
        rng = np.random.default_rng(0)
        arrays = {"x": rng.random(3), "A": rng.random((4, 3)), "B": rng.random((3, 3))}
        directions = rng.random((3, 2, 5))
        stacked = evaluate(found, {**arrays, "seed": directions})
        single = tangent(expr)
        assert single is not None
        for place in np.ndindex(2, 5):
            one = evaluate(single, {**arrays, "dx": directions[(slice(None), *place)]})
            np.testing.assert_allclose(stacked[(..., *place)], one, rtol=1e-12, atol=1e-14)


def test_slope_is_the_derivative_of_the_record() -> None:
    node = tanh(x)
    assert isinstance(node, Elementwise)
    assert equal(slope(node), 1 - tanh(x) ** 2)


# -- differentials of functions on sub-tensors ----------------------------------------------------------


def test_the_symbol_has_a_name_that_no_user_can_give() -> None:
    node = inv(B)
    assert isinstance(node, Map)
    linear, symbol = local_differential(node)
    assert linear.sizes == node.sizes
    assert symbol.sizes == B.sizes
    assert not symbol.name.isprintable()


def mapped(rule: Callable[[Expr, Expr, Expr, int], Any], axes: int = 0) -> Expr:
    """Return a function of the vector x with the given differential, and as many result axes."""
    sizes = x.sizes * axes
    return subtensor_function("f", 1, sizes, lambda xp, x: x, rule)(x)


BOTH_MODES: list[Callable[[Expr], Expr]] = [lambda e: gradient(e, x), lambda e: jvp(e, {x: dx})]

LINEAR: dict[str, tuple[Callable[[Expr, Expr, Expr, int], Any], Expr]] = {
    "a weighted sum": (lambda x, y, dx, batch: 2 * (x @ dx), 2 * x),
    "a sum of terms": (lambda x, y, dx, batch: x @ dx - 3 * dx.sum(), x - 3 * ones("n")),
    "a sum with a zero": (lambda x, y, dx, batch: dx.sum() + 0 * x.sum(), ones("n")),
    "of a definition": (lambda x, y, dx, batch: (x * define("u", 2 * dx)).sum(), 2 * x),
    "of another function of x": (lambda x, y, dx, batch: tanh(x) @ dx, tanh(x)),
    "zero": (lambda x, y, dx, batch: 0 * dx.sum(), 0 * x),
}


@pytest.mark.parametrize("case", LINEAR)
def test_linear_differentials(case: str) -> None:
    rule, slopes = LINEAR[case]
    assert equal(gradient(mapped(rule), x), slopes)
    assert equal(jvp(mapped(rule), {x: dx}), slopes @ dx)


def test_a_differential_may_use_another_linear_function() -> None:
    total = subtensor_function("total", 1, (), lambda xp, x: x.sum(-1), lambda x, y, dx, batch: dx.sum())
    found = mapped(lambda x, y, dx, batch: total(x * dx))
    assert equal(gradient(found, x), x)
    assert equal(jvp(found, {x: dx}), x @ dx)


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        (lambda x, y, dx, batch: x.sum(), "does not depend on dx"),
        (lambda x, y, dx, batch: 3, "does not depend on dx"),
        (lambda x, y, dx, batch: dx @ dx, "is not linear in dx"),
        (lambda x, y, dx, batch: dx.sum() + x.sum(), "is not linear in dx"),
        (lambda x, y, dx, batch: dx.sum() + dx @ dx, "is not linear in dx"),
        (lambda x, y, dx, batch: tanh(dx).sum(), "is not linear in dx"),
        (lambda x, y, dx, batch: Map(y.function, dx, batch), "is not linear in dx"),
    ],
)
def test_other_differentials_are_refused(rule: Callable[..., Any], problem: str) -> None:
    """Both modes refuse them: what is not linear would be dropped in silence."""
    for take in BOTH_MODES:
        with pytest.raises(DerivativeError) as caught:
            take(mapped(rule))
        assert str(caught.value) == (
            f"the differential of f {problem}\n  hint: return a sum of products with one dx each"
        )


def test_a_differential_with_other_axes_is_refused() -> None:
    for take in BOTH_MODES:
        with pytest.raises(ShapeError) as caught:
            take(dot(mapped(lambda x, y, dx, batch: dx.sum(), axes=1), x))
        assert str(caught.value) == (
            "the differential of f has sizes (), but its value has sizes (n,)\n"
            "  hint: return an expression with the axes of y"
        )


def test_a_rule_for_batches_sees_the_batch_axes() -> None:
    seen: list[tuple[int, tuple[Any, ...]]] = []

    def rule(x: Expr, y: Expr, dx: Expr, batch: int) -> Expr:
        seen.append((batch, dx.sizes))
        return product(1, [(dx, "abn")], "ab")

    (X,) = tensors("X[a,b,n]")
    total = subtensor_function("total", 1, (), lambda xp, x: x.sum(-1), rule)
    assert equal(gradient(total(X).sum(), X), ones("a", "b", "n"))
    assert seen == [(2, X.sizes)]


def test_the_same_function_inside_itself() -> None:
    """Each application has its own differential, also where the sizes are equal."""
    once = Map(SOFTMAX, x, 0)
    twice = Map(SOFTMAX, once, 0)
    arrays = {"x": np.array([0.1, -0.4, 0.3]), "dx": np.array([1.0, 2.0, -1.0])}

    def value(t: float) -> Any:
        return evaluate(twice, {"x": arrays["x"] + t * arrays["dx"]})

    found = tangent(twice)
    assert found is not None
    expected = (value(1e-5) - value(-1e-5)) / 2e-5
    np.testing.assert_allclose(evaluate(found, arrays), expected, rtol=1e-8, atol=1e-10)


def test_an_unknown_node_is_refused() -> None:
    class Strange(Expr):
        __slots__ = ()

        @classmethod
        def build(cls, data: tuple[Any, ...], children: tuple[Expr, ...]) -> Strange:
            return cls(data, children, children[0].sizes)

    with pytest.raises(DerivativeError, match="there is no rule for the differential of a Strange"):
        tangent(Strange((), (x,), x.sizes))
    with pytest.raises(DerivativeError, match="there is no rule for the adjoint of a Strange"):
        gradient(Strange((), (x,), x.sizes).sum(), x)


def test_symbols_do_not_leak() -> None:
    """The symbol for dx is gone from every result."""
    (X,) = tensors("X[n,n]")
    results = [gradient(inv(X).sum(), X), jvp(softmax(inv(X)), {X: X @ X})]
    assert all("\0" not in leaf.name for e in results for leaf in _tensors(e))


def _tensors(expr: Expr) -> list[Tensor]:
    return [e for e in [expr, *(t for c in expr.children for t in _tensors(c))] if isinstance(e, Tensor)]
