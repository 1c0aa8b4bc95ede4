"""Analytic functions of matrices: derivatives of every order against other routes, stacks, axes, errors."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import linalg

from bracketcalc.calculus.derivatives import gradient, hessian, jacobian, jvp
from bracketcalc.calculus.directional import directional, hvp, multidirectional
from bracketcalc.compiler.compile import compile
from bracketcalc.errors import ArgumentError, ShapeError
from bracketcalc.expr.algebra import dot
from bracketcalc.expr.build import tensor, tensors
from bracketcalc.expr.core import Expr, Tensor
from bracketcalc.functions.analytic import BlockForm, frechet, matrix_function
from bracketcalc.functions.application import SubtensorForm
from bracketcalc.functions.forms import expm, inv, logm, softmax, sqrtm
from bracketcalc.notation.parse import parse
from bracketcalc.reference import evaluate
from bracketcalc.render.text import to_latex, to_text

Array = np.ndarray[Any, Any]

cube = matrix_function("cube", lambda x: x @ x @ x)
root = matrix_function("root", linalg.sqrtm)
logarithm = matrix_function("logarithm", linalg.logm)
SLOW = pytest.param(logarithm, marks=pytest.mark.long)
FORMS = pytest.mark.parametrize("form", [cube, root, SLOW, expm, sqrtm, logm], ids=lambda f: f.name)


def normal(shape: tuple[int, ...], seed: int = 0) -> Array:
    return np.random.default_rng(seed).standard_normal(shape)


def regular(shape: tuple[int, ...], seed: int = 0) -> Array:
    return normal(shape, seed) + 4 * np.eye(shape[-1])


def both(expr: Expr, arrays: dict[str, Array]) -> Array:
    """Return the value by the reference, after comparing a compiled program with it."""
    expected = evaluate(expr, arrays)
    program = compile(expr)
    found = program(**{name: arrays[name] for name in program.arguments})
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-11 * np.abs(expected).max(initial=0))
    return expected


def slope(function: Callable[[float], Array], step: float = 1e-3) -> Array:
    """Return f'(0) by central differences, extrapolated once."""
    rough = (function(step) - function(-step)) / (2 * step)
    fine = (function(step / 2) - function(-step / 2)) / step
    return np.asarray((4 * fine - rough) / 3)


def test_the_derivatives_of_a_cube_are_polynomials() -> None:
    """d³(X³) is the sum of the six orders of three directions, and the fourth derivative is 0."""
    X, U, V, W = tensors("X[n,n] U[n,n] V[n,n] W[n,n]")
    arrays = {name: normal((4, 4), seed) for seed, name in enumerate("XUVW")}
    x, u, v, w = arrays.values()
    first = u @ x @ x + x @ u @ x + x @ x @ u
    np.testing.assert_allclose(both(frechet(cube, X, U), arrays), first, rtol=1e-12, atol=1e-13)
    second = sum(
        a @ b @ c for a, b, c in ((u, v, x), (v, u, x), (u, x, v), (v, x, u), (x, u, v), (x, v, u))
    )
    np.testing.assert_allclose(both(frechet(cube, X, U, V), arrays), second, rtol=1e-12, atol=1e-13)
    third = sum(a @ b @ c for a, b, c in ((u, v, w), (v, u, w), (u, w, v), (v, w, u), (w, u, v), (w, v, u)))
    np.testing.assert_allclose(both(frechet(cube, X, U, V, W), arrays), third, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(both(frechet(cube, X, U, V, W, U), arrays), 0 * x, atol=1e-12)


@FORMS
@pytest.mark.parametrize("shape", [(1, 1), (4, 4), (2, 3, 3), (0, 3, 3), (2, 0, 0)])
def test_gradient_against_differences(form: SubtensorForm, shape: tuple[int, ...]) -> None:
    x, w, v = regular(shape), normal(shape, 1), normal(shape, 2)
    X, W = Tensor("X", shape), Tensor("W", shape)
    found = both(gradient(dot(W, form(X)), X), {"X": x, "W": w})

    def along(t: float) -> Array:
        return np.asarray(np.sum(w * evaluate(form(X), {"X": x + t * v})))

    np.testing.assert_allclose(np.sum(found * v), slope(along), rtol=1e-8, atol=1e-9)


@FORMS
def test_second_derivatives_against_differences(form: SubtensorForm) -> None:
    """∇²J · V and the whole Hessian of tr(Wᵀ f(X) X f(X))."""
    X, W, V = tensors("X[n,n] W[n,n] V[n,n]")
    J = dot(W, form(X) @ X @ form(X))
    x = regular((3, 3))
    arrays = {"X": x, "W": normal((3, 3), 1), "V": normal((3, 3), 2)}
    first = gradient(J, X)

    def along(t: float) -> Array:
        return evaluate(first, {**arrays, "X": x + t * arrays["V"]})

    expected = slope(along)
    scale = np.abs(expected).max()
    found = both(hvp(J, X, V), arrays)
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-8 * scale)
    full = both(hessian(J, X), arrays)
    np.testing.assert_allclose(np.tensordot(full, arrays["V"], 2), found, rtol=1e-9, atol=1e-10 * scale)
    np.testing.assert_allclose(full, full.transpose(2, 3, 0, 1), rtol=1e-9, atol=1e-10 * scale)


