"""What the compiler may assume about a function: that it is built in, that it takes complex numbers."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from bracketcalc.compiler.ufuncs import ufunc_name
from bracketcalc.errors import ArgumentError
from bracketcalc.expr.core import POWER, Elementwise, Expr
from bracketcalc.expr.nodes import Map
from bracketcalc.expr.records import ElementwiseFunction, TensorFunction
from bracketcalc.functions.determinant import LOGDET
from bracketcalc.functions.softmax import LOG_SOFTMAX, LOGSUMEXP
from bracketcalc.functions.table import DISCRETE, ELEMENTWISE, SUBTENSOR
from bracketcalc.traverse import with_steps


def check_complex(roots: Iterable[Expr]) -> None:
    """Raise an ArgumentError if the expressions contain a function of real numbers only."""
    for node in with_steps(roots):
        if isinstance(node, Elementwise | Map) and not accepts_complex(node.function):
            raise ArgumentError(
                f"{node.function.name} is a function of real numbers, but an argument is complex",
                hint="pass real arrays",
            )


def is_built_in(function: ElementwiseFunction | TensorFunction) -> bool:
    """Return whether a function record is one of this package's, and not a user's."""
    return function in [table.get(function.name) for table in (ELEMENTWISE, SUBTENSOR, DISCRETE)]


def accepts_complex(function: ElementwiseFunction | TensorFunction) -> bool:
    """Return whether a function is defined for complex numbers; a user's function is trusted to be.

    Example:
        >>> from bracketcalc.functions.table import ELEMENTWISE
        >>> accepts_complex(ELEMENTWISE["tanh"]), accepts_complex(ELEMENTWISE["relu"])
        (True, False)
    """
    if isinstance(function, TensorFunction):
        # These take a real logarithm of a sum or determinant; the complex one has many branches.
        return function not in (LOG_SOFTMAX, LOGSUMEXP, LOGDET)
    if not is_built_in(function) or function == POWER:
        return True
    name = ufunc_name(function)
    return bool(name) and "D->D" in getattr(np, name).types
