"""Rewriting bracket terms by hand: every step is a named operation that keeps the value (paper §2.3).

Example:
    >>> from bracketcalc.expr.build import tensors
    >>> A, B = tensors("A[i,j] B[j,k]")
    >>> term = bracket_term("A_1 [~A_2 B_1] B_2", A=A, B=B)
    >>> print(take_out(term, "A"))
    A^{1,2̄} ⊙^{1,2} ⟨1 B_1 B_2⟩
"""

from bracketcalc.rewrite.bars import move_bar
from bracketcalc.rewrite.brackets import expand, flatten
from bracketcalc.rewrite.join import Join, Pair, join, swap_operands
from bracketcalc.rewrite.lists import chosen, others, placed, replaced, without
from bracketcalc.rewrite.merging import merge
from bracketcalc.rewrite.names import rename
from bracketcalc.rewrite.order import move_summed, swap
from bracketcalc.rewrite.putting import put_in
from bracketcalc.rewrite.show import shown_latex, shown_text
from bracketcalc.rewrite.system import System, system
from bracketcalc.rewrite.taking import split_off, take_out
from bracketcalc.rewrite.term import BracketTerm, bracket_term

__all__ = [
    "BracketTerm",
    "Join",
    "Pair",
    "System",
    "bracket_term",
    "chosen",
    "expand",
    "flatten",
    "join",
    "merge",
    "move_bar",
    "move_summed",
    "others",
    "placed",
    "put_in",
    "rename",
    "replaced",
    "shown_latex",
    "shown_text",
    "split_off",
    "swap",
    "swap_operands",
    "system",
    "take_out",
    "without",
]
