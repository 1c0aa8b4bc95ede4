"""Pictures: well-formed, complete, safe, the same every time."""

from __future__ import annotations

import pickle
import re
import xml.etree.ElementTree as ET
from collections import Counter
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings

from bracketcalc.errors import ArgumentError
from bracketcalc.expr.algebra import diag, dot, einsum, outer, trace
from bracketcalc.expr.build import define, identity, ones, tensor, tensors
from bracketcalc.expr.core import Expr, Product, Size, Tensor
from bracketcalc.functions.forms import log, softmax
from bracketcalc.render.graph.component import has_junction
from bracketcalc.render.graph.diagram import Graph, to_graph
from bracketcalc.render.graph.page import MARGIN, coefficient_text, components, page
from bracketcalc.render.graph.parts import GraphTerm
from bracketcalc.render.graph.picture import Kind, Picture
from bracketcalc.render.text import to_text
from tests.strategies import products

A, B, C, X, Y, W, S, T, v, b, lam = tensors(
    "A[i,j] B[j,k] C[k,l] X[n,d] Y[n,d] W[d,k] S[n,n] T[n,d,k] v[n] b[k] lam"
)
SVG = "{http://www.w3.org/2000/svg}"

CASES: dict[str, Expr] = {
    "chain": A @ B @ C,
    "trace": trace(S),
    "trace of three": trace(tensor("P", ("m", "n")) @ tensor("Q", ("n", "w")) @ tensor("R", ("w", "m"))),
    "outer": outer(v, b),
    "hyperedge": einsum("nd,n,nk->dk", X, v, outer(v, b)),
    "weighted Gram": X.T @ diag(v) @ X,
    "bilinear": einsum("ndk,n,k->d", T, v, b),
    "element-wise": X * Y,
    "ones": X @ W + outer(ones("n"), b),
    "delta": einsum("ijk,j->ik", identity("n", 3), v),
    "numbers": Fraction(-1, 2) * dot(X, Y) + lam * trace(S) - 3,
    "loss": -dot(log(X), Y) / Size("n"),
    "definition": define("Z", softmax(X @ W, axis=1)),
    "long names": outer(tensor("name" * 50, ("size" * 50,)), tensor("中文" * 40, (2,))),
    "many axes": tensor("K", tuple(range(20))),
    "scalar": lam * 1,
    "sums over rows": X.sum(axis=0),
}


def texts(svg: str) -> list[str]:
    """Return what is written in a picture."""
    return [node.text or "" for node in ET.fromstring(svg).iter(f"{SVG}text")]


def picture(expr: Expr) -> Picture:
    graph = to_graph(expr)
    return page(graph.terms, graph.name)


def kinds(found: Picture) -> Counter[Kind]:
    return Counter(shape.kind for shape in found.shapes)


def expected_kinds(terms: tuple[GraphTerm, ...]) -> Counter[Kind]:
    """Return how many shapes of each kind there must be, beside factors and signs."""
    found: Counter[Kind] = Counter()
    for term in terms:
        for edge in term.edges:
            meets = has_junction(edge) or (len(edge.ports) > 1 and len(edge.nodes) == 1)
            found[Kind.SUMMED] += edge.summed and meets
            found[Kind.SHARED] += meets and not edge.summed
            found[Kind.FREE] += not edge.summed
            found[Kind.SIZE] += 1
        found[Kind.POSITION] += sum(node.expr.ndim for node in term.nodes if node.expr.ndim > 1)
    return found


@pytest.mark.parametrize("name", CASES)
def test_a_picture_is_one_well_formed_accessible_document(name: str) -> None:
    root = ET.fromstring(to_graph(CASES[name]).svg)
    assert root.tag == f"{SVG}svg"
    assert root.get("role") == "img"
    title, desc = root[0], root[1]
    assert (title.tag, desc.tag) == (f"{SVG}title", f"{SVG}desc")
    assert root.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
    assert title.text == f"Graph of {to_graph(CASES[name]).title}"
    assert not list(root.iter(f"{SVG}script")) + list(root.iter(f"{SVG}image"))
    attributes = {key for node in root.iter() for key in node.attrib}
    assert not {key for key in attributes if key.startswith("on") or "href" in key}


