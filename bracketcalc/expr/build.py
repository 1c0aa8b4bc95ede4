"""Declarations: tensors by name and sizes, ones, identities, one-hot tensors, named intermediates."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, SupportsIndex
from unicodedata import normalize

from bracketcalc.errors import ArgumentError, ShapeError
from bracketcalc.expr.core import (
    Delta,
    Expr,
    Extent,
    OneHot,
    Ones,
    Size,
    Tensor,
    as_expr,
    product,
)
from bracketcalc.expr.facts import AnyFact, facts_of
from bracketcalc.expr.indexing import index_in
from bracketcalc.expr.nodes import Definition
from bracketcalc.expr.read import read_declarations

_ONES = ("ones", "𝟏", "𝟙")
_NUMBER = r"\s*[-+−]?\s*(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?(?:\s*/\s*\d+)?\s*"


def extent(size: int | str | Size) -> Extent:
    """Return a size: an integer as it is, a name as the symbolic size of that name."""
    return Size(_checked_name(size)) if isinstance(size, str) else size


def tensor(
    name: str,
    sizes: int | str | Size | Iterable[int | str | Size] = (),
    assume: str | AnyFact | Iterable[str | AnyFact] = (),
) -> Tensor:
    """Return a tensor variable with the given sizes; one size name is one size everywhere.

    Args:
        name: what it is called in text and in programs.
        sizes: an integer or a name for each axis.
        assume: facts about the value, such as ``"symmetric"`` or ``sums_to_one(axis=1)``; they are used
            when expressions are simplified, and not checked when arrays are given. ``"complex"`` is one:
            only such a tensor takes complex arrays, and what is made of it may be complex.

    Raises:
        ShapeError: for a fact that a tensor with these sizes cannot have.
        ArgumentError: for an unknown fact, or a name that is a number, ``ones`` or ``𝟏``.

    Example:
        >>> tensor("T", (3, "n", 4)).ndim
        3
        >>> [fact.value for fact in tensor("S", ("n", "n"), assume="symmetric").facts]
        ['symmetric']
    """
    if isinstance(sizes, str | int | Size):
        sizes = (sizes,)
    return Tensor(_checked_name(name), [extent(size) for size in sizes], facts_of(assume))


def tensors(declarations: str) -> tuple[Tensor, ...]:
    """Return the tensors declared in a text such as ``"X[n,d] b[k] lam"``.

    A name without brackets is a scalar; an integer in brackets fixes a size.

    Raises:
        ParseError: for a text of another form, or a name declared twice.

    Example:
        >>> X, b, lam = tensors("X[n,3] b[3] lam")
        >>> X.sizes[1], b.ndim, lam.ndim
        (3, 1, 0)
    """
    declared = read_declarations(declarations)
    # One object for each size: the same object is found equal sooner.
    shared = {size: extent(size) for _, sizes in declared for size in sizes}
    return tuple([tensor(name, [shared[size] for size in sizes]) for name, sizes in declared])


def scalar(name: str) -> Tensor:
    """Return a scalar variable.

    Example:
        >>> scalar("lam").sizes
        ()
    """
    return tensor(name)


def ones(*sizes: int | str | Size) -> Ones:
    """Return the tensor of all ones with the given sizes.

    Example:
        >>> ones("n", 3).ndim
        2
    """
    return Ones([extent(size) for size in sizes])


def identity(size: int | str | Size, order: int = 2) -> Delta:
    """Return the identity: 1 where all of its ``order`` indices are equal, 0 elsewhere.

    Example:
        >>> identity("n").ndim
        2
    """
    return Delta(extent(size), order)


def onehot(
    indices: SupportsIndex | Sequence[SupportsIndex], sizes: int | str | Size | Sequence[int | str | Size]
) -> Expr:
    """Return e with 1 at the given indices, counted from 0, and 0 elsewhere (paper §2.1).

    Args:
        indices: one index for a vector, or one for each axis; one below 0 counts from the end of an axis
            with a known size.
        sizes: as many sizes.

    Returns:
        The vector e_i, or the outer product of one for each axis.

    Raises:
        ShapeError: for an index out of range, or lists of different lengths.
        ArgumentError: for an index that is not an integer.

    Example:
        >>> (X,) = tensors("X[n,3]")
        >>> onehot((0, 2), X.sizes).sizes == X.sizes
        True
        >>> onehot(-1, 3) == onehot(2, 3)
        True
    """
    if isinstance(sizes, int | str | Size):
        sizes = (sizes,)
    chosen = list(indices) if isinstance(indices, Iterable) else [indices]
    extents = [extent(size) for size in sizes]
    if len(chosen) != len(extents):
        raise ShapeError(f"{len(chosen)} indices were given for {len(extents)} sizes")
    units = [
        OneHot(index_in(index, size, f"axis {axis} of e"), size)
        for axis, (index, size) in enumerate(zip(chosen, extents, strict=True))
    ]
    axes = range(len(units))
    return units[0] if len(units) == 1 else product(1, [(unit, [k]) for k, unit in enumerate(units)], axes)


def define(name: str, body: object) -> Definition:
    """Return a named intermediate with the value of ``body``; results are printed by its name.

    Example:
        >>> (X,) = tensors("X[n,d]")
        >>> define("Z", X * X).sizes == X.sizes
        True
    """
    return Definition(_checked_name(name), as_expr(body))


def _checked_name(name: Any) -> str:
    """Return any non-empty text without control characters, in NFC: printing escapes what it must.

    The exceptions are the names of 𝟏, and numbers. What is called so could not be told from them in one of
    the spellings.
    """
    if not isinstance(name, str) or not name or not name.isprintable():
        raise ArgumentError(f"a name is a non-empty printable text, got {name!r}")
    if name in _ONES:
        raise ArgumentError(
            f"{name!r} is the tensor of ones in a formula, so nothing else can have this name",
            hint="choose another name",
        )
    if re.fullmatch(_NUMBER, name):
        raise ArgumentError(
            f"{name!r} is a number in a formula, so nothing else can have this name",
            hint="begin the name with a letter",
        )
    return normalize("NFC", name)
