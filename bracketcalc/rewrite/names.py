"""Renaming the tensors of a term."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bracketcalc.errors import ArgumentError
from bracketcalc.expr.build import tensor as declared
from bracketcalc.expr.core import Expr, product
from bracketcalc.expr.nodes import check_sizes_equal_to
from bracketcalc.expr.shapes import describe
from bracketcalc.notation.bracket.tree import Item, Portion
from bracketcalc.render.bracket.copies import portions
from bracketcalc.rewrite.check import check_value, occurrences
from bracketcalc.rewrite.places import Named, occurrence
from bracketcalc.rewrite.term import BracketTerm, of_term
from bracketcalc.rewrite.trees import rebuilt


@of_term
def rename(term: BracketTerm, names: Mapping[Named, Named]) -> BracketTerm:
    """Return the term with other tensors in the places of some of its tensors.

    All of them are replaced at once, so two can exchange their names.

    Args:
        term: the term.
        names: for a tensor or its name, a new name, or an expression of the same sizes.

    Raises:
        ArgumentError: if a tensor is not in the term, or the new name is another tensor's in it.
        ShapeError: for an expression of other sizes.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> from bracketcalc.rewrite.term import bracket_term
        >>> A, B = tensors("A[i,j] B[j,k]")
        >>> print(rename(bracket_term(A @ B), {"A": "U", B: "V"}))
        ⟨U_1 [U̅_2 V_1] V_2⟩
    """
    new: dict[Expr, Expr] = {}
    for old, name in names.items():
        found = occurrence(term, old, None).tensor
        value = declared(name, found.sizes) if isinstance(name, str) else name
        check_sizes_equal_to(value, found.sizes, f"a replacement of {describe(found)}")
        new[found] = value
    written = portions(term.tree)
    _check_names(term, names, new, [one.tensor for one in written])
    # Copies of two tensors stay apart if both get one name.
    tensors = dict.fromkeys([one.tensor for one in written])
    first = {tensor: place * len(written) for place, tensor in enumerate(tensors)}

    def renamed(item: Item) -> Item:
        if not isinstance(item, Portion):
            return item
        return Portion(new.get(item.tensor, item.tensor), item.copy + first[item.tensor], item.axes)

    tree = rebuilt(term.tree, renamed)
    found_term = BracketTerm(term.coefficient, tree)
    old_keys = [
        None if key is None else first[key[0]] + key[1] for key in occurrences(term.tree, term.expr)
    ]
    keys = [None if key is None else key[1] for key in occurrences(tree, found_term.expr)]
    factors = [new.get(factor, factor) for factor in term.expr.factors]
    expected = product(
        term.coefficient, list(zip(factors, term.expr.labels, strict=True)), term.expr.output
    )
    check_value("rename", term, (expected, old_keys), found_term, (found_term.expr, keys))
    return found_term


def _check_names(
    term: BracketTerm, names: Mapping[Named, Named], new: Mapping[Expr, Expr], tensors: Sequence[Expr]
) -> None:
    """Raise an ArgumentError if a name would then be that of two tensors."""
    texts = [name for name in names.values() if isinstance(name, str)]
    kept = {str(getattr(tensor, "name", "")) for tensor in tensors if tensor not in new}
    for name in texts:
        if name in kept or texts.count(name) > 1:
            raise ArgumentError(
                f"{name} would be the name of two tensors of {term}",
                hint="choose another name, or pass the tensor itself to put it in the place of both",
            )