@pytest.mark.parametrize("name", CASES)
def test_everything_is_inside_the_picture_and_drawn_once(name: str) -> None:
    graph = to_graph(CASES[name])
    found = page(graph.terms, graph.name)
    bounds = found.bounds
    corner = bounds.centre - complex(bounds.half_width, bounds.half_height)
    assert corner == pytest.approx(complex(MARGIN, MARGIN))
    count = kinds(found)
    for kind, number in expected_kinds(graph.terms).items():
        assert count[kind] == number, kind
    lines = [edge for term in graph.terms for edge in term.edges if edge.summed and not has_junction(edge)]
    bars = [edge for edge in lines if len(edge.nodes) == 2 or len(edge.ports) == 1]
    assert sum(stroke.bar for stroke in found.strokes) == len(bars)
    factors = [node.text for term in graph.terms for node in term.nodes]
    assert count[Kind.TENSOR] + count[Kind.CONSTANT] + count[Kind.FORMULA] == len(factors)


@settings(max_examples=40, deadline=None)
@given(products((Size("n"), Size("m"))))
def test_random_products_are_drawn_completely(expr: Product) -> None:
    graph = to_graph(expr)
    count = kinds(page(graph.terms, None))
    assert {kind: count[kind] for kind in expected_kinds(graph.terms)} == expected_kinds(graph.terms)
    ET.fromstring(graph.svg)


def test_colours_come_from_the_page_and_nothing_from_outside() -> None:
    svg = to_graph(A @ B).svg
    style = re.search("<style>(.*)</style>", svg)
    assert style is not None
    assert "prefers-color-scheme:dark" in style.group(1)
    # Inside a page, a rule for all pictures would colour them; these hold for whole documents only.
    assert set(re.findall(r"[^{}]*\{color", style.group(1))) <= {
        "svg:root.bracketcalc-graph{color",
    }
    painted = {node.get(key) for node in ET.fromstring(svg).iter() for key in ("fill", "stroke")}
    assert painted == {None, "none", "currentColor"}
    assert re.findall("https?:[^\"']*", svg) == ["http://www.w3.org/2000/svg"]
    assert "url(" not in svg


@pytest.mark.parametrize(
    "name",
    ["<script>alert(1)</script>", '"', "'", "&amp;", "]]>", "$\\input{x}$", "a\x00b\ud800\u202e", "</svg>"],
)
def test_any_name_is_only_text(name: str) -> None:
    expr = outer(Tensor(name, (Size(name),)), log(Tensor(name, (2,))))
    svg = to_graph(define("D", expr) if name.isprintable() else expr).svg
    root = ET.fromstring(svg)
    allowed = {"svg", "title", "desc", "style", "g", "path", "rect", "circle", "text"}
    assert {node.tag.removeprefix(SVG) for node in root.iter()} <= allowed
    shown = name if name.isprintable() else "a\ufffdb\ufffd\ufffd"
    assert {shown[:10]} <= {text[:10] for text in texts(svg)}


def test_long_texts_are_shortened_with_the_whole_text_at_hand() -> None:
    svg = to_graph(tensor("weights_of_the_second_layer", ("a_quite_long_size",))).svg
    assert texts(svg) == ["weights_of_the_second_l…", "1", "a_quite_long_…"]
    assert "<title>weights_of_the_second_layer</title>" in svg
    assert "<title>a_quite_long_size</title>" in svg
    assert len(to_graph(CASES["long names"]).svg) < 10_000


def test_what_is_written() -> None:
    assert sorted(texts(to_graph(define("P", -2 * (A @ B))).svg)) == sorted(
        ["P =", "− 2", "A", "B", "1", "2", "1", "2", "i", "j", "k", "1", "2"]
    )


def test_signs_and_numbers() -> None:
    assert coefficient_text(1, first=True, alone=False) == ""
    assert coefficient_text(-1, first=True, alone=False) == "−"
    assert coefficient_text(1, first=True, alone=True) == "1"
    assert coefficient_text(Fraction(-1, 2), first=False, alone=True) == "− 1/2"
    assert coefficient_text(0, first=True, alone=False) == "0"


