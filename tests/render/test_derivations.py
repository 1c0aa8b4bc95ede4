"""Derivations as text, LaTeX and HTML: readable, harmless, of bounded size."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from bracketcalc.calculus.derivation import Derivation
from bracketcalc.calculus.derive import derive
from bracketcalc.expr.algebra import dot, einsum, outer
from bracketcalc.expr.build import define, ones, tensor, tensors
from bracketcalc.expr.core import Expr, Tensor
from bracketcalc.functions.forms import tanh
from bracketcalc.render.derivations import MOST
from bracketcalc.render.display import LONGEST, SHORTEST

X, W, b, Y = tensors("X[n,d] W[d,k] b[k] Y[n,k]")
A = define("A_1", X @ W + outer(ones("n"), b))
Z = define("Z_1", tanh(A))
LOSS = dot(Z - Y, Z - Y) / 2
DETAILS = ("result", "steps", "full")


class Reader(HTMLParser):
    """The tags, the attributes and the texts of HTML; it checks that tags close in order."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[str] = []
        self.names: set[str] = set()
        self.texts: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.tags.append(tag)
        self.names.update(name for name, _ in attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_text_of_a_full_derivation() -> None:
    found = derive(LOSS, [W], detail="full")
    assert str(found).splitlines()[-7:] == [
        "∇_{A_1}J = ∇_{Z_1}J ⊙ (1 - Z_1 ⊙ Z_1)                              [coefficient of · dA_1]",
        "    dA_1 = d(X W + 𝟏 bᵀ)                                           [differential (11)]",
        "         = X dW                                                    [linearity §4.1]",
        "d_{A_1}J = ∇_{A_1}J · dA_1                                         [gradient §3.1]",
        "         = ∇_{A_1}J · (X dW)                                       [substitution §3.1]",
        "         = (Xᵀ ∇_{A_1}J) · dW                                      [take out dW]",
        "  ∇_{W}J = Xᵀ ∇_{A_1}J                                             [coefficient of · dW]",
    ]


def test_rules_of_long_lines_do_not_widen_the_others() -> None:
    terms = [dot(Tensor(f"a_{k}", X.sizes[:1]), X[:, 0]) for k in range(60)]
    lines = str(derive(sum(terms[1:], start=terms[0]) + LOSS, [X, W])).splitlines()
    assert max(map(len, lines)) > 400
    assert sorted(map(len, lines))[len(lines) // 2] < 140


def test_latex_is_an_align_environment() -> None:
    text = derive(LOSS, [W], detail="full", names={A: "S"}).latex()
    lines = text.splitlines()
    assert (lines[0], lines[-1]) == (r"\begin{align*}", r"\end{align*}")
    assert r"A_{1} &= X W + \mathbf{1} b^{T} && \text{definition} \\" in lines
    assert r"d_{Z_{1}} J &= \nabla_{Z_{1}} J \cdot dZ_{1} && \text{gradient §3.1} \\" in lines
    assert r"&= \left(X^{T} S\right) \cdot dW && \text{take out }dW \\" in lines
    assert r"\nabla_{W} J &= X^{T} S && \text{coefficient of }\cdot dW" in lines
    assert all(line.count("&") == 3 for line in lines[1:-1])


@pytest.mark.parametrize("detail", DETAILS)
def test_html_folds_and_is_well_formed(detail: str) -> None:
    found = derive(LOSS, [W, b], detail=detail)
    page = Reader(found.html())
    assert set(page.tags) == {"div", "details", "summary", "table", "tr", "td"}
    assert page.names == {"style", "open"}
    assert page.tags.count("tr") == len(found.steps)
    assert page.tags.count("details") == {"result": 2, "steps": 3, "full": 5}[detail]
    formulas = [text for text in page.texts if "\\(" in text]
    assert all(re.fullmatch(r"[^$\\]*\\\(\\displaystyle [^$]*\\\)", text) for text in formulas)
    assert "script" not in found.html()


HARMFUL = (
    "<script>alert(1)</script>",
    r"$\input{x}$",
    r"\href{javascript:alert(1)}{x}",
    r"\)<img src=x onerror=alert(1)>",
    "a&lt;b",
    '"><b>',
    r"\end{align*}\write18{ls}",
    "x % y # z & w",
)


def hostile(name: str) -> Derivation:
    variable = Tensor(name, X.sizes)
    inner = define(f"Z{name}", tanh(variable * X))
    return derive(define(f"J{name}", dot(inner, inner)), [variable], detail="full")


@pytest.mark.parametrize("name", HARMFUL)
def test_any_name_is_harmless(name: str) -> None:
    found = hostile(name)
    page = Reader(found.html())
    assert set(page.tags) == {"div", "details", "summary", "table", "tr", "td"}
    assert page.names == {"style", "open"}
    for text in page.texts:
        inside = text.removeprefix(r"\(\displaystyle ").removesuffix(r"\)")
        assert_no_command(inside)
    bundle = found._repr_mimebundle_()
    assert_no_command(bundle["text/latex"])
    assert_no_command(found.latex())
    assert found.latex().count(r"\end{") == bundle["text/latex"].count(r"\end{") == 1
    assert "<" not in re.sub(r"\{<\}", "", bundle["text/latex"])


def assert_no_command(latex: str) -> None:
    """No command but those that the printer writes, no end of the formula, no comment."""
    commands = set(re.findall(r"\\([A-Za-z]+)", latex))
    assert commands <= OURS, commands - OURS
    assert not re.search(r"(?<!\\)[%$#]|\\\)|\\\]", latex.replace("$\\displaystyle", "").removesuffix("$"))


OURS = frozenset({"displaystyle", "begin", "end", "text", "mathrm", "mathbf", "backslash", "hat"})
OURS |= {"tilde", "left", "right", "cdot", "odot", "nabla", "tanh", "operatorname", "square"}


def test_long_derivations_have_their_middle_left_out() -> None:
    last: Expr = X
    for k in range(80):
        last = define(f"Z_{k}", tanh(last))
    found = derive(last.sum(), X, detail="full")
    bundle = found._repr_mimebundle_()
    left_out = f"… {len(found.steps) - MOST} more steps …"
    assert left_out in bundle["text/html"]
    assert left_out in bundle["text/plain"]
    assert Reader(bundle["text/html"]).tags.count("tr") == MOST
    assert len(bundle["text/plain"].splitlines()) == MOST + 1
    assert f"{len(found.steps) - MOST} more steps" in bundle["text/latex"]
    assert len(str(found).splitlines()) == len(found.steps)


def test_long_formulas_have_their_middle_left_out() -> None:
    terms = [dot(tensor(f"a_{k}", X.sizes), tanh(X)) for k in range(400)]
    bundle = derive(sum(terms[1:], start=terms[0]), X, detail="full")._repr_mimebundle_()
    for text in bundle.values():
        assert len(text) < 4 * max(LONGEST, SHORTEST * MOST)


def test_no_matrix_form_is_written_in_brackets() -> None:
    B, C, D, E = tensors("B[i,j,k] C[i,k,l] D[j,k,l,m] E[i,l,m]")
    F = define("F", einsum("ijk,ikl,jklm,ilm->im", B, C, D, E))
    text = str(derive(dot(F, F), B))
    assert "F = ⟨[B_1 C_1 E_1]" in text
    assert "|" not in text
