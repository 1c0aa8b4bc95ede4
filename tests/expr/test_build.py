"""The function forms of the algebra: values against NumPy, messages verbatim."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from typing import Any

import numpy as np
import opt_einsum
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bracketcalc.errors import ArgumentError, ParseError, ShapeError
from bracketcalc.expr.algebra import diag, dot, einsum, norm, odot, outer, trace
from bracketcalc.expr.build import define, identity, ones, scalar, tensor, tensors
from bracketcalc.expr.core import Delta, Ones, Size, Tensor, constant
from bracketcalc.reference import evaluate

A, B = Tensor("A", (2, 3, 4)), Tensor("B", (4, 2))
rng = np.random.default_rng(0)
a, b = rng.standard_normal((2, 3, 4)), rng.standard_normal((4, 2))
VALUES = {"A": a, "B": b}


NAME_AXES = "\n  hint: name the axes to multiply"


# -- declarations ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ones", "𝟏", "𝟙"])
def test_nothing_is_called_like_the_tensor_of_ones(name: str) -> None:
    for declare in (tensor, scalar, lambda text: define(text, 2 * A), lambda text: tensor("T", text)):
        with pytest.raises(ArgumentError) as caught:
            declare(name)
        assert caught.value.message == (
            f"{name!r} is the tensor of ones in a formula, so nothing else can have this name"
        )
        assert caught.value.hint == "choose another name"
    assert tensor("ones_1", "n").name == "ones_1"


def test_tensor() -> None:
    n = Size("n")
    assert tensor("T", (3, "n", n)).sizes == (3, n, n)
    assert tensor("T", "n") == tensor("T", ("n",)) == tensor("T", n) == Tensor("T", (n,))
    assert tensor("T", 3) == Tensor("T", (3,))
    assert tensor("T") == scalar("T") == Tensor("T", ())
    assert tensor("X with any text, 𝐗⟨~", [0, 1]).sizes == (0, 1)
    assert tensor("e\N{COMBINING ACUTE ACCENT}") == tensor("é")


@pytest.mark.parametrize(
    "name",
    ["1", "0", "12", "1e5", "1E-5", "1.5", "7 ", ".5", "-1", "+1", "−2", " 7", "1/2", "-1.5e3 / 2", "３"],
)
@pytest.mark.parametrize("declare", [tensor, scalar, lambda name: define(name, 1), ones])
def test_numbers_are_no_names(declare: Callable[[str], Any], name: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        declare(name)
    assert "is a number in a formula" in caught.value.message
    assert caught.value.hint == "begin the name with a letter"


@pytest.mark.parametrize("name", ["x1", "e5", "2x", "1'", "x_1", "x.5", "a1/2", "W_{12}", "1_a"])
def test_names_with_digits(name: str) -> None:
    assert tensor(name).name == name


@pytest.mark.parametrize("name", ["", "a\nb", "\x00", 3, None])
def test_names(name: Any) -> None:
    for build in (tensor, scalar, lambda name: define(name, A), lambda name: tensor("X", (name,))):
        if name in (3, None) and build.__name__ == "<lambda>":
            continue
        with pytest.raises(ArgumentError) as raised:
            build(name)
        assert str(raised.value) == f"a name is a non-empty printable text, got {name!r}"


def test_constants() -> None:
    n = Size("n")
    assert ones("n", 3) == Ones((n, 3))
    assert ones() == Ones(())
    assert identity("n") == Delta(n, 2)
    assert identity(3, 4) == Delta(3, 4)
    np.testing.assert_array_equal(evaluate(identity(3), {}), np.eye(3))
    assert define("Z", 2).body == constant(2)
    with pytest.raises(ShapeError, match=r"a size is a non-negative integer or a Size, got \(2, 3\)"):
        ones((2, 3))  # type: ignore[arg-type]


# -- products -------------------------------------------------------------------------------------------


def test_outer() -> None:
    v = Tensor("v", (0,))
    found = evaluate(outer(B, A), VALUES)
    np.testing.assert_allclose(found, np.multiply.outer(b, a), rtol=1e-14)
    assert outer(A, v, B).sizes == (2, 3, 4, 0, 4, 2)
    assert evaluate(outer(2, B, 3), VALUES)[0, 1] == 6 * b[0, 1]
    assert evaluate(outer(), {}) == 1
    assert outer(B) == einsum("ij->ij", B)


def by_definition(left: Any, right: Any, axes: Any, summed: tuple[int, ...]) -> Any:
    """Return A^P ⊙^Q B, summed, by moving the paired axes to the front of both arrays."""
    chosen, partners = [[k % x.ndim for k in row] for x, row in zip((left, right), axes, strict=True)]
    first = [k for k in range(left.ndim) if k not in chosen]
    second = [k for k in range(right.ndim) if k not in partners]
    one = left.transpose(chosen + first)[(..., *[None] * len(second))]
    two = right.transpose(partners + second)
    two = two.reshape(two.shape[: len(partners)] + (1,) * len(first) + two.shape[len(partners) :])
    result = one * two
    order = [(*chosen, *first).index(k) for k in range(left.ndim)]
    result = result.transpose(order + list(range(left.ndim, result.ndim)))
    return result.sum(axis=tuple(k % left.ndim for k in summed))


@st.composite
def pairings(draw: st.DrawFn) -> tuple[Any, Any, Any, tuple[int, ...]]:
    """Return two arrays, the axes to pair, and which of them to sum."""
    count = draw(st.integers(0, 2))
    paired = draw(st.lists(st.integers(0, 3), min_size=count, max_size=count))
    shapes, places = [], []
    for _ in range(2):
        rest = draw(st.lists(st.integers(0, 3), max_size=2))
        order = draw(st.permutations(range(count + len(rest))))
        shapes.append(tuple([[*paired, *rest][k] for k in order]))
        places.append([order.index(k) for k in range(count)])
    summed = draw(st.sets(st.sampled_from(places[0]))) if count else set()
    arrays = [np.random.default_rng(1).standard_normal(shape) for shape in shapes]
    if draw(st.booleans()):
        places[0] = [k - arrays[0].ndim for k in places[0]]
    return arrays[0], arrays[1], tuple(places), tuple(summed)


@given(pairings())
@settings(max_examples=100)
def test_odot_and_dot_by_their_definition(case: tuple[Any, Any, Any, tuple[int, ...]]) -> None:
    left, right, axes, summed = case
    one, two = Tensor("A", left.shape), Tensor("B", right.shape)
    values = {"A": left, "B": right}
    found = evaluate(odot(one, two, axes, summed), values)
    np.testing.assert_allclose(found, by_definition(left, right, axes, summed), rtol=1e-13, atol=1e-13)
    contracted = evaluate(dot(one, two, axes), values)
    np.testing.assert_allclose(contracted, np.tensordot(left, right, axes), rtol=1e-13, atol=1e-13)


def test_odot_of_the_paper() -> None:
    """(3): A^{1,3} ⊙^{2,1} B is element-wise in two axes, and the bar sums."""
    expr = odot(A, B, axes=((0, 2), (1, 0)))
    np.testing.assert_allclose(evaluate(expr, VALUES), np.einsum("ijk,ki->ijk", a, b), rtol=1e-14)
    barred = odot(A, B, axes=((0, 2), (1, 0)), sum=(2,))
    np.testing.assert_allclose(evaluate(barred, VALUES), np.einsum("ijk,ki->ij", a, b), rtol=1e-13)
    assert odot(A, B, axes=((0, 2), (1, 0)), sum=-1) == barred
    assert odot(A, A) == A * A


def test_dot_forms() -> None:
    assert dot(B, A, axes=((1,), (0,))) == dot(B, A, axes=(1, 0)) == dot(B, A, axes=(-1, 0)) == B @ A
    assert evaluate(dot(A, A), VALUES) == pytest.approx((a * a).sum(), rel=1e-14)
    assert evaluate(dot(2, 3), {}) == 6
    assert evaluate(odot(2, A, axes=((), ())), VALUES).shape == a.shape


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: odot(A, B),
            "⊙ without positions needs equal numbers of axes: A has 3, B has 2" + NAME_AXES,
        ),
        (
            lambda: dot(A, B),
            "· without positions needs equal numbers of axes: A has 3, B has 2" + NAME_AXES,
        ),
        (
            lambda: odot(A, B, axes=((0, 1), (1,))),
            "2 axes of A are paired with 1 axes of B\n  hint: both lists of positions must have one length",
        ),
        (
            lambda: odot(A, B, axes=((0,), (0,))),
            "axis 0 of A has size 2, but axis 0 of B has size 4"
            "\n  hint: axes that are multiplied or added together must have one size",
        ),
        (lambda: odot(A, B, axes=((0, 0), (1, 0))), "the axes (0, 0) are not all different"),
        (lambda: odot(A, B, axes=((3,), (0,))), "axis 3 does not exist: there are 3 axes, counted from 0"),
        (
            lambda: odot(A, B, axes=((0,), (1,)), sum=(1,)),
            "axis 1 is summed but is not among the multiplied axes (0,)",
        ),
        (lambda: trace(A), "tr takes 2 axes, but A has 3"),
        (lambda: diag(A), "diag takes 1 or 2 axes, but A has 3"),
        (lambda: diag(2), "diag takes 1 or 2 axes, but 2 has 0"),
        (
            lambda: trace(B),
            "axis 0 of B has size 4, but axis 1 of B has size 2"
            "\n  hint: axes that are multiplied or added together must have one size",
        ),
        (lambda: einsum("ij,jk->ik", A, B), "A has 3 axes, but 2 labels were given"),
        (lambda: einsum("ij->ijj", B), "the output labels (0, 1, 1) of a product are not all different"),
        (lambda: einsum("ij->k", B), "the output label 'k' is on no operand"),
    ],
)
def test_shape_errors(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ShapeError) as raised:
        call()
    assert str(raised.value) == message


@pytest.mark.parametrize("axes", [1, (0,), ((0,), (1,), (2,)), "012"])
def test_axes_are_a_pair(axes: Any) -> None:
    for function in (odot, dot):
        with pytest.raises(ArgumentError) as raised:
            function(A, B, axes=axes)
        assert str(raised.value) == (
            f"axes is a pair, axes of the left and axes of the right operand, got {axes!r}"
            "\n  hint: write axes=((1,), (0,))"
        )


# -- einsum ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "equation",
    [
        "ij,jk->ik",
        "ij,jk->ki",
        "ij,jk->",
        "ij,jk->ijk",
        "ij,jk->j",
        "ij,kl->likj",
        "ij , jk ->  ik",
        "αβ,βγ->γα",
    ],
)
def test_einsum_against_numpy(equation: str) -> None:
    X, W = Tensor("X", (2, 3)), Tensor("W", (3, 4))
    if equation.startswith("ij,kl"):
        W = Tensor("W", (5, 1))
    x, w = rng.standard_normal((2, 3)), rng.standard_normal([int(str(size)) for size in W.sizes])
    plain = equation.replace("α", "a").replace("β", "b").replace("γ", "c")
    found = evaluate(einsum(equation, X, W), {"X": x, "W": w})
    np.testing.assert_allclose(found, np.einsum(plain, x, w), rtol=1e-13)


def test_einsum_of_diagonals_and_scalars() -> None:
    S = Tensor("S", (3, 3, 2))
    s = rng.standard_normal((3, 3, 2))
    for equation in ("iij->ij", "iij->j", "iij->", "iij->ji"):
        np.testing.assert_allclose(
            evaluate(einsum(equation, S), {"S": s}), np.einsum(equation, s), rtol=1e-13
        )
    assert evaluate(einsum(",ij->ji", 2, B), VALUES)[1, 0] == 2 * b[0, 1]
    assert evaluate(einsum("->", 2), {}) == 2


@pytest.mark.parametrize(
    ("equation", "message"),
    [
        ("ij,jk", "an einsum equation needs '->'\n    ij,jk\n    ^^^^^\n  hint: write 'ij,jk->ik'"),
        ("ij,j1->i1", "'1' is not a label\n    ij,j1->i1\n        ^\n  hint: use letters"),
        ("i.,j!->i", "'.' is not a label\n    i.,j!->i\n     ^\n  hint: use letters"),
        ("ij,jk->i,k", "',' is not a label\n    ij,jk->i,k\n            ^\n  hint: use letters"),
        ("ij,jk->->ik", "'-' is not a label\n    ij,jk->->ik\n           ^\n  hint: use letters"),
        ("i-j,jk->ik", "'-' is not a label\n    i-j,jk->ik\n     ^\n  hint: use letters"),
        ("ij->ij", "the equation has 1 operands, but 2 were given\n    ij->ij\n    ^^^^^^"),
    ],
)
def test_einsum_errors(equation: str, message: str) -> None:
    with pytest.raises(ParseError) as raised:
        einsum(equation, A, B)
    assert str(raised.value) == message


def test_the_labels_of_opt_einsum_are_labels() -> None:
    labels = [opt_einsum.get_symbol(place) for place in range(300)]
    assert {"×", "÷"}.issubset(labels)
    (x,) = tensors("x[n]")
    for label in labels:
        assert einsum(f"{label},{label}->", x, x) == x @ x


# -- matrix forms ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, 3])
def test_matrix_forms(size: int) -> None:
    S, v = Tensor("S", (size, size)), Tensor("v", (size,))
    s, w = rng.standard_normal((size, size)), rng.standard_normal(size)
    values = {"S": s, "v": w}
    assert evaluate(trace(S), values) == pytest.approx(np.trace(s), rel=1e-14)
    np.testing.assert_array_equal(evaluate(diag(S), values), np.diag(s))
    np.testing.assert_array_equal(evaluate(diag(v), values), np.diag(w))
    assert evaluate(norm(S), values) == pytest.approx(np.sqrt((s * s).sum()), rel=1e-14)
    assert evaluate(norm(-3), {}) == 3


def test_all_orders_of_a_product_have_one_value() -> None:
    operands = [(A, "ijk"), (B, "kl"), (B, "kl")]
    for order in permutations(operands):
        found = einsum(",".join(names for _, names in order) + "->lj", *[expr for expr, _ in order])
        np.testing.assert_allclose(evaluate(found, VALUES), np.einsum("ijk,kl,kl->lj", a, b, b), rtol=1e-13)


def test_readme_declarations() -> None:
    X, W, bias, Y = tensors("X[n,d] W[d,k] b[k] Y[n,k]")
    assert (X @ W + outer(ones("n"), bias) - Y).sizes == (Size("n"), Size("k"))
