"""Full derivations: every line follows from others, whatever the expression."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from bracketcalc.calculus.derivation import Derivation, StepKind
from bracketcalc.calculus.derivatives import gradient
from bracketcalc.calculus.derive import derive
from bracketcalc.calculus.marks import change_of
from bracketcalc.errors import ArgumentError, DerivativeError
from bracketcalc.expr.algebra import dot, outer
from bracketcalc.expr.build import define, tensors
from bracketcalc.expr.core import Expr
from bracketcalc.functions.forms import function, sin, tanh
from bracketcalc.reference import evaluate
from bracketcalc.simplify.equality import equal
from bracketcalc.traverse import definitions_in
from tests.calculus.numeric import size_of
from tests.calculus.proof_cases import A1, CASES, MODEL, SIZES, Z1, W, X, b, e, x
from tests.calculus.proofs import Proof


def full(name: str) -> Derivation:
    return derive(*CASES[name], detail="full")


@pytest.mark.parametrize("name", CASES)
def test_every_line_follows(name: str) -> None:
    Proof(full(name), SIZES).check()


@pytest.mark.parametrize("name", CASES)
def test_its_gradients_are_the_gradients(name: str) -> None:
    expr, wrt = CASES[name]
    for one, two in zip(full(name).gradients, gradient(expr, wrt), strict=True):
        assert equal(one, two)


@pytest.mark.parametrize("name", CASES)
def test_no_line_says_what_the_line_before_said(name: str) -> None:
    steps = full(name).steps
    for step in steps:
        if step.rewrites is not None:
            assert str(step.right) != str(steps[step.rewrites].right), step.rule


def test_it_starts_from_the_scalar_and_ends_in_the_gradients() -> None:
    """§6.2: dJ, then each definition from the last to the first: its differential, then its part of dJ."""
    found = full("classifier")
    kinds = [(step.kind.value, step.left, step.rule) for step in found.steps if step.rewrites is None]
    assert kinds[4:13] == [
        ("definition", "J", "definition"),
        ("differential", "dJ", "differential (11)"),
        ("differential", "dP", "differential (11)"),
        ("part", "d_{P}J", "gradient §3.1"),
        ("cotangent", "∇_{A_2}J", "coefficient of · dA_2"),
        ("differential", "dA_2", "differential (11)"),
        ("part", "d_{A_2}J", "gradient §3.1"),
        ("cotangent", "∇_{Z_1}J", "coefficient of · dZ_1"),
        ("differential", "dZ_1", "differential (11)"),
    ]
    assert [left for kind, left, _ in kinds if kind == "gradient"] == [
        f"∇_{{{name}}}J" for name in ("W", "b", "V", "c", "X", "lam")
    ]


def lines(found: Derivation, left: str) -> list[str]:
    """Return the right sides that belong to a left side, with the rules."""
    return [f"{step.right}   [{step.rule}]" for step in found.steps if step.left == left]


def test_the_lines_of_a_layer() -> None:
    found = full("classifier")
    assert lines(found, "dA_1") == [
        "d(X W + 𝟏 bᵀ)   [differential (11)]",
        "d(X W) + 𝟏 dbᵀ   [linearity §4.1]",
        "dX W + X dW + 𝟏 dbᵀ   [product rule §4.2]",
    ]
    assert lines(found, "dZ_1") == [
        "d(tanh(A_1))   [differential (11)]",
        "(1 - Z_1 ⊙ Z_1) ⊙ dA_1   [element-wise function (17)]",
    ]
    assert lines(found, "d_{Z_1}J") == [
        "∇_{Z_1}J · dZ_1   [gradient §3.1]",
        "∇_{Z_1}J · ((1 - Z_1 ⊙ Z_1) ⊙ dA_1)   [substitution §3.1]",
        "(∇_{Z_1}J ⊙ (1 - Z_1 ⊙ Z_1)) · dA_1   [take out dA_1]",
    ]
    assert lines(found, "d_{A_1}J") == [
        "∇_{A_1}J · dA_1   [gradient §3.1]",
        "∇_{A_1}J · (dX W + X dW + 𝟏 dbᵀ)   [substitution §3.1]",
        "∇_{A_1}J · (dX W) + ∇_{A_1}J · (X dW) + ∇_{A_1}J · (𝟏 dbᵀ)   [linearity §4.1]",
        "(∇_{A_1}J Wᵀ) · dX + (Xᵀ ∇_{A_1}J) · dW + ((∇_{A_1}J)ᵀ 𝟏) · db   [take out dX, dW, db]",
    ]


def test_the_lines_of_one_line() -> None:
    assert lines(full("one line"), "dJ") == [
        "d(1/2 ‖Y - X W‖²)   [differential (11)]",
        "d(1/2 (Y - X W) · (Y - X W))   [power of a power]",
        "1/2 d((Y - X W) · (Y - X W))   [linearity §4.1]",
        "1/2 (d(Y - X W) · (Y - X W) + (Y - X W) · d(Y - X W))   [product rule §4.2]",
        "1/2 (-(X dW) · (Y - X W) - (Y - X W) · (X dW))   [linearity §4.1]",
        "-(X dW) · (Y - X W)   [regroup]",
        "-(Xᵀ (Y - X W)) · dW   [take out dW]",
    ]


def test_cotangents_without_a_name_go_on_as_they_are() -> None:
    """§6.3: the cotangent of the softmax stands in dJ, and in what is substituted."""
    assert lines(full("classifier"), "d_{P}J") == [
        "-1/n (Q ⊘ P) · dP   [gradient §3.1]",
        "-1/n (Q ⊘ P) · (P ⊙ (dA_2 - (P ⊙ dA_2) 𝟏 𝟏ᵀ))   [substitution §3.1]",
        "1/n (Q ⊘ P) · (P ⊙ ((P ⊙ dA_2) 𝟏 𝟏ᵀ)) - 1/n (Q ⊘ P) · (P ⊙ dA_2)   [linearity §4.1]",
        "1/n (P ⊙ (Q 𝟏 𝟏ᵀ)) · dA_2 - 1/n Q · dA_2   [take out dA_2]",
        "1/n (P ⊙ (Q 𝟏 𝟏ᵀ) - Q) · dA_2   [regroup]",
    ]


@pytest.mark.parametrize("name", CASES)
def test_the_three_details_agree(name: str) -> None:
    """What a coarser derivation says, the finer one says too."""
    expr, wrt = CASES[name]
    result, steps = derive(expr, wrt, detail="result"), derive(expr, wrt)
    assert result.equations() == list(result.steps) == steps.equations()
    fine = {(step.left, step.right) for step in full(name).steps if step.kind is not StepKind.PART}
    kinds = (StepKind.DEFINITION, StepKind.COTANGENT, StepKind.GRADIENT)
    assert fine >= {(step.left, step.right) for step in steps.steps if step.kind in kinds}
    last = {step.left: step.right for step in full(name).steps if step.kind is StepKind.DIFFERENTIAL}
    for step in steps.steps:
        if step.kind is StepKind.DIFFERENTIAL:
            assert equal(last[step.left], step.right)


def network(layers: int) -> tuple[Expr, list[Expr]]:
    """Return the loss of paper §6.2 with its regularization."""
    names = [f"W_{j}[d,d] b_{j}[d]" for j in range(1, layers + 1)]
    X, Y, lam, *parameters = tensors("X[n,d] Y[n,d] lam " + " ".join(names))
    last: Expr = X
    for j, (weights, bias) in enumerate(zip(parameters[::2], parameters[1::2], strict=True), start=1):
        last = define(f"Z_{j}", tanh(define(f"A_{j}", last @ weights + outer(e, bias))))
    squares = sum(
        (dot(weights, weights) for weights in parameters[::2]), start=dot(last - Y, last - Y) / Y.sizes[0]
    )
    return squares * lam / 2, list(parameters)


def test_steps_and_their_lengths_are_linear() -> None:
    counts = []
    for layers in (3, 6, 9):
        found = derive(*network(layers), detail="full")
        counts.append((len(found.steps), sum(size_of(step.right) for step in found.steps)))
    for one, two, three in zip(*counts, strict=True):
        assert three - two == two - one


def chain(length: int) -> Expr:
    y: Expr = x
    for _ in range(length):
        y = sin(y)
    return y.sum()


def test_a_long_chain_without_definitions_is_cut() -> None:
    short, long = derive(chain(60), [x], detail="full"), derive(chain(120), [x], detail="full")
    assert len(long.steps) < 2.2 * len(short.steps)
    for found in (short, long):
        assert max(size_of(step.right) for step in found.steps) < 80
    Proof(short, SIZES).check()
    assert {node.name for node in definitions_in(short.gradients) if node.name[0] == "T"} >= {"T_1", "T_4"}
    (T_1,) = tensors("T_1[d]")
    assert "T_2" in {step.left for step in derive(chain(13) * T_1.sum(), [x], detail="full").steps}


@pytest.mark.long
def test_a_chain_of_20_000() -> None:
    derive(chain(20_000), [x], detail="full")


def test_names_of_cotangents() -> None:
    """§6.2: S_j is the cotangent of A_j, which goes to Z_{j-1}, W_j and b_j."""
    found = derive(*network(3), names="S")
    right = {step.left: str(step.right) for step in found.steps}
    assert right["S_3"] == "∇_{Z_3}J ⊙ (1 - Z_3 ⊙ Z_3)"
    assert right["∇_{Z_2}J"] == "S_3 W_3ᵀ"
    assert right["∇_{W_3}J"] == "Z_2ᵀ S_3 + lam W_3"
    assert right["∇_{b_1}J"] == "S_1ᵀ 𝟏"
    assert not {"∇_{A_1}J", "∇_{A_3}J", "S_4"} & right.keys()
    named = derive(MODEL, [W, b], names={A1: "E", Z1: "G"})
    right = {step.left: str(step.right) for step in named.steps}
    assert (right["E"], right["∇_{b}J"]) == ("G ⊙ (1 - Z_1 ⊙ Z_1)", "Eᵀ 𝟏")
    Proof(derive(MODEL, [W, b], names={A1: "E"}, detail="full"), SIZES).check()
    Proof(derive(*network(3), names="S", detail="full"), SIZES).check()


def test_refused() -> None:
    with pytest.raises(ArgumentError, match="there is no detail 'all'"):
        derive(MODEL, [W], detail="all")
    with pytest.raises(ArgumentError, match="is no definition in the expression"):
        derive(MODEL, [W], names={X @ W: "S"})
    with pytest.raises(DerivativeError, match=r"^Q would stand for 2 different things"):
        derive(MODEL, [W], names={A1: "Q"})
    (S_1,) = tensors("S_1[n,k]")
    with pytest.raises(DerivativeError, match=r"^S_1 would stand for 2 different things"):
        derive(dot(A1, S_1) + MODEL, [W, b], names="S")
    with pytest.raises(DerivativeError, match="f has no derivative"):
        derive(function("f", lambda xp, x: x)(x).sum(), x, detail="full")
    with pytest.raises(ArgumentError, match="is what a change of the variables does"):
        evaluate(change_of(x), {"x": [1.0, 2.0, 3.0]})


def test_a_wrong_line_is_found() -> None:
    """The check behind these tests fails if any line is 1 % too large."""
    found = full("named inverse")
    for place, step in enumerate(found.steps):
        if step.kind is StepKind.DEFINITION:
            continue
        broken = list(found.steps)
        broken[place] = replace(step, right=step.right * Fraction(101, 100))
        with pytest.raises(AssertionError):
            Proof(replace(found, steps=tuple(broken)), SIZES).check()
