"""Tokens: three spellings, places in the text, and what is no token."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bracketcalc.errors import ParseError
from bracketcalc.notation.characters import LOOKALIKES, OPERATORS, SUBSCRIPTS, SUPERSCRIPTS, normalize
from bracketcalc.notation.commands import ACCENTS, ALPHABETS, DELIMITERS, FRACTIONS, LETTERS, SIGNS, SPACES
from bracketcalc.notation.lexer import tokenize
from bracketcalc.notation.parse import parse
from bracketcalc.notation.tokens import Kind


def kinds(text: str) -> list[tuple[Kind, str]]:
    return [(token.kind, token.value) for token in tokenize(text)[:-1]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A ⊙ B", [(Kind.WORD, "A"), (Kind.OPERATOR, "⊙"), (Kind.WORD, "B")]),
        ("A.*B", [(Kind.WORD, "A"), (Kind.OPERATOR, "⊙"), (Kind.WORD, "B")]),
        (r"A\odot B", [(Kind.WORD, "A"), (Kind.OPERATOR, "⊙"), (Kind.WORD, "B")]),
        ("A./B", [(Kind.WORD, "A"), (Kind.OPERATOR, "⊘"), (Kind.WORD, "B")]),
        ("A.B", [(Kind.WORD, "A"), (Kind.OPERATOR, "·"), (Kind.WORD, "B")]),
        ("A−B", [(Kind.WORD, "A"), (Kind.OPERATOR, "-"), (Kind.WORD, "B")]),
        ("12", [(Kind.NUMBER, "12")]),
        ("1.5e-3", [(Kind.NUMBER, "1.5e-3")]),
        ("2e", [(Kind.NUMBER, "2"), (Kind.WORD, "e")]),
        ("2.x", [(Kind.NUMBER, "2"), (Kind.OPERATOR, "·"), (Kind.WORD, "x")]),
        (".5", [(Kind.NUMBER, "0.5")]),
        ("(.5)", [(Kind.OPEN, ""), (Kind.NUMBER, "0.5"), (Kind.CLOSE, "")]),
        ("x.5", [(Kind.WORD, "x"), (Kind.OPERATOR, "·"), (Kind.NUMBER, "5")]),
        ("x1' y", [(Kind.WORD, "x1'"), (Kind.WORD, "y")]),
        ("x′", [(Kind.WORD, "x'")]),
        ("αβ", [(Kind.WORD, "αβ")]),
        ("aα2", [(Kind.WORD, "aα2")]),
        ("x̂y", [(Kind.WORD, "x̂y")]),
        ("∇f", [(Kind.WORD, "∇f")]),
        ("Wᵀ₁", [(Kind.WORD, "W"), (Kind.RAISED, ""), (Kind.LOWERED, "")]),
        ("𝟏𝟙", [(Kind.ONES, "𝟏"), (Kind.ONES, "𝟏")]),
        (r"\mathbf{1} \mathbf 1", [(Kind.ONES, "𝟏"), (Kind.ONES, "𝟏")]),
        (r"\hat{x}", [(Kind.WORD, "x̂")]),
        (r"\bar y", [(Kind.WORD, "ȳ")]),
        (r"\operatorname{leaky\_relu}", [(Kind.WORD, "leaky_relu")]),
        (r"\mathbf{\alpha}", [(Kind.WORD, "α")]),
        (r"\left( x \right)\,", [(Kind.OPEN, ""), (Kind.WORD, "x"), (Kind.CLOSE, "")]),
        (r"\|x\Vert", [(Kind.BARS, ""), (Kind.WORD, "x"), (Kind.BARS, "")]),
        ("‖x||", [(Kind.BARS, ""), (Kind.WORD, "x"), (Kind.BARS, "")]),
        ("⟨x|>", [(Kind.ANGLE, "⟨"), (Kind.WORD, "x"), (Kind.ANGLE, "⟩")]),
        ("x | y", [(Kind.WORD, "x"), (Kind.RULE, ""), (Kind.WORD, "y")]),
        ("[x]", [(Kind.SQUARE, "["), (Kind.WORD, "x"), (Kind.SQUARE, "]")]),
    ],
)
def test_tokens(text: str, expected: list[tuple[Kind, str]]) -> None:
    assert kinds(text) == expected


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("^{1,~2}", "1,~2"),
        ("^ {a{b}c}", "a{b}c"),
        ("^12x", "12"),
        ("^-1", "-1"),
        ("^Tx", "T"),
        ("^-T", "-T"),
        ("^~2", "~2"),
        ("^2̄", "2̄"),
        (r"^\bar{2}x", r"\bar{2}"),
        (r"^\bar 2x", r"\bar 2"),
        (r"^\top x", r"\top"),
        ("_12", "12"),
        ("_>", ">"),
        ("_ab", "ab"),
        ("_mᵀ", "m"),
        ("_a₁", "a"),
        ("_x'", "x"),
        ("_α2²", "α2"),
        ("^ab₁", "ab"),
        (r"_\alpha", r"\alpha"),
        ("¹²̄³", "¹²̄³"),
        ("₁₂", "₁₂"),
        ("_{t+1}", "t+1"),
    ],
)
def test_the_content_of_a_script(text: str, content: str) -> None:
    script = tokenize(text)[0]
    assert text[script.inner : script.stop] == content


def test_primes_behind_a_subscript_belong_to_it() -> None:
    for text in ("x_1'", "x₁′", "x_{1}''"):
        word, lowered, end = tokenize(text)
        assert (word.value, lowered.kind, end.start) == ("x", Kind.LOWERED, len(text))


@pytest.mark.parametrize("spelling", OPERATORS)
def test_every_spelling_of_an_operator_is_one_token(spelling: str) -> None:
    _, operator, _, _ = tokenize(f"A {spelling} B")
    assert (operator.kind, operator.value) == (Kind.OPERATOR, OPERATORS[spelling])


@pytest.mark.parametrize("character", sorted(LOOKALIKES))
def test_a_look_alike_has_a_hint(character: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse(f"A {character} B", A=1, B=2)
    assert caught.value.hint == LOOKALIKES[character]
    assert caught.value.position == 2


def test_the_tables_do_not_overlap() -> None:
    tables = [SIGNS, DELIMITERS, FRACTIONS, SPACES, ALPHABETS, ACCENTS, LETTERS]
    names = [name for table in tables for name in table]
    assert len(names) == len(set(names))
    assert not set(LOOKALIKES) & (set(OPERATORS) | set(SUPERSCRIPTS) | set(SUBSCRIPTS))


@pytest.mark.parametrize("name", [name for name, sign in SIGNS.items() if not sign])
def test_a_command_with_several_readings_is_refused(name: str) -> None:
    with pytest.raises(ParseError, match=rf"unknown command \\{name}"):
        tokenize(f"A \\{name} B")


@given(st.text(max_size=40))
def test_any_text_gives_tokens_or_a_parse_error(text: str) -> None:
    try:
        normal = normalize(text)
        tokens = tokenize(normal)
    except ParseError:
        return
    ends = [token.end for token in tokens]
    assert ends == sorted(ends)
    assert tokens[-1].kind is Kind.END
    for token in tokens[:-1]:
        assert 0 <= token.start < token.end <= len(normal)


@given(st.text(alphabet="XAb12.,^_{}()[]~ᵀ²₁̄'+-*/·⊙⊗ |<>‖𝟏⟨αé"))
def test_tokens_cover_everything_but_spaces(text: str) -> None:
    try:
        normal = normalize(text)
        tokens = tokenize(normal)
    except ParseError:
        return
    covered = [at for token in tokens for at in range(token.start, token.end)]
    assert len(covered) == len(set(covered))
    rest = [character for at, character in enumerate(normal) if at not in set(covered)]
    assert not "".join(rest).strip()
