"""A module that computes expressions, written out for one library."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from keyword import iskeyword

from bracketcalc.compiler.lowering.labels import index_tensors
from bracketcalc.compiler.rewrites.prepare import prepared
from bracketcalc.compiler.signature import signature_of
from bracketcalc.errors import ArgumentError
from bracketcalc.expr.core import Expr, Size, Tensor
from bracketcalc.interop.source.code import atom, mentions, statement
from bracketcalc.interop.source.helpers import HELPERS
from bracketcalc.interop.source.names import Names
from bracketcalc.interop.source.sheet import WIDTH, Sheet
from bracketcalc.interop.source.statements import Statements
from bracketcalc.interop.source.targets import TARGETS, Target
from bracketcalc.interop.source.values import Spread, whole_value
from bracketcalc.traverse import definitions_in

INDENT = "    "


def to_source(xs: Expr | Sequence[Expr], target: str = "numpy", *, name: str = "program") -> str:
    """Return a module of Python with a function that computes expressions.

    The function takes an array for each tensor, in the order in which they appear in the expressions, then
    an integer for each size that no tensor has. It works for arrays of any fitting shape. Indices are
    arrays of integers, and are not checked. Error functions for NumPy are those of SciPy.

    Args:
        xs: an expression, or a sequence of them; the function then returns a tuple.
        target: ``"numpy"``, ``"cupy"``, ``"torch"`` or ``"jax"``.
        name: the name of the function.

    Raises:
        ArgumentError: for another target, a name that Python does not take, or a function that has no
            source.

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
    if not name.isidentifier() or not name.isascii() or iskeyword(name):
        raise ArgumentError(f"{name!r} is not a name of a function", hint="pass name='program'")
    exprs = [xs] if isinstance(xs, Expr) else list(xs)
    return _module(exprs, isinstance(xs, Expr), TARGETS[target], name)


def _module(exprs: Sequence[Expr], single: bool, target: Target, name: str) -> str:
    signature = signature_of(exprs)
    names = Names({target.xp, name, "range", "reversed", *(name for _, name in target.extra), *HELPERS})
    arguments = {tensor: names.name(tensor.name, "x") for tensor in signature.tensors.values()}
    numbers = {Size(size): names.name(size, "n") for size in signature.unbound}
    sizes, lines = _size_lines(arguments, numbers, names)
    sheet = Sheet(target, names, sizes, _like(arguments, index_tensors(exprs)), _titles(exprs))
    known: dict[Expr, Spread] = {
        tensor: whole_value(atom(text, tensor.ndim), tensor.sizes) for tensor, text in arguments.items()
    }
    results = [code.text for code in Statements(sheet, known, INDENT).write(prepared(exprs))]
    body = sheet.lines
    used = [line for size, line in lines if any(mentions(text, size) for text in (*body, *results))]
    inside = [*used, *body, *_returned(results, single)]
    helpers = _helpers(inside, target)
    imports = _imports([*inside, *helpers.values()], target)
    if name in (*helpers, target.xp) or any(mentions(line, name) for line in imports):
        raise ArgumentError(f"the module uses the name {name} itself", hint="pass name='program'")
    head = f"def {name}({', '.join([*arguments.values(), *numbers.values()])}):"
    return "\n\n\n".join(["\n".join(imports), *helpers.values(), "\n".join([head, *inside])]) + "\n"


def _helpers(function: Sequence[str], target: Target) -> dict[str, str]:
    """Return the helpers that a function calls, and those that these call, by their names."""
    found: dict[str, str] = {}
    texts = list(function)
    while texts:
        text = texts.pop()
        for name, helper in HELPERS.items():
            if name not in found and mentions(text, name):
                found[name] = helper.written(target)
                texts.append(found[name])
    return {name: found[name] for name in sorted(found)}


def _imports(texts: Sequence[str], target: Target) -> list[str]:
    """Return the lines that import what a module uses."""
    used: dict[str, list[str]] = {}
    for module, name in target.extra:
        if any(mentions(text, name) for text in texts):
            used.setdefault(module, []).append(name)
    return [target.imports, *(f"from {module} import {', '.join(names)}" for module, names in used.items())]


def _like(arguments: Mapping[Tensor, str], indices: Collection[str]) -> str:
    """Return the code of an array that has the type of real numbers, empty if there is none."""
    found = [tensor for tensor in arguments if tensor.name not in indices]
    for tensor in sorted(found, key=lambda tensor: not tensor.is_real):
        return arguments[tensor] if tensor.is_real else f"{arguments[tensor]}.real"
    return ""


def _returned(results: Sequence[str], single: bool) -> list[str]:
    """Return the statement that returns the results, each on a line of its own where it is long."""
    if single:
        return statement(f"{INDENT}return", results[0], WIDTH)
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


def _titles(exprs: Sequence[Expr]) -> dict[Expr, str]:
    """Return the names that a user gave to expressions, by the form that they have in a program."""
    definitions = definitions_in(exprs)
    bodies = prepared([definition.body for definition in definitions])
    return {body: d.name for body, d in zip(bodies, definitions, strict=True) if body.children}
