"""Layers that keep the axes of their inputs: normalization, residual connections, dropout."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from bracketcalc.errors import ArgumentError, ShapeError
from bracketcalc.expr.core import Expr, Ones, as_expr, product
from bracketcalc.expr.shapes import axis_tuple, check_equal_sizes, describe
from bracketcalc.layers.counting import count_of
from bracketcalc.layers.naming import named

EPSILON = 1e-5
"""What is added to a variance before its root is taken, as in other libraries."""


def mean(inputs: object, axes: int | Sequence[int]) -> Expr:
    """Return the mean over some axes, counted from 0.

    Args:
        inputs: X.
        axes: the axes, in any order.

    Raises:
        ShapeError: if an axis does not exist.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> (X,) = tensors("X[n,d]")
        >>> str(mean(X, 1))
        '1/d X 𝟏'
    """
    inputs = as_expr(inputs)
    chosen = axis_tuple(axes, inputs.ndim)
    return inputs.sum(axis=chosen) / count_of([inputs.sizes[axis] for axis in chosen])


def standardized(
    inputs: object, axes: int | Sequence[int], epsilon: float = EPSILON, name: str = ""
) -> Expr:
    """Return (X - μ) / √(v + ε) with the mean μ and the variance v over some axes.

    Args:
        inputs: X.
        axes: the axes, counted from 0, over which the mean and the variance are taken.
        epsilon: ε, a positive number.
        name: a subscript by which equations name the centred inputs C and the variance v; without it
            they are written out. Layers of one network need different ones.

    Returns:
        An expression with the axes of the inputs.

    Raises:
        ShapeError: if an axis does not exist.
        ArgumentError: if ε is not positive: then a constant row would be divided by 0.
    """
    inputs = as_expr(inputs)
    chosen = axis_tuple(axes, inputs.ndim)
    centred = named("C", name, inputs - _along(mean(inputs, chosen), inputs, chosen))
    variance = named("v", name, mean(centred * centred, chosen))
    return _divided(centred, variance, chosen, epsilon)


def layer_norm(
    inputs: object, scale: object, shift: object, epsilon: float = EPSILON, name: str = ""
) -> Expr:
    """Return γ ⊙ (X - μ) / √(v + ε) + β, with the mean and the variance over the last axis.

    Args:
        inputs: X, whose last axis is the features.
        scale: γ, with the axis of features.
        shift: β, with the axis of features.
        epsilon: ε, a positive number.
        name: a subscript for the intermediates, as for :func:`standardized`.

    Returns:
        An expression with the axes of the inputs.

    Raises:
        ShapeError: if the axes do not fit.
        ArgumentError: if ε is not positive.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> X, g, b = tensors("X[n,d] g[d] b[d]")
        >>> layer_norm(X, g, b).sizes == X.sizes
        True
    """
    inputs = as_expr(inputs)
    return _affine(standardized(inputs, -1, epsilon, name), scale, shift)


def batch_norm(
    inputs: object, scale: object, shift: object, epsilon: float = EPSILON, name: str = ""
) -> Expr:
    """Return γ ⊙ (X - μ) / √(v + ε) + β, with the mean and the variance over all axes but the last.

    This is the form for training. The statistics of the batch are ``mean(X, axes)`` and the variance
    divided by the number of elements; :func:`batch_norm_with` takes statistics that were collected.

    Args:
        inputs: X, whose last axis is the features.
        scale: γ, with the axis of features.
        shift: β, with the axis of features.
        epsilon: ε, a positive number.
        name: a subscript for the intermediates, as for :func:`standardized`.

    Returns:
        An expression with the axes of the inputs.

    Raises:
        ShapeError: if the axes do not fit.
        ArgumentError: if ε is not positive.
    """
    inputs = as_expr(inputs)
    return _affine(standardized(inputs, range(inputs.ndim - 1), epsilon, name), scale, shift)


def batch_norm_with(
    inputs: object,
    statistics: tuple[object, object],
    scale: object,
    shift: object,
    epsilon: float = EPSILON,
) -> Expr:
    """Return γ ⊙ (X - μ) / √(v + ε) + β with a given mean and variance of each feature.

    Args:
        inputs: X, whose last axis is the features.
        statistics: μ and v, each with the axis of features.
        scale: γ, with the axis of features.
        shift: β, with the axis of features.
        epsilon: ε, a positive number.

    Raises:
        ShapeError: if the axes do not fit.
        ArgumentError: if ε is not positive.
    """
    inputs = as_expr(inputs)
    lead = range(inputs.ndim - 1)
    average, variance = map(as_expr, statistics)
    centred = inputs - _along(average, inputs, lead)
    return _affine(_divided(centred, variance, lead, epsilon), scale, shift)


def residual(inputs: object, layer: Callable[[Expr], Expr]) -> Expr:
    """Return X + f(X).

    Args:
        inputs: X.
        layer: f, which keeps the axes of its inputs.

    Raises:
        ShapeError: if the layer changes the axes.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> from bracketcalc.functions.forms import tanh
        >>> X, W = tensors("X[n,d] W[d,d]")
        >>> str(residual(X, lambda x: tanh(x @ W)))
        'X + tanh(X W)'
    """
    inputs = as_expr(inputs)
    output = as_expr(layer(inputs))
    check_equal_sizes(inputs, output, "added to")
    return inputs + output


def dropout(inputs: object, mask: object, rate: float) -> Expr:
    """Return X ⊙ M / (1 - p), for a mask that was drawn outside.

    Args:
        inputs: X.
        mask: M, with the axes of the inputs: 0 with probability p, otherwise 1.
        rate: p, at least 0 and below 1.

    Raises:
        ShapeError: if the axes differ.
        ArgumentError: for a rate that is not a probability below 1.
    """
    if not 0 <= rate < 1:
        raise ArgumentError(f"the rate of dropout is {rate!r}", hint="pass a number from 0 to below 1")
    inputs, mask = as_expr(inputs), as_expr(mask)
    check_equal_sizes(inputs, mask, "multiplied element-wise with")
    return inputs * mask / (1 - rate)


def _divided(centred: Expr, variance: Expr, axes: Sequence[int], epsilon: float) -> Expr:
    """Return C / √(v + ε), with v repeated along the axes."""
    if not epsilon > 0:
        raise ArgumentError(f"the ε of a normalization is {epsilon!r}", hint="pass a positive number")
    root = (variance + epsilon) ** Fraction(-1, 2)
    kept = [axis for axis in range(centred.ndim) if axis not in axes]
    every = range(centred.ndim)
    return product(1, [(centred, every), (root, kept)], every)


def _along(value: Expr, like: Expr, axes: Sequence[int]) -> Expr:
    """Return a value repeated along some axes of an expression; its own axes are the others."""
    every = range(like.ndim)
    kept = [axis for axis in every if axis not in axes]
    if value.ndim != len(kept):
        raise ShapeError(
            f"{describe(value)} has {value.ndim} axes, but {describe(like)} has {len(kept)} beside "
            f"those of its samples"
        )
    ones = Ones([like.sizes[axis] for axis in axes])
    return product(1, [(value, kept), (ones, list(axes))], every)


def _affine(value: Expr, scale: object, shift: object) -> Expr:
    """Return γ ⊙ Z + β, with one γ and one β for each feature."""
    scale, shift = as_expr(scale), as_expr(shift)
    every = range(value.ndim)
    if scale.ndim != 1:
        raise ShapeError(f"{describe(scale)} has {scale.ndim} axes, but a scale has the axis of features")
    scaled = product(1, [(value, every), (scale, every[-1:])], every)
    return scaled + _along(shift, value, every[:-1])
