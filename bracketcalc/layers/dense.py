"""Fully connected layers and networks of them (paper §6.1 to §6.3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bracketcalc.errors import ArgumentError
from bracketcalc.expr.algebra import outer
from bracketcalc.expr.build import define, ones, tensor
from bracketcalc.expr.core import Expr, Size, Tensor, as_expr
from bracketcalc.expr.nodes import Definition

Activation = Callable[[Expr], Expr]


def dense(inputs: object, weights: object, bias: object | None = None) -> Expr:
    """Return X W + 𝟏 bᵀ, for inputs with any axes in front of the last (paper §6.1).

    Args:
        inputs: X, whose last axis is the features.
        weights: W, with the axes of features and of units.
        bias: b, with the axis of units, if there is one.

    Returns:
        An expression with the leading axes of the inputs, then the units.

    Raises:
        ShapeError: if the axes do not fit.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> X, W, b = tensors("X[n,d] W[d,k] b[k]")
        >>> str(dense(X, W, b))
        'X W + 𝟏 bᵀ'
    """
    product = as_expr(inputs) @ as_expr(weights)
    if bias is None:
        return product
    lead = product.sizes[:-1]
    return product + (outer(ones(*lead), as_expr(bias)) if lead else as_expr(bias))


@dataclass(frozen=True, slots=True)
class Network:
    """A network with named intermediates.

    Attributes:
        output: what it computes.
        parameters: its parameters, layer by layer.
        stages: its intermediates in order, as definitions.
    """

    output: Expr
    parameters: tuple[Tensor, ...]
    stages: tuple[Definition, ...]


def fully_connected(
    inputs: Expr, widths: Sequence[int | str | Size], activations: Sequence[Activation | None]
) -> Network:
    """Return Z_j = f_j(A_j) with A_j = Z_{j-1} W_j + 𝟏 b_jᵀ for j = 1 … L and Z_0 = X (paper §6.2).

    Args:
        inputs: X, whose last axis is the features.
        widths: the number of units of each layer.
        activations: f_j of each layer; None for a layer whose output is A_j itself.

    Returns:
        The network with the parameters W_1, b_1, … and the intermediates A_1, Z_1, …

    Raises:
        ArgumentError: if there is not one activation for each width.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> from bracketcalc.functions.forms import tanh
        >>> (X,) = tensors("X[n,d]")
        >>> net = fully_connected(X, ["h", "k"], [tanh, None])
        >>> [str(stage.body) for stage in net.stages]
        ['X W_1 + 𝟏 b_1ᵀ', 'tanh(A_1)', 'Z_1 W_2 + 𝟏 b_2ᵀ']
    """
    if len(widths) != len(activations):
        raise ArgumentError(
            f"{len(widths)} layers were given {len(activations)} activations",
            hint="give one activation for each width, None for a linear layer",
        )
    value, parameters, stages = as_expr(inputs), list[Tensor](), list[Definition]()
    for number, (width, activation) in enumerate(zip(widths, activations, strict=True), 1):
        weights = tensor(f"W_{number}", (value.sizes[-1], width))
        bias = tensor(f"b_{number}", width)
        parameters += [weights, bias]
        stages.append(define(f"A_{number}", dense(value, weights, bias)))
        if activation is not None:
            stages.append(define(f"Z_{number}", activation(stages[-1])))
        value = stages[-1]
    return Network(value, tuple(parameters), tuple(stages))
