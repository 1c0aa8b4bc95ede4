"""Names: one spelling for each, the longest wins, ambiguity is an error."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bracketcalc.errors import ParseError
from bracketcalc.expr.build import tensor
from bracketcalc.expr.core import Expr, Tensor
from bracketcalc.notation.lexer import tokenize
from bracketcalc.notation.names import Scope
from bracketcalc.notation.parse import parse
from bracketcalc.notation.spelled import spelled


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("W", "W"),
        ("W_1", "W_1"),
        ("W_{12}", "W_12"),
        ("W₁₂", "W_12"),
        ("x′", "x'"),
        ("x_1'", "x_1'"),
        ("h_{t+1}", "h_t+1"),
        ("hₜ₊₁", "h_t+1"),
        ("a_b_c", "a_b_c"),
    ],
)
def test_the_plain_spelling(name: str, plain: str) -> None:
    assert spelled(name) == plain


def scope(*names: str) -> Scope:
    return Scope({name: Tensor(name, ()) for name in names})


def pieces(text: str, *names: str) -> list[str]:
    tokens = tokenize(text)
    return [piece.name for piece in scope(*names).read(text, tokens[0], tuple(tokens[1:-1])).pieces]


@pytest.mark.parametrize(
    ("text", "names", "expected"),
    [
        ("ab", ["a", "b"], ["a", "b"]),
        ("ab", ["a", "b", "ab"], ["ab"]),
        ("abab", ["ab"], ["ab", "ab"]),
        ("aab", ["a", "aab"], ["aab"]),
        ("abc", ["ab", "c", "b"], ["ab", "c"]),
        ("ab_1", ["a", "b_1"], ["a", "b_1"]),
        ("ab_1", ["a", "b", "b_1"], ["a", "b_1"]),
        ("ab_1", ["a", "b"], ["a", "b"]),
        ("a_1_2", ["a_1_2"], ["a_1_2"]),
        ("tanh", ["t", "a", "n", "h"], ["tanh"]),
        ("aI", ["a"], ["a", "I"]),
    ],
)
def test_words(text: str, names: list[str], expected: list[str]) -> None:
    assert pieces(text, *names) == expected


def test_a_word_in_a_command_is_not_taken_apart() -> None:
    with pytest.raises(ParseError, match="unknown name"):
        pieces(r"\mathrm{ab}", "a", "b")
    assert pieces(r"\mathrm{ab}", "ab") == ["ab"]


def test_a_letter_command_has_the_variants_that_were_given() -> None:
    assert pieces(r"\phi", "φ") == ["φ"]
    assert pieces(r"\phi", "ϕ", "φ") == ["ϕ"]
    assert pieces(r"\varphi", "ϕ", "φ") == ["φ"]
    assert pieces(r"\phi", "phi") == ["phi"]
    assert pieces(r"\phi_1", "φ_1", "φ") == ["φ_1"]


def test_the_end_of_a_piece_is_behind_its_subscripts() -> None:
    text = "ab_1"
    tokens = tokenize(text)
    reading = scope("a", "b_1").read(text, tokens[0], tuple(tokens[1:-1]))
    assert [(piece.start, piece.end) for piece in reading.pieces] == [(0, 1), (1, 4)]
    assert reading.subscripts == ()


def readings(word: str, names: set[str]) -> list[list[str]]:
    """Return all ways to cut a word into names, by trying every set of cuts."""
    found = []
    for cuts in product([False, True], repeat=len(word) - 1):
        ends = [at + 1 for at, cut in enumerate(cuts) if cut] + [len(word)]
        parts = [word[start:end] for start, end in zip([0, *ends], ends, strict=False)]
        if all(part in names for part in parts):
            found.append(parts)
    return found


@given(
    st.text(alphabet="abc", min_size=1, max_size=7),
    st.sets(st.text(alphabet="abc", min_size=1, max_size=3), min_size=1, max_size=6),
)
def test_a_word_is_cut_in_the_one_way_there_is(word: str, names: set[str]) -> None:
    ways = readings(word, names)
    if word in names:
        assert pieces(word, *names) == [word]
    elif len(ways) == 1:
        assert pieces(word, *names) == ways[0]
    else:
        with pytest.raises(ParseError) as caught:
            pieces(word, *names)
        if ways:
            one, two = caught.value.message.split("'")[3::2]
            assert one != two
            assert one.split() in ways
            assert two.split() in ways
        else:
            assert caught.value.message.startswith("unknown name")


def test_sizes_have_names() -> None:
    from bracketcalc.expr.build import tensors

    (X,) = tensors("X[n,3]")
    found = Scope({"X": X}).find("n")
    assert isinstance(found, Expr)
    assert found == X.sizes[0]
    assert Scope({"X": X}).find("m") is None


@pytest.mark.parametrize("letter", ["\N{GREEK CAPITAL LETTER CHI}", "\N{FULLWIDTH LATIN CAPITAL LETTER X}"])
def test_a_letter_that_only_looks_alike_is_named(letter: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse(letter, X=tensor("X", ("n",)))
    assert caught.value.hint.startswith("X only looks alike: you wrote U+")
    assert caught.value.hint.endswith("the name has U+0058 LATIN CAPITAL LETTER X")
