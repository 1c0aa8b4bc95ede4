"""From products and trees to formulas of the general bracket notation."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from bracketcalc.expr.core import Expr, product
from bracketcalc.notation.bracket.tree import Barred, Beside, Bracketed, Fill, Iota, Item, Portion
from bracketcalc.notation.spelled import spelled
from bracketcalc.render import layout
from bracketcalc.render.bracket.arrangement import arrangement
from bracketcalc.render.bracket.copies import marked_copies, portions
from bracketcalc.render.bracket.layout import Angle, Enclosed, Filler, Part, Row, Single
from bracketcalc.render.forms import over_one, total
from bracketcalc.render.layout import Digits, Formula, Name
from bracketcalc.render.opened import Opened

_NOTHING: Mapping[Expr, float] = MappingProxyType({})


def needs_angles(found: Opened) -> bool:
    """Return whether a product is written in ⟨ ⟩: not if one factor with axes stands as it is."""
    factors = [leaf for leaf in found.leaves if leaf.labels]
    return len(factors) > 1 or any(leaf.under or leaf.labels != found.output for leaf in factors)


def bracket_body(
    found: Opened,
    formulas: Sequence[Formula],
    braced: Container[str] = (),
    lengths: Mapping[Expr, float] = _NOTHING,
) -> tuple[list[Formula], Formula | None]:
    """Return the factors with axes in ⟨ ⟩, if they need them.

    Args:
        found: the product.
        formulas: the formula of each of its leaves.
        braced: the names that stand in braces, because with a subscript they are other names.
        lengths: how long the expressions that are no names are when they are written.
    """
    factors = [(leaf, f) for leaf, f in zip(found.leaves, formulas, strict=True) if leaf.labels]
    if not needs_angles(found):
        return [], factors[0][1] if factors else None
    written: dict[Expr, Formula] = {}
    weights: dict[Expr, float] = {}
    operands = []
    for leaf, formula in factors:
        shown = over_one(formula) if leaf.under else formula
        value, labels = leaf.value, leaf.labels
        length = lengths.get(leaf.expr, 1) + leaf.under
        if length > 1 and len(set(labels)) < len(labels):
            value, shown, labels = _diagonal(value, shown, labels)
        operands.append((value, labels))
        written[value], weights[value] = shown, length
    tree = arrangement(product(1, operands, found.output), weights.__getitem__)
    return [], Angle(term_formula(tree, written.__getitem__, braced))


def _diagonal(
    value: Expr, formula: Formula, labels: tuple[int, ...]
) -> tuple[Expr, Formula, tuple[int, ...]]:
    """Return a long factor with a label twice as its diagonal, which has every label once."""
    kept = tuple(dict.fromkeys(labels))
    groups = [tuple([(n, False) for n, one in enumerate(labels, 1) if one == label]) for label in kept]
    return product(1, [(value, labels)], kept), layout.Portions(formula, tuple(groups)), kept


_IOTAS = ("ι", "iota")
_ONE = layout.Ones(1, named=True)


def names_in_braces(names: Iterable[str]) -> frozenset[str]:
    """Return the names that stand in braces before positions: W, where W_1 is a name too, and ι.

    Example:
        >>> sorted(names_in_braces(["W", "W_1", "b"]))
        ['W']
    """
    plain = [spelled(name) for name in names]
    return frozenset([name.partition("_")[0] for name in plain if "_" in name or name in _IOTAS])


def term_formula(tree: Item, formula_of: Callable[[Expr], Formula], braced: Container[str] = ()) -> Formula:
    """Return the formula of a term, as it stands inside ⟨ ⟩.

    Args:
        tree: the arrangement of the term.
        formula_of: the formula of each tensor in it.
        braced: the names that stand in braces.
    """
    marks = iter(marked_copies(portions(tree)))
    done: list[Formula] = []
    stack: list[tuple[Item, bool, bool]] = [(tree, False, False)]
    while stack:
        item, barred, entered = stack.pop()
        if isinstance(item, Portion):
            base = formula_of(item.tensor)
            whole = item.axes == tuple(range(item.tensor.ndim))
            positions = () if whole else tuple([axis + 1 for axis in item.axes])
            in_braces = isinstance(base, Name) and base.text in braced
            done.append(Part(base, positions, next(marks), barred, in_braces))
        elif isinstance(item, Fill):
            done.append(Filler(item.count, barred))
        elif isinstance(item, Iota):
            taken = any(name in braced for name in _IOTAS)
            done.append(Part(_ONE, barred=barred) if taken else Single(barred))
        elif isinstance(item, Barred):
            stack.append((item.item, True, False))
        elif not entered:
            stack.append((item, barred, True))
            stack += [(inner, False, False) for inner in reversed(item.items)]
        else:
            first = len(done) - len(item.items)
            done[first:] = [Enclosed(tuple(done[first:]), isinstance(item, Bracketed), barred)]
    top = done[0]
    if isinstance(tree, Beside) and isinstance(top, Enclosed):
        return top.items[0] if len(top.items) == 1 else Row(top.items)
    return top


# -- sums -----------------------------------------------------------------------------------------------


def bracket_total(terms: Sequence[Formula]) -> Formula:
    """Return a sum; neighbouring terms in ⟨ ⟩ share them.

    Example:
        >>> terms = [Angle(Name("A")), layout.Negative(Angle(Name("B"))), Name("C")]
        >>> [type(part).__name__ for part in bracket_total(terms).operands]
        ['Angle', 'Name']
    """
    joined: list[Formula] = []
    run: list[Formula] = []
    for term in _opened(terms):
        if _inside(term):
            run.append(term)
            continue
        joined += [*_shared(run), term]
        run = []
    return total(tuple(joined + _shared(run)))


def _opened(terms: Sequence[Formula]) -> Iterator[Formula]:
    """Yield the terms, and those of short sums among them, which need no parentheses."""
    for term in terms:
        if isinstance(term, layout.Total) and not term.signed and len(term.terms) <= MOST_REOPENED:
            yield from term.terms
        else:
            yield term


def _shared(run: list[Formula]) -> list[Formula]:
    if len(run) < 2:
        return run
    return [Angle(total(tuple([inner for term in run for inner in _inside(term)])))]


def _inside(term: Formula) -> tuple[Formula, ...]:
    """Return a term as the terms that it is inside ⟨ ⟩; none if it may not stand there."""
    if isinstance(term, Angle):
        inner = term.body.operands if isinstance(term.body, layout.Total) else (term.body,)
        return inner if len(inner) <= MOST_REOPENED else ()
    if isinstance(term, layout.Negative):
        body = _inside(term.body)
        return (layout.Negative(body[0]),) if len(body) == 1 else ()
    if isinstance(term, layout.Scaled) and all(map(_is_number, term.scalars)):
        body = _inside(term.body)
        return (layout.Scaled(term.scalars, body[0]),) if len(body) == 1 else ()
    return ()


MOST_REOPENED = 64
"""A sum in ⟨ ⟩ with more terms than this is not continued, so that a chain of sums is written once."""


def _is_number(formula: Formula) -> bool:
    if isinstance(formula, layout.Ratio):
        return all(isinstance(part, Digits) for part in formula.operands)
    return isinstance(formula, Digits)
