"""Graphs in the DOT language."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter

import pytest

from bracketcalc.expr.algebra import einsum, outer, trace
from bracketcalc.expr.build import define, tensor, tensors
from bracketcalc.expr.core import Expr, Tensor
from bracketcalc.render.graph.diagram import to_graph
from bracketcalc.render.graph.dot import quoted
from bracketcalc.render.text import to_text

G, B, W, S, X, v, lam = tensors("G[n,k] B[n,d] W[d,k] S[n,n] X[n,d] v[n] lam")

CASES: dict[str, Expr] = {
    "recurrent": einsum("nk,nd,dk->nd", G, B, W),
    "sum": trace(S) * lam - 3 + X.sum(),
    "weighted Gram": define("H", einsum("ni,n,nj->ij", X, v, X)),
    "names": outer(tensor('"];x[label="', (2,)), tensor("\\", (3,)), tensor("\\N <b>&lt;</b>", (2,))),
    "unprintable": Tensor("a\x00\nb", (2,)),
    "scalar": 2 * lam,
}

STRING = r'"(?:[^"\\]|\\.)*"'
IDENTIFIER = r"[A-Za-z_]\w*"
ATTRIBUTE = rf"{IDENTIFIER}=(?:{STRING}|{IDENTIFIER}|-?[\d.]+)"
ATTRIBUTES = rf" \[{ATTRIBUTE}(?:, {ATTRIBUTE})*\]"
STATEMENT = re.compile(
    rf" +(?:{IDENTIFIER}(?: -- {IDENTIFIER})?{ATTRIBUTES};|label={STRING};|subgraph {IDENTIFIER} {{|}})"
)


RECURRENT = """\
  graph [rankdir=LR, nodesep=0.5, ranksep=0.9, bgcolor="transparent"];
  node [shape=box, style=rounded];
  edge [fontsize=10, labeldistance=1.4];
  n0 [label="G"];
  n1 [label="B"];
  n2 [label="W"];
  free1 [shape=circle, style="", margin=0, width=0.25, label="1"];
  e0 [shape=point, style="", label=""];
  n0 -- e0 [label="", taillabel="1"];
  n1 -- e0 [label="", taillabel="1"];
  e0 -- free1 [label="n"];
  n0 -- n2 [label="k", taillabel="2", headlabel="2"];
  free2 [shape=circle, style="", margin=0, width=0.25, label="2"];
  e2 [shape=point, style="", label=""];
  n1 -- e2 [label="", taillabel="2"];
  n2 -- e2 [label="", taillabel="1"];
  e2 -- free2 [label="d"];
}
"""

SUM = """\
  graph [rankdir=LR, nodesep=0.5, ranksep=0.9, bgcolor="transparent"];
  node [shape=box, style=rounded];
  edge [fontsize=10, labeldistance=1.4];
  subgraph cluster_0 {
    label="";
    t0_n0 [label="S"];
    t0_n1 [label="lam"];
    t0_n0 -- t0_n0 [label="n", taillabel="1", headlabel="2"];
  }
  subgraph cluster_1 {
    label="− 3";
    t1_number [shape=plain, label=""];
  }
  subgraph cluster_2 {
    label="+";
    t2_n0 [label="X"];
    t2_sum0 [shape=box, style=filled, fillcolor=black, width=0.04, height=0.25, label=""];
    t2_n0 -- t2_sum0 [label="n", taillabel="1"];
    t2_sum1 [shape=box, style=filled, fillcolor=black, width=0.04, height=0.25, label=""];
    t2_n0 -- t2_sum1 [label="d", taillabel="2"];
  }
}
"""


def test_an_elementwise_product_with_a_contraction() -> None:
    """The bracket term (48) of paper §6.4."""
    head, body = to_graph(CASES["recurrent"]).dot.split("\n", 1)
    assert head == f"graph {quoted(to_text(CASES['recurrent']))} {{"
    assert body == RECURRENT


def test_a_sum_is_one_cluster_for_each_term() -> None:
    head, body = to_graph(CASES["sum"]).dot.split("\n", 1)
    assert head == f"graph {quoted(to_text(CASES['sum']))} {{"
    assert body == SUM


@pytest.mark.parametrize("name", CASES)
def test_every_line_is_a_statement(name: str) -> None:
    first, *body, last = to_graph(CASES[name]).dot.splitlines()
    assert re.fullmatch(rf"graph {STRING} {{", first)
    assert last == "}"
    for line in body:
        assert STATEMENT.fullmatch(line), line


@pytest.mark.parametrize("name", CASES)
def test_every_vertex_of_a_line_is_declared_once(name: str) -> None:
    dot = to_graph(CASES[name]).dot
    declared = Counter(re.findall(rf"^ +({IDENTIFIER}) \[", dot, re.MULTILINE))
    used = {
        end
        for pair in re.findall(rf"^ +({IDENTIFIER}) -- ({IDENTIFIER}) ", dot, re.MULTILINE)
        for end in pair
    }
    assert used <= set(declared)
    assert set(declared.values()) == {1}


def test_quoting() -> None:
    assert quoted("\\") == '"\\\\"'
    assert quoted("&lt;") == '"&amp;lt;"'
    assert quoted('a"b') == '"a\\"b"'
    assert quoted("a\nb") == '"a\N{REPLACEMENT CHARACTER}b"'
    assert len(quoted("x" * 1000)) < 70


@pytest.mark.parametrize("name", CASES)
def test_graphviz_reads_it_and_shows_the_names_as_they_are(name: str) -> None:
    program = shutil.which("dot")
    if program is None:
        pytest.skip("Graphviz is not installed")
    graph = to_graph(CASES[name])
    run = subprocess.run(
        [program, "-Tplain"], input=graph.dot, capture_output=True, text=True, check=True, encoding="utf-8"
    )
    assert run.stderr == ""
    nodes = [line for line in run.stdout.splitlines() if re.match(r"node \w*n\d", line)]
    assert len(nodes) == sum(len(term.nodes) for term in graph.terms)
