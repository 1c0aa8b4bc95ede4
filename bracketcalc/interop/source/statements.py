"""The statements of a written module: one for each value that has a name, is used often, or is long."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bracketcalc.compiler.lower_loop import family_of, finals_of, outputs_of
from bracketcalc.compiler.ufuncs import ufunc_name
from bracketcalc.errors import ArgumentError
from bracketcalc.expr.core import POWER, Delta, Elementwise, Expr, OneHot, Ones, Product, Size, Sum, Tensor
from bracketcalc.expr.nodes import Definition, Map, Operator
from bracketcalc.expr.recurrence import FinalState, Recurrence, Repeated
from bracketcalc.functions.solving import SOLVE
from bracketcalc.functions.table import ELEMENTWISE, SUBTENSOR
from bracketcalc.interop.source.code import Code, Level, atom, plus
from bracketcalc.interop.source.helpers import HELPERS, LINALG
from bracketcalc.interop.source.names import Names
from bracketcalc.interop.source.products import ProductWriter, Spread
from bracketcalc.interop.source.targets import Target
from bracketcalc.traverse import consumers, postorder

LONGEST = 72
"""An expression longer than this gets a name."""


@dataclass(slots=True)
class Sheet:
    """What all writers of one module share.

    Attributes:
        target: the library.
        names: gives out names.
        sizes: the code of each symbolic size.
        like: the code of an array from which new arrays take their type.
        titles: the name that a user gave to an expression.
        lines: the statements so far.
        helpers: the names of the helper functions in use.
    """

    target: Target
    names: Names
    sizes: Mapping[object, str]
    like: str
    titles: Mapping[Expr, str]
    lines: list[str] = field(default_factory=list)
    helpers: set[str] = field(default_factory=set)


class Statements:
    """Writes the statements that compute expressions.

    Args:
        sheet: what is shared with the rest of the module.
        known: the values of leaves.
        indent: what stands in front of every statement.
    """

    def __init__(self, sheet: Sheet, known: Mapping[Expr, Spread], indent: str) -> None:
        self.sheet = sheet
        self.target = sheet.target
        self.values: dict[Expr, Spread] = dict(known)
        self.indent = indent
        self.products = ProductWriter(sheet.target, sheet.sizes, sheet.like)
        self.order: Sequence[Expr] = ()

    def write(self, roots: Iterable[Expr]) -> list[Code]:
        """Write the statements for expressions, and return the codes of their whole values."""
        roots = list(roots)
        self.order = postorder(roots)
        uses = consumers(self.order)
        for root in roots:
            uses[root] = uses.get(root, 0) + 1
        for node in self.order:
            if node not in self.values:
                self._settle(node, self._value(node), uses.get(node, 0))
        return [self.whole(self.values[root]) for root in roots]

    def line(self, text: str) -> None:
        """Write a statement."""
        self.sheet.lines.append(self.indent + text)

    def _settle(self, node: Expr, value: Spread, uses: int) -> None:
        """Keep a value, under a name where it deserves one."""
        title = self.sheet.titles.get(node, "")
        text = value.code.text
        plain = value.code.level is Level.ATOM and "(" not in text
        if not plain and (title or uses > 1 or len(text) > LONGEST):
            name = self.sheet.names.name(title, "t")
            self.line(f"{name} = {text}")
            value = replace(value, code=atom(name, value.code.ndim))
        self.values[node] = value

    # -- values ---------------------------------------------------------------------------------------

    def whole(self, value: Spread) -> Code:
        """Return the code of a value with all of its axes."""
        if all(value.present):
            return value.code
        shape = f"({self.products.shape(value.sizes)}, {self.products.like})"
        ndim, text = len(value.present), value.code.text
        if text in ("0.0", "1.0"):
            return atom(f"{self.target.xp}.{'zeros' if text == '0.0' else 'ones'}{shape}", ndim)
        body = self.fitted(value, [True] * ndim)
        ones = f"{self.target.xp}.ones{shape}"
        return Code(f"{body.at_least(Level.PRODUCT)} * {ones}", Level.PRODUCT, ndim)

    def fitted(self, value: Spread, axes: Sequence[bool]) -> Code:
        """Return a value that the library repeats along those of the given axes that it has not."""
        wanted = [here for here, there in zip(value.present, axes, strict=True) if there]
        if True not in wanted:
            return value.code
        rest = wanted[wanted.index(True) :]
        if all(rest):
            return value.code
        index = ", ".join(":" if here else "None" for here in rest)
        return atom(f"{value.code.at_least(Level.ATOM)}[{index}]", len(rest))

    def _value(self, node: Expr) -> Spread:
        match node:
            case Product():
                codes = [self.values[factor] for factor in node.factors]
                return self.products.write(node, codes)
            case Sum():
                return self._sum(node)
            case Elementwise():
                argument = self.values[node.argument]
                return replace(argument, code=self._function(node, argument.code))
            case Map():
                text = self._map(node, self.whole(self.values[node.argument]))
                return Spread(atom(text, node.ndim), (True,) * node.ndim, node.sizes)
            case Operator():
                text = self._operator(node, [self.whole(self.values[child]) for child in node.children])
                return Spread(atom(text, node.ndim), (True,) * node.ndim, node.sizes)
            case Recurrence() | FinalState():
                self._loop(node)
                return self.values[node]
            case Definition():
                return self.values[node.body]
            case Ones():
                return Spread(atom("1.0", 0), (False,) * node.ndim, node.sizes)
            case Delta() | OneHot():
                code = self.products.structure(node, atom("", 0))
                return Spread(code, (True,) * node.ndim, node.sizes)
            case Size():
                return Spread(atom(self.sheet.sizes[node], 0), (), ())
        raise ArgumentError(f"a {type(node).__name__} cannot be written as source")

    def _sum(self, node: Sum) -> Spread:
        values = [self.values[term] for term in node.terms]
        axes = [any(here) for here in zip(*(value.present for value in values), strict=True)]
        first, *rest = [self.fitted(value, axes) for value in values]
        for code in rest:
            first = plus(first, code, sum(axes))
        return Spread(Code(first.text, Level.SUM, sum(axes)), tuple(axes), node.sizes)

    def _function(self, node: Elementwise, argument: Code) -> Code:
        if node.function == POWER:
            return self._power(float(node.parameters[0]), argument)
        name = node.function.name
        if node.function == ELEMENTWISE.get(name) and not node.parameters:
            if name in HELPERS:
                self.sheet.helpers.add(name)
                return atom(f"{name}({argument.text})", argument.ndim)
            ufunc = ufunc_name(node.function)
            if ufunc:
                return atom(f"{self.target.function(ufunc)}({argument.text})", argument.ndim)
        raise _no_source(name, self.target)

    def _power(self, exponent: float, base: Code) -> Code:
        if exponent == 0.5:
            return atom(f"{self.target.xp}.sqrt({base.text})", base.ndim)
        if exponent == -1:
            return Code(f"1 / {base.at_least(Level.POWER)}", Level.PRODUCT, base.ndim)
        shown = int(exponent) if exponent.is_integer() else exponent
        return Code(f"{base.at_least(Level.ATOM)}**{shown}", Level.POWER, base.ndim)

    def _map(self, node: Map, argument: Code) -> str:
        name = node.function.name
        if node.function == SUBTENSOR.get(name):
            if name in HELPERS:
                self.sheet.helpers.add(name)
                return f"{name}({argument.text})"
            if name in LINALG:
                return f"{self.target.xp}.linalg.{LINALG[name]}({argument.text})"
        raise _no_source(name, self.target)

    def _operator(self, node: Operator, arguments: Sequence[Code]) -> str:
        """Return a call that solves with a matrix for a vector or the columns of a matrix."""
        if node.operator != SOLVE or node.ndim > 2 or node.batch:
            raise _no_source(node.operator.name, self.target)
        matrix, right = arguments
        return f"{self.target.xp}.linalg.solve({matrix.text}, {right.text})"

    # -- recurrences ----------------------------------------------------------------------------------

    def _loop(self, node: Repeated) -> None:
        """Write the loop of a node, and keep the values of all nodes of the loop."""
        family, loop = family_of(node, self.order), node.loop
        outputs = outputs_of(family)
        initial = [self.whole(self.values[child]).text for child in node.initial]
        states = [self.sheet.names.name(_stem(state), "s") for state in loop.states]
        kept = [self.sheet.names.name("", "kept") for _ in outputs]
        for name, text in zip(states, initial, strict=True):
            self.line(f"{name} = {text}")
        for name in kept:
            self.line(f"{name} = []")
        time = self.sheet.names.name("t", "time")
        length = self.products.extent(loop.length)
        steps = f"reversed(range({length}))" if loop.backward else f"range({length})"
        known = {s: _array(name, s) for s, name in zip(loop.states, states, strict=True)}
        for symbol, child in zip(loop.inputs, node.sequences, strict=True):
            sequence = self._named(self.whole(self.values[child]))
            known[symbol] = _array(f"{sequence}[{time}]", symbol)
        for symbol, child in zip(loop.constants, node.constants, strict=True):
            known[symbol] = _array(self._named(self.whole(self.values[child])), symbol)
        self.line(f"for {time} in {steps}:")
        inner = Statements(self.sheet, dict(known.items()), self.indent + "    ")
        results = [code.text for code in inner.write([*outputs, *loop.following])]
        for name, text in zip(kept, results, strict=False):
            inner.line(f"{name}.append({text})")
        if states:
            inner.line(f"{', '.join(states)} = {', '.join(results[len(outputs) :])}")
        self._after(family, kept, states)

    def _after(self, family: Sequence[Repeated], kept: Sequence[str], states: Sequence[str]) -> None:
        """Write what becomes of the kept values behind a loop."""
        outputs, xp = outputs_of(family), self.target.xp
        for node in family:
            if isinstance(node, FinalState):
                self.values[node] = _array(states[node.place], node)
                continue
            assert isinstance(node, Recurrence)
            items = kept[outputs.index(node.output)]
            empty = f"{xp}.zeros({self.products.shape(node.sizes)}, {self.products.like})"
            ordered = f"{items}[::-1]" if node.loop.backward else items
            name = self.sheet.names.name(self.sheet.titles.get(node, ""), "t")
            self.line(f"{name} = {xp}.stack({ordered}) if {items} else {empty}")
            self.values[node] = _array(name, node)
        assert len(finals_of(family)) <= len(states)

    def _named(self, code: Code) -> str:
        """Return a name for a value that is used in every step."""
        if code.text.isidentifier():
            return code.text
        name = self.sheet.names.name("", "t")
        self.line(f"{name} = {code.text}")
        return name


def _array(text: str, expr: Expr) -> Spread:
    return Spread(atom(text, expr.ndim), (True,) * expr.ndim, expr.sizes)


def _stem(state: Tensor) -> str:
    return state.name.rpartition("_")[0]


def _no_source(name: str, target: Target) -> ArgumentError:
    return ArgumentError(
        f"{name} cannot be written as source for {target.name}",
        hint="compile the expression, or write the function with others",
    )
