"""What the compiler may assume about a function: that it is built in."""

from __future__ import annotations

from bracketcalc.expr.records import ElementwiseFunction, TensorFunction
from bracketcalc.functions.table import CHOOSING, CONSTANT, ELEMENTWISE, SUBTENSOR


def is_built_in(function: ElementwiseFunction | TensorFunction) -> bool:
    """Return whether a function record is one of this package's, and not a user's."""
    return function in [table.get(function.name) for table in (ELEMENTWISE, SUBTENSOR, CHOOSING, CONSTANT)]
