"""Recognising functions whose array computation is one call of the namespace, such as ``xp.tanh(x)``.

Such a function can write its value into a buffer that it is given. It is found by calling the record's
``value`` with a namespace that records the call instead of doing it, so no table has to be kept in step.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from bracketcalc.expr.records import ElementwiseFunction


class _Argument:
    """A stand-in for the array, on which no operation works."""


@dataclass(frozen=True)
class _Call:
    name: str
    arguments: tuple[Any, ...]


class _Recorder:
    """A stand-in for the namespace, whose functions return a record of the call."""

    def __getattr__(self, name: str) -> Any:
        return lambda *arguments: _Call(name, arguments)


def ufunc_name(function: ElementwiseFunction) -> str:
    """Return the name of the ufunc that the function is, or an empty string.

    Example:
        >>> tanh = ElementwiseFunction("tanh", lambda xp, x: xp.tanh(x))
        >>> ufunc_name(tanh)
        'tanh'
        >>> ufunc_name(ElementwiseFunction("double", lambda xp, x: 2 * x))
        ''
    """
    if function.parameters:
        return ""
    argument = _Argument()
    try:
        call = function.value(_Recorder(), argument)
    except Exception:  # a computation of another form fails in any way on the stand-ins
        return ""
    if not isinstance(call, _Call) or len(call.arguments) != 1 or call.arguments[0] is not argument:
        return ""
    ufunc = getattr(np, call.name, None)
    return call.name if isinstance(ufunc, np.ufunc) and ufunc.nin == ufunc.nout == 1 else ""
