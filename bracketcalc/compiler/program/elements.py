"""Element-wise computations as C text: what a kernel does with one element.

The text is found by running a built-in function on stand-ins for the arrays and for their library, which
write down every operation, so that it has one definition for all libraries. The functions of a user are
not run on stand-ins: Python code can tell them from arrays, and then compute something else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from numbers import Real
from types import MappingProxyType
from typing import Any, NoReturn

import numpy as np

from bracketcalc.compiler.program.domain import is_built_in
from bracketcalc.compiler.program.steps import ARITHMETIC, Constant, Kind, Program, Step

_SAME_NAME = (
    *("exp", "expm1", "log", "log1p", "sqrt", "trunc", "floor", "ceil"),
    *("sin", "cos", "tan", "sinh", "cosh", "tanh"),
)

FORMATS: Mapping[str, str] = MappingProxyType(
    {name: f"{name}({{0}})" for name in _SAME_NAME}
    | {f"arc{name}": f"a{name}({{0}})" for name in _SAME_NAME[-6:]}
    | {
        "abs": "fabs({0})",
        "conj": "{0}",
        "negative": "-{0}",
        "add": "{0} + {1}",
        "subtract": "{0} - {1}",
        "multiply": "{0} * {1}",
        "divide": "{0} / {1}",
        "power": "pow({0}, {1})",
        "less": "{0} < {1}",
        "greater": "{0} > {1}",
        "where": "{0} ? {1} : {2}",
        # Unlike fmax and fmin, these pass NaN on, as NumPy does.
        "maximum": "{0} > {1} || {0} != {0} ? {0} : {1}",
        "minimum": "{0} < {1} || {0} != {0} ? {0} : {1}",
        "sign": "{0} > T(0) ? T(1) : {0} < T(0) ? T(-1) : {0}",
    }
)
"""For the functions of a library, the C text of one element; ``T`` is the type of the elements."""

_COUNTS: Mapping[str, int] = MappingProxyType(
    {name: 1 + max(map(int, re.findall(r"{(\d)}", text))) for name, text in FORMATS.items()}
)
_COMPARISONS = ("less", "greater")


class UntraceableError(TypeError):
    """Raised where a computation has no text for one element."""


def _operator(name: str) -> Callable[[Element, Any], Element]:
    def operator(self: Element, other: Any) -> Element:
        return self.trace.write(name, self, other)

    return operator


def _reflected(name: str) -> Callable[[Element, Any], Element]:
    def operator(self: Element, other: Any) -> Element:
        return self.trace.write(name, other, self)

    return operator


def _refused(*_given: object) -> NoReturn:
    raise UntraceableError("this has no text for one element")


class Element:
    """A stand-in for an array: the name of one element.

    Attributes:
        trace: where the operations on it are written down.
        text: its name.
    """

    __slots__ = ("text", "trace")

    def __init__(self, trace: Trace, text: str) -> None:
        self.trace = trace
        self.text = text

    @property
    def dtype(self) -> np.dtype[Any]:
        """Return the type of the element."""
        return self.trace.dtype

    def __bool__(self) -> bool:
        raise UntraceableError("the value of an element is not known")

    def __neg__(self) -> Element:
        return self.trace.write("negative", self)

    __add__, __radd__ = _operator("add"), _reflected("add")
    __sub__, __rsub__ = _operator("subtract"), _reflected("subtract")
    __mul__, __rmul__ = _operator("multiply"), _reflected("multiply")
    __truediv__, __rtruediv__ = _operator("divide"), _reflected("divide")
    __pow__, __rpow__ = _operator("power"), _reflected("power")
    __lt__, __gt__ = _operator("less"), _operator("greater")
    # What is not defined would mean something else, such as whether two objects are one.
    __eq__ = __ne__ = __le__ = __ge__ = __hash__ = _refused
    __iadd__ = __isub__ = __imul__ = __itruediv__ = __ipow__ = _refused
    __array__ = __len__ = __iter__ = __getitem__ = __setitem__ = _refused


class Mask(Element):
    """A stand-in for an array of truth values, which may only choose among others."""

    __slots__ = ()
    __neg__ = __lt__ = __gt__ = _refused
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _refused
    __truediv__ = __rtruediv__ = __pow__ = __rpow__ = _refused


class _Library:
    """A stand-in for the array library, whose functions write down that they were called."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace

    def __getattr__(self, name: str) -> Callable[..., Element]:
        if name not in FORMATS:
            raise UntraceableError(f"{name} has no text for one element")
        return lambda *operands: self._trace.write(name, *operands)

    def clip(self, x: Element, least: float, most: float) -> Element:
        return self._trace.write("minimum", self._trace.write("maximum", x, least), most)

    def ones_like(self, _: Element) -> float:
        return 1.0


