"""What a program is called with: its tensors and sizes, checked by name before anything runs."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

import numpy as np

from bracketcalc.errors import ArgumentError
from bracketcalc.expr.core import Elementwise, Expr, OneHot, Product, Size, Sum, Tensor
from bracketcalc.expr.nodes import Definition
from bracketcalc.expr.recurrence import INSIDE, Repeated
from bracketcalc.expr.shapes import index_beyond, show_size, show_sizes
from bracketcalc.reference import bind_sizes
from bracketcalc.traverse import postorder, with_steps

LONGEST = 128
"""The most bits of a number that is written out in a message."""


@dataclass(frozen=True, slots=True)
class Signature:
    """The names that a call may use.

    Attributes:
        tensors: the tensors by name, in order of first appearance; each needs an array.
        sizes: the names of all symbolic sizes.
        unbound: those sizes that no tensor has as an axis; each needs a number.
        indices: the largest index of a one-hot along each symbolic size.
        has_complex: whether any part of the expressions may be complex.
    """

    tensors: Mapping[str, Tensor]
    sizes: frozenset[str]
    unbound: tuple[str, ...]
    indices: Mapping[str, int]
    has_complex: bool

    @property
    def required(self) -> tuple[str, ...]:
        """Return the names that every call must give."""
        return (*self.tensors, *self.unbound)

    def without(self, names: Collection[str]) -> Signature:
        """Return the signature of calls that do not give some of the tensors."""
        return replace(
            self, tensors={name: self.tensors[name] for name in self.tensors if name not in names}
        )

    def check(self, given: Collection[str], unnamed: int = 0) -> None:
        """Raise an ArgumentError unless the given names are those that the program takes."""
        if unnamed:
            example = ", ".join(f"{name}=..." for name in self.required) or "nothing"
            were = "value was" if unnamed == 1 else "values were"
            raise ArgumentError(f"{unnamed} {were} given without a name", hint=f"pass {example}")
        missing = [name for name in self.required if name not in given]
        unknown = [name for name in given if name not in self.tensors and name not in self.sizes]
        if not missing and not unknown:
            return
        problems = []
        if missing:
            problems.append(f"no value was given for {_listing(missing)}")
        if unknown:
            problems.append(f"{_listing(unknown)} {'is' if len(unknown) == 1 else 'are'} unknown")
        takes = _listing(self.required) or "no arguments"
        raise ArgumentError(
            f"{' and '.join(problems)}: the program takes {takes}", hint=self._hint(missing, unknown)
        )

    def _hint(self, missing: Sequence[str], unknown: Sequence[str]) -> str:
        """Return what to do about the first wrong name."""
        plain = {name.lower(): name for name in missing}
        for name in unknown:
            close = get_close_matches(name.lower(), plain, n=1, cutoff=0.5)
            if close:
                return f"write {plain[close[0]]}=... instead of {name}=..."
        if not missing:
            return f"leave {unknown[0]}=... out"
        if missing[0] in self.unbound:
            return f"pass an integer {missing[0]}=...: no tensor has an axis of this size"
        return f"pass {missing[0]}=..."

    def given_sizes(self, given: Mapping[str, Any]) -> tuple[tuple[str, int], ...]:
        """Return the sizes that a call gives as numbers, sorted by name."""
        sizes = []
        for name in sorted(self.sizes.intersection(given)):
            value = given[name]
            if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 0:
                raise ArgumentError(f"the size {name} must be a non-negative integer, got {_shown(value)}")
            if value > sys.maxsize:
                raise ArgumentError(
                    f"the size {name} is {_shown(value)}, but an axis has at most {sys.maxsize} elements",
                    hint="pass a smaller integer",
                )
            sizes.append((name, int(value)))
        return tuple(sizes)

    def describe(self) -> str:
        """Return the arguments as they would be declared, like ``X[n,d], lam``."""
        named = [_declaration(tensor) for tensor in self.tensors.values()]
        return _listing([*named, *self.unbound]) or "nothing"

    def bind(self, shapes: Mapping[str, tuple[int, ...]], sizes: Mapping[str, int]) -> dict[str, int]:
        """Return the value of every size; raise a ShapeError where two differ or an index is beyond."""
        bound = bind_sizes(self.tensors.values(), shapes, sizes)
        for name, index in self.indices.items():
            if index >= bound[name]:
                raise index_beyond(index, name, bound[name])
        return bound


_SIZES_OF_CHILDREN = (Product, Sum, Elementwise, Definition)
"""Nodes that have no size which none of their children has."""


def _declaration(tensor: Tensor) -> str:
    sizes = ",".join(show_size(size) for size in tensor.sizes)
    return f"{tensor.name}[{sizes}]" if sizes else tensor.name


def _shown(value: object) -> str:
    """Return the text of a value of any size; Python does not write numbers of many thousand digits."""
    if isinstance(value, int) and value.bit_length() > LONGEST:
        return f"a number of {value.bit_length()} bits"
    return f"{value!r:.40}"


def _listing(names: Iterable[str]) -> str:
    return ", ".join(names)


def _check_outside(tensor: Tensor) -> None:
    """Raise an ArgumentError for a symbol of a step, which was kept after the step was written."""
    if tensor.name.startswith(INSIDE):
        raise ArgumentError(
            f"{tensor.name.removeprefix(INSIDE)} has a value only inside the step of its recurrence",
            hint="use it in what the step returns, or use what recurrence returned",
        )


def signature_of(exprs: Iterable[Expr]) -> Signature:
    """Return the signature of expressions.

    Raises:
        ArgumentError: if two different tensors have one name, or a tensor has the name of a size that
            must be given as a number; for the state of a recurrence outside its step.

    Example:
        >>> from bracketcalc.expr.build import ones, tensors
        >>> (X,) = tensors("X[n,d]")
        >>> signature_of([X @ ones("d"), ones("m")]).required
        ('X', 'm')
    """
    tensors: dict[str, Tensor] = {}
    sizes: dict[str, None] = {}
    bound: set[str] = set()
    indices: dict[str, int] = {}
    exprs = list(exprs)
    order = with_steps(exprs)
    outside = postorder(exprs) if any(isinstance(node, Repeated) for node in order) else order
    own = {node for node in outside if isinstance(node, Tensor)}
    for node in order:
        if isinstance(node, _SIZES_OF_CHILDREN):
            continue
        if isinstance(node, Size):
            sizes[node.name] = None
        if isinstance(node, Tensor) and node in own:
            _check_outside(node)
            other = tensors.setdefault(node.name, node)
            if other != node:
                raise ArgumentError(
                    f"two tensors are called {node.name}: one with sizes {show_sizes(other.sizes)}, "
                    f"one with sizes {show_sizes(node.sizes)}",
                    hint="rename one of them",
                )
        for size in node.sizes:
            if isinstance(size, Size):
                sizes[size.name] = None
                if isinstance(node, Tensor) and node in own:
                    bound.add(size.name)
                if isinstance(node, OneHot):
                    indices[size.name] = max(node.index, indices.get(size.name, 0))
    unbound = tuple([name for name in sizes if name not in bound])
    for name in unbound:
        if name in tensors:
            raise ArgumentError(
                f"{name} is both a tensor and a size that must be given as a number",
                hint="rename one of them",
            )
    has_complex = not all(node.is_real for node in outside)
    return Signature(tensors, frozenset(sizes) - tensors.keys(), unbound, indices, has_complex)
