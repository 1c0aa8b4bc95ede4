"""A module that computes expressions, written out for one library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bracketcalc.compiler.prepare import prepared
from bracketcalc.compiler.signature import signature_of
from bracketcalc.errors import ArgumentError
from bracketcalc.expr.core import Expr, Size, Tensor
from bracketcalc.interop.source.code import atom
from bracketcalc.interop.source.helpers import HELPERS
from bracketcalc.interop.source.names import Names
from bracketcalc.interop.source.products import Spread
from bracketcalc.interop.source.statements import Sheet, Statements
from bracketcalc.interop.source.targets import TARGETS, Target
from bracketcalc.traverse import definitions_in, postorder

INDENT = "    "
WIDTH = 100


def to_source(xs: Expr | Sequence[Expr], target: str = "numpy", *, name: str = "program") -> str:
    """Return a module of Python with a function that computes expressions.

    The function takes an array for each tensor, in the order in which they appear in the expressions, then
    an integer for each size that no tensor has. It works for arrays of any fitting shape.

    Args:
        xs: an expression, or a sequence of them; the function then returns a tuple.
        target: ``"numpy"``, ``"cupy"``, ``"torch"`` or ``"jax"``.
        name: the name of the function.

    Raises:
        ArgumentError: for another target, a name that Python does not take, a function that has no
            source, or complex numbers.

    Example:
        >>> from bracketcalc.calculus.derivatives import gradient
        >>> from bracketcalc.expr.build import tensors
        >>> X, w, y = tensors("X[n,d] w[d] y[n]")
        >>> print(to_source(X.T @ (X @ w - y)))
        import numpy as np
        <BLANKLINE>
        <BLANKLINE>
        def program(X, w, y):
            return X.T @ (X @ w - y)
        <BLANKLINE>
    """
    if target not in TARGETS:
        raise ArgumentError(f"there is no source for {target!r}", hint=f"use one of {', '.join(TARGETS)}")
    if not name.isidentifier() or not name.isascii():
        raise ArgumentError(f"{name!r} is not a name of a function", hint="pass name='program'")
    exprs = [xs] if isinstance(xs, Expr) else list(xs)
    if not all(node.is_real for node in postorder(exprs)):
        raise ArgumentError(
            "a module is written for real numbers, but the expression has complex ones",
            hint="compile the expression",
        )
    return _module(exprs, isinstance(xs, Expr), TARGETS[target], name)


def _module(exprs: Sequence[Expr], single: bool, target: Target, name: str) -> str:
    signature = signature_of(exprs)
    names = Names({target.xp, name, "range", "reversed", *HELPERS})
    arguments = {tensor: names.name(tensor.name, "x") for tensor in signature.tensors.values()}
    numbers = {Size(size): names.name(size, "n") for size in signature.unbound}
    sizes, lines = _size_lines(arguments, numbers, names)
    like = next(iter(arguments.values()), "")
    sheet = Sheet(target, names, sizes, like, _titles(exprs))
    known: dict[Expr, Spread] = {
        tensor: Spread(atom(text, tensor.ndim), (True,) * tensor.ndim, tensor.sizes)
        for tensor, text in arguments.items()
    }
    results = [code.text for code in Statements(sheet, known, INDENT).write(prepared(exprs))]
    body = sheet.lines
    used = [line for size, line in lines if any(_mentions(text, size) for text in (*body, *results))]
    head = f"def {name}({', '.join([*arguments.values(), *numbers.values()])}):"
    function = [head, *used, *body, *_returned(results, single)]
    helpers = [_helper(HELPERS[helper], target) for helper in sorted(sheet.helpers)]
    return "\n\n\n".join([target.imports, *helpers, "\n".join(function)]) + "\n"


def _returned(results: Sequence[str], single: bool) -> list[str]:
    """Return the statement that returns the results, each on a line of its own where it is long."""
    if single:
        return [f"{INDENT}return {results[0]}"]
    line = f"{INDENT}return ({', '.join(results)}{',' * (len(results) == 1)})"
    if len(line) <= WIDTH:
        return [line]
    return [f"{INDENT}return (", *(f"{2 * INDENT}{result}," for result in results), f"{INDENT})"]


def _size_lines(
    arguments: Mapping[Tensor, str], numbers: Mapping[Size, str], names: Names
) -> tuple[dict[object, str], list[tuple[str, str]]]:
    """Return the name of each size, and the statements that find those of the arguments' axes."""
    sizes: dict[object, str] = dict(numbers.items())
    lines: list[tuple[str, str]] = []
    for tensor, text in arguments.items():
        for axis, size in enumerate(tensor.sizes):
            if isinstance(size, Size) and size not in sizes:
                sizes[size] = names.name(size.name, "n")
                lines.append((sizes[size], f"{INDENT}{sizes[size]} = {text}.shape[{axis}]"))
    return sizes, lines


def _mentions(text: str, name: str) -> bool:
    """Return whether a line of code contains a name."""
    place = text.find(name)
    while place >= 0:
        around = text[max(place - 1, 0) : place] + text[place + len(name) : place + len(name) + 1]
        if not any(letter.isalnum() or letter in "_." for letter in around):
            return True
        place = text.find(name, place + 1)
    return False


def _titles(exprs: Sequence[Expr]) -> dict[Expr, str]:
    """Return the names that a user gave to expressions, by the form that they have in a program."""
    definitions = definitions_in(exprs)
    bodies = prepared([definition.body for definition in definitions])
    return {body: d.name for body, d in zip(bodies, definitions, strict=True) if body.children}


def _helper(template: str, target: Target) -> str:
    return template.format(
        xp=target.xp, axis=target.axis, keepdims=target.keepdims, max=target.function("max")
    ).rstrip()
