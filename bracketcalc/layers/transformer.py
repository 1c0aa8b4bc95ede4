"""Transformer blocks: attention and a feed-forward network, each with a norm before and a sum behind."""

from __future__ import annotations

from dataclasses import dataclass

from bracketcalc.errors import ArgumentError
from bracketcalc.expr.build import define, extent, tensor
from bracketcalc.expr.core import Expr, Extent, Size, Tensor, as_expr
from bracketcalc.expr.nodes import Definition
from bracketcalc.expr.shapes import show_size
from bracketcalc.functions.forms import gelu
from bracketcalc.layers.attention import Heads, multi_head_attention
from bracketcalc.layers.dense import Activation, Network, dense
from bracketcalc.layers.normalization import layer_norm


@dataclass(frozen=True, slots=True)
class Widths:
    """The sizes inside a transformer block.

    Attributes:
        heads: the number of heads.
        hidden: the width of the feed-forward network.
        head: the features of each head; without it, the width of the inputs over the number of heads.
    """

    heads: int | str | Size
    hidden: int | str | Size
    head: int | str | Size | None = None


def feed_forward(
    inputs: Expr, first: tuple[Expr, Expr], second: tuple[Expr, Expr], activation: Activation = gelu
) -> Expr:
    """Return f(X W + 𝟏 bᵀ) V + 𝟏 cᵀ, with f = gelu.

    Args:
        inputs: X, whose last axis is the features.
        first: W and b.
        second: V and c.
        activation: f.

    Raises:
        ShapeError: if the axes do not fit.
    """
    return dense(activation(dense(inputs, *first)), *second)


def transformer_block(
    inputs: Expr,
    widths: Widths,
    mask: object | None = None,
    activation: Activation = gelu,
    name: str = "1",
) -> Network:
    """Return Y = X + attention(norm(X)) and Z = Y + network(norm(Y)), with parameters of their own.

    Args:
        inputs: X, with any axes of samples, then the time and the features.
        widths: the sizes inside.
        mask: where which time may look, as for :func:`multi_head_attention`.
        activation: the activation of the feed-forward network.
        name: the subscript of the parameters and intermediates; blocks need different ones.

    Returns:
        The network: its output Z with the axes of the inputs, its parameters and its intermediates.

    Raises:
        ArgumentError: if the heads do not divide the width, or that is not known.
        ShapeError: if the axes do not fit.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> (X,) = tensors("X[n,t,8]")
        >>> block = transformer_block(X, Widths(heads=2, hidden=32))
        >>> block.output.sizes == X.sizes, len(block.parameters)
        (True, 12)
    """
    inputs = as_expr(inputs)
    width, hidden = inputs.sizes[-1], extent(widths.hidden)
    count, head = extent(widths.heads), _head_width(width, widths)
    parameters: list[Tensor] = []

    def parameter(letter: str, *sizes: Extent) -> Tensor:
        parameters.append(tensor(f"{letter}_{name}", sizes))
        return parameters[-1]

    def norm(place: str, value: Expr) -> Definition:
        scale, shift = (tensor(f"{letter}_{place}{name}", width) for letter in "γβ")
        parameters.extend((scale, shift))
        return define(f"N_{place}{name}", layer_norm(value, scale, shift, name=f"{place}{name}"))

    first = norm("a", inputs)
    heads = Heads(
        parameter("Wq", width, count, head),
        parameter("Wk", width, count, head),
        parameter("Wv", width, count, head),
        parameter("Wo", count, head, width),
    )
    attended = multi_head_attention(first, heads, mask, name=name)
    middle = define(f"Y_{name}", inputs + attended)
    second = norm("b", middle)
    inner = (parameter("Wh", width, hidden), parameter("bh", hidden))
    outer = (parameter("Wz", hidden, width), parameter("bz", width))
    output = define(f"Z_{name}", middle + feed_forward(second, inner, outer, activation))
    return Network(output, tuple(parameters), (first, middle, second, output))


def _head_width(width: Extent, widths: Widths) -> Extent:
    """Return the features of each head."""
    if widths.head is not None:
        return extent(widths.head)
    if not isinstance(width, int) or not isinstance(widths.heads, int):
        raise ArgumentError(
            f"the features of a head are not known: the width is {show_size(width)}, "
            f"with {show_size(widths.heads)} heads",
            hint="pass head=...",
        )
    if widths.heads < 1 or width % widths.heads:
        raise ArgumentError(
            f"{widths.heads} heads do not divide the width {width}",
            hint="choose a divisor of the width, or pass head=...",
        )
    return width // widths.heads