class Trace:
    """The statements that compute one element.

    Args:
        dtype: the type of the elements.
    """

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self.dtype = dtype
        self.lines: list[str] = []

    def write(self, name: str, *operands: Any) -> Element:
        """Write down a call of a function, and return its value."""
        if len(operands) != _COUNTS[name]:
            raise UntraceableError(f"{name} takes {_COUNTS[name]} operands, but got {len(operands)}")
        first, *rest = operands
        if isinstance(first, Mask) != (name == "where") or any(isinstance(one, Mask) for one in rest):
            raise UntraceableError("truth values may only choose among others")
        made = Mask if name in _COMPARISONS else Element
        value = made(self, f"v{len(self.lines)}")
        text = FORMATS[name].format(*map(_text, operands))
        self.lines.append(f"const auto {value.text} = {text};")
        return value

    def step(self, step: Step, operands: Sequence[Any]) -> Element:
        """Write down a step of a program, and return its value.

        Raises:
            UntraceableError: the step is not element-wise, or not made of operations that have a text.
        """
        if step.kind is Kind.CALL:
            record, *parameters = step.parameters
            if not is_built_in(record):
                raise UntraceableError(f"{record.name} is a user's function")
            try:
                value = record.value(_Library(self), *operands, *parameters)
            except Exception as error:  # a computation of another form fails in any way on the stand-ins
                raise UntraceableError(f"{record.name} has no text for one element") from error
            if not isinstance(value, Element) or isinstance(value, Mask):
                raise UntraceableError(f"{record.name} does not depend on its element")
            return value
        if step.kind not in ARITHMETIC:
            raise UntraceableError(f"{step.kind.value} is not element-wise")
        name = step.parameters[0] if step.kind is Kind.UFUNC else step.kind.value
        if name not in FORMATS:
            raise UntraceableError(f"{name} has no text for one element")
        return self.write(name, *operands)


def _text(operand: Any) -> str:
    if isinstance(operand, Element):
        return operand.text
    if isinstance(operand, Real) and isfinite(operand):
        return f"T({float(operand)!r})"
    raise UntraceableError(f"a {type(operand).__name__} has no text for one element")


def is_traceable(step: Step, dtype: np.dtype[Any]) -> bool:
    """Return whether one element of the value of a step can be computed from one of each operand."""
    trace = Trace(dtype)
    elements = [_operand(operand, lambda slot: Element(trace, f"b{slot}")) for operand in step.operands]
    try:
        trace.step(step, elements)
    except UntraceableError:
        return False
    return True


def _operand(operand: Any, element: Callable[[int], Element]) -> Any:
    return operand.as_float() if isinstance(operand, Constant) else element(operand)


def element_text(program: Program, dtype: np.dtype[Any]) -> str:
    """Return the C statements that compute an element of each result of an element-wise program.

    Args:
        program: the program; its arguments are called ``b0``, ``b1``, …, its results ``r0``, ``r1``, ….
        dtype: the type of the elements, ``T`` in the text.

    Raises:
        UntraceableError: a step has no text for one element.

    Example:
        >>> steps = [Step(Kind.INPUT, (), (0,), (9, 5)), Step(Kind.UFUNC, (0,), ("tanh",), (9, 5))]
        >>> steps.append(Step(Kind.MULTIPLY, (0, 1), (), (9, 5)))
        >>> print(element_text(Program(tuple(steps), (2,), ((9, 5),)), np.dtype("float32")))
        const auto v0 = tanh(b0);
        const auto v1 = b0 * v0;
        r0 = v1;
    """
    trace = Trace(dtype)
    values: list[Element] = []
    for step in program.steps:
        if step.kind is Kind.INPUT:
            values.append(Element(trace, f"b{step.parameters[0]}"))
        else:
            values.append(trace.step(step, [_operand(x, values.__getitem__) for x in step.operands]))
    # A result may lie where an operand does, so all are written when everything is read.
    written = [f"r{k} = {values[slot].text};" for k, slot in enumerate(program.outputs)]
    return "\n".join([*trace.lines, *written])
