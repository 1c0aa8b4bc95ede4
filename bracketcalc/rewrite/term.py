"""The bracket term: a coefficient and a tree, which is what the rewriting operations take and return."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, final

from bracketcalc.errors import ArgumentError, ShapeError
from bracketcalc.expr.algebra import is_number
from bracketcalc.expr.core import Expr, Extent, Product
from bracketcalc.expr.number import Number, finite_number, times
from bracketcalc.expr.shapes import describe, show_sizes
from bracketcalc.notation.bracket.bracket import arrange
from bracketcalc.notation.bracket.meaning import meaning
from bracketcalc.notation.bracket.tree import Beside, Item, Portion
from bracketcalc.notation.parse import Value
from bracketcalc.render.bracket.arrangement import arrangement
from bracketcalc.render.layout import Formula
from bracketcalc.rewrite.show import Shown, term_formula_of
from bracketcalc.rewrite.trees import FlatTree, flat, rebuilt, unflat
from bracketcalc.simplify.products import as_product, open_nested


@final
class BracketTerm(Shown):
    """A term in the general bracket notation, as it is written: a number times a tree of portions.

    Two terms are equal if they are written alike; many terms have one meaning. A term is immutable.

    Attributes:
        coefficient: the number before it.
        tree: how its portions are arranged. The copies of each tensor are numbered as they appear.
        expr: the product that it means.
    """

    __slots__ = ("_flat", "_hash", "coefficient", "expr", "tree")

    coefficient: Number
    tree: Beside
    expr: Product

    def __init__(self, coefficient: Number, tree: Item) -> None:
        number, items = finite_number(coefficient), []
        for item in tree.items if isinstance(tree, Beside) else (tree,):
            if isinstance(item, Portion) and is_number(item.tensor):
                assert isinstance(item.tensor, Product)
                number = times(number, item.tensor.coefficient)
            else:
                items.append(item)
        numbered = _with_numbered_copies(Beside(tuple(items)))
        put = object.__setattr__
        put(self, "coefficient", number)
        put(self, "tree", numbered)
        put(self, "expr", meaning(numbered, number))
        put(self, "_flat", flat(numbered))
        put(self, "_hash", hash((number, self._flat)))

    _flat: FlatTree
    _hash: int

    @property
    def sizes(self) -> tuple[Extent, ...]:
        """Return the sizes of its axes: the slots without a bar, in order."""
        return self.expr.sizes

    @property
    def ndim(self) -> int:
        """Return the number of its axes."""
        return self.expr.ndim

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"bracket terms are immutable: cannot set {name!r}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"bracket terms are immutable: cannot delete {name!r}")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, BracketTerm):
            return NotImplemented
        return self.coefficient == other.coefficient and self._flat == other._flat

    def __hash__(self) -> int:
        return self._hash

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpickled, (self.coefficient, self._flat)

    def __repr__(self) -> str:
        return f"<{self}, sizes {show_sizes(self.sizes)}>"

    @property
    def formula(self) -> Formula:
        """Return what is written, before it is spelled."""
        return term_formula_of(self.coefficient, self.tree)


def _unpickled(coefficient: Number, tokens: FlatTree) -> BracketTerm:
    return BracketTerm(coefficient, unflat(tokens))


def _with_numbered_copies(tree: Beside) -> Beside:
    """Return the tree with the copies of each tensor numbered as they appear."""
    numbers: dict[Expr, dict[int, int]] = {}

    def numbered(item: Item) -> Item:
        if not isinstance(item, Portion):
            return item
        if not item.axes and item.tensor.ndim:
            raise ShapeError(f"a portion of {describe(item.tensor)} has no dimensions", hint="leave it out")
        known = numbers.setdefault(item.tensor, {})
        return item._replace(copy=known.setdefault(item.copy, len(known)))

    found = rebuilt(tree, numbered)
    assert isinstance(found, Beside)
    return found


P = ParamSpec("P")
R = TypeVar("R")


def of_term(
    operation: Callable[Concatenate[BracketTerm, P], R],
) -> Callable[Concatenate[BracketTerm, P], R]:
    """Return an operation that refuses anything but a term as its first argument."""

    @wraps(operation)
    def checked(term: BracketTerm, /, *rest: P.args, **options: P.kwargs) -> R:
        if not isinstance(term, BracketTerm):
            raise ArgumentError(
                f"{operation.__name__} rewrites a bracket term, got {type(term).__name__}",
                hint="make a term first: bracket_term(x)",
            )
        return operation(term, *rest, **options)

    return checked


def bracket_term(text: str | Expr, /, **names: Value) -> BracketTerm:
    """Return the bracket term of a text, or of an expression as the printer would arrange it.

    Args:
        text: one term as it stands inside ⟨ ⟩, with ⟨ ⟩ around it or without; or an expression. Nested
            products are opened.
        names: what the names in the text stand for, as for ``parse``.

    Raises:
        ParseError: for a text that is no term.
        ShapeError: for sizes or numbers of dimensions that do not fit.
        ArgumentError: for names beside an expression.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> A, B = tensors("A[i,j] B[j,k]")
        >>> print(bracket_term("A_1 [~A_2 B_1] B_2", A=A, B=B))
        ⟨A_1 [A̅_2 B_1] B_2⟩
        >>> bracket_term(A @ B) == bracket_term("A_1 [~A_2 B_1] B_2", A=A, B=B)
        True
    """
    if isinstance(text, str):
        return BracketTerm(1, arrange(text, **names))
    if names or not isinstance(text, Expr):
        raise ArgumentError(
            "bracket_term takes a text and what its names stand for, or an expression alone",
            hint='write bracket_term("A_1 [~A_2 B_1] B_2", A=A, B=B)',
        )
    product = open_nested(as_product(text), lambda _: True)
    return BracketTerm(product.coefficient, arrangement(product))