def test_factors_without_common_axes_stand_side_by_side() -> None:
    (term,) = to_graph(product_of_two_parts()).terms
    assert components(term) == [(0, 2), (1,), (3,)]
    found = picture(product_of_two_parts())
    boxes = [shape.box for shape in found.shapes if shape.kind is Kind.TENSOR]
    lefts = {shape.text: shape.box.centre.real for shape in found.shapes if shape.kind is Kind.TENSOR}
    assert len(boxes) == 4
    assert lefts["A"] < lefts["B"] < lefts["v"] < lefts["lam"]


def product_of_two_parts() -> Expr:
    return einsum("ij,n,jk,->nik", A, v, B, lam)


def test_long_rows_are_broken() -> None:
    many = outer(*[tensor(f"v_{number}", ("n",)) for number in range(30)])
    assert 2 * picture(many).bounds.half_width <= 920
    assert len({shape.box.centre.imag for shape in picture(many).shapes if shape.kind is Kind.TENSOR}) > 2


def test_labels_cover_no_box_in_ordinary_pictures() -> None:
    for name in ("chain", "bilinear", "weighted Gram", "hyperedge", "element-wise", "numbers", "ones"):
        shapes = picture(CASES[name]).shapes
        labels = [shape for shape in shapes if shape.kind in (Kind.SIZE, Kind.POSITION)]
        for label in labels:
            for other in shapes:
                assert label is other or label.box.overlap(other.box) == 0, (name, label, other)


@pytest.mark.parametrize("name", ["chain", "trace of three", "weighted Gram", "hyperedge", "element-wise"])
def test_labels_stay_away_from_lines_and_from_the_bars_across_them(name: str) -> None:
    found = picture(CASES[name])
    for label in [shape for shape in found.shapes if shape.kind is Kind.SIZE]:
        box = label.box.grown(1)
        for stroke in found.strokes:
            for point in stroke.curve.points:
                away = point - box.centre
                assert abs(away.real) >= box.half_width or abs(away.imag) >= box.half_height, label


def test_a_graph_is_the_same_every_time_and_is_plain_data() -> None:
    for expr in CASES.values():
        graph = to_graph(expr)
        again: Graph = pickle.loads(pickle.dumps(graph))
        assert again == graph
        assert again.svg == graph.svg
        assert again.dot == graph.dot


def test_a_notebook_gets_text_and_picture() -> None:
    graph = to_graph(A @ B)
    assert graph._repr_mimebundle_() == {"text/plain": str(graph), "image/svg+xml": graph.svg}
    assert graph._repr_svg_() == graph.svg
    assert repr(graph) == "<Graph of A B>"


def test_the_graph_in_words() -> None:
    body = 2 * einsum("nd,nd,n->d", X, X, v) - ones("d")
    assert str(to_graph(define("D", body))).splitlines() == [
        f"D = {to_text(body)}",
        " term 1 of 2",
        "  the number 2",
        "  3 factors: X, X, v",
        "  axis of size n: position 1 of X (factor 1), position 1 of X (factor 2), position 1 of v; summed",
        "  axis of size d: position 2 of X (factor 1), position 2 of X (factor 2); "
        "free, axis 1 of the result",
        " term 2 of 2",
        "  the number − 1",
        "  1 factor: 𝟏",
        "  axis of size d: position 1 of 𝟏; free, axis 1 of the result",
    ]


def test_numbers_have_graphs_and_other_objects_have_none() -> None:
    assert texts(to_graph(2.5).svg) == ["2.5"]
    with pytest.raises(ArgumentError, match="expected a number, got str"):
        to_graph("A B")


def test_saving(tmp_path: Path) -> None:
    graph = to_graph(A @ B)
    for ending, content in ((".svg", graph.svg), (".dot", graph.dot), (".gv", graph.dot)):
        graph.save(tmp_path / f"graph{ending}")
        assert (tmp_path / f"graph{ending}").read_text(encoding="utf-8") == content
    with pytest.raises(ArgumentError, match=r"not as '\.png'") as caught:
        graph.save(str(tmp_path / "graph.png"))
    assert "graph.svg" in caught.value.hint
