"""What a user writes on the command line beside the formula: tensors, and numbers for their sizes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bracketcalc.calculus.derivatives import gradient
from bracketcalc.errors import ArgumentError
from bracketcalc.expr.build import tensors
from bracketcalc.expr.core import Expr, Size, Tensor
from bracketcalc.notation.parse import parse

LONGEST = 18
"""The most digits of a size: more do not fit the integers of arrays."""


def declared_in(declarations: str) -> dict[str, Tensor]:
    """Return the tensors of declarations by name.

    Example:
        >>> declared_in("X[n,d] w[d]")
        {'X': X, 'w': w}
    """
    return {tensor.name: tensor for tensor in tensors(declarations)}


def with_gradients(formula: str, declared: Mapping[str, Tensor], wrt: str) -> dict[str, Expr]:
    """Return the expression of a formula, by the empty name, and its gradients by that of the tensor.

    Args:
        formula: the formula.
        declared: its tensors.
        wrt: the names of tensors, with spaces or commas between them.

    Raises:
        BracketCalcError: for a formula that cannot be read, or a name that is not declared.

    Example:
        >>> with_gradients("w · w", declared_in("w[d]"), "w")
        {'': w · w, 'w': 2 w}
    """
    expr = parse(formula, **declared)
    found = {"": expr}
    for name in wrt.replace(",", " ").split():
        if name not in declared:
            raise ArgumentError(f"{name} is not declared", hint=f"declare it: --tensors '{name}[…] …'")
        found[name] = gradient(expr, declared[name])
    return found


def numbers_in(sizes: str) -> dict[str, int]:
    """Return the numbers in a text such as ``"n=500 d=64"``.

    Raises:
        ArgumentError: for a word that does not give a size, or two numbers for one size.

    Example:
        >>> numbers_in("n=500, d=64")
        {'n': 500, 'd': 64}
    """
    found: dict[str, int] = {}
    for word in sizes.replace(",", " ").split():
        name, sign, number = word.partition("=")
        if not (name and sign and number.isdecimal() and len(number) <= LONGEST):
            raise ArgumentError(f"{word[:40]!r} does not give a size", hint="write --sizes 'n=500 d=64'")
        if found.get(name, int(number)) != int(number):
            raise ArgumentError(f"the size {name} is given as {found[name]} and as {number}")
        found[name] = int(number)
    return found


def shapes_of(
    declared: Mapping[str, Tensor], names: Sequence[str], numbers: Mapping[str, int]
) -> dict[str, tuple[int, ...] | int]:
    """Return the shape of each argument of a program, and the number for each size that it takes.

    Raises:
        ArgumentError: for a size without a number, or a number for what is no size.

    Example:
        >>> shapes_of(declared_in("X[n,d]"), ["X", "m"], {"n": 2, "d": 3, "m": 4})
        {'X': (2, 3), 'm': 4}
    """
    known = {size.name for one in declared.values() for size in one.sizes if isinstance(size, Size)}
    known.update(set(names).difference(declared))
    for name in set(numbers).difference(known):
        shown = ", ".join(sorted(known)) or "none"
        raise ArgumentError(f"nothing has the size {name}", hint=f"the sizes are: {shown}")
    shapes: dict[str, tuple[int, ...] | int] = {}
    for name in names:
        extents = declared[name].sizes if name in declared else ()
        wanted = [getattr(size, "name", name) for size in extents if not isinstance(size, int)]
        for size in [*wanted, *([] if name in declared else [name])]:
            if size not in numbers:
                raise ArgumentError(f"the size {size} has no value", hint=f"add {size}=… to --sizes")
        shape = tuple([s if isinstance(s, int) else numbers[s.name] for s in extents])
        shapes[name] = shape if name in declared else numbers[name]
    return shapes
