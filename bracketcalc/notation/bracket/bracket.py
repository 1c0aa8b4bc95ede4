"""The entries: from a text in the general bracket notation to an expression, or to a tree (paper §2.3)."""

from __future__ import annotations

from bracketcalc.expr.core import Expr, constant
from bracketcalc.notation.bracket.frames import Term
from bracketcalc.notation.bracket.reader import read_terms
from bracketcalc.notation.bracket.regions import Notation, inside_angles, read_regions
from bracketcalc.notation.bracket.terms import Total, total
from bracketcalc.notation.bracket.tree import Beside, Item, Portion
from bracketcalc.notation.characters import normalize
from bracketcalc.notation.depth import check_depth
from bracketcalc.notation.lexer import tokenize
from bracketcalc.notation.names import Scope
from bracketcalc.notation.parse import Value
from bracketcalc.notation.places import failure
from bracketcalc.notation.recurrences import check_no_recurrence


def bracket(text: str, /, **names: Value) -> Expr:
    r"""Return the expression of a text in the general bracket notation (paper §2.3).

    The text is what stands inside ⟨ ⟩ in a formula, with or without them. ``A_{12}`` is the portion of A
    with its dimensions 1 and 2, ``A`` has all of them. Portions beside each other are multiplied without
    common dimensions; ``[…]`` multiplies its items dimension by dimension; ``(…)`` groups. A bar sums all
    dimensions of what is under it: ``~A_1``, ``A̅_1``, ``\overline{A_1}``; of several items in ``[…]``, one
    needs a bar. ``1`` fills a dimension with ones, ``1_{12}`` fills two, ``1_n`` one of size n; ι is a
    dimension of size 1, ``{…}`` is a formula in the ordinary notation, whose 𝟏 and I may get their sizes
    from what it is multiplied with: ``[A {𝟏 wᵀ}]``. ``+`` and ``-`` add terms, ``;``
    separates the rows of one term, which LaTeX writes as ``\begin{cases} … \\ … \end{cases}``.

    If a name occurs several times, each portion belongs to the earliest copy of the tensor that does not
    have it yet; ``X^{(2)}_1`` names the second copy. A term uses every dimension of every copy once.

    Args:
        text: the sum of terms.
        names: what its names stand for, as for ``parse``.

    Returns:
        The expression; its axes are the dimensions without a bar, in order.

    Raises:
        ParseError: for another text, an unknown name, or a dimension that is missing or used twice.
        ShapeError: for sizes or numbers of dimensions that do not fit.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> A, B = tensors("A[2,3] B[3,4]")
        >>> bracket("A_1 [~A_2 B_1] B_2", A=A, B=B) == A @ B
        True
    """
    return total(*_read(text, names))


def arrange(text: str, /, **names: Value) -> Item:
    """Return the tree of one term in the general bracket notation.

    A number before the term is the first item, as a scalar.

    Args:
        text: the term, as for :func:`bracket`.
        names: what its names stand for.

    Raises:
        ParseError: for another text, or more than one term.
        ShapeError: for sizes or numbers of dimensions that do not fit.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> (u,) = tensors("u[2]")
        >>> arrange("u ι", u=u)
        Beside(items=(Portion(tensor=u, copy=0, axes=(0,)), Iota()))
    """
    source, terms = _read(text, names)
    if len(terms) > 1:
        raise failure(source, "the text has several terms", *terms[1:], hint="write one term")
    found = Total(source, terms)
    found.expression(found.sizes)
    coefficient, item = terms[0].coefficient, found.items()[0]
    if coefficient == 1 and isinstance(coefficient, int):
        return item
    assert isinstance(item, Beside)
    return Beside((Portion(constant(coefficient), 0, ()), *item.items))


def _read(text: str, names: dict[str, Value]) -> tuple[str, list[Term]]:
    """Return the normalized text and its terms."""
    text = normalize(text)
    check_depth(text)
    check_no_recurrence(text, names)
    scope = Scope(names)
    tokens = inside_angles(text, tokenize(text))
    tokens = read_regions(text, tokens, scope, Notation.BRACKET)
    return text, read_terms(text, tokens, scope)
