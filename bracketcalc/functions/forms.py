"""The functions under their Python names: ``exp(X)``, ``leaky_relu(X, 0.1)``, ``softmax(A, axis=1)``.

Each of them is an :class:`ElementwiseForm` or a :class:`SubtensorForm`, and holds its record.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bracketcalc.expr.core import POWER
from bracketcalc.expr.number import Number
from bracketcalc.functions.analytic import frechet, matrix_function
from bracketcalc.functions.application import ElementwiseForm, Form, SubtensorForm, apply, apply_to
from bracketcalc.functions.declare import function, subtensor_function
from bracketcalc.functions.matrix_forms import matrix_power, norm2, symmetric_function
from bracketcalc.functions.operators import OperatorForm
from bracketcalc.functions.solving import solve
from bracketcalc.functions.table import (
    ALIASES,
    CHOOSING,
    CONSTANT,
    ELEMENTWISE,
    OPERATORS,
    POWERS,
    SUBTENSOR,
)


def _elementwise(name: str, *defaults: Number) -> ElementwiseForm:
    return ElementwiseForm(name, ELEMENTWISE[name], (), defaults)


def _power(name: str) -> ElementwiseForm:
    return ElementwiseForm(name, POWER, (POWERS[name],))


def _subtensor(name: str) -> SubtensorForm:
    return SubtensorForm(name, SUBTENSOR[name])


exp = _elementwise("exp")
log = _elementwise("log")
log1p = _elementwise("log1p")
expm1 = _elementwise("expm1")
tanh = _elementwise("tanh")
sigmoid = _elementwise("sigmoid")
softplus = _elementwise("softplus")
silu = _elementwise("silu")
gelu = _elementwise("gelu")
relu = _elementwise("relu")
leaky_relu = _elementwise("leaky_relu", 0.01)
elu = _elementwise("elu", 1)
abs = _elementwise("abs")
sign = _elementwise("sign")
step = _elementwise("step")
maximum = _elementwise("maximum")
minimum = _elementwise("minimum")
power = _elementwise("power")
sqrt = _power("sqrt")
square = _power("square")
reciprocal = _power("reciprocal")
sin = _elementwise("sin")
cos = _elementwise("cos")
tan = _elementwise("tan")
arcsin = _elementwise("arcsin")
arccos = _elementwise("arccos")
arctan = _elementwise("arctan")
sinh = _elementwise("sinh")
cosh = _elementwise("cosh")
arcsinh = _elementwise("arcsinh")
arccosh = _elementwise("arccosh")
arctanh = _elementwise("arctanh")
erf = _elementwise("erf")
erfc = _elementwise("erfc")
conj = _elementwise("conj")
real = _elementwise("real")
imag = _elementwise("imag")

softmax = _subtensor("softmax")
log_softmax = _subtensor("log_softmax")
logsumexp = _subtensor("logsumexp")
inv = _subtensor("inv")
adjugate = _subtensor("adjugate")
det = _subtensor("det")
logdet = _subtensor("logdet")
cholesky = _subtensor("cholesky")
eigvalsh = _subtensor("eigvalsh")
eigvecsh = _subtensor("eigvecsh")
expm = _subtensor("expm")
sqrtm = _subtensor("sqrtm")
logm = _subtensor("logm")
tril = _subtensor("tril")

inverse = inv

_NAMED: tuple[Form, ...] = (
    *(exp, log, log1p, expm1, tanh, sigmoid, softplus, silu, gelu, relu, leaky_relu, elu),
    *(abs, sign, step, maximum, minimum, power, sqrt, square, reciprocal),
    *(sin, cos, tan, arcsin, arccos, arctan, sinh, cosh, arcsinh, arccosh, arctanh, erf, erfc),
    *(conj, real, imag),
    *(softmax, log_softmax, logsumexp),
    *(inv, adjugate, det, logdet, cholesky, eigvalsh, eigvecsh, expm, sqrtm, logm, tril),
    _subtensor("inverse_gaps"),
)

_BY_NAME = MappingProxyType({form.name: form for form in _NAMED})

OPERATOR_FORMS: Mapping[str, OperatorForm] = MappingProxyType(
    {name: OperatorForm(name, record) for name, record in OPERATORS.items()}
)
"""Every linear operator with a parameter that can be called, by its name."""

FORMS: Mapping[str, Form] = MappingProxyType(
    {
        **_BY_NAME,
        **{name: SubtensorForm(name, record) for name, record in CHOOSING.items()},
        **{name: ElementwiseForm(name, record) for name, record in CONSTANT.items()},
        **{alias: _BY_NAME[name] for alias, name in ALIASES.items()},
    }
)
"""Every built-in function that can be called, by its names, aliases included."""

__all__ = [
    "ElementwiseForm",
    "SubtensorForm",
    "OperatorForm",
    "Form",
    "FORMS",
    "apply",
    "apply_to",
    "function",
    "subtensor_function",
    "matrix_function",
    "frechet",
    "exp",
    "log",
    "log1p",
    "expm1",
    "tanh",
    "sigmoid",
    "softplus",
    "silu",
    "gelu",
    "relu",
    "leaky_relu",
    "elu",
    "abs",
    "sign",
    "step",
    "maximum",
    "minimum",
    "power",
    "sqrt",
    "square",
    "reciprocal",
    "sin",
    "cos",
    "tan",
    "arcsin",
    "arccos",
    "arctan",
    "sinh",
    "cosh",
    "arcsinh",
    "arccosh",
    "arctanh",
    "erf",
    "erfc",
    "conj",
    "real",
    "imag",
    "softmax",
    "log_softmax",
    "logsumexp",
    "inv",
    "inverse",
    "adjugate",
    "det",
    "logdet",
    "cholesky",
    "eigvalsh",
    "eigvecsh",
    "expm",
    "sqrtm",
    "logm",
    "tril",
    "solve",
    "matrix_power",
    "norm2",
    "symmetric_function",
]
