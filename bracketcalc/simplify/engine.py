"""The simplifier: applies the rules, children first, until nothing changes.

Sharing decides what is merged. A product or a sum that only one node uses is opened into that node; one
that several nodes use is computed once and stays. Definitions are names: they are not entered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from bracketcalc.expr.core import Expr, Product, Sum, Tensor, as_expr
from bracketcalc.expr.nodes import Definition, Map
from bracketcalc.simplify.assumed import FACT_RULES
from bracketcalc.simplify.cancelling import cancelling_rules
from bracketcalc.simplify.canonical import CanonicalTable
from bracketcalc.simplify.conjugates import conjugate_rules, may_be_complex
from bracketcalc.simplify.gaussian import GAUSSIAN_RULES
from bracketcalc.simplify.inverses import inverse_rules
from bracketcalc.simplify.known import known_facts
from bracketcalc.simplify.onehots import ONEHOT_RULES
from bracketcalc.simplify.operators import OPERATOR_RULES
from bracketcalc.simplify.powers import POWER_RULES
from bracketcalc.simplify.products import PRODUCT_RULES, STRUCTURE, is_scaling, open_nested
from bracketcalc.simplify.rule import Rule
from bracketcalc.simplify.structure import structure_rules
from bracketcalc.simplify.sums import SUM_RULES, open_sum, sum_rules
from bracketcalc.traverse import consumers, postorder, with_children

MAX_PASSES = 30
"""Passes over the graph; each rule decreases its measure, so few are needed."""

MAX_STEPS = 200
"""Rules applied to one node in one pass."""

_LEAVES = (Tensor, *STRUCTURE)
"""Nodes that no rule replaces."""

Observer = Callable[[Rule, Expr, Expr], None]


def is_definition(expr: Expr) -> bool:
    """Return whether an expression is a named intermediate."""
    return isinstance(expr, Definition)


def simplify(expr: Expr) -> Expr:
    """Return an equal expression in a simpler form; see :func:`simplify_all`.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> (X,) = tensors("X[n,d]")
        >>> simplify(X + X - 2 * X + X.T.T) == X
        True
    """
    return simplify_all([expr])[0]


def simplify_all(
    exprs: Sequence[Expr], keep: Iterable[Expr] = (), observe: Observer | None = None
) -> list[Expr]:
    """Return equal expressions in a simpler form, simplified together.

    Args:
        exprs: the expressions; sharing between them is kept.
        keep: expressions that are computed anyway; their products are not opened into others.
        observe: called with each rule that fired, the node before and after.

    Returns:
        One expression for each given one, with the same axes. Definitions are left as they are.
    """
    kept = set(postorder(keep))
    run = _Run(kept, observe)
    roots = [as_expr(expr) for expr in exprs]
    for _ in range(MAX_PASSES):
        changed = run.one_pass(roots)
        if changed == roots:
            break
        roots = changed
    return roots


class _Run:
    """The state of one simplification: the table of forms, what is shared, what is settled."""

    def __init__(self, kept: set[Expr], observe: Observer | None) -> None:
        self.kept = kept
        self.observe = observe
        self.shared: set[Expr] = set()
        self.settled: dict[Expr, Expr] = {}
        self.table = CanonicalTable()
        self.rules: tuple[Rule, ...] = ()
        self.rules_of_kinds: dict[tuple[type[Expr], frozenset[type[Expr]]], list[Rule]] = {}
        self.complex_rules: tuple[Rule, ...] = ()

    def private(self, expr: Expr) -> bool:
        """Return whether only one node of the results uses the expression, or computing it is free."""
        return expr not in self.shared or is_scaling(expr)

    def may_open(self, expr: Expr) -> bool:
        """Return whether an expression is used once and not computed for anything else, or is free."""
        return (expr not in self.shared and expr not in self.kept) or is_scaling(expr)

    def one_pass(self, roots: list[Expr]) -> list[Expr]:
        """Return the roots after every node was rewritten once, children first."""
        order = postorder(roots, stop=is_definition)
        counts = consumers(node for node in order if not is_definition(node))
        for root in roots:
            counts[root] = counts.get(root, 0) + 1
        deferred = self._merging_children(order, counts, roots)
        self.rules = self.rules or self._all_rules(order)
        self.shared = set()
        memo: dict[Expr, Expr] = {}
        for node in order:
            if is_definition(node):
                memo[node] = node
                self.shared.add(node)
                continue
            if isinstance(node, _LEAVES):
                result = self.settled.setdefault(node, node)
            else:
                rebuilt = with_children(node, tuple([memo[child] for child in node.children]))
                result = rebuilt if node in deferred else self._rewritten(rebuilt)
            memo[node] = result
            if counts.get(node, 0) > 1:
                self.shared.add(result)
        return [memo[root] for root in roots]

    def _all_rules(self, order: Iterable[Expr]) -> tuple[Rule, ...]:
        """Return the rules in the order in which they are tried; those for facts where there are any."""
        known = any(known_facts(node) for node in order if isinstance(node, (Tensor, Definition, Map)))
        return (
            *POWER_RULES,
            *PRODUCT_RULES,
            *ONEHOT_RULES,
            *(FACT_RULES if known else ()),
            *inverse_rules(self.table),
            *structure_rules(self.private),
            *OPERATOR_RULES,
            *SUM_RULES,
            *sum_rules(self.table, self.private),
            *cancelling_rules(self.table),
        )

    def _merging_children(self, order: list[Expr], counts: dict[Expr, int], roots: list[Expr]) -> set[Expr]:
        """Return the nodes that their only consumer will open: it sees them as they are."""
        found: set[Expr] = set()
        for node in order:
            if isinstance(node, (Product, Sum)):
                for child in node.children:
                    if type(child) is not type(node) or counts[child] != 1:
                        continue
                    if isinstance(child, Sum) or child not in self.kept:
                        found.add(child)
        return found.difference(roots)

    def _rewritten(self, node: Expr) -> Expr:
        """Return the node after opening what it alone uses and applying rules until none fires."""
        for _ in range(MAX_STEPS):
            opened = self._opened(node)
            known = self.settled.get(opened)
            replaced = self._first_change(opened) if known is None else None
            if replaced is None:
                # Of equal nodes one object is kept, so that the next pass finds all above it unchanged.
                children = tuple([self.settled.get(child, child) for child in opened.children])
                self.settled[opened] = known = with_children(opened if known is None else known, children)
                return known
            node = replaced
        return node

    def _opened(self, node: Expr) -> Expr:
        if isinstance(node, Product):
            return open_nested(node, self.may_open)
        return open_sum(node, self.private) if isinstance(node, Sum) else node

    def _rules_for(self, node: Expr) -> list[Rule]:
        """Return the rules that may apply to real nodes of a kind with children of such kinds."""
        key = type(node), frozenset(map(type, node.children))
        rules = self.rules_of_kinds.get(key)
        if rules is None:
            kind, kinds = key
            rules = self.rules_of_kinds[key] = [
                rule
                for rule in self.rules
                if issubclass(kind, rule.kind) and not (rule.holding and rule.holding.isdisjoint(kinds))
            ]
        return rules

    def _first_change(self, node: Expr) -> Expr | None:
        rules: Sequence[Rule] = self._rules_for(node)
        asked: Callable[[Expr], bool] | None = None
        holds = True
        if may_be_complex(node):
            self.complex_rules = self.complex_rules or (*GAUSSIAN_RULES, *conjugate_rules(self.may_open))
            rules = (*self.complex_rules, *rules)
        for rule in rules:
            if rule.needs is not asked:
                asked = rule.needs
                holds = asked is None or asked(node)
            replaced = rule.apply(node) if holds else None
            if replaced is not None:
                if self.observe is not None:
                    self.observe(rule, node, replaced)
                return replaced
        return None
