"""The names of the rules that differentiate, with their places in the paper."""

from __future__ import annotations

from bracketcalc.expr.core import Elementwise, Expr, Product, Sum
from bracketcalc.expr.nodes import Map, Operator
from bracketcalc.expr.over_time import OverTime
from bracketcalc.expr.recurrence import Repeated

DEFINITION = "definition"
LINEARITY = "linearity §4.1"
PRODUCT = "product rule §4.2"
ELEMENTWISE = "element-wise function (17)"
SUBTENSORS = "function on sub-tensors (32)"
RECURRENCE = "recurrence §6.4"
OPERATOR = "linear operator with a parameter"
SUBSTITUTION = "substitution §3.1"
COEFFICIENT = "coefficient of ·"
CONSTANT = "constant"
POWERS = "power of a power"
START = "differential (11)"
PART = "gradient §3.1"
TAKE_OUT = "take out"
TAKE_OUT_ALL = "take out each differential"
REGROUP = "regroup"
AFTER_LAST = "behind the last step §6.4"
LAST_STEP = "last step §6.4"


def rule_name(body: Expr) -> str:
    """Return the name of the rule that differentiates the outermost operation of an expression.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> A, x = tensors("A[m,n] x[n]")
        >>> rule_name(A @ x)
        'product rule §4.2'
    """
    if isinstance(body, Elementwise):
        return ELEMENTWISE
    if isinstance(body, Map):
        return SUBTENSORS
    if isinstance(body, Repeated):
        return RECURRENCE
    if isinstance(body, Operator):
        return OPERATOR
    if isinstance(body, Sum | OverTime):
        return LINEARITY
    if isinstance(body, Product) and len(body.factors) > 1:
        return PRODUCT
    return SUBSTITUTION
