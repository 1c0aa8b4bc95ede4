"""Recurrent layers: a step each, repeated along the time (paper §6.4)."""

from __future__ import annotations

from bracketcalc.expr.algebra import outer
from bracketcalc.expr.build import define, ones
from bracketcalc.expr.core import Expr, as_expr
from bracketcalc.functions.forms import sigmoid, tanh
from bracketcalc.functions.held import held
from bracketcalc.functions.recurrent import recurrence
from bracketcalc.layers.dense import dense


def rnn(inputs: Expr, initial: Expr, recurrent: Expr, weights: Expr, bias: Expr) -> Expr:
    """Return Z_t = tanh(A_t) with A_t = Z_{t-1} W + X_t U + 𝟏 bᵀ for all t (paper §6.4).

    Args:
        inputs: X, with the axes time, samples, features.
        initial: Z_0, with the axes samples, units.
        recurrent: W, with the axes units, units.
        weights: U, with the axes features, units.
        bias: b, with the axis units.

    Returns:
        The states, with the axes time, samples, units.

    Raises:
        ShapeError: if the axes do not fit.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> X, Z0, W, U, b = tensors("X[t,n,d] Z0[n,h] W[h,h] U[d,h] b[h]")
        >>> [size.name for size in rnn(X, Z0, W, U, b).sizes]
        ['t', 'n', 'h']
    """

    def step(z: Expr, x: Expr) -> Expr:
        return tanh(define("A", z @ recurrent + dense(x, weights, bias)))

    result: Expr = recurrence(step, initial, inputs)
    return result


def gru(
    inputs: Expr,
    initial: Expr,
    recurrent: tuple[Expr, Expr, Expr],
    weights: tuple[Expr, Expr, Expr],
    biases: tuple[Expr, Expr, Expr],
) -> Expr:
    """Return the states of a gated recurrent unit.

    R = σ(Z W_r + X U_r + 𝟏 b_rᵀ), F = σ(Z W_f + X U_f + 𝟏 b_fᵀ), N = tanh((R ⊙ Z) W_n + X U_n + 𝟏 b_nᵀ),
    and the new state is F ⊙ Z + (1 - F) ⊙ N.

    Args:
        inputs: X, with the axes time, samples, features.
        initial: Z_0, with the axes samples, units.
        recurrent: W_r, W_f and W_n, each with the axes units, units.
        weights: U_r, U_f and U_n, each with the axes features, units.
        biases: b_r, b_f and b_n, each with the axis units.

    Returns:
        The states, with the axes time, samples, units.

    Raises:
        ShapeError: if the axes do not fit.
    """
    (w_r, w_f, w_n), (u_r, u_f, u_n), (b_r, b_f, b_n) = recurrent, weights, biases

    def step(z: Expr, x: Expr) -> Expr:
        reset = define("R", sigmoid(z @ w_r + dense(x, u_r, b_r)))
        keep = define("F", sigmoid(z @ w_f + dense(x, u_f, b_f)))
        new = define("N", tanh((reset * z) @ w_n + dense(x, u_n, b_n)))
        return keep * z + (1 - keep) * new

    result: Expr = recurrence(step, initial, inputs)
    return result


def lstm(
    inputs: Expr,
    initial: tuple[Expr, Expr],
    recurrent: tuple[Expr, Expr, Expr, Expr],
    weights: tuple[Expr, Expr, Expr, Expr],
    biases: tuple[Expr, Expr, Expr, Expr],
) -> tuple[Expr, Expr]:
    """Return the states and the cells of a long short-term memory.

    With I, F, O = σ(Z W + X U + 𝟏 bᵀ) and G = tanh(Z W + X U + 𝟏 bᵀ), each with weights of its own, the
    new cells are F ⊙ C + I ⊙ G, and the new states O ⊙ tanh(C).

    Args:
        inputs: X, with the axes time, samples, features.
        initial: Z_0 and C_0, with the axes samples, units.
        recurrent: the W of I, F, O and G, each with the axes units, units.
        weights: the U of I, F, O and G, each with the axes features, units.
        biases: the b of I, F, O and G, each with the axis units.

    Returns:
        The states and the cells, with the axes time, samples, units.

    Raises:
        ShapeError: if the axes do not fit.
    """

    def step(z: Expr, c: Expr, x: Expr) -> tuple[Expr, Expr]:
        enter, keep, leave, new = (
            define(name, gate(z @ w + dense(x, u, b)))
            for name, gate, w, u, b in zip(
                "IFOG", (sigmoid, sigmoid, sigmoid, tanh), recurrent, weights, biases, strict=True
            )
        )
        cells = define("C", keep * c + enter * new)
        return leave * tanh(cells), cells

    states, cells = recurrence(step, initial, inputs)
    return states, cells


def keep_where(running: object, after: object, before: object) -> Expr:
    """Return the new state of the samples that still run, and the old one of those that have ended.

    Used in a step over sequences of different lengths: with a mask that is 0 behind the end of a sample,
    the state of the sample stays what it was at its end.

    Args:
        running: 1 for each sample that still runs and 0 for the others, with the first axis of the states.
        after: the new states.
        before: the old states.

    Returns:
        An expression with the axes of the states.

    Raises:
        ShapeError: if the axes do not fit.
    """
    running, after, before = as_expr(running), as_expr(after), as_expr(before)
    mask = outer(running, ones(*after.sizes[running.ndim :])) if after.ndim > running.ndim else running
    return mask * after + (1 - mask) * before


def truncated(passes: object, before: object) -> Expr:
    """Return the old state, through which a gradient passes only in the steps where ``passes`` is 1.

    Used in a step for backpropagation through a limited number of steps: with a sequence that is 0 in
    every k-th step, no gradient goes back over more than k steps. The states are the same.

    Args:
        passes: a scalar, 1 in the steps that let the gradient pass and 0 in the others.
        before: the old state.

    Returns:
        An expression with the axes of the state.

    Example:
        >>> from bracketcalc.calculus.derivatives import gradient
        >>> from bracketcalc.expr.build import tensors
        >>> z, p = tensors("z p")
        >>> str(gradient(truncated(p, z), z))
        'p'
    """
    before = as_expr(before)
    passes = as_expr(passes)
    return passes * before + (1 - passes) * held(before)
