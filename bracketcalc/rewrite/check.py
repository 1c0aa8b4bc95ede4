"""The check behind every rewriting operation: what it returns has the value of what it was given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence

from bracketcalc.expr.algebra import is_number
from bracketcalc.expr.core import Expr, Extent, Ones, Product
from bracketcalc.expr.shapes import label_sizes
from bracketcalc.notation.bracket.tree import Beside, Item
from bracketcalc.render.bracket.copies import portions
from bracketcalc.rewrite.term import BracketTerm
from bracketcalc.simplify.canonical import CanonicalTable
from bracketcalc.simplify.engine import simplify

Key = tuple[Expr, int] | None
"""An occurrence of a tensor: the tensor and its copy; None for a factor that is no portion."""

Keyed = tuple[Product, Sequence[Hashable]]
"""A product, and for each of its factors what occurrence it is; None for a factor that is no portion."""


def checked_term(operation: str, term: BracketTerm, items: Sequence[Item]) -> BracketTerm:
    """Return the term with other items, after checking that it has the value of the given one.

    Args:
        operation: what made the items, for the message.
        term: what they were made from.
        items: the new items, in which the copies have the numbers that they have in the term.

    Raises:
        AssertionError: if the value is another one: the operation is wrong.
    """
    tree = Beside(tuple(items))
    found = BracketTerm(term.coefficient, tree)
    given = term.expr, occurrences(term.tree, term.expr)
    check_value(operation, term, given, found, (found.expr, occurrences(tree, found.expr)))
    return found


def occurrences(tree: Item, product: Product) -> list[Key]:
    """Return the occurrence of a tensor that each factor of the product of a tree is."""
    found = [(one.tensor, one.copy) for one in portions(tree) if not is_number(one.tensor)]
    keys: list[Key] = list(dict.fromkeys(found))
    return keys + [None] * (len(product.factors) - len(keys))


def check_value(operation: str, given: object, one: Keyed, found: object, two: Keyed) -> None:
    """Raise an AssertionError unless two products have one value.

    They do if each occurrence of a tensor has corresponding labels in both; otherwise their canonical forms
    decide.

    Args:
        operation: what is checked, for the message.
        given: what the operation was given.
        one: its product.
        found: what the operation returns.
        two: the product of that.
    """
    if not _same_labels(one, two) and not _same_form(one[0], two[0]):
        raise AssertionError(f"{operation} changed the value of {given} when it made {found}")


def _same_form(one: Product, two: Product) -> bool:
    if one.sizes != two.sizes:
        return False
    table = CanonicalTable()
    if table.form(one) == table.form(two):
        return True
    return table.form(simplify(one)) == table.form(simplify(two))


def _same_labels(first: Keyed, second: Keyed) -> bool:
    """Return whether two products differ only in the names of labels, the order of factors, and ones."""
    one, two = first[0], second[0]
    if any(len(keys) != len(product.factors) for product, keys in (first, second)):
        return False
    if one.coefficient != two.coefficient or one.sizes != two.sizes:
        return False
    left, right = _labels(first), _labels(second)
    if left.keys() != right.keys():
        return False
    there: dict[int, int] = {}
    back: dict[int, int] = {}
    for key, names in left.items():
        for label, other in zip(names, right[key], strict=True):
            if there.setdefault(label, other) != other or back.setdefault(other, label) != label:
                return False
    for label, other in zip(one.output, two.output, strict=True):
        if (there[label] != other) if label in there else (other in back):
            return False
    return _summed_ones(one, there) == _summed_ones(two, back)


def _labels(keyed: Keyed) -> dict[Hashable, tuple[int, ...]]:
    """Return the labels of each factor that is not only ones."""
    product, keys = keyed
    found = zip(keys, product.factors, product.labels, strict=True)
    return {key: names for key, factor, names in found if not isinstance(factor, Ones)}


def _summed_ones(product: Product, carried: dict[int, int]) -> Counter[Extent]:
    """Return the sizes of the summed labels that only ones have."""
    sizes = label_sizes(product.factors, product.labels)
    free = set(product.output)
    return Counter([size for label, size in sizes.items() if label not in carried and label not in free])
