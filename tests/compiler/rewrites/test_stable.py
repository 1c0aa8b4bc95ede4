"""Logarithms of softmax and sigmoid, and their gradients, where the plain formula overflows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from bracketcalc.calculus.derivatives import gradient
from bracketcalc.compiler.compile import compile, evaluate
from bracketcalc.compiler.rewrites.prepare import prepared
from bracketcalc.compiler.rewrites.stable import stabilized
from bracketcalc.expr.algebra import dot, outer
from bracketcalc.expr.build import define, ones, tensors
from bracketcalc.expr.core import Expr
from bracketcalc.functions.forms import (
    FORMS,
    exp,
    log,
    log1p,
    log_softmax,
    sigmoid,
    softmax,
    softplus,
    tanh,
)
from bracketcalc.reference import evaluate as reference

A, Y, x, t = tensors("A[n,k] Y[n,k] x[n] t[n]")

LOGITS = np.array([[0.0, 1e4, -1e4], [1.0, 2.0, 3.0]])
ONE_HOT = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])

SOFTMAXES: dict[str, Callable[[Expr], Expr]] = {
    "plain": lambda A: softmax(A, axis=1),
    "definition": lambda A: define("P", softmax(A, axis=1)),
    "transposed": lambda A: softmax(A.T, axis=0).T,
    "definition of a definition": lambda A: define("Q", define("P", softmax(A.T.T, axis=1)).T).T,
}


@pytest.mark.parametrize("form", SOFTMAXES)
def test_log_of_softmax(form: str) -> None:
    P = SOFTMAXES[form](A)
    tail = np.log(np.exp([-2.0, -1.0, 0.0]).sum())
    wanted = [[-1e4, 0.0, -2e4], [-2 - tail, -1 - tail, -tail]]
    np.testing.assert_allclose(evaluate(log(P), A=LOGITS), wanted, rtol=1e-14, atol=1e-14)
    masked = evaluate(log(P), A=[[0.0, -np.inf, 0.0]])
    np.testing.assert_allclose(masked, [[-np.log(2), -np.inf, -np.log(2)]], rtol=1e-14)


@pytest.mark.parametrize("form", SOFTMAXES)
def test_cross_entropy_and_its_gradient(form: str) -> None:
    loss = -dot(log(SOFTMAXES[form](A)), Y)
    value, slope = evaluate([loss, gradient(loss, A)], A=LOGITS, Y=ONE_HOT)
    tail = np.log(np.exp([-2.0, -1.0, 0.0]).sum())
    np.testing.assert_allclose(value, 1e4 + 1 + tail, rtol=1e-14)
    soft = [[0.0, 1.0, 0.0], np.exp([-2 - tail, -1 - tail, -tail])]
    np.testing.assert_allclose(slope, np.array(soft) - ONE_HOT, rtol=1e-13, atol=1e-15)


def test_cross_entropy_with_a_masked_logit() -> None:
    loss = -(log(define("P", softmax(A, axis=1))) * Y).sum()
    slope = evaluate(gradient(loss, A), A=[[0.0, -np.inf, 0.0]], Y=[[1.0, 0.0, 0.0]])
    np.testing.assert_allclose(slope, [[-0.5, 0.0, 0.5]], rtol=1e-14)


def test_softmax_is_computed_once_beside_its_logarithm() -> None:
    P = softmax(A, axis=1)
    f = compile([log(P), P])
    kernels = [step.kernel for step in f.report(A=(2, 3)).path]
    assert kernels == ["log_softmax", "exp"]
    logits = np.random.default_rng(0).standard_normal((4, 3)) * 30
    np.testing.assert_allclose(f(A=logits)[1], reference(P, {"A": logits}), rtol=1e-12)


SIGMOIDS: dict[str, Callable[[Expr], Expr]] = {
    "plain": sigmoid,
    "definition": lambda x: define("s", sigmoid(x)),
}


@pytest.mark.parametrize("form", SIGMOIDS)
def test_binary_cross_entropy_and_its_gradient(form: str) -> None:
    s = SIGMOIDS[form](x)
    loss = -(dot(t, log(s)) + dot(1 - t, log(1 - s)))
    far = {"x": [-1e4, 1e4, 800.0, -800.0, 2.0], "t": [0.0, 1.0, 0.0, 1.0, 1.0]}
    value, slope = evaluate([loss, gradient(loss, x)], **far)
    np.testing.assert_allclose(value, 1600 + np.log1p(np.exp(-2.0)), rtol=1e-14)
    np.testing.assert_allclose(slope, [0, 0, 1, -1, 1 / (1 + np.exp(-2.0)) - 1], rtol=1e-14)


@pytest.mark.parametrize("form", SIGMOIDS)
def test_logarithm_of_sigmoid(form: str) -> None:
    logarithm = log(SIGMOIDS[form](x))
    value, slope = evaluate([logarithm, gradient(logarithm.sum(), x)], x=[-1e4, 1e4, 0.0])
    np.testing.assert_allclose(value, [-1e4, 0.0, -np.log(2)], rtol=1e-14)
    np.testing.assert_allclose(slope, [1.0, 0.0, 0.5], rtol=1e-14)


@pytest.mark.parametrize("spelled", [lambda x: log(1 + exp(x)), lambda x: log1p(exp(x))])
def test_softplus_written_out(spelled: Callable[[Expr], Expr]) -> None:
    value, slope = evaluate([spelled(x), gradient(spelled(x).sum(), x)], x=[-1e4, 1e4, 0.0])
    np.testing.assert_allclose(value, [0.0, 1e4, np.log(2)], rtol=1e-14)
    np.testing.assert_allclose(slope, [0.0, 1.0, 0.5], rtol=1e-14)


def test_sigmoid_written_out() -> None:
    s = define("s", 1 / (1 + exp(-x)))
    results = evaluate([s, log(s), log(1 - s)], x=[-1e4, 1e4])
    np.testing.assert_array_equal(results, [[0, 1], [-1e4, 0], [0, -1e4]])


IDENTITIES: list[tuple[Expr, Expr]] = [
    (log(softmax(A, axis=1)), log_softmax(A, axis=1)),
    (log(sigmoid(x)), -softplus(-x)),
    (log(sigmoid(-x)), -softplus(x)),
    (log(1 - sigmoid(x)), -softplus(x)),
    (log(1 + exp(x)), softplus(x)),
    (log1p(exp(x)), softplus(x)),
    (log(exp(x)), x),
    (1 / (1 + exp(x)), sigmoid(-x)),
    (exp(x) / (1 + exp(x)), sigmoid(x)),
    (exp(-x) / (1 + exp(-x)), sigmoid(-x)),
]


@pytest.mark.parametrize(("left", "right"), IDENTITIES, ids=str)
def test_each_identity_is_found_and_true(left: Expr, right: Expr) -> None:
    assert prepared([left]) == prepared([right])
    values = {"x": np.linspace(-3, 3, 7), "A": np.random.default_rng(0).standard_normal((2, 3))}
    np.testing.assert_allclose(reference(left, values), reference(right, values), rtol=1e-12, atol=1e-12)


UNTOUCHED = [
    log(2 * softmax(A, axis=1)),
    log(softmax(A, axis=1).sum(axis=0)),
    log(outer(sigmoid(x), sigmoid(x))),
    log(2 - sigmoid(x)),
    log(1 + sigmoid(x)),
    log(1 - exp(x)),
    log(1 + tanh(x)),
    log(ones("n") * x.sum() + exp(x)),
    x * (t / (1 + x) + 1),
]


@pytest.mark.parametrize("expr", UNTOUCHED, ids=str)
def test_what_only_looks_alike_is_left(expr: Expr) -> None:
    assert stabilized([expr]) == [expr]


def test_quotients_are_cancelled_with_the_right_factor() -> None:
    p, q = tensors("p[n] q[n]")
    expr = t * p * q * (x / p - 2 / q + 3)
    values = {k: np.random.default_rng(n).uniform(1, 2, 4) for n, k in enumerate("tpqx")}
    (stable,) = stabilized([expr])
    np.testing.assert_allclose(reference(stable, values), reference(expr, values), rtol=1e-13)
    zeros = {**values, "p": np.zeros(4)}
    np.testing.assert_allclose(evaluate(expr, **zeros), values["t"] * values["q"] * values["x"], rtol=1e-13)


def test_gelu_and_its_derivative_share_the_error_function() -> None:
    x, w = tensors("x[n,d] w[d,d]")
    loss = FORMS["gelu"](x @ w).sum()
    f = compile([loss, gradient(loss, w)])
    kernels = [operation.kernel for operation in f.report(x=(4, 3), w=(3, 3)).path]
    assert kernels.count("erfc") == 1
    assert not {"gelu", "erf"}.intersection(kernels)
    draw = np.random.default_rng(0)
    values = {"x": draw.standard_normal((4, 3)) * 3, "w": draw.standard_normal((3, 3))}
    for found, expr in zip(f(**values), (loss, gradient(loss, w)), strict=True):
        np.testing.assert_allclose(found, reference(expr, values), rtol=1e-13)
    assert [operation.kernel for operation in compile(loss).report(x=(4, 3), w=(3, 3)).path][-2:] == [
        "gelu",
        "sum_rows",
    ]
