"""Multiplying out, and writing terms with the names of what they contain: s for exp(x) / (𝟏ᵀ exp(x)).

A derivative of a quotient or a product holds the factors of the body, but not the body as a whole: they
are mixed with other factors, or some of them have a higher power.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from bracketcalc.expr.core import POWER, Elementwise, Expr, Product, Sum, product
from bracketcalc.expr.nodes import Definition
from bracketcalc.expr.number import Number, as_number, ratio
from bracketcalc.simplify.canonical import CanonicalTable
from bracketcalc.simplify.engine import simplify
from bracketcalc.simplify.powers import as_power
from bracketcalc.simplify.products import Operand, as_product, flatten, operands, unwrap_single_factor
from bracketcalc.simplify.sums import collect_like_terms

MOST_NAMES = 20
"""How many names are put into one term."""

MOST_TERMS = 64
"""How many terms a sum may have after multiplying out; a product that would give more stays."""


class _Factor(NamedTuple):
    """A power of a base, with the number of the base's canonical form; None where it has a coefficient."""

    base: Expr
    number: int | None
    exponent: Number
    labels: tuple[int, ...]


def multiplied_out(expr: Expr, definitions: Iterable[Definition] = ()) -> Expr:
    """Return an equal sum of products, with a name where a term has all factors of a definition's body.

    Bodies with summed axes, or that are no products, are not looked for.

    Example:
        >>> from bracketcalc.expr.build import define, tensors
        >>> x, c = tensors("x[n] c")
        >>> s = define("s", x / c)
        >>> multiplied_out(x * (x / c + 1), [s]).terms == (s * x, x)
        True
    """
    table = CanonicalTable()
    bodies = [(named, _body(named)) for named in definitions]
    known = [(named, body) for named, body in bodies if body is not None]
    terms = [_term(term, known, table) for term in _terms(simplify(expr))]
    if len(terms) < 2:
        return terms[0]
    return collect_like_terms(CanonicalTable())(Sum(terms)) or Sum(terms)


def _terms(expr: Expr) -> list[Product]:
    """Return the products whose sum is the expression."""
    done: list[Product] = []
    pending = [flatten(as_product(expr))]
    while pending:
        term = pending.pop()
        place = next((k for k, factor in enumerate(term.factors) if isinstance(factor, Sum)), None)
        inner = () if place is None else term.factors[place].children
        if place is None or len(done) + len(pending) + len(inner) > MOST_TERMS:
            done.append(term)
            continue
        found = operands(term)
        for part in reversed(inner):
            found[place] = (part, term.labels[place])
            pending.append(flatten(product(term.coefficient, found, term.output)))
    return done


def _body(named: Definition) -> Product | None:
    """Return the body as a flat product; None where an axis is summed, or there is one factor."""
    body = flatten(as_product(simplify(named.body)))
    carried = {label for labels in body.labels for label in labels}
    summed = carried.difference(body.output)
    return None if summed or len(body.factors) < 2 or body.coefficient == 0 else body


def _term(term: Product, known: Sequence[tuple[Definition, Product]], table: CanonicalTable) -> Expr:
    for _ in range(MOST_NAMES):
        replaced = next(
            (found for named, body in known if (found := _replaced(term, named, body, table)) is not None),
            None,
        )
        if replaced is None:
            break
        term = replaced
    return unwrap_single_factor(term) or term


def _replaced(term: Product, named: Definition, body: Product, table: CanonicalTable) -> Product | None:
    """Return the term with one occurrence of the body replaced by its name, None if there is none."""
    inside, wanted = _factors(term, table), _factors(body, table)
    match = _match(inside, wanted, 0, {}, {})
    if match is None:
        return None
    labels, taken = match
    left = []
    for place, factor in enumerate(inside):
        exponent = as_number(factor.exponent - taken.get(place, 0))
        if exponent != 0:
            power = factor.base if exponent == 1 else Elementwise(POWER, (exponent,), factor.base)
            left.append((place, power, factor.labels))
    first = min(place for place in taken if inside[place].labels or not named.ndim)
    found: list[Operand] = [(expr, own) for place, expr, own in left if place < first]
    found.append((named, tuple([labels[label] for label in body.output])))
    found += [(expr, own) for place, expr, own in left if place >= first]
    return product(ratio(term.coefficient, body.coefficient), found, term.output)


def _factors(expr: Product, table: CanonicalTable) -> list[_Factor]:
    found = []
    for factor, labels in operands(expr):
        base, exponent = as_power(factor)
        coefficient, number = table.form(base)
        found.append(_Factor(base, number if coefficient == 1 else None, exponent, labels))
    return found


_Match = tuple[dict[int, int], dict[int, Number]]
"""The label in the term for each label of the body, and the exponents taken from factors of the term."""


def _match(
    inside: Sequence[_Factor],
    wanted: Sequence[_Factor],
    start: int,
    labels: dict[int, int],
    taken: dict[int, Number],
) -> _Match | None:
    """Find the factors of a body among those of a term; a body has few factors, so this ends soon."""
    if start == len(wanted):
        return labels, taken
    want = wanted[start]
    for place, factor in enumerate(inside):
        left: Number = as_number(factor.exponent - taken.get(place, 0))
        enough = left >= want.exponent if want.exponent > 0 else left <= want.exponent
        if want.number is None or factor.number != want.number or not enough:
            continue
        renamed = dict(labels)
        pairs = zip(want.labels, factor.labels, strict=True)
        if all(renamed.setdefault(one, two) == two for one, two in pairs):
            used = {**taken, place: as_number(taken.get(place, 0) + want.exponent)}
            found = _match(inside, wanted, start + 1, renamed, used)
            if found is not None:
                return found
    return None