@FORMS
def test_third_derivatives_against_differences(form: SubtensorForm) -> None:
    X, V, U = tensors("X[n,n] V[n,n] U[n,n]")
    arrays = {"X": regular((3, 3)), "V": normal((3, 3), 1), "U": normal((3, 3), 2)}
    second = multidirectional(form(X), [{X: V}, {X: U}])

    def along(t: float) -> Array:
        return evaluate(second, {**arrays, "X": arrays["X"] + t * arrays["V"]})

    found = both(multidirectional(form(X), [{X: V}, {X: U}, {X: V}]), arrays)
    np.testing.assert_allclose(found, slope(along), rtol=1e-6, atol=1e-7 * np.abs(found).max())


@FORMS
def test_adjoint_of_a_second_derivative_in_each_direction(form: SubtensorForm) -> None:
    """⟨G, f''(A)[E, F]⟩ is linear in E, with the gradient f''(Aᵀ)[G, Fᵀ]; further axes are kept apart."""
    A, E, F, G = tensors("A[n,n] E[n,n,3] F[n,n,2] G[n,n,3,2]")
    arrays = {"A": regular((4, 4)), "E": normal((4, 4, 3), 1), "F": normal((4, 4, 2), 2)}
    arrays["G"] = normal((4, 4, 3, 2), 3)
    J = dot(G, frechet(form, A, E, F))
    value = evaluate(J, arrays)
    for operand in (E, F):
        found = both(gradient(J, operand), arrays)
        np.testing.assert_allclose(np.sum(found * arrays[operand.name]), value, rtol=1e-9)
    one = frechet(form, A, E[:, :, 1], F[:, :, 0])
    np.testing.assert_allclose(
        evaluate(one, arrays), evaluate(frechet(form, A, E, F), arrays)[..., 1, 0], rtol=1e-9, atol=1e-11
    )


def test_the_jacobian_and_torch() -> None:
    torch = pytest.importorskip("torch")
    x = normal((3, 3))
    X = tensor("X", ("n", "n"))
    expected = torch.autograd.functional.jacobian(torch.linalg.matrix_exp, torch.tensor(x))
    np.testing.assert_allclose(
        both(jacobian(expm(X), X), {"X": x}), expected.numpy(), rtol=1e-11, atol=1e-12
    )


@pytest.mark.long
def test_the_hessian_of_expm_against_jax() -> None:
    jax = pytest.importorskip("jax")
    scipy_linalg = pytest.importorskip("jax.scipy.linalg")
    x, w = normal((3, 3)), normal((3, 3), 1)
    X, W = tensors("X[n,n] W[n,n]")
    with jax.enable_x64(True) if hasattr(jax, "enable_x64") else jax.experimental.enable_x64():
        expected = np.asarray(jax.hessian(lambda x: (w * scipy_linalg.expm(x)).sum())(x))
    found = both(hessian(dot(W, expm(X)), X), {"X": x, "W": w})
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-11)


def test_tiny_and_huge_directions_are_as_accurate() -> None:
    A, E = tensors("A[n,n] E[n,n]")
    a, e = regular((4, 4)), normal((4, 4), 1)
    for form in (root, logarithm, expm, sqrtm, logm):
        expected = evaluate(frechet(form, A, E), {"A": a, "E": e})
        for scale in (2.0**-200, 2.0**200):
            found = evaluate(frechet(form, A, E), {"A": a, "E": scale * e})
            np.testing.assert_allclose(found / scale, expected, rtol=1e-15)
        assert not evaluate(frechet(form, A, E), {"A": a, "E": 0 * e}).any()


