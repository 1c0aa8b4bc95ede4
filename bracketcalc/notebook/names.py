"""The names of a notebook that formulas may use, and the names that a cell may give to Python."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from keyword import iskeyword
from unicodedata import normalize

import numpy as np

from bracketcalc.errors import ArgumentError
from bracketcalc.expr.core import Expr, Size, Tensor
from bracketcalc.expr.nodes import Definition
from bracketcalc.expr.number import finite_number
from bracketcalc.expr.records import ElementwiseFunction, LinearOperator, TensorFunction
from bracketcalc.functions.application import ElementwiseForm, SubtensorForm
from bracketcalc.functions.operators import OperatorForm
from bracketcalc.notation.parse import Value
from bracketcalc.notation.spelled import spelled

_FUNCTIONS = (
    ElementwiseForm,
    SubtensorForm,
    OperatorForm,
    ElementwiseFunction,
    TensorFunction,
    LinearOperator,
)
_NUMBERS = (int, float, Fraction, np.number)


def usable_names(variables: Mapping[str, object]) -> dict[str, Value]:
    """Return what names in a formula can stand for: expressions, functions and finite numbers.

    A tensor or a definition can also be used by the name that it is printed by, unless any variable has
    that name, or two different ones are printed alike. Names that begin with an underscore are private. A
    number whose name is also the size of an axis is left out: a formula with ``1/n`` is to hold for every
    n.

    Args:
        variables: the variables of the notebook.

    Returns:
        The meanings, by the plain spelling of their names.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> X, w = tensors("X[n,d] w_1[d]")
        >>> sorted(usable_names({"X": X, "w": w, "n": 500, "lam": 0.1, "data": [1, 2]}))
        ['X', 'lam', 'w', 'w_1']
    """
    public = [(name, value) for name, value in variables.items() if not name.startswith("_")]
    exprs = {spelled(name): value for name, value in public if isinstance(value, Expr)}
    sizes = {size.name for expr in exprs.values() for size in expr.sizes if isinstance(size, Size)}
    taken = {spelled(name) for name in variables}
    printed = {name: expr for name, expr in _printed_names(exprs).items() if name not in taken}
    found: dict[str, Value] = {**printed, **exprs}
    for name, value in public:
        if isinstance(value, _FUNCTIONS):
            found[spelled(name)] = value
        elif isinstance(value, _NUMBERS) and name not in sizes:
            try:
                found[spelled(name)] = finite_number(value)
            except ArgumentError:
                continue
    return found


def _printed_names(exprs: Mapping[str, Expr]) -> dict[str, Expr]:
    """Return the tensors and definitions by the names that they are printed by."""
    found: dict[str, set[Expr]] = {}
    for expr in exprs.values():
        if isinstance(expr, Tensor | Definition):
            found.setdefault(spelled(expr.name), set()).add(expr)
    return {name: next(iter(alike)) for name, alike in found.items() if len(alike) == 1}


def variable_names(values: Mapping[str, Expr]) -> dict[str, Expr]:
    """Return the values whose names can be Python variables, by the names that Python gives to them.

    Example:
        >>> from bracketcalc.expr.build import scalar
        >>> sorted(variable_names({"W_1": scalar("W_1"), "x'": scalar("x'"), "lambda": scalar("lambda")}))
        ['W_1']
    """
    names = {name: normalize("NFKC", name) for name in values}
    return {
        variable: values[name]
        for name, variable in names.items()
        if variable.isidentifier() and not iskeyword(variable)
    }
