"""Functions and operators as Python: calls of the library, or of helpers that the module defines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bracketcalc.compiler.program.ufuncs import ufunc_name
from bracketcalc.errors import ArgumentError
from bracketcalc.expr.core import POWER, Elementwise, Ones
from bracketcalc.expr.nodes import Map, Operator
from bracketcalc.expr.parts import IMAG, REAL
from bracketcalc.functions.held import HELD
from bracketcalc.functions.largest import FIRST_MAX, MAX
from bracketcalc.functions.matrix_cholesky import TRIL
from bracketcalc.functions.one_hot import ONE_HOT
from bracketcalc.functions.piecewise import MAXIMUM, MINIMUM
from bracketcalc.functions.solving import SOLVE
from bracketcalc.functions.table import ELEMENTWISE, SUBTENSOR
from bracketcalc.functions.windows import Windows, WindowValue
from bracketcalc.interop.source.code import Code, Level, atom, call
from bracketcalc.interop.source.contraction import as_complex
from bracketcalc.interop.source.helpers import HELPERS, LINALG
from bracketcalc.interop.source.sheet import Block
from bracketcalc.interop.source.values import Known, Part, Spread, whole_value

SPECIAL = ("erf", "erfc")


def write_elementwise(block: Block, node: Elementwise, value: Spread) -> Spread:
    """Return the code of a function of every element."""
    if node.function == POWER:
        return replace(value, code=_power(block, float(node.parameters[0]), value))
    code = value.code
    if value.is_number and not block.target.takes_numbers:
        code = atom(block.made("as_tensor", code.text), 0)
    return replace(value, code=_function(block, node, code), is_number=False)


def _function(block: Block, node: Elementwise, argument: Code) -> Code:
    function, name, text = node.function, node.function.name, argument.text
    numbers = [repr(float(parameter)) for parameter in node.parameters]
    target, ndim = block.target, argument.ndim
    if function == HELD:
        return atom(target.held.format(argument.at_least(Level.ATOM)), ndim)
    if function in (MAXIMUM, MINIMUM):
        return atom((target.larger if function == MAXIMUM else target.smaller)(text, *numbers), ndim)
    if function in (REAL, IMAG) and not node.argument.is_real:
        return atom(f"{argument.at_least(Level.ATOM)}.{name}", ndim)
    if function == ELEMENTWISE.get(name):
        if name in HELPERS:
            return atom(call(name, text, *numbers), ndim)
        if name in SPECIAL:
            return atom(f"{name}({text})", ndim)
        ufunc = ufunc_name(function)
        if ufunc:
            return atom(f"{target.function(ufunc)}({text})", ndim)
    raise no_source(block, name)


def _power(block: Block, exponent: float, value: Spread) -> Code:
    base = value.code
    if exponent == 0.5 and not value.is_number:
        return atom(f"{block.xp}.sqrt({base.text})", base.ndim)
    if exponent == -1:
        return Code(f"1 / {base.at_least(Level.POWER)}", Level.PRODUCT, base.ndim)
    shown = int(exponent) if exponent.is_integer() else exponent
    return Code(f"{base.at_least(Level.ATOM)}**{shown}", Level.POWER, base.ndim)


# -- functions on sub-tensors ---------------------------------------------------------------------------


def write_one_hot(block: Block, node: Map, value: Spread) -> Spread:
    """Return one-hot rows of indices; where these are repeated along the rows, they are known."""
    size = block.extent(node.sizes[-1])
    if value.present[-1]:
        here = f"({value.code.at_least(Level.SUM)} == {block.arange(size)})"
        return replace(value, code=atom(f"{here}.{block.target.cast}({block.dtype})", value.code.ndim))
    places = block.named(value.code)
    text = call("one_hot", places.text, size, block.dtype)
    return replace(
        value,
        code=atom(text, places.ndim + 1),
        present=(*value.present[:-1], True),
        is_number=False,
        known=Known(indices=places),
    )


def write_window(block: Block, node: Map, windows: Windows) -> Spread:
    """Return a window of ones, with the places that its taps see."""
    size, outputs, taps = [block.extent(extent) for extent in node.sizes]
    outer = f"{block.arange(outputs)}[:, None]"
    outer = outer if windows.stride == 1 else f"{windows.stride} * {outer}"
    inner = block.arange(taps)
    inner = inner if windows.dilation == 1 else f"{windows.dilation} * {inner}"
    text = f"{outer} + {inner}" + (f" - {windows.padding}" if windows.padding else "")
    places = block.named(Code(text, Level.SUM, 2), "places")
    dense = call("window", size, places.text, block.dtype)
    return whole_value(atom(dense, 3), node.sizes, Known(places=places))


def write_map(block: Block, node: Map, value: Spread, argument: Code) -> Spread:
    """Return the code of a function on sub-tensors; ``argument`` is the whole value."""
    name, text = node.function.name, argument.text
    if node.function == ONE_HOT:
        return write_one_hot(block, node, value)
    if isinstance(node.function.value, WindowValue) and isinstance(node.argument, Ones):
        return write_window(block, node, node.function.value.windows)
    found = ""
    if node.function == MAX:
        found = f"{block.target.function('max')}({text}, {block.target.axis}=-1)"
    elif node.function == TRIL:
        found = f"{block.xp}.tril({text})"
    elif node.function == FIRST_MAX or (node.function == SUBTENSOR.get(name) and name in HELPERS):
        found = call(name, text)
    elif node.function == SUBTENSOR.get(name) and name in LINALG:
        found = f"{block.xp}.linalg.{LINALG[name]}({text})"
    if not found:
        raise no_source(block, name)
    return whole_value(atom(found, node.ndim), node.sizes)


def write_operator(block: Block, node: Operator, arguments: Sequence[Code]) -> Spread:
    """Return a call that solves with a matrix for a vector or the columns of a matrix."""
    if node.operator != SOLVE or node.ndim > 2 or node.batch:
        raise no_source(block, node.operator.name)
    parts = [Part(code, (), child.is_real) for code, child in zip(arguments, node.children, strict=True)]
    if not block.target.mixes and len({part.is_real for part in parts}) == 2:
        parts = [as_complex(part) if part.is_real else part for part in parts]
    text = ", ".join(part.code.text for part in parts)
    return whole_value(atom(f"{block.xp}.linalg.solve({text})", node.ndim), node.sizes)


def no_source(block: Block, name: str) -> ArgumentError:
    """Return the error for what has no form in the library."""
    return ArgumentError(
        f"{name} cannot be written as source for {block.target.name}",
        hint="compile the expression, or write the function with others",
    )
