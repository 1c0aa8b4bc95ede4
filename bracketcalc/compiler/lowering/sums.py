"""Lowering a sum: equal factors stay outside, small terms are added first, deltas go on the diagonal."""

from __future__ import annotations

from collections.abc import Sequence

from bracketcalc.compiler.lowering.value import Value, aligned, dense, over_labels, scaled_core
from bracketcalc.compiler.program.builder import Builder
from bracketcalc.compiler.program.operands import Place
from bracketcalc.compiler.program.steps import Constant, Kind, Operand
from bracketcalc.expr.number import Number, as_number, times


def lower_sum(b: Builder, values: Sequence[Value]) -> Value:
    """Return the sum of at least one value; all have one shape."""
    if all(value.is_plain for value in values):
        return _add_alike(b, [_canonical(value) for value in values])
    patterns: dict[Place, list[Value]] = {}
    for value in values:
        patterns.setdefault(value.place, []).append(_canonical(value))
    parts = [_add_alike(b, terms) for terms in patterns.values()]
    if len(parts) == 1:
        return parts[0]
    parts.sort(key=lambda part: len(part.loose), reverse=True)
    base = dense(b, parts[0])
    for part in parts[1:]:
        base = b.add_diagonal(base, over_labels(b, scaled_core(b, part), part, part.loose), part.place)
    labels = tuple(range(len(parts[0].shape)))
    return Value(parts[0].shape, labels, base, labels)


def _canonical(value: Value) -> Value:
    """Return the value with the first axis of each label as its name, so that equal places have equal axes.

    Two axes with equal pins have one label or two: they get two.
    """
    if not value.pins and value.axes == tuple(range(len(value.axes))):
        return value
    pinned = dict(value.pins)
    return value._replace(
        axes=tuple([axis if x in pinned else value.axes.index(x) for axis, x in enumerate(value.axes)]),
        core=tuple([value.axes.index(label) for label in value.core]),
        pins=tuple([(axis, pinned[label]) for axis, label in enumerate(value.axes) if label in pinned]),
    )


def _add_alike(b: Builder, terms: list[Value]) -> Value:
    """Return the sum of values that have equal ``axes`` and equal ``pins``."""
    first = terms[0]
    if len(terms) == 1:
        return first
    constants = [term for term in terms if term.is_constant]
    arrays = [term for term in terms if not term.is_constant]
    number: Number = 0
    for term in constants:
        number = as_number(number + term.coefficient)
    if not arrays:
        return Value(first.shape, first.axes, coefficient=number, pins=first.pins)
    common: Number = 1
    scalars: tuple[int, ...] = ()
    if not constants:
        arrays, common, scalars = _factor_out(arrays)
    labels = tuple([x for x in dict.fromkeys(first.axes) if any(x in term.core for term in arrays)])
    slot = _accumulate(b, arrays, labels, number if constants else None)
    if not labels:
        return Value(first.shape, first.axes, None, (), common, (*scalars, slot), first.pins)
    return Value(first.shape, first.axes, slot, labels, common, scalars, first.pins)


Signed = tuple[Operand, int]
"""An operand, and its sign."""


def _factor_out(terms: list[Value]) -> tuple[list[Value], Number, tuple[int, ...]]:
    """Return the terms divided by their common factor, that factor, and their common scalars."""
    scalars = terms[0].scalars
    if any(term.scalars != scalars or term.slot is None for term in terms):
        scalars = ()
    elif scalars:
        terms = [term._replace(scalars=()) for term in terms]
    coefficient = terms[0].coefficient
    if coefficient == 0 or any(term.coefficient not in (coefficient, -coefficient) for term in terms):
        return terms, 1, scalars
    if all(term.coefficient < 0 for term in terms):
        signs: list[Number] = [1] * len(terms)
        common = coefficient
    else:
        signs = [1 if term.coefficient > 0 else -1 for term in terms]
        common = coefficient if coefficient > 0 else -coefficient
    terms = [term._replace(coefficient=sign) for term, sign in zip(terms, signs, strict=True)]
    return terms, common, scalars


def _accumulate(b: Builder, terms: list[Value], labels: tuple[int, ...], number: Number | None) -> int:
    """Return the sum of the cores over ``labels``, plus a number; terms with equal labels first."""
    rows = _one_hot_rows(b, terms, labels)
    groups: dict[frozenset[int], list[Value]] = {}
    for term in [term for term in terms if term not in rows]:
        groups.setdefault(frozenset(term.core), []).append(term)
    total: Signed | None = None if number is None else (Constant(number), 1)
    for _, members in sorted(groups.items(), key=lambda item: len(item[0])):
        part: Signed | None = None
        for term in members:
            part = _signed_sum(b, part, _signed(b, term, labels))
        assert part is not None
        total = _signed_sum(b, total, part)
    assert total is not None
    slot, sign = total
    assert isinstance(slot, int)
    for term in rows:
        assert term.slot is not None
        slot = b.add_one_hot(slot, b.steps[term.slot].slots[0], times(term.coefficient, sign))
    return b.scale(slot, sign)


def _one_hot_rows(b: Builder, terms: Sequence[Value], labels: tuple[int, ...]) -> list[Value]:
    """Return the multiples of one-hot rows that are best added in place to the sum of the others."""
    rows = [
        term
        for term in terms
        if term.slot is not None
        and b.steps[term.slot].kind is Kind.ONE_HOT
        and term.core == labels
        and not term.scalars
    ]
    return rows if any(set(term.core) == set(labels) for term in terms if term not in rows) else []


def _signed(b: Builder, term: Value, labels: tuple[int, ...]) -> Signed:
    """Return a term as an operand over ``labels``, and its sign."""
    sign = -1 if not term.scalars and term.coefficient == -1 else 1
    core = scaled_core(b, term._replace(coefficient=1) if sign == -1 else term)
    return (core if term.slot is None else aligned(b, core, term.core, labels)), sign


def _signed_sum(b: Builder, left: Signed | None, right: Signed) -> Signed:
    """Return the sum of two signed operands, with a sign of its own."""
    if left is None:
        return right
    if left[1] == right[1]:
        return b.binary(Kind.ADD, left[0], right[0]), left[1]
    first, second = (left, right) if left[1] == 1 else (right, left)
    return b.binary(Kind.SUBTRACT, first[0], second[0]), 1
