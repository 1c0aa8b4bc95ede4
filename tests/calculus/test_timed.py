"""Derivations through recurrences: the printed equations, solved as they stand, give the gradients."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import bracketcalc as bc
from bracketcalc import layers
from bracketcalc.calculus.derivation import Derivation, StepKind
from bracketcalc.calculus.marks import is_change
from bracketcalc.calculus.rules import SUBSTITUTION
from bracketcalc.expr.over_time import OverTime, TimeIndex
from bracketcalc.reference import evaluate
from bracketcalc.traverse import bottom_up, postorder, tensors_in
from tests.calculus.systems import check_system

X, W, U, b, Z0, V, c, C0 = bc.tensors("X[τ,n,d] W[h,h] U[d,h] b[h] Z_0[n,h] V[h,k] c[k] C0[n,h]")
Y = bc.tensor("Y", ("τ", "n", "k"), assume=bc.sums_to_one(axis=2))
M, P, T, R = bc.tensors("M[τ,n] P[τ] T[m,n,h] R[τ,n,h]")
LENGTHS = (0, 1, 2, 4)


def arrays(length: int) -> dict[str, np.ndarray]:
    n, d, h, k, m = 2, 3, 4, 5, 3
    shapes = {"X": (length, n, d), "W": (h, h), "U": (d, h), "b": (h,), "Z_0": (n, h), "V": (h, k)}
    shapes |= {"c": (k,), "C0": (n, h), "Y": (length, n, k), "T": (m, n, h), "R": (length, n, h)}
    draw = np.random.default_rng(3)
    values = {name: draw.standard_normal(shape) for name, shape in shapes.items()}
    values["Y"] = np.abs(values["Y"])
    values["Y"] /= values["Y"].sum(axis=2, keepdims=True)
    values["M"] = (np.arange(length)[:, None] < np.array([length, 1])).astype(float)
    values["P"] = (np.arange(length) % 2).astype(float)
    return values


def used_in(expr: bc.Expr, values: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    names = {tensor.name for tensor in tensors_in([expr])}
    return {name: value for name, value in values.items() if name in names}


def step(z: bc.Expr, x: bc.Expr) -> bc.Expr:
    return bc.tanh(bc.define("A", z @ W + layers.dense(x, U, b)))


def paper() -> bc.Expr:
    """Return the loss (45) of §6.4."""
    Z = bc.define("Z", bc.recurrence(step, Z0, X))
    logits = bc.define("O", layers.dense(Z, V, c))
    return -bc.dot(bc.log_softmax(logits, axis=2), Y) / Z0.sizes[0]


def unnamed() -> bc.Expr:
    Z = bc.recurrence(lambda z, x: bc.tanh(z @ W + x @ U), C0, X)
    return layers.squared_error(Z, R)


def gated() -> bc.Expr:
    def gates(h: bc.Expr, cell: bc.Expr, x: bc.Expr) -> tuple[bc.Expr, bc.Expr]:
        gate = bc.define("G", bc.sigmoid(h @ W + x @ U))
        after = bc.define("C", gate * cell + bc.tanh(x @ U + h))
        return gate * bc.tanh(after), after

    hidden, cells = bc.recurrence(gates, (Z0, C0), X)
    return layers.squared_error(hidden, R) + (bc.previous_state(hidden) ** 3).sum() + bc.dot(cells, cells)


def backward() -> bc.Expr:
    Z = bc.define("Z", bc.recurrence(step, Z0, X, backward=True))
    return layers.squared_error(Z, R)


def two_directions() -> bc.Expr:
    there = bc.recurrence(lambda z, x: bc.tanh(z @ W + x @ U), Z0, X)
    back = bc.recurrence(lambda q, z: bc.tanh(q @ W + z), C0, there, backward=True)
    return bc.dot(there, back) + bc.dot(back, R)


def two_layers() -> bc.Expr:
    first = layers.rnn(X, Z0, W, U, b)
    second = layers.rnn(first, C0, W, W, b)
    return layers.squared_error(second, R)


def masked() -> bc.Expr:
    def masked_step(z: bc.Expr, x: bc.Expr, m: bc.Expr) -> bc.Expr:
        return layers.keep_where(m, step(z, x), z)

    return layers.squared_error(bc.recurrence(masked_step, Z0, (X, M)), R)


def truncated() -> bc.Expr:
    def truncated_step(z: bc.Expr, x: bc.Expr, p: bc.Expr) -> bc.Expr:
        return step(layers.truncated(p, z), x)

    return layers.squared_error(bc.recurrence(truncated_step, Z0, (X, P)), R)


def pooled() -> bc.Expr:
    """Return a loss in which the sum over the time is not the last operation."""
    Z = bc.define("Z", bc.recurrence(step, Z0, X))
    mean = bc.define("M", Z.sum(axis=0))
    return bc.dot(bc.exp(mean / 9), C0)


def from_embedding() -> bc.Expr:
    """Return a loss whose inputs and whose initial state are computed."""
    E = bc.define("E", bc.tanh(X @ U))
    H = bc.define("H", bc.sin(C0 @ W))
    return layers.squared_error(bc.recurrence(lambda z, e: bc.tanh(z @ W + e), H, E), R)


def last_state() -> bc.Expr:
    Z = bc.define("Z", bc.recurrence(step, Z0, X))
    return layers.squared_error(bc.final_state(Z), C0) + bc.dot(Z, R)


def encoder_decoder() -> bc.Expr:
    Z = bc.define("Z", bc.recurrence(step, Z0, X))
    D = bc.recurrence(lambda h, y: bc.tanh(h @ W + y), bc.final_state(Z), T)
    return bc.dot(D, T)


CASES = (paper, unnamed, backward, two_directions, two_layers, masked, truncated, pooled)
LAST = (gated, last_state, encoder_decoder)


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("case", [*CASES, from_embedding])
def test_the_equations_have_the_gradients_as_their_solution(
    case: Callable[[], bc.Expr], length: int
) -> None:
    loss = case()
    values = used_in(loss, arrays(length))
    wrt = [node for node in (W, U, b, V, c, Z0, C0, X, T) if node.name in values]
    check_system(loss, list(wrt), values)


@pytest.mark.parametrize("length", LENGTHS[1:])
@pytest.mark.parametrize("case", LAST)
def test_equations_for_a_state_after_the_last_step(case: Callable[[], bc.Expr], length: int) -> None:
    loss = case()
    values = used_in(loss, arrays(length))
    wrt = [node for node in (W, U, b, Z0, C0, X, T) if node.name in values]
    found = check_system(loss, list(wrt), values)
    assert any(step.rule == "last step §6.4" for step in found.steps)


def text_of(found: Derivation) -> list[str]:
    return [" ".join(line.split()) for line in str(found).splitlines()]


def test_the_final_equations_of_the_paper() -> None:
    assert text_of(bc.derive(paper(), [W, U, b, V, c], detail="result")) == [
        "A_t = Z_{t-1} W + X_t U + 𝟏 bᵀ [definition, t = 1, …, τ]",
        "Z_t = tanh(A_t) [definition, t = 1, …, τ]",
        "O_t = Z_t V + 𝟏 cᵀ [definition, t = 1, …, τ]",
        "J = -1/n Σ_t log_softmax^{1}(O_t) · Y_t [definition]",
        "∇_{O_t}J = 1/n (softmax^{1}(O_t) - Y_t) [coefficient of · dO_t, t = 1, …, τ]",
        "∇_{A_{τ+1}}J = 0 [behind the last step §6.4]",
        "∇_{A_t}J = (∇_{O_t}J Vᵀ + ∇_{A_{t+1}}J Wᵀ) ⊙ (1 - Z_t ⊙ Z_t) [coefficient of · dA_t, t = 1, …, τ]",
        "∇_{W}J = Σ_t Z_{t-1}ᵀ ∇_{A_t}J [coefficient of · dW]",
        "∇_{U}J = Σ_t X_tᵀ ∇_{A_t}J [coefficient of · dU]",
        "∇_{b}J = Σ_t (∇_{A_t}J)ᵀ 𝟏 [coefficient of · db]",
        "∇_{V}J = Σ_t Z_tᵀ ∇_{O_t}J [coefficient of · dV]",
        "∇_{c}J = Σ_t (∇_{O_t}J)ᵀ 𝟏 [coefficient of · dc]",
    ]


def test_the_final_equations_in_latex() -> None:
    latex = bc.derive(paper(), [W], detail="result").latex()
    assert (
        r"\nabla_{A_{t}} J &= \left(\nabla_{O_{t}} J V^{T} + \nabla_{A_{t+1}} J W^{T}\right) \odot "
        r"\left(1 - Z_{t} \odot Z_{t}\right) && \text{coefficient of }\cdot dA_{t}, t = 1, \dots, \tau"
        in latex
    )
    assert r"\nabla_{W} J &= \sum_{t=1}^{\tau} Z_{t-1}^{T} \nabla_{A_{t}} J" in latex
    assert r"\nabla_{A_{\tau+1}} J &= 0" in latex
    assert r"\mathrm" not in latex


def test_a_full_derivation_is_about_one_time() -> None:
    found = bc.derive(paper(), [W, U, b, V, c], detail="full")
    lines = text_of(found)
    assert "d_{A_t}J = ∇_{A_t}J · dA_t [gradient §3.1, t = 1, …, τ]" in lines
    assert any(line.startswith("= Σ_t 1/n (softmax^{1}(O_t) - Y_t) · dO_t") for line in lines)
    assert not any("recurrence(" in line for line in lines)


def of_one_time(expr: bc.Expr) -> bc.Expr:
    """Return an expression with 2 X_t for Σ_t X_t, as for two equal times."""
    return bottom_up([expr], lambda node: 2 * node.body if isinstance(node, OverTime) else node)[0]


@pytest.mark.parametrize("case", [*CASES, *LAST])
def test_the_lines_of_a_full_derivation_are_equal(case: Callable[[], bc.Expr]) -> None:
    loss = case()
    wrt = [node for node in (W, U, b, V, c, Z0, C0, X, T) if node in tensors_in([loss])]
    found = bc.derive(loss, wrt, detail="full")
    brief = bc.derive(loss, wrt, detail="steps")
    checked = 0
    for step in found.steps:
        if step.rewrites is not None and step.rule != SUBSTITUTION:
            pair = [step.right, found.steps[step.rewrites].right]
            if not any(is_change(node) for node in postorder(pair)):
                assert bc.equal(*map(of_one_time, pair)), step
                checked += 1
    assert checked > 3
    last = {step.left: step.right for step in found.steps if step.kind is not StepKind.PART}
    for step in brief.steps:
        assert bc.equal(of_one_time(last[step.left]), of_one_time(step.right)), step.left
    assert len([s for s in brief.steps if s.kind is not StepKind.DIFFERENTIAL]) == len(
        bc.derive(loss, wrt, detail="result").steps
    )


def test_the_work_of_deriving_does_not_depend_on_the_length() -> None:
    def shown(length: int | str) -> tuple[int, str]:
        inputs, targets = bc.tensor("X", (length, "n", "d")), bc.tensor("Y", (length, "n", "k"))
        Z = bc.define("Z", bc.recurrence(step, Z0, inputs))
        found = bc.derive(layers.squared_error(Z @ V, targets), [W, U, b, V, Z0], detail="full")
        return len(found.steps), str(found).replace("5001", "time+1").replace("5000", "time")

    short, long = shown("time"), shown(5000)
    assert short[0] == long[0]
    assert "".join(short[1].split()) == "".join(long[1].split())


def test_cotangents_have_the_chosen_names() -> None:
    Z = bc.define("Z", bc.recurrence(step, Z0, X))
    loss = layers.squared_error(Z, R)
    lines = text_of(bc.derive(loss, [W], detail="result", names="S"))
    assert any(line.startswith("S_{1,t} =") and "S_{1,t+1} Wᵀ" in line for line in lines), lines


def test_a_gradient_of_the_states_has_their_time() -> None:
    Z = bc.define("Z", bc.recurrence(step, Z0, X))
    found = bc.derive(layers.squared_error(Z, R), [Z, X], detail="result")
    lefts = [step.left for step in found.steps if step.kind in (StepKind.GRADIENT, StepKind.COTANGENT)]
    assert {"∇_{Z_t}J", "∇_{X_t}J"} <= set(lefts)


def test_a_letter_that_is_a_size_is_not_a_time() -> None:
    inputs = bc.tensor("X", ("t", "n", "h"))
    Z = bc.recurrence(lambda z, x: bc.tanh(z @ W + x), Z0, inputs)
    lines = text_of(bc.derive(bc.dot(Z, Z), W, detail="result"))
    assert any("s = 1, …, t" in line for line in lines)


def test_a_loss_that_mixes_times_keeps_its_recurrences() -> None:
    Z = bc.recurrence(lambda z, x: bc.tanh(z @ W + x @ U), Z0, X)
    scores = bc.softmax(bc.einsum("tnh,snh->ts", Z, Z), axis=1)
    found = bc.derive((scores**2).sum(), W, detail="result")
    assert all(step.times is None for step in found.steps)
    assert "recurrence(" in str(found)


def test_a_sum_over_times_has_no_value() -> None:
    total = OverTime(TimeIndex("t", 3), bc.tensor("X_t", 2))
    with pytest.raises(bc.ArgumentError, match="no value of its own"):
        evaluate(total, {"X_t": np.ones(2)})
