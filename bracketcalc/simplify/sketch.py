"""Sketches: numbers that tell most unequal expressions apart at a glance.

A canonical form compares the labels of products, which takes a search. A sketch leaves the labels out and
adds up the factors. Expressions with one canonical form have one sketch, so what has different sketches
needs no search.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bracketcalc.expr.core import POWER, Elementwise, Expr, Product, Sum
from bracketcalc.expr.facts import AnyFact, Fact, SumsToOne
from bracketcalc.expr.nodes import Definition
from bracketcalc.simplify.conjugates import is_part
from bracketcalc.simplify.known import known_facts
from bracketcalc.simplify.powers import is_whole
from bracketcalc.simplify.products import STRUCTURE
from bracketcalc.traverse import postorder

MODULUS = (1 << 61) - 1
"""Sketches are added up modulo this prime, so that they stay small."""

MAX_TERMS = 64
"""Sums of more terms have no sketch: the canonical form does not open them in other sums."""


class SketchTable:
    """The sketch of every expression seen so far."""

    def __init__(self) -> None:
        self._known: dict[Expr, int | None] = {}
        self._terms: dict[int, tuple[int, ...]] = {}

    def sketch(self, expr: Expr) -> int | None:
        """Return the sketch of an expression, or None where it might be equal to any other.

        Example:
            >>> from bracketcalc.expr.build import tensors
            >>> A, B = tensors("A[n,n] B[n,n]")
            >>> table = SketchTable()
            >>> table.sketch(2 * A @ B) == table.sketch((B * A.T).T), table.sketch(A) == table.sketch(B)
            (True, False)
        """
        known = self._known
        if expr not in known:
            ready = all(child in known for child in expr.children)
            for node in [expr] if ready else postorder([expr], stop=self._is_leaf):
                if node not in known:
                    known[node] = self._sketch_of(node)
        return known[expr]

    def _is_leaf(self, node: Expr) -> bool:
        return isinstance(node, Definition) or node in self._known

    def may_be_alike(self, exprs: Sequence[Expr]) -> list[bool]:
        """Return for each of the expressions whether another one might be a multiple of it.

        Example:
            >>> from bracketcalc.expr.build import tensors
            >>> A, B = tensors("A[n,n] B[n,n]")
            >>> SketchTable().may_be_alike([A, B, A.T])
            [True, False, True]
        """
        found = [self.sketch(expr) for expr in exprs]
        if None in found:
            return [True] * len(found)
        if len(set(found)) == len(found):
            return [False] * len(found)
        counts = Counter(found)
        return [counts[number] > 1 for number in found]

    def _sketch_of(self, node: Expr) -> int | None:
        if isinstance(node, STRUCTURE):
            return 0
        facts = known_facts(node)
        if facts and any(map(_vanishes, facts)):
            return None
        if isinstance(node, Definition):
            return hash(node) % MODULUS
        known = [number for child in node.children if (number := self._known[child]) is not None]
        if len(known) < len(node.children):
            return None
        if isinstance(node, Product):
            return sum(known) % MODULUS if node.coefficient != 0 else None
        if isinstance(node, Sum):
            return self._of_sum(known)
        if isinstance(node, Elementwise):
            if is_part(node):
                return None
            if node.function == POWER:
                exponent = node.parameters[0]
                return int(exponent) * known[0] % MODULUS if is_whole(exponent) else None
        return hash((type(node).__name__, node.data, *known)) % MODULUS

    def _of_sum(self, terms: list[int]) -> int | None:
        """Return the sketch of a sum with terms of these sketches, none if two of them might be alike.

        A term that is a sum itself counts as its terms. It may be hidden in a product, whose other factors
        count nothing: so it is known by its sketch.
        """
        found = [part for term in terms for part in self._terms.get(term, (term,))]
        if len(found) > MAX_TERMS or len(set(found)) < len(found):
            return None
        if len(found) == 1:
            return found[0]
        sketch = sum(hash(("term", part)) for part in found) % MODULUS
        self._terms[sketch] = tuple(found)
        return sketch


def _vanishes(fact: AnyFact) -> bool:
    """Return whether a factor with this fact may go out of a product."""
    return isinstance(fact, SumsToOne) or fact is Fact.ORTHOGONAL
