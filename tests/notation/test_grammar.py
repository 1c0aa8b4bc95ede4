"""The parser against an independent grammar of the same operators."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from bracketcalc.errors import ParseError
from bracketcalc.expr.build import tensors
from bracketcalc.notation.ast import (
    Application,
    Chain,
    Given,
    Negation,
    Operation,
    Power,
    Selection,
    Syntax,
)
from bracketcalc.notation.lexer import tokenize
from bracketcalc.notation.names import Scope
from bracketcalc.notation.parser import parse_tokens

lark = pytest.importorskip("lark")

GRAMMAR = r"""
?sum: term | sum "+" term -> add | sum "-" term -> subtract
?term: "-" term -> negative | "+" term | dot
?dot: times | dot "·" times -> inner
?times: outer | times "⊙" outer -> odot | times "⊘" outer -> oslash | times "/" outer -> over
?outer: chain | outer "⊗" chain -> outer
chain: post+
?post: NAME -> name
     | "(" sum ")"
     | "‖" sum "‖" -> norm
     | FUNCTION "(" sum ("," sum)* ")" -> call
     | post "ᵀ" -> transposed
     | post "₂₁" -> selected
NAME: "A" | "B"
FUNCTION: "tanh" | "softmax"
%ignore " "
"""
A, B = tensors("A[n,n] B[n,n]")
TERMINALS = [*"AB()‖,ᵀ+-·⊙⊘/⊗", "₂₁", "tanh(", "softmax ("]
SIGNS = {
    "add": "+",
    "subtract": "-",
    "inner": "·",
    "odot": "⊙",
    "oslash": "⊘",
    "over": "/",
    "outer": "⊗",
}
# Earley, because the bars of a norm are the same on both sides.
PARSER = lark.Lark(GRAMMAR, start="sum", parser="earley", ambiguity="explicit")

Tree = tuple[Any, ...]


def trees(node: Any) -> list[Tree]:
    """Return every reading of a tree of the grammar."""
    if node.data == "_ambig":
        return [tree for reading in node.children for tree in trees(reading)]
    if node.data == "name":
        return [("name", str(node.children[0]))]
    function = [str(child) for child in node.children if isinstance(child, lark.Token)]
    combined: list[Tree] = [(SIGNS.get(node.data, node.data), *function)]
    for child in node.children:
        if not isinstance(child, lark.Token):
            combined = [(*one, tree) for one in combined for tree in trees(child)]
    return [tree[1] if tree[0] == "chain" and len(tree) == 2 else tree for tree in combined]


def ours(nodes: list[Syntax]) -> Tree:
    """Return the syntax tree of the parser in the same form."""
    built: list[Tree] = []
    for node in nodes:
        match node:
            case Given():
                built.append(("name", "A" if node.expr == A else "B"))
            case Chain():
                built.append(("chain", *[built[k] for k in node.factors]))
            case Operation():
                built.append((node.sign, built[node.left], built[node.right]))
            case Negation():
                built.append(("negative", built[node.operand]))
            case Power():
                built.append(("transposed", built[node.operand]))
            case Selection():
                built.append(("selected", built[node.operand]))
            case Application() if node.name in ("tanh", "softmax"):
                built.append(("call", node.name, *[built[k] for k in node.arguments]))
            case Application():
                built.append(("norm", *[built[k] for k in node.arguments]))
    return built[-1]


def plain(tree: Any) -> Any:
    """Return a tree without the chains of one factor."""
    if not isinstance(tree, tuple):
        return tree
    return tuple([plain(part) for part in tree])


@given(st.lists(st.sampled_from(TERMINALS), min_size=1, max_size=9).map(" ".join))
@example("A · B ⊙ ( A B )")
@example("- A · B + A")
@example("A - - B")
@example("A / A B ⊗ B ᵀ ₂₁")
@example("‖ A ‖ ‖ B ‖")
@example("‖ ‖ A ‖ B ‖")
@settings(max_examples=400, deadline=None)
def test_random_texts_are_read_or_refused_alike(text: str) -> None:
    # As in LaTeX, two subscripts need parentheses or belong to a name.
    assume("₂₁ ₂₁" not in text)
    # The grammar leaves out ⊙_k and ·_k.
    assume("⊙ ₂₁" not in text and "· ₂₁" not in text)
    try:
        expected = trees(PARSER.parse(text))
    except lark.exceptions.LarkError:
        expected = []
    try:
        found = ours(parse_tokens(text, tokenize(text), Scope({"A": A, "B": B})))
    except ParseError:
        assert not expected
        return
    assert found in expected
    if "‖" not in text:
        assert len(expected) == 1


SIGN = {"+": 1, "-": 1, "·": 3, "⊙": 4, "⊘": 4, "/": 4, "⊗": 5}
FORMULAS = st.recursive(
    st.sampled_from([("name", "A"), ("name", "B")]),
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(list(SIGN)), inner, inner),
        st.tuples(st.just("negative"), inner),
        st.tuples(st.just("transposed"), inner),
        st.tuples(st.just("norm"), inner),
        st.tuples(st.just("call"), st.just("tanh"), inner),
        st.lists(inner, min_size=2, max_size=4).map(lambda parts: ("chain", *parts)),
    ),
    max_leaves=12,
)


def show(tree: Tree, least: int = 0) -> str:
    """Print a tree with parentheses where the binding needs them, and nowhere else."""
    match tree:
        case ("name", name):
            return str(name)
        case ("norm", inner):
            return f"norm({show(inner)})"
        case ("call", name, inner):
            return f"{name}({show(inner)})"
        case ("transposed", inner):
            return f"{show(inner, 8)}ᵀ "
        case ("chain", *parts):
            level, text = 6, " ".join(show(part, 7) for part in parts)
        case ("negative", inner):
            level, text = 2, "-" + show(inner, 2)
        case (sign, left, right):
            level = SIGN[sign]
            text = f"{show(left, level)} {sign} {show(right, level + 1)}"
    return f"({text})" if level < least else text


@given(FORMULAS)
@settings(max_examples=200, deadline=None)
def test_a_printed_tree_is_read_back(tree: Tree) -> None:
    text = show(tree)
    assert ours(parse_tokens(text, tokenize(text), Scope({"A": A, "B": B}))) == tree
