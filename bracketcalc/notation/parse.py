"""The entry: from the text of a formula to an expression."""

from __future__ import annotations

from fractions import Fraction

from bracketcalc.expr.core import Expr
from bracketcalc.expr.records import ElementwiseFunction, LinearOperator, TensorFunction
from bracketcalc.functions.application import ElementwiseForm, SubtensorForm
from bracketcalc.functions.operators import OperatorForm
from bracketcalc.notation.bracket.regions import Notation, formula, has_regions, read_regions
from bracketcalc.notation.characters import normalize
from bracketcalc.notation.depth import check_depth
from bracketcalc.notation.lexer import tokenize
from bracketcalc.notation.names import Scope
from bracketcalc.notation.recurrences import check_no_recurrence

Value = (
    Expr
    | complex
    | Fraction
    | ElementwiseForm
    | SubtensorForm
    | OperatorForm
    | ElementwiseFunction
    | TensorFunction
    | LinearOperator
)
"""What a name can stand for."""


def parse(text: str, /, **names: Value) -> Expr:
    r"""Return the expression of a formula in bracket notation (paper §2).

    Unicode, ASCII and LaTeX may be mixed: ``A^{1,2̄} ⊙^{1,2} B``, ``A^{1,~2} .*^{1,2} B`` and
    ``A^{1\bar{2}} \odot^{12} B`` are one formula. Positions count from 1. From the tightest, these bind:
    scripts; functions; factors beside each other (the matrix product); ⊗; ⊙ ⊘ /; ·; the minus sign of a
    term; + and -. All group from the left. A number directly before a slash makes a fraction that binds
    like one factor: ``1/2 x``, ``1/n x``.

    A tensor with one axis is a column, and ``bᵀ`` a row; a row that is the whole result is a tensor with
    one axis again. ``𝟏`` and ``I`` take their sizes from their use, or from a subscript: ``𝟏_n``.
    Inside ``⟨…⟩``, ``<|…|>`` in ASCII, stands the general bracket notation, which ``bracket`` describes.

    ``1…4`` and ``1\cdots k`` are ranges of positions, where k is given as an integer. Names need no spaces
    between them, also with subscripts: ``Z_tV_t`` is Z_t V_t, where the longest given names win.

    ``(A_{ij} B_{jk} | ik)`` is the index form (1), which is an operand like a name: letters that are not
    right of ``|`` are summed. A capital stands for any number of axes, I_2 for two, digits are fixed
    indices, δ_{ij} and 1_i are constants; f(A_{ij}) is f of every element, and A_{ij}^2 a power of it.
    Σ may name the summed letters, ``(\sum_j A_{ij} B_{jk} | ik)``; alone it sums the rest of its term, as
    in ``\sum_{ij} A_{ij} e_{ij}``. Outside, ``X_{2·}``
    is row 2 of X and ``X_{·3}`` column 3; digits alone are positions. ``e_{3}`` is the vector with 1 at
    index 3, ``e_{23}`` a matrix; ``e_{10,}`` has the index 10.

    ``e^a`` is exp(a), and ``a ⊖ s`` subtracts a scalar from every element, as ``a - s`` does.

    ``zᴴ`` (``z^H``) is the conjugate transposition, conj, real and imag are functions, and ``i`` is the
    imaginary unit (``im`` too), unless something else has the name.

    Args:
        text: the formula.
        names: what its names stand for: expressions, numbers, or functions. The sizes of the given
            expressions can be used by their names too. A given name wins over a built-in one. An integer
            may also be an index: ``X_{i·}`` with ``i=2``.

    Returns:
        The expression that the same operations in Python give.

    Raises:
        ParseError: for a text that is no formula, an unknown name, or a wrong orientation.
        ShapeError: for sizes or numbers of axes that do not fit.
        ArgumentError: for a text or a meaning of another type, or wrong parameters of a function.

    Example:
        >>> from bracketcalc.expr.algebra import outer
        >>> from bracketcalc.expr.build import ones, tensors
        >>> X, W, b = tensors("X[n,d] W[d,k] b[k]")
        >>> parse("X W + 𝟏 bᵀ", X=X, W=W, b=b) == X @ W + outer(ones("n"), b)
        True
        >>> parse("A^{2} ·^{1} B", A=X, B=W) == X @ W
        True
        >>> parse("(A_{ij} B_{jk} | ik)", A=X, B=W) == X @ W
        True
        >>> parse("X_{2·}", X=X) == X[1, :]
        True
    """
    text = normalize(text)
    check_depth(text)
    check_no_recurrence(text, names)
    scope = Scope(names)
    tokens = tokenize(text)
    if has_regions(text):
        tokens = read_regions(text, tokens, scope, Notation.FORMULA)
    return formula(text, tokens, scope)
