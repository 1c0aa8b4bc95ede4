"""Attention: queries look up values by their keys, with masks, and with several heads side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from bracketcalc.errors import ShapeError
from bracketcalc.expr.build import extent
from bracketcalc.expr.core import Expr, Ones, Size, as_expr, product
from bracketcalc.expr.nodes import Map
from bracketcalc.expr.shapes import describe, mismatch, show_sizes
from bracketcalc.functions.forms import softmax
from bracketcalc.functions.matrix_cholesky import TRIL
from bracketcalc.layers.counting import count_of
from bracketcalc.layers.naming import named

MASKED = 1e30
"""What is subtracted from a masked logit: its weight is then 0 exactly, in float32 too.

Where a query may look at no key at all, all its keys have equal weights.
"""


def causal_mask(size: int | str | Size) -> Expr:
    """Return the matrix M with M_ij = 1 for j ≤ i and 0 elsewhere: no time looks at a later one.

    Args:
        size: the number of times.

    Example:
        >>> from bracketcalc.reference import evaluate
        >>> evaluate(causal_mask(3), {})
        array([[1., 0., 0.],
               [1., 1., 0.],
               [1., 1., 1.]])
    """
    times = extent(size)
    return Map(TRIL, Ones((times, times)), 0)


def padding_mask(running: object, mask: object | None = None) -> Expr:
    """Return the mask of sequences of different lengths: M_..ij = P_..j, and 0 where another mask is 0.

    Args:
        running: P, with the axes of the samples, then the time: 1 for an element of the sequence, 0 for
            what is behind its end.
        mask: another mask, with the axes of times i and j, such as :func:`causal_mask`.

    Returns:
        An expression with the axes of the samples, then the times i and j.

    Raises:
        ShapeError: if the axes do not fit.
    """
    running = as_expr(running)
    if not running.ndim:
        raise ShapeError(f"{describe(running)} is a scalar, but a mask needs an axis of time")
    times = running.sizes[-1]
    other = Ones((times, times)) if mask is None else as_expr(mask)
    lead = list(range(running.ndim - 1))
    return product(1, [(other, ["i", "j"]), (running, [*lead, "j"])], [*lead, "i", "j"])


def attention(
    queries: object, keys: object, values: object, mask: object | None = None, name: str = ""
) -> Expr:
    """Return P V with P = softmax(Q Kᵀ / √e), one softmax for each query.

    Args:
        queries: Q, with any axes, then those of the times i and of the e features.
        keys: K, with the same first axes, then the times j and the e features.
        values: V, with the same first axes, then the times j and any one axis.
        mask: 1 where i may look at j and 0 elsewhere, with the last axes i and j of the weights; any
            axes in front of them are the first ones of the queries.
        name: a subscript by which equations name P; without it P is written out. Layers of one network
            need different ones.

    Returns:
        An expression with the first axes, then the times i and the axis of the values.

    Raises:
        ShapeError: if the axes do not fit.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> Q, K, V = tensors("Q[t,e] K[s,e] V[s,d]")
        >>> P = attention(Q, K, V).factors[0]
        >>> str(P)
        'softmax^{1}(Q Kᵀ / sqrt(e))'
    """
    queries, keys, values = as_expr(queries), as_expr(keys), as_expr(values)
    for other in (keys, values):
        if queries.ndim < 2 or other.ndim != queries.ndim:
            raise ShapeError(
                f"attention takes tensors with equal numbers of axes, at least 2, but {describe(queries)} "
                f"has sizes {show_sizes(queries.sizes)}, and {describe(other)} {show_sizes(other.sizes)}"
            )
    lead = list(range(queries.ndim - 2))
    logits = product(1, [(queries, [*lead, "i", "e"]), (keys, [*lead, "j", "e"])], [*lead, "i", "j"])
    weights = _weights(logits, queries, mask, lead, name)
    return product(1, [(weights, [*lead, "i", "j"]), (values, [*lead, "j", "f"])], [*lead, "i", "f"])


@dataclass(frozen=True, slots=True)
class Heads:
    """The weights of several heads: tensors with an axis of heads.

    Attributes:
        query: with the axes features, heads, head features.
        key: the same.
        value: the same.
        output: with the axes heads, head features, features.
    """

    query: Expr
    key: Expr
    value: Expr
    output: Expr


def multi_head_attention(inputs: object, heads: Heads, mask: object | None = None, name: str = "") -> Expr:
    """Return the sum over the heads of P V W with P = softmax(Q Kᵀ / √e): self-attention.

    Q, K and V are the inputs times the query, key and value weights of each head.

    Args:
        inputs: X, with any axes of samples, then the time and the features.
        heads: the weights.
        mask: 1 where time i may look at time j and 0 elsewhere, with the axes i and j behind none or all
            axes of the samples; the same in each head.
        name: a subscript by which equations name Q, K, V and P; without it they are written out. Layers
            of one network need different ones.

    Returns:
        An expression with the axes of the inputs.

    Raises:
        ShapeError: if the axes do not fit.
    """
    inputs = as_expr(inputs)
    if inputs.ndim < 2:
        raise ShapeError(f"attention needs a time and features, but {describe(inputs)} has one axis")
    lead = list(range(inputs.ndim - 2))
    rows = [*lead, "t", "d"]
    parts = []
    for letter, weights in (("Q", heads.query), ("K", heads.key), ("V", heads.value)):
        body = product(1, [(inputs, rows), (weights, ["d", "h", "e"])], [*lead, "t", "h", "e"])
        parts.append(named(letter, name, body))
    queries, keys, values = parts
    logits = product(
        1, [(queries, [*lead, "i", "h", "e"]), (keys, [*lead, "j", "h", "e"])], [*lead, "h", "i", "j"]
    )
    weights = _weights(logits, queries, mask, [*lead, "h"], name)
    return product(
        1,
        [
            (weights, [*lead, "h", "i", "j"]),
            (values, [*lead, "j", "h", "e"]),
            (heads.output, ["h", "e", "d"]),
        ],
        [*lead, "i", "d"],
    )


def _weights(logits: Expr, queries: Expr, mask: object | None, lead: Sequence[object], name: str) -> Expr:
    """Return the softmax of masked logits over √e, named."""
    scaled = logits / count_of(queries.sizes[-1:]) ** Fraction(1, 2)
    if mask is not None:
        scaled = scaled + _penalty(as_expr(mask), scaled, lead)
    return named("P", name, softmax(scaled))


def _penalty(mask: Expr, logits: Expr, lead: Sequence[object]) -> Expr:
    """Return what makes masked logits so small that their weights are 0; the same in each head."""
    samples = [label for label in lead if label != "h"]
    labels = [*samples, "i", "j"][-mask.ndim :] if mask.ndim in (2, len(samples) + 2) else []
    places = [[*lead, "i", "j"].index(label) for label in labels]
    if not labels:
        raise ShapeError(
            f"the mask {describe(mask)} has sizes {show_sizes(mask.sizes)}, but the logits have "
            f"{show_sizes(logits.sizes)}",
            hint="give it the axes i and j behind none or all axes of the samples",
        )
    for axis, place in enumerate(places):
        if mask.sizes[axis] != logits.sizes[place]:
            raise mismatch(mask, axis, logits, place)
    rest = [axis for axis in range(logits.ndim) if axis not in places]
    ones = Ones([logits.sizes[axis] for axis in rest])
    penalty = MASKED * (mask - 1)
    if not rest:
        return penalty
    return product(1, [(penalty, places), (ones, rest)], range(logits.ndim))
