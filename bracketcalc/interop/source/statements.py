"""The statements of a written module: one for each value that has a name, is used often, or is long."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from bracketcalc.compiler.lowering.loops import family_of, finals_of, outputs_of
from bracketcalc.errors import ArgumentError
from bracketcalc.expr.core import (
    Delta,
    Elementwise,
    Expr,
    ImaginaryUnit,
    OneHot,
    Ones,
    Product,
    Size,
    Sum,
    Tensor,
)
from bracketcalc.expr.nodes import Definition, Map, Operator
from bracketcalc.expr.recurrence import FinalState, Recurrence, Repeated
from bracketcalc.interop.source.code import Code, Level, atom, call, plus
from bracketcalc.interop.source.contraction import LONGEST
from bracketcalc.interop.source.functions import write_elementwise, write_map, write_operator
from bracketcalc.interop.source.products import write_product, write_structure
from bracketcalc.interop.source.sheet import Block, Sheet
from bracketcalc.interop.source.values import NOTHING, Spread, whole_value
from bracketcalc.traverse import consumers, postorder


class Statements:
    """Writes the statements that compute expressions.

    Args:
        sheet: what is shared with the rest of the module.
        known: the values of leaves.
        indent: what stands in front of every statement.
    """

    def __init__(self, sheet: Sheet, known: Mapping[Expr, Spread], indent: str) -> None:
        self.sheet = sheet
        self.block = Block(sheet, indent)
        self.values: dict[Expr, Spread] = dict(known)
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
                self.values[node] = self._settled(node, self._value(node), uses.get(node, 0))
        return [self.whole(self.values[root]) for root in roots]

    def _settled(self, node: Expr, value: Spread, uses: int) -> Spread:
        """Return a value, under a name where it deserves one; structure stays what it is."""
        title = self.sheet.titles.get(node, "")
        text = value.code.text
        plain = value.code.level is Level.ATOM and "(" not in text
        if plain or value.known != NOTHING or not (title or uses > 1 or len(text) > LONGEST):
            return value
        wanted = title or ("eye" if isinstance(node, Delta) else "t")
        return replace(value, code=self.block.named(value.code, wanted))

    # -- values ---------------------------------------------------------------------------------------

    def whole(self, value: Spread) -> Code:
        """Return the code of a value with all of its axes."""
        if all(value.present):
            return value.code
        shape = self.block.shape(value.sizes)
        ndim, text = len(value.present), value.code.text
        if text in ("0.0", "1.0"):
            return atom(self.block.made("zeros" if text == "0.0" else "ones", shape), ndim)
        body = self.fitted(value, [True] * ndim)
        ones = self.block.made("ones", shape)
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
        values = [self.values[child] for child in node.children]
        match node:
            case Product():
                return write_product(self.block, node, values)
            case Sum():
                return self._sum(node, values)
            case Elementwise():
                return write_elementwise(self.block, node, values[0])
            case Map():
                return write_map(self.block, node, values[0], self.whole(values[0]))
            case Operator():
                return write_operator(self.block, node, [self.whole(value) for value in values])
            case Recurrence() | FinalState():
                self._loop(node)
                return self.values[node]
            case Definition():
                return values[0]
            case Delta() | OneHot():
                return write_structure(self.block, node)
            case Ones():
                return Spread(atom("1.0", 0), (False,) * node.ndim, node.sizes, is_number=True)
            case Size():
                return Spread(atom(self.sheet.sizes[node], 0), (), (), is_number=True)
            case ImaginaryUnit():
                return Spread(atom("1j", 0), (), (), is_number=True)
        raise ArgumentError(f"a {type(node).__name__} cannot be written as source")

    def _sum(self, node: Sum, values: Sequence[Spread]) -> Spread:
        axes = [any(here) for here in zip(*(value.present for value in values), strict=True)]
        first, *rest = [self.fitted(value, axes) for value in values]
        for code in rest:
            first = plus(first, code, sum(axes))
        is_number = all(value.is_number for value in values)
        return Spread(Code(first.text, Level.SUM, sum(axes)), tuple(axes), node.sizes, is_number)

    # -- recurrences ----------------------------------------------------------------------------------

    def _loop(self, node: Repeated) -> None:
        """Write the loop of a node, and keep the values of all nodes of the loop."""
        block, loop = self.block, node.loop
        family = family_of(node, self.order)
        outputs = outputs_of(family)
        initial = list(map(self._start, loop.states, node.initial))
        states = [block.fresh(_stem(state), "s") for state in loop.states]
        time = block.fresh("time", "time")
        known = self._inside(node, states, time)
        kept = [block.fresh("kept", "kept") for _ in outputs]
        for name, text in zip(states, initial, strict=True):
            block.line(f"{name} = {text}")
        for name in kept:
            block.line(f"{name} = []")
        times = f"range({block.extent(loop.length)})"
        block.line(f"for {time} in {f'reversed({times})' if loop.backward else times}:")
        inner = Statements(self.sheet, known, block.indent + "    ")
        results = [code.text for code in inner.write([*outputs, *loop.following])]
        for name, text in zip(kept, results, strict=False):
            inner.block.line(f"{name}.append({text})")
        if states:
            inner.block.line(f"{', '.join(states)} = {', '.join(results[len(outputs) :])}")
        self._after(family, kept, states)

    def _start(self, state: Tensor, child: Expr) -> str:
        """Return the code of a state before the first step, complex where the state is."""
        code = self.whole(self.values[child])
        return code.text if child.is_real == state.is_real else f"{code.text} + 0j"

    def _inside(self, node: Repeated, states: Sequence[str], time: str) -> dict[Expr, Spread]:
        """Return what the symbols of a loop stand for in its steps."""
        loop = node.loop
        codes = [*states]
        for child in node.sequences:
            codes.append(f"{self.block.named(self.whole(self.values[child])).text}[{time}]")
        for child in node.constants:
            codes.append(self.block.named(self.whole(self.values[child])).text)
        return {
            symbol: whole_value(atom(code, symbol.ndim), symbol.sizes)
            for symbol, code in zip(loop.symbols, codes, strict=True)
        }

    def _after(self, family: Sequence[Repeated], kept: Sequence[str], states: Sequence[str]) -> None:
        """Write what becomes of the kept values behind a loop."""
        outputs, block = outputs_of(family), self.block
        for node in family:
            if isinstance(node, FinalState):
                name = states[node.place]
            else:
                assert isinstance(node, Recurrence)
                items = kept[outputs.index(node.output)]
                ordered = f"{items}[::-1]" if node.loop.backward else items
                shape = block.shape(node.sizes)
                like = self.sheet.like or f"{block.xp}.zeros(())"
                code = atom(call("stacked", ordered, shape, like), node.ndim)
                name = block.named(code, self.sheet.titles.get(node, "t")).text
            self.values[node] = whole_value(atom(name, node.ndim), node.sizes)
        assert len(finals_of(family)) <= len(states)


def _stem(state: Tensor) -> str:
    return state.name.rpartition("_")[0]