def test_identities() -> None:
    """exp(log X) = X, so exp'(L)[log'(X)[E]] = E; √X √X = X; d√X solves R dR + dR R = dX."""
    X, E = tensors("X[n,n] E[n,n]")
    arrays = {"X": regular((4, 4)), "E": normal((4, 4), 1)}
    np.testing.assert_allclose(both(expm(logm(X)), arrays), arrays["X"], rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(
        both(jvp(expm(logm(X)), {X: E}), arrays), arrays["E"], rtol=1e-11, atol=1e-12
    )
    r = evaluate(sqrtm(X), arrays)
    expected = linalg.solve_sylvester(r, r, arrays["E"])
    np.testing.assert_allclose(both(jvp(sqrtm(X), {X: E}), arrays), expected, rtol=1e-12, atol=1e-13)


def test_texts_read_back_and_say_what_is_differentiated() -> None:
    X, W, dX = tensors("X[n,n] W[n,n] dX[n,n]")
    names: dict[str, Any] = {"X": X, "W": W, "dX": dX, "cube": cube}
    arrays = {"X": regular((3, 3)), "W": normal((3, 3), 1), "dX": normal((3, 3), 2)}
    assert to_text(gradient(dot(W, cube(X)), X)) == "cube'(Xᵀ, W)"
    assert to_latex(frechet(cube, X, W, W)) == r"\operatorname{cube}''\left(X, W, W\right)"
    assert parse("expm''(X, W, dX)", X=X, W=W, dX=dX) == frechet(expm, X, W, dX)
    assert parse("cube′(X, W)", X=X, W=W, cube=cube) == frechet(cube, X, W)
    for form in (cube, expm):
        J = dot(W, form(X) @ form(X))
        for expr in (gradient(J, X), hvp(J, X, dX), jacobian(form(X), X), directional(J, {X: dX}, 3)):
            expected = evaluate(expr, arrays)
            for style in ("matrix", "index", "bracket"):
                for text in (to_text(expr, style=style), to_latex(expr, style=style)):
                    again = evaluate(parse(text, **names), arrays)
                    np.testing.assert_allclose(again, expected, rtol=1e-10, atol=1e-10)


def test_a_given_name_with_a_prime_wins() -> None:
    X = tensor("X", ("n", "n"))
    Y = Tensor("expm'", X.sizes)
    assert parse("expm' X", **{"expm'": Y, "X": X}) == Y @ X


def test_records_pickle() -> None:
    X, E = tensors("X[n,n] E[n,n]")
    for node in (frechet(expm, X, E), frechet(sqrtm, X, E, E)):
        assert pickle.loads(pickle.dumps(node)) == node


def test_what_a_user_gives_is_checked() -> None:
    (X,) = tensors("X[n,n]")
    with pytest.raises(ArgumentError, match="made of letters"):
        matrix_function("my root", linalg.sqrtm)
    with pytest.raises(ArgumentError, match="must be a function, got int"):
        matrix_function("three", 3)  # type: ignore[arg-type]
    row = matrix_function("row", lambda x: x[0])
    with pytest.raises(ShapeError, match=r"the value of row has shape \(2,\), but it must have shape"):
        evaluate(row(X), {"X": np.eye(2)})
    with pytest.raises(ArgumentError, match="root of a real matrix is complex here"):
        evaluate(root(X), {"X": np.diag([1.0, -1.0])})
    turned = evaluate(root(X), {"X": np.diag([1.0, -1.0]).astype(complex)})
    np.testing.assert_allclose(turned, np.diag([1, 1j]), atol=1e-15)
    with pytest.raises(ShapeError, match="cube takes a square matrix"):
        cube(Tensor("R", (2, 3)))


def test_bad_directions() -> None:
    X, R, v = tensors("X[n,n] R[m,m] v[n]")
    for bad in (inv, softmax):
        with pytest.raises(ArgumentError, match="frechet takes an analytic function"):
            frechet(bad, X, X)
    with pytest.raises(ArgumentError, match="at least one direction"):
        frechet(expm, X)
    with pytest.raises(ShapeError, match="directions with the sizes of the matrix"):
        frechet(expm, X, R)
    with pytest.raises(ShapeError, match="needs at least 2 axes of v"):
        frechet(expm, X, v)


def test_a_value_may_not_be_kept_or_changed() -> None:
    """A user's function that writes to its argument spoils nothing."""

    def spoiled(x: Array) -> Array:
        x *= 2
        return x

    twice = matrix_function("twice", spoiled)
    (X,) = tensors("X[n,n]")
    x = np.eye(3)
    np.testing.assert_array_equal(both(twice(X) + X, {"X": x}), 3 * np.eye(3))
    np.testing.assert_array_equal(x, np.eye(3))


def test_block_form_of_empty_matrices() -> None:
    form = BlockForm(lambda xp, x: x @ x)
    assert form(np, np.zeros((3, 0, 0)), np.zeros((3, 0, 0))).shape == (3, 0, 0)
