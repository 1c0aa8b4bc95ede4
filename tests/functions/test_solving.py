"""Solving linear systems: values, derivatives of first and second order, sharing, errors, texts."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

from bracketcalc.calculus.derivatives import gradient, hessian, jacobian, jvp
from bracketcalc.compiler.compile import compile
from bracketcalc.errors import ArgumentError, ParseError, ShapeError, SingularMatrixError
from bracketcalc.expr.algebra import dot
from bracketcalc.expr.build import ones, tensor, tensors
from bracketcalc.expr.core import Expr, Tensor
from bracketcalc.expr.nodes import Operator
from bracketcalc.functions.forms import OPERATOR_FORMS
from bracketcalc.functions.solving import SOLVE, solve
from bracketcalc.notation.parse import parse
from bracketcalc.reference import evaluate
from bracketcalc.render.text import to_latex, to_text
from bracketcalc.simplify.equality import equal

Array = np.ndarray[Any, Any]


def normal(shape: tuple[int, ...], seed: int = 0) -> Array:
    return np.random.default_rng(seed).standard_normal(shape)


def regular(shape: tuple[int, ...], seed: int = 0) -> Array:
    return normal(shape, seed) + 4 * np.eye(shape[-1])


def both(expr: Expr, arrays: dict[str, Array]) -> Array:
    """Return the value by the reference, after comparing a compiled program with it."""
    expected = evaluate(expr, arrays)
    program = compile(expr)
    found = program(**{name: arrays[name] for name in program.arguments})
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13)
    return expected


SHAPES = [
    ((), ()),
    ((), (3,)),
    ((), (3, 2)),
    ((2,), (3,)),
    ((2, 3), (1,)),
    ((0,), (2,)),
    ((), (0,)),
]


@pytest.mark.parametrize(("batch", "rest"), SHAPES)
@pytest.mark.parametrize("size", [0, 1, 4])
def test_value_jvp_and_gradient(batch: tuple[int, ...], rest: tuple[int, ...], size: int) -> None:
    """d(A⁻¹ B) = A⁻¹ (dB - dA A⁻¹ B), written out with the inverse."""
    a, b = regular((*batch, size, size)), normal((*batch, size, *rest), 1)
    da, db, g = normal(a.shape, 2), normal(b.shape, 3), normal(b.shape, 4)
    A, B, dA, dB, G = (
        Tensor(name, x.shape) for name, x in zip(("A", "B", "U", "V", "G"), (a, b, da, db, g), strict=True)
    )
    arrays = {"A": a, "B": b, "U": da, "V": db, "G": g}
    inverse = np.linalg.inv(a)

    def times(matrix: Array, right: Array) -> Array:
        flat = right.reshape(*batch, size, int(np.prod(rest)))
        product: Array = (matrix @ flat).reshape(right.shape)
        return product

    x = solve(A, B)
    value = times(inverse, b)
    np.testing.assert_allclose(both(x, arrays), value, rtol=1e-11, atol=1e-12)
    expected = times(inverse, db - times(da, value))
    np.testing.assert_allclose(both(jvp(x, {A: dA, B: dB}), arrays), expected, rtol=1e-10, atol=1e-12)
    slopes = [both(slope, arrays) for slope in (gradient(dot(G, x), A), gradient(dot(G, x), B))]
    assert slopes[0].shape == a.shape
    assert slopes[1].shape == b.shape
    left = np.sum(slopes[0] * da) + np.sum(slopes[1] * db)
    np.testing.assert_allclose(left, np.sum(g * expected), rtol=1e-10, atol=1e-11)


def test_second_derivatives_against_torch() -> None:
    torch = pytest.importorskip("torch")
    a, b, c = regular((3, 3)), normal((3, 2), 1), normal((3, 2), 2)
    A, B, C = tensor("A", ("n", "n")), tensor("B", ("n", "k")), tensor("C", ("n", "k"))
    x = solve(A, B)
    J = dot(C, x * x * x)

    def loss(a: Any, b: Any) -> Any:
        return (torch.tensor(c) * torch.linalg.solve(a, b) ** 3).sum()

    expected = torch.autograd.functional.hessian(loss, (torch.tensor(a), torch.tensor(b)))
    arrays = {"A": a, "B": b, "C": c}
    for row, one in enumerate((A, B)):
        for column, two in enumerate((A, B)):
            found = both(hessian(J, one, two), arrays)
            np.testing.assert_allclose(found, expected[row][column].numpy(), rtol=1e-9, atol=1e-11)


def test_a_gradient_is_one_more_solve() -> None:
    """v = A⁻ᵀ (x - t), ∇_b = v and ∇_A = -v xᵀ: two solves in all, and no inverse."""
    A, b, t = tensors("A[n,n] b[n] t[n]")
    x = solve(A, b)
    J = dot(x - t, x - t) / 2
    in_a, in_b = gradient(J, [A, b])
    assert to_text(in_b) == "solve(Aᵀ, solve(A, b) - t)"
    assert to_text(in_a) == "-solve(Aᵀ, solve(A, b) - t) solve(A, b)ᵀ"
    source = compile([J, in_a, in_b]).source()
    assert source.count("f0(") == 2
    assert "f1" not in source


def test_jacobians_keep_their_structure() -> None:
    """∂(A⁻¹ b)/∂A = -A⁻¹ ⊗ x: n columns are solved for, not n²."""
    A, b, B = tensors("A[n,n] b[n] B[n,k]")
    assert to_text(jacobian(solve(A, b), A)) == "-solve(A, I_{n}) ⊗ solve(A, b)"
    assert to_text(jacobian(solve(A, B), B)) == "(solve(A, I_{n}) ⊗ I_{k})_{1324}"


def test_one_stack_member_is_as_if_it_were_alone() -> None:
    a, b = regular((3, 4, 4)), normal((3, 4, 2), 1)
    S, B = Tensor("S", a.shape), Tensor("B", b.shape)
    A, C = Tensor("A", (4, 4)), Tensor("C", (4, 2))
    whole = both(gradient((solve(S, B) ** 2).sum(), S), {"S": a, "B": b})
    for k in range(3):
        alone = both(gradient((solve(A, C) ** 2).sum(), A), {"A": a[k], "C": b[k]})
        np.testing.assert_allclose(whole[k], alone, rtol=1e-12)


def test_the_value_is_more_accurate_than_with_the_inverse() -> None:
    """The residual of a factorization is small also for a matrix that is nearly singular."""
    n = 10
    hilbert = 1 / (1 + np.add.outer(np.arange(n), np.arange(n)))
    b = np.ones(n)
    A, B = Tensor("A", (n, n)), Tensor("b", (n,))
    x = both(solve(A, B), {"A": hilbert, "b": b})
    residual = np.abs(hilbert @ x - b).max() / (np.abs(hilbert).max() * np.abs(x).max())
    assert residual < 1e-15


def test_singular_matrices() -> None:
    A, b = tensors("A[n,n] b[n]")
    for run in (evaluate, lambda expr, arrays: compile(expr)(**arrays)):
        with pytest.raises(SingularMatrixError, match=r"shape \(2, 2\): a matrix is singular"):
            run(solve(A, b), {"A": np.ones((2, 2)), "b": np.ones(2)})
    stack = np.stack([np.eye(2), np.zeros((2, 2))])
    with pytest.raises(SingularMatrixError, match=r"shape \(2, 2, 2\)"):
        evaluate(solve(Tensor("S", (2, 2, 2)), ones(2, 2)), {"S": stack})


def test_texts_of_values_and_derivatives_read_back() -> None:
    A, b, B, S, C = tensors("A[n,n] b[n] B[n,k] S[m,n,n] C[m,n,k]")
    names = {"A": A, "b": b, "B": B, "S": S, "C": C}
    sizes = {"n": 3, "k": 2, "m": 4}
    arrays = {
        name: regular(tuple(sizes[size.name] for size in X.sizes if isinstance(size, Expr)), seed)
        if name in "AS"
        else normal(tuple(sizes[size.name] for size in X.sizes if isinstance(size, Expr)), seed)
        for seed, (name, X) in enumerate(names.items())
    }
    values = [solve(A, b), solve(A, B), solve(S, C), solve(A.T @ A, B + 1)]
    exprs = [*values, *[gradient((x * x).sum(), V) for x, V in zip(values, (A, A, S, A), strict=True)]]
    exprs += [jacobian(values[1], A), hessian((values[0] ** 3).sum(), A), solve(A, ones("n"))]
    for expr in exprs:
        expected = evaluate(expr, arrays)
        for style in ("matrix", "index", "bracket"):
            for text in (to_text(expr, style=style), to_latex(expr, style=style)):
                again = evaluate(parse(text, **names), arrays)
                np.testing.assert_allclose(again, expected, rtol=1e-10, atol=1e-11)
    assert parse("solve(A, b)", A=A, b=b) == solve(A, b)
    assert parse("A solve(A, b) - b", A=A, b=b) == A @ solve(A, b) - b
    assert to_text(solve(A, ones("n"))) == "solve(A, 𝟏_{n})"


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("solve(A)", ParseError, "solve takes 2 arguments, got 1"),
        ("solve(A, b, b)", ParseError, "solve takes 2 arguments, got 3"),
        ("solve(A, bᵀ)", ParseError, "an operator knows no rows"),
        ("solve(b, b)", ShapeError, "solve takes at least 2 axes here, but b has 1 axis"),
        ("solve(A, c)", ShapeError, "as many rows as the matrix: m against n"),
        ("solve(R, b)", ShapeError, "solve takes a square matrix"),
        ("solve^2(A, b)", ParseError, "solve takes no power"),
        ("solve", ParseError, "solve is a function"),
    ],
)
def test_bad_texts(text: str, error: type[Exception], message: str) -> None:
    A, b, c, R = tensors("A[n,n] b[n] c[m] R[n,m]")
    with pytest.raises(error, match=message) as caught:
        parse(text, A=A, b=b, c=c, R=R)
    assert "^" in str(caught.value)


def test_bad_arguments() -> None:
    A, b = Tensor("A", (3, 3)), Tensor("b", (3,))
    with pytest.raises(ShapeError, match="solve takes a square matrix, but b has 1 axes"):
        solve(b, b)
    with pytest.raises(ShapeError, match="needs at least 2 axes of b, but it has 1"):
        solve(Tensor("S", (2, 3, 3)), b)
    with pytest.raises(ShapeError, match="axis 0 of S has size 2, but axis 0 of B has size 4"):
        solve(Tensor("S", (2, 3, 3)), Tensor("B", (4, 3)))
    with pytest.raises(ArgumentError, match="solve takes 2 tensors, got 3"):
        Operator(SOLVE, A, (b, b), 0)
    with pytest.raises(ArgumentError, match="solve takes 2 tensors, got 1"):
        OPERATOR_FORMS["solve"](A)
    with pytest.raises(ShapeError, match="solve takes 2 axes behind 1, but A has 2"):
        Operator(SOLVE, A, (b,), 1)


def test_records_and_nodes_pickle() -> None:
    node = solve(*tensors("A[n,n] b[n]"))
    assert pickle.loads(pickle.dumps(node)) == node
    assert pickle.loads(pickle.dumps(OPERATOR_FORMS["solve"])) == OPERATOR_FORMS["solve"]


def test_equal_sees_what_solve_is() -> None:
    A, b = tensors("A[n,n] b[n]")
    assert equal(solve(A, 2 * b), 2 * solve(A, b))
    assert equal(A @ solve(A, b), b)
    assert not equal(solve(A, b), solve(A.T, b))


def test_report_counts_a_factorization() -> None:
    A, B = tensors("A[n,n] B[n,k]")
    report = compile(solve(A, B)).report(A=(50, 50), B=(50, 3))
    assert report.flops == 50**3 + 2 * 50 * 50 * 3
    assert report.path[0].kernel == "solve"
