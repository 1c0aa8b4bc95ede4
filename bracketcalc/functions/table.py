"""The tables of all built-in functions: the parser, the printers and the tests read these.

A function that is a constant power has no record of its own: ``sqrt`` is ``power`` with exponent 1/2, so
that each value has one representation. :data:`POWERS` holds those names.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from fractions import Fraction
from types import MappingProxyType

from bracketcalc.errors import ArgumentError
from bracketcalc.expr.core import POWER
from bracketcalc.expr.number import Number
from bracketcalc.expr.parts import CONJ, IMAG, REAL
from bracketcalc.expr.records import ElementwiseFunction, LinearOperator, TensorFunction
from bracketcalc.functions.adjugate import ADJUGATE
from bracketcalc.functions.determinant import DET, LOGDET
from bracketcalc.functions.error_function import ERF, ERFC, GELU
from bracketcalc.functions.exponential import EXP, EXPM1, LOG, LOG1P, SIGMOID, SILU, SOFTPLUS, TANH
from bracketcalc.functions.held import HELD
from bracketcalc.functions.largest import FIRST_MAX, MAX
from bracketcalc.functions.matrix_cholesky import CHOLESKY, TRIL
from bracketcalc.functions.matrix_exponential import EXPM
from bracketcalc.functions.matrix_roots import LOGM, SQRTM
from bracketcalc.functions.matrix_symmetric import EIGVALSH, EIGVECSH, INVERSE_GAPS
from bracketcalc.functions.one_hot import ONE_HOT
from bracketcalc.functions.piecewise import ABS, ELU, LEAKY_RELU, MAXIMUM, MINIMUM, RELU, SIGN, STEP
from bracketcalc.functions.softmax import LOG_SOFTMAX, LOGSUMEXP, SOFTMAX
from bracketcalc.functions.solving import SOLVES
from bracketcalc.functions.square_matrix import INV
from bracketcalc.functions.trigonometric import (
    ARCCOS,
    ARCCOSH,
    ARCSIN,
    ARCSINH,
    ARCTAN,
    ARCTANH,
    COS,
    COSH,
    SIN,
    SINH,
    TAN,
)

Function = ElementwiseFunction | TensorFunction

_EXPONENTIAL = (EXP, LOG, LOG1P, EXPM1, TANH, SIGMOID, SOFTPLUS, SILU)
_PIECEWISE = (ABS, SIGN, STEP, RELU, LEAKY_RELU, ELU, MAXIMUM, MINIMUM)
_TRIGONOMETRIC = (SIN, COS, TAN, ARCSIN, ARCCOS, ARCTAN, SINH, COSH, ARCSINH, ARCCOSH, ARCTANH)
_ERROR_FUNCTION = (ERF, ERFC, GELU)
_PARTS = (CONJ, REAL, IMAG)
_VECTOR = (SOFTMAX, LOG_SOFTMAX, LOGSUMEXP)
_MATRIX = (INV, ADJUGATE, DET, LOGDET, CHOLESKY, EIGVALSH, EIGVECSH, EXPM, SQRTM, LOGM, TRIL)
_IN_DERIVATIVES = (INVERSE_GAPS,)

ELEMENTWISE: Mapping[str, ElementwiseFunction] = MappingProxyType(
    {
        record.name: record
        for record in (*_EXPONENTIAL, *_PIECEWISE, *_TRIGONOMETRIC, *_ERROR_FUNCTION, *_PARTS, POWER)
    }
)
"""Every element-wise function by its name."""

SUBTENSOR: Mapping[str, TensorFunction] = MappingProxyType(
    {record.name: record for record in (*_VECTOR, *_MATRIX, *_IN_DERIVATIVES)}
)
"""Every function on sub-tensors by its name."""

OPERATORS: Mapping[str, LinearOperator] = MappingProxyType({record.name: record for record in SOLVES})
"""Every linear operator with a parameter by its name."""

CHOOSING: Mapping[str, TensorFunction] = MappingProxyType(
    {record.name: record for record in (ONE_HOT, MAX, FIRST_MAX)}
)
"""The functions that choose elements, by an index or the largest, by their names."""

CONSTANT: Mapping[str, ElementwiseFunction] = MappingProxyType({HELD.name: HELD})
"""The functions whose derivative is zero by definition, by their names."""

POWERS: Mapping[str, Number] = MappingProxyType({"sqrt": Fraction(1, 2), "square": 2, "reciprocal": -1})
"""Names of constant powers, with the exponent."""

ALIASES: Mapping[str, str] = MappingProxyType({"inverse": "inv", "ln": "log", "Re": "real", "Im": "imag"})
"""Other names that are understood, with the name that is printed."""


def lookup(name: str) -> tuple[Function, tuple[Number, ...]]:
    """Return the record of a built-in function, and the parameters that its name already fixes.

    Raises:
        ArgumentError: for an unknown name, with the closest known one.

    Example:
        >>> lookup("tanh")[0].name, lookup("inverse")[0].name
        ('tanh', 'inv')
        >>> record, parameters = lookup("sqrt")
        >>> record.name, parameters
        ('power', (Fraction(1, 2),))
    """
    known = ALIASES.get(name, name)
    if known in POWERS:
        return POWER, (POWERS[known],)
    if known in ELEMENTWISE:
        return ELEMENTWISE[known], ()
    if known in SUBTENSOR:
        return SUBTENSOR[known], ()
    if known in CHOOSING:
        return CHOOSING[known], ()
    if known in CONSTANT:
        return CONSTANT[known], ()
    names = [*ELEMENTWISE, *SUBTENSOR, *CHOOSING, *CONSTANT, *POWERS, *ALIASES]
    close = get_close_matches(name, names, n=1)
    raise ArgumentError(
        f"no function is called {name!r}",
        hint=f"write {close[0]}" if close else "declare it with function(name, value, derivative)",
    )
