"""Losses: scalars from what a network computes and what it should compute.

A mean is taken over all axes but the last for losses of whole rows, and over all axes for losses of single
elements. For arrays without elements it is not defined, and a program says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from bracketcalc.errors import ArgumentError, ShapeError
from bracketcalc.expr.algebra import dot
from bracketcalc.expr.core import Expr, as_expr
from bracketcalc.expr.shapes import check_equal_sizes, describe, show_sizes
from bracketcalc.functions.forms import abs as absolute
from bracketcalc.functions.forms import log, log_softmax, relu, softplus
from bracketcalc.functions.one_hot import one_hot
from bracketcalc.layers.counting import count_of

_HALF = Fraction(1, 2)


def squared_error(output: object, target: object) -> Expr:
    """Return ½ ‖Z - Y‖², the loss of the paper's regression (§6.1).

    Args:
        output: Z.
        target: Y, with the same axes.

    Raises:
        ShapeError: if the axes differ.

    Example:
        >>> from bracketcalc.calculus.derivatives import gradient
        >>> from bracketcalc.expr.build import tensors
        >>> Z, Y = tensors("Z[n,k] Y[n,k]")
        >>> str(gradient(squared_error(Z, Y), Z))
        'Z - Y'
    """
    residual = _pair(output, target)[0] - as_expr(target)
    return _HALF * dot(residual, residual)


def mean_squared_error(output: object, target: object) -> Expr:
    """Return the mean over all elements of (Z - Y)².

    Args:
        output: Z.
        target: Y, with the same axes.

    Raises:
        ShapeError: if the axes differ.
    """
    output, target = _pair(output, target)
    residual = output - target
    return dot(residual, residual) / count_of(output.sizes)


def l2_penalty(parameters: Iterable[Expr], weight: object = 1) -> Expr:
    """Return ½ λ Σ W · W over the parameters (paper §6.2).

    Args:
        parameters: the tensors W.
        weight: λ, a number or a scalar.

    Raises:
        ArgumentError: without any parameter.
    """
    squares = [dot(parameter, parameter) for parameter in parameters]
    if not squares:
        raise ArgumentError("a penalty of no parameters", hint="pass the tensors to keep small")
    total = squares[0]
    for square in squares[1:]:
        total = total + square
    return _HALF * as_expr(weight) * total


def cross_entropy(probabilities: object, target: object) -> Expr:
    """Return -ln(Z) · Y / N, with N the number of rows (paper §6.3).

    Where the probabilities are a softmax, the program computes the logarithm without overflow.

    Args:
        probabilities: Z, a distribution in each row: along the last axis.
        target: Y, a distribution in each row; or the label of each row, an integer counted from 0.

    Raises:
        ShapeError: if the axes differ, or, when a program runs, for a label out of range.
    """
    output, target = _rows(probabilities, target)
    return -dot(log(output), target) / count_of(output.sizes[:-1])


def softmax_cross_entropy(logits: object, target: object) -> Expr:
    """Return the cross entropy of softmax(A), from the logits A (paper §6.3.1).

    Its gradient is (softmax(A) ⊙ (Y 𝟏 𝟏ᵀ) - Y) / N, and (softmax(A) - Y) / N where the rows of Y are
    declared to sum to one. It is finite for logits of any size.

    Args:
        logits: A, with the classes along the last axis.
        target: Y, a distribution in each row; or the label of each row, an integer counted from 0.

    Raises:
        ShapeError: if the axes differ, or, when a program runs, for a label out of range.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> A, Y = tensors("A[n,k] Y[n,k]")
        >>> softmax_cross_entropy(A, Y).sizes
        ()
    """
    output, target = _rows(logits, target)
    return -dot(log_softmax(output, axis=-1), target) / count_of(output.sizes[:-1])


def binary_cross_entropy(logits: object, target: object) -> Expr:
    """Return the mean over all elements of -y ln σ(a) - (1 - y) ln(1 - σ(a)) = ln(1 + eᵃ) - a y.

    Args:
        logits: the a.
        target: the y, between 0 and 1, with the same axes.

    Raises:
        ShapeError: if the axes differ.
    """
    output, target = _pair(logits, target)
    return (softplus(output).sum() - dot(output, target)) / count_of(output.sizes)


def hinge(scores: object, target: object) -> Expr:
    """Return the mean over all elements of max(0, 1 - y a).

    Args:
        scores: the a.
        target: the y, -1 or 1, with the same axes.

    Raises:
        ShapeError: if the axes differ.
    """
    output, target = _pair(scores, target)
    return relu(1 - output * target).sum() / count_of(output.sizes)


def huber(output: object, target: object, width: float = 1) -> Expr:
    """Return the mean of ½ r² for |r| ≤ δ and δ (|r| - ½ δ) beyond, with r = Z - Y.

    With s = relu(|r| - δ) this is ½ r² - ½ s².

    Args:
        output: Z.
        target: Y, with the same axes.
        width: δ, a positive number.

    Raises:
        ShapeError: if the axes differ.
        ArgumentError: if the width is not positive.
    """
    if not width > 0:
        raise ArgumentError(f"the width of a Huber loss is {width!r}", hint="pass a positive number")
    output, target = _pair(output, target)
    residual = output - target
    beyond = relu(absolute(residual) - width)
    return _HALF * (dot(residual, residual) - dot(beyond, beyond)) / count_of(output.sizes)


def kl_divergence(logits: object, target: object) -> Expr:
    """Return the mean over the rows of Σ y (ln y - ln softmax(a)).

    Args:
        logits: A, with the classes along the last axis.
        target: Y, a distribution with positive elements in each row.

    Raises:
        ShapeError: if the axes differ.
    """
    output, target = _pair(logits, target)
    return dot(log(target) - log_softmax(output, axis=-1), target) / count_of(output.sizes[:-1])


def _pair(output: object, target: object) -> tuple[Expr, Expr]:
    output, target = as_expr(output), as_expr(target)
    check_equal_sizes(output, target, "compared with")
    return output, target


def _rows(output: object, target: object) -> tuple[Expr, Expr]:
    """Return outputs and a distribution for each row, with labels as one-hot rows."""
    output, target = as_expr(output), as_expr(target)
    if target.ndim != output.ndim - 1:
        return _pair(output, target)
    if target.sizes != output.sizes[:-1]:
        raise ShapeError(
            f"{describe(target)} with sizes {show_sizes(target.sizes)} has no label for each row of "
            f"{describe(output)} with sizes {show_sizes(output.sizes)}",
            hint="give the labels the axes of the outputs without the last",
        )
    return output, one_hot(target, output.sizes[-1])
