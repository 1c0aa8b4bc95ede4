"""From expressions with known sizes to a program: one visit to each distinct node, children first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from bracketcalc.compiler.lowering.axes import AxesTable
from bracketcalc.compiler.lowering.environments import Environments
from bracketcalc.compiler.lowering.functions import lower_elementwise, lower_map, lower_operator
from bracketcalc.compiler.lowering.loops import (
    LoopBody,
    emit_parts,
    family_of,
    finals_of,
    outputs_of,
    pairs_of,
)
from bracketcalc.compiler.lowering.networks import Member, find_members
from bracketcalc.compiler.lowering.opening import with_opened_sums
from bracketcalc.compiler.lowering.products import lower_product
from bracketcalc.compiler.lowering.scalings import with_opened_scalings
from bracketcalc.compiler.lowering.sums import lower_sum
from bracketcalc.compiler.lowering.value import Value, array_value, dense, settled
from bracketcalc.compiler.paths.found import PathTable
from bracketcalc.compiler.program.builder import Builder
from bracketcalc.compiler.program.fields import complex_slots
from bracketcalc.compiler.program.parts import Assembled, Cast, Parts
from bracketcalc.compiler.program.schedule import scheduled
from bracketcalc.compiler.program.steps import Kind, Program, count
from bracketcalc.errors import BracketCalcError
from bracketcalc.expr.core import (
    Delta,
    Elementwise,
    Expr,
    Extent,
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
from bracketcalc.functions.exponential import EXP
from bracketcalc.functions.piecewise import MANY, RELU, SIGN, STEP
from bracketcalc.functions.softmax import LOG_SOFTMAX, SOFTMAX
from bracketcalc.traverse import consumers, postorder


class Lowering:
    """The state of one translation: the program so far and the value of each node.

    Args:
        sizes: the value of each symbolic size.
        positions: the position of each tensor among the arguments.
        casts: the positions whose arrays do not have the dtype of the program.
        paths: where the order of contractions is found.
        constants: the positions of the tensors that are known before any call.
    """

    def __init__(
        self,
        sizes: Mapping[str, int],
        positions: Mapping[str, int],
        casts: frozenset[int],
        paths: PathTable,
        constants: Collection[int] = (),
    ) -> None:
        self.builder = Builder(paths, constants)
        self.axes = AxesTable()
        self.values: dict[Expr, Value] = {}
        self.notes: dict[int, Expr] = {}
        self.sizes = sizes
        self.positions = positions
        self.casts = casts
        self.uses: Mapping[Expr, int] = {}
        self.inside_products: frozenset[Expr] = frozenset()
        self.alike: Counter[Any] = Counter()
        self.order: Sequence[Expr] = ()
        self.parts: dict[Repeated, int] = {}
        self.members: Mapping[Product, Member] = {}
        self.environments = Environments(self.builder)
        self.assemblies: dict[Parts, int] = {}

    def program(
        self, roots: Sequence[Expr], shapes: tuple[tuple[int, ...], ...], real: Sequence[bool] = ()
    ) -> Program:
        """Return the program that computes the roots; ``real`` tells which results are real arrays."""
        roots = self._opened(roots)
        self._translate(roots)
        taken: set[int] = set()
        slots = self._dense(roots)
        for place, is_real in enumerate(real):
            if not is_real:
                slots[place] = self.builder.as_complex(slots[place])
        outputs = [self.builder.finish(slot, taken) for slot in slots]
        return scheduled(Program(tuple(self.builder.steps), tuple(outputs), shapes, self.notes))

    def step_program(
        self, results: Sequence[tuple[Expr, Expr]], shapes: tuple[tuple[int, ...], ...]
    ) -> Program:
        """Return the program of a step of a loop, whose results need no buffers of their own.

        Each result is complex where the expression before it is.
        """
        roots = self._opened([root for _, root in results])
        self._translate(roots)
        slots = self._dense(roots)
        for place, (kind, _) in enumerate(results):
            if not kind.is_real:
                slots[place] = self.builder.as_complex(slots[place])
        return scheduled(Program(tuple(self.builder.steps), tuple(slots), shapes, self.notes))

    def _opened(self, roots: Sequence[Expr]) -> list[Expr]:
        known = [name for name, place in self.positions.items() if place in self.builder.constants]
        opened = with_opened_sums(roots, self.sizes, self.builder.paths, known)
        return with_opened_scalings(opened, self.sizes, self.builder.paths, known)

    def _dense(self, roots: Sequence[Expr]) -> list[int]:
        slots = []
        for root in roots:
            slot = dense(self.builder, self.values[root])
            self.notes.setdefault(slot, root)
            slots.append(slot)
        return slots

    def _translate(self, roots: Sequence[Expr]) -> None:
        """Find the value of every node below the roots."""
        order = postorder(roots)
        self.order = order
        self.members = find_members(order)
        uses = consumers(order)
        for root in roots:
            uses[root] = uses.get(root, 0) + 1
        self.uses = uses
        parents = {child for node in order if isinstance(node, Product) for child in node.children}
        others = {child for node in order if not isinstance(node, Product) for child in node.children}
        self.inside_products = frozenset(parents - others - set(roots))
        self.alike = Counter([_without_number(node) for node in order if isinstance(node, Product)])
        for node in order:
            value = self.lower(node)
            self.values[node] = settled(self.builder, value) if uses[node] > 1 else value
            self.note(node)

    def note(self, node: Expr) -> None:
        """Remember that a slot holds the value of a node, where nothing else is needed for it."""
        value = self.values[node]
        if value.coefficient != 1:
            return
        if value.slot is not None and not value.scalars and value.core == value.axes:
            self.notes.setdefault(value.slot, node)
        elif value.slot is None and len(value.scalars) == 1 and not value.axes:
            self.notes.setdefault(value.scalars[0], node)

    def logarithm(self, node: Map) -> Value | None:
        """Return the value of log_softmax where it was computed already and softmax is wanted."""
        if node.function != SOFTMAX:
            return None
        return self.values.get(Map(LOG_SOFTMAX, node.argument, node.batch))

    def rectified(self, node: Elementwise) -> Value | None:
        """Return the value of relu where it was computed already and step(x) is wanted, of few elements."""
        if node.function != STEP or count(self.extents(node.sizes)) >= MANY:
            return None
        return self.values.get(Elementwise(RELU, (), node.argument))

    def loop(self, node: Repeated) -> int:
        """Return the slot of a node of a loop; the first one of a loop makes the parts of all."""
        if node in self.parts:
            return self.parts[node]
        family = family_of(node, self.order)
        loop = node.loop
        positions = {symbol.name: place for place, symbol in enumerate(loop.symbols)}
        shapes = tuple([self.extents(symbol.sizes) for symbol in loop.symbols])
        step = Lowering(self.sizes, positions, frozenset(), self.builder.paths)
        results = [*zip(loop.states, loop.following, strict=True), *((x, x) for x in outputs_of(family))]
        body = LoopBody(
            program=step.step_program(results, shapes),
            states=len(loop.states),
            inputs=len(loop.inputs),
            length=self.extents([loop.length])[0],
            backward=loop.backward,
            finals=tuple(finals_of(family)),
            pairs=pairs_of(loop, outputs_of(family)),
        )
        operands = [dense(self.builder, self.values[child]) for child in node.children]
        for place, symbol in enumerate(loop.symbols):
            if not symbol.is_real:
                operands[place] = self.builder.as_complex(operands[place])
        self.parts.update(emit_parts(self.builder, family, body, operands))
        return self.parts[node]

    def assembled(self, node: Assembled) -> int:
        """Return the slot of a result of a computation in parts, which is made once for all of them."""
        parts = node.parts
        if parts not in self.assemblies:
            operands = [dense(self.builder, self.values[child]) for child in node.children]
            self.assemblies[parts] = self.builder.emit(Kind.PARTS, operands, (0,), (parts,))
        output = parts.whole.outputs[node.place]
        complex_ = (True,) if complex_slots(parts.whole.steps)[output] else ()
        place = (node.place, False, *complex_)
        return self.builder.emit(Kind.PART, (self.assemblies[parts],), parts.shapes[node.place], place)

    def extents(self, extents: Sequence[Extent]) -> tuple[int, ...]:
        """Return the numbers that the sizes are."""
        return tuple([self.sizes[x.name] if isinstance(x, Size) else x for x in extents])

    def product(self, node: Product, arguments: Sequence[Value]) -> Value:
        """Return the value of a product."""
        member = self.members.get(node)
        shared = None if member is None else self.environments.value(member, node, arguments)
        if shared is not None:
            return shared
        fold = self.uses[node] > 1 or node not in self.inside_products
        # A multiple of another product is computed from that one.
        fold = fold and self.alike[_without_number(node)] == 1
        return lower_product(self.builder, node, arguments, self.axes.find(node, arguments), fold)

    def lower(self, node: Expr) -> Value:
        """Return the value of a node whose children have values."""
        b = self.builder
        arguments = [self.values[child] for child in node.children]
        match node:
            case Product():
                return self.product(node, arguments)
            case Sum():
                return lower_sum(b, arguments)
            case Elementwise():
                positive = self.rectified(node)
                if positive is not None:
                    return lower_elementwise(b, Elementwise(SIGN, (), node), positive)
                return lower_elementwise(b, node, arguments[0])
            case Definition():
                return arguments[0]
        return self._of_shape(node, arguments, self.extents(node.sizes))

    def _of_shape(self, node: Expr, arguments: Sequence[Value], shape: tuple[int, ...]) -> Value:
        """Return the value of a leaf, or of a node whose axes do not follow from those of its children."""
        b = self.builder
        match node:
            case Tensor():
                position = self.positions[node.name]
                slot = b.input(position, shape, position in self.casts, not node.is_real)
                return array_value(slot, shape)
            case Map():
                known = self.logarithm(node)
                if known is not None:
                    return lower_elementwise(b, Elementwise(EXP, (), node), known)
                return lower_map(b, node, arguments[0], shape)
            case Recurrence() | FinalState():
                return array_value(self.loop(node), shape)
            case Assembled():
                return array_value(self.assembled(node), shape)
            case Cast():
                kind = Kind.CAST if node.is_real else Kind.CAST_COMPLEX
                return array_value(b.emit(kind, (dense(b, arguments[0]),), shape), shape)
            case Operator():
                return lower_operator(b, node, arguments, shape)
            case Ones():
                return Value(shape, tuple(range(len(shape))))
            case Delta():
                return Value(shape, (0,) * len(shape))
            case OneHot():
                return Value(shape, (0,), pins=((0, node.index),))
            case ImaginaryUnit():
                return array_value(b.emit(Kind.IMAGINARY, (), ()), ())
            case Size():
                return Value((), (), coefficient=self.sizes[node.name])
        raise BracketCalcError(f"the compiler does not know the node {type(node).__name__}")


def _without_number(node: Product) -> tuple[Any, ...]:
    """Return what products have in common that are multiples of each other."""
    return node.factors, node.labels, node.output
