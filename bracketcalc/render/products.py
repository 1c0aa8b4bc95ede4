"""The formula of a product: sign, numbers and scalars in front, then its matrix or its index form."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Sequence
from fractions import Fraction

from bracketcalc.expr.core import Delta, Expr, ImaginaryUnit, OneHot, Ones, Size, Tensor
from bracketcalc.expr.nodes import Definition
from bracketcalc.expr.number import Number
from bracketcalc.render import layout
from bracketcalc.render.forms import chain, over_one, scaled
from bracketcalc.render.items import Item, item, ones_at
from bracketcalc.render.layout import Digits, Formula
from bracketcalc.render.matrix_form import matrix_form
from bracketcalc.render.network import Network
from bracketcalc.render.opened import Leaf, Opened
from bracketcalc.simplify.structure import connected

WIDEST_DELTA = 3
"""A product with a delta of more axes is written in the index form: (s_{i} I_{ijkl} | ijkl)."""

Body = Callable[[Opened, Sequence[Formula]], tuple[list[Formula], Formula | None]]
"""From a product and the formulas of its factors to its scalar factors and what is left of it."""


def product_formula(found: Opened, formulas: Sequence[Formula], body: Body) -> Formula:
    """Return the formula of an opened product.

    Args:
        found: the product.
        formulas: the formula of each of its leaves.
        body: how the factors with axes are written.
    """
    scalars, rest = body(found, formulas)
    numbers = [(leaf, f) for leaf, f in zip(found.leaves, formulas, strict=True) if not leaf.labels]
    above = [formula for leaf, formula in numbers if not leaf.under and _is_name(leaf)]
    above += [formula for leaf, formula in numbers if not leaf.under and not _is_name(leaf)]
    below = [formula for leaf, formula in numbers if leaf.under and _is_name(leaf)]
    divisors = [formula for leaf, formula in numbers if leaf.under and not _is_name(leaf)]
    magnitude: Number = -found.coefficient if found.coefficient < 0 else found.coefficient
    formula = _with_scalars(magnitude, [*above, *scalars], below, rest)
    if divisors:
        formula = layout.Divided(formula, chain(tuple(divisors)))
    return layout.Negative(formula) if found.coefficient < 0 else formula


def _is_name(leaf: Leaf) -> bool:
    return isinstance(leaf.expr, Size | Tensor | Definition | ImaginaryUnit)


def _with_scalars(
    number: Number, above: list[Formula], below: list[Formula], body: Formula | None
) -> Formula:
    """Return number · above / below · body; below are names."""
    if body is None and number == 1 and below and above and all(isinstance(f, layout.Name) for f in above):
        return layout.Divided(chain(tuple(above)), chain(tuple(below)))
    head = _leading(number, below)
    if body is None and above:
        *above, body = above
    if body is None:
        return Digits(number) if head is None else head
    return scaled((*([] if head is None else [head]), *above), body)


def _leading(number: Number, below: list[Formula]) -> Formula | None:
    """Return the number in front, a fraction where there is a denominator, None for 1."""
    if isinstance(number, Fraction):
        denominator = (Digits(number.denominator), *below)
        return layout.Ratio(Digits(number.numerator), denominator)
    if below:
        return layout.Ratio(Digits(number), tuple(below))
    return None if number == 1 else Digits(number)


# -- the two styles -------------------------------------------------------------------------------------


def matrix_body(
    found: Opened, formulas: Sequence[Formula], braced: Container[str] = ()
) -> tuple[list[Formula], Formula | None]:
    """Return the matrix form of the factors with axes, or the index form where that would be long."""
    if _widest_delta(found) > WIDEST_DELTA:
        return index_body(found, formulas, braced)
    items: list[Item] = []
    for place, (leaf, formula) in enumerate(zip(found.leaves, formulas, strict=True)):
        if isinstance(leaf.expr, Ones) and leaf.labels:
            assert isinstance(formula, layout.Ones)
            items.append(ones_at(leaf.labels[0], formula))
        elif leaf.labels:
            items.append(item(formula, leaf.labels, place, under=leaf.under))
    result = matrix_form(Network(items, found.output, found.sizes))
    return index_body(found, formulas, braced) if result is None else result


def index_body(
    found: Opened, formulas: Sequence[Formula], braced: Container[str] = ()
) -> tuple[list[Formula], Formula | None]:
    """Return the index form (A_{ij} B_{jk} | ik) of the factors with axes (paper (1)).

    Args:
        found: the product.
        formulas: the formula of each of its leaves.
        braced: the names that other names go on with an underscore.
    """
    factors = [(leaf, f) for leaf, f in zip(found.leaves, formulas, strict=True) if leaf.labels]
    if not factors:
        return [], None
    if len(factors) == 1 and factors[0][0].labels == found.output and not factors[0][0].under:
        return [], factors[0][1]
    fixed = _fixed_labels(found)
    factors = [(leaf, f) for leaf, f in factors if not (_is_unit(leaf) and leaf.labels[0] in fixed)]
    names: dict[int, str | int] = dict(fixed)
    free: dict[int, str] = {}
    for leaf, _ in factors:
        for label in leaf.labels:
            if label not in names:
                names[label] = free[label] = _letter(len(free))
    written = [
        (over_one(formula) if leaf.under else formula, tuple([names[label] for label in leaf.labels]))
        for leaf, formula in factors
    ]
    shown, indices = zip(*_with_wide_identities(written), strict=True)
    output = tuple([free[label] for label in found.output])
    return [], layout.Indexed(shown, indices, output, braced)


_Written = tuple[Formula, tuple[str | int, ...]]
"""A factor of an index form, and its indices."""


def _with_wide_identities(factors: Sequence[_Written]) -> list[_Written]:
    """Return the factors with I_{ij} I_{jk} as one I_{ijk}, where no size is named."""
    found: list[_Written] = []
    for formula, indices in factors:
        place = next((k for k, other in enumerate(found) if _meets(other, (formula, indices))), None)
        if place is None:
            found.append((formula, indices))
        else:
            found[place] = formula, tuple(dict.fromkeys((*found[place][1], *indices)))
    return found


def _meets(one: _Written, two: _Written) -> bool:
    """Return whether two factors are identities without a named size that have an index in common."""
    return not set(one[1]).isdisjoint(two[1]) and all(
        isinstance(formula, layout.Identity) and not formula.named and len(set(indices)) == len(indices)
        for formula, indices in (one, two)
    )


def _widest_delta(found: Opened) -> int:
    """Return the most labels that identities tie together."""
    pairs = [set(leaf.labels) for leaf in found.leaves if isinstance(leaf.expr, Delta)]
    return max(map(len, connected(pairs, set())), default=0)


def _fixed_labels(found: Opened) -> dict[int, int]:
    """Return the summed labels of one-hots that another factor has, with their indices counted from 1.

    Where a size may follow from a letter, because a constant or a long formula has it, it stays one.
    """
    carriers = Counter([label for leaf in found.leaves if not _is_unit(leaf) for label in leaf.labels])
    others = set(carriers).difference(found.output)
    for leaf in found.leaves:
        if isinstance(leaf.expr, Delta | Ones):
            others.difference_update(leaf.labels)
        elif not _is_unit(leaf) and not _is_tensor(leaf.expr):
            others.difference_update([label for label in leaf.labels if carriers[label] > 1])
    indices: dict[int, set[int]] = {}
    for leaf in found.leaves:
        if _is_unit(leaf) and leaf.labels[0] in others:
            indices.setdefault(leaf.labels[0], set()).add(leaf.expr.data[0] + 1)
    # Two different indices of one label make the product zero.
    return {label: min(values) for label, values in indices.items() if len(values) == 1}


def _is_tensor(expr: Expr) -> bool:
    """Return whether an expression is a named tensor, or functions of one."""
    while len(expr.children) == 1 and not isinstance(expr, Definition):
        (expr,) = expr.children
    return isinstance(expr, Tensor | Definition)


def _is_unit(leaf: Leaf) -> bool:
    return isinstance(leaf.expr, OneHot) and not leaf.under


def _letter(number: int) -> str:
    """Return i, j, … z, a, … h, then i_{1}, j_{1} and so on."""
    letter = "ijklmnopqrstuvwxyzabcdefgh"[number % 26]
    return letter if number < 26 else f"{letter}_{{{number // 26}}}"
