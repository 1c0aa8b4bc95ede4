"""Predicted costs against numbers computed by hand, and what reports and listings look like."""

from __future__ import annotations

import re

import numpy as np
import pytest

from bracketcalc.compiler.compile import compile
from bracketcalc.errors import ArgumentError, ShapeError
from bracketcalc.expr.algebra import einsum
from bracketcalc.expr.build import define, ones, scalar, tensors
from bracketcalc.functions.forms import tanh

X, W, v = tensors("X[n,d] W[d,k] v[k]")


def test_a_matrix_product() -> None:
    report = compile(X @ W).report(X=(500, 64), W=(64, 10))
    assert report.flops == 2 * 500 * 64 * 10
    assert report.bytes_moved == 8 * (500 * 64 + 64 * 10 + 500 * 10)
    assert report.peak_bytes == report.result_bytes == 8 * 500 * 10
    assert report.argument_bytes == 8 * (500 * 64 + 64 * 10)
    assert report.shapes == (("X", (500, 64)), ("W", (64, 10)))
    (step,) = report.path
    assert (step.kernel, step.operands, step.result) == ("dot", ((500, 64), (64, 10)), (500, 10))


def test_the_path_is_chosen_by_the_sizes() -> None:
    f = compile(X @ W @ v)
    assert [step.result for step in f.report(X=(500, 64), W=(64, 10), v=10).path] == [(64,), (500,)]
    assert f.report(X=(500, 64), W=(64, 10), v=10).flops == 2 * (64 * 10 + 500 * 64)
    a, B, C = tensors("a[d] B[d,k] C[k,m]")
    assert compile(a @ B @ C).report(a=7, B=(7, 8), C=(8, 9)).flops == 2 * (7 * 8 + 8 * 9)


def test_a_shared_index_in_three_factors() -> None:
    a, b, c = tensors("a[m,n] b[m,n] c[m,k]")
    report = compile(einsum("mn,mn,mk->nk", a, b, c)).report(a=(30, 4), b=(30, 4), c=(30, 5))
    assert report.flops == 30 * 4 + 2 * 30 * 4 * 5


def test_elementwise_steps_count_one_for_each_element() -> None:
    report = compile(tanh(X) + X).report(X=(6, 7))
    assert report.flops == 2 * 6 * 7
    assert report.bytes_moved == 8 * (2 + 3) * 6 * 7


def test_types_and_forms_of_shapes() -> None:
    f = compile(X.sum())
    assert f.report(np.float32, X=(6, 7)).argument_bytes == 4 * 42
    assert f.report(np.float16, X=(6, 7)).dtype == "float32"
    assert f.report(X=np.zeros((6, 7))) == f.report(X=[6, 7]) == f.report(X=(6, 7))
    assert compile(ones("m")).report(m=5).result_bytes == 40
    assert compile(scalar("s") * 2).report(s=()).flops == 1


def test_given_arrays_keep_their_types() -> None:
    f = compile(tanh(X @ W))
    x, w = np.ones((6, 7), np.float32), np.ones((7, 5), np.float32)
    assert f.report(X=x, W=w) == f.report("float32", X=(6, 7), W=(7, 5))
    assert f.report(X=x, W=(7, 5)) == f.report("float32", X=(6, 7), W=(7, 5))
    assert f.report("float64", X=x, W=w) == f.report(X=(6, 7), W=(7, 5))
    # The integers are cast to what is computed in.
    mixed = f.report(X=np.ones((6, 7), int), W=np.ones((7, 5)))
    f(X=np.ones((6, 7), int), W=np.ones((7, 5)))
    assert mixed == f.report()
    assert mixed.peak_bytes > f.report(X=(6, 7), W=(7, 5)).peak_bytes
    g = compile(X @ W, constants={"W": w})
    assert g.report(X=(6, 7)).dtype == "float32"
    assert g.report("float64", X=(6, 7)).dtype == "float64"


def test_a_type_alone_is_not_ignored() -> None:
    f = compile(X @ W)
    assert "float32" in str(f.report("float32", X=(6, 7), W=(7, 5)))
    f(X=np.ones((6, 7)), W=np.ones((7, 5)))
    with pytest.raises(ArgumentError, match="no value was given for X, W: a shape is needed for each"):
        f.report("float32")
    with pytest.raises(ArgumentError, match="dtype is given by position: a tensor may have this name"):
        f.report(dtype="float32", X=(6, 7), W=(7, 5))
    assert compile(2 * tensors("dtype[n]")[0]).report(dtype=(3,)).flops == 3


def test_empty_arrays_cost_nothing() -> None:
    report = compile(X @ W).report(X=(0, 3), W=(3, 4))
    assert (report.flops, report.peak_bytes) == (0, 0)
    assert compile(X @ W).report(X=(2, 0), W=(0, 4)).flops == 0


def test_huge_shapes_are_only_counted() -> None:
    n = 10**9
    assert compile(X @ W).report(X=(n, n), W=(n, n)).flops == 2 * n**3


def test_errors() -> None:
    f = compile(X @ W)
    with pytest.raises(ArgumentError, match=r"^no value was given for W"):
        f.report(X=(2, 3))
    with pytest.raises(
        ShapeError, match=r"^axis 1 of X has size 4, but axis 0 of W has size 3: both are d"
    ):
        f.report(X=(3, 4), W=(3, 4))
    with pytest.raises(ArgumentError, match=r"the shape of X is \(3, 2.7\), not a tuple"):
        f.report(X=(3, 2.7), W=(2, 4))
    with pytest.raises(ArgumentError) as caught:
        f.report(X=(3, -4), W=(3, 4))
    assert str(caught.value) == (
        "the shape of X is (3, -4), not a tuple of non-negative integers\n  hint: write X=(2, 3)"
    )


def test_report_as_text() -> None:
    text = str(compile(define("A", X @ W)).report(X=(500, 64), W=(64, 10)))
    lines = text.splitlines()
    assert lines[:6] == [
        "arguments       X (500, 64), W (64, 10), float64, 261.1 kB",
        "results         40.0 kB",
        "operations      640,000 FLOPs",
        "memory traffic  301.1 kB",
        "peak memory     40.0 kB beside the arguments",
        "path",
    ]
    assert lines[6].split() == ["step", "equation", "kernel", "shapes", "FLOPs", "bytes", "computes"]
    row = r" +1  ab,bc->ac  dot +\(500, 64\) \(64, 10\) -> \(500, 10\)  640,000  301\.1 kB  A = .*"
    assert re.fullmatch(row, lines[7])
    assert str(compile([]).report()).endswith("path\n  nothing to compute")
    report = compile(X @ W).report(X=(2, 3), W=(3, 4))
    assert repr(report) == str(report)
    shown = report._repr_mimebundle_()
    assert shown["text/plain"] == str(report)
    assert "ab,bc-&gt;ac" in shown["text/html"], "the arrow is no tag"


def test_source_names_what_each_line_computes() -> None:
    A = define("A", X @ W)
    f = compile([define("Z", tanh(A)), A])
    lines = f.source(X=(4, 5), W=(5, 3)).splitlines()
    assert lines[:3] == ["# x0 = X (4, 5)", "# x1 = W (5, 3)", "def run(x0, x1):"]
    assert lines[3].startswith("    t0 = dot(x0, x1)  # A = ")
    assert lines[4].startswith("    t1 = tanh(t0)     # Z = ")
    assert lines[5] == "    return (t1, t0,)"


def test_source_without_shapes() -> None:
    f = compile(X @ W)
    # The sizes d, k, n are invented as 11, 12, 13.
    assert f.source().startswith("# x0 = X (13, 11)\n# x1 = W (11, 12)\n")
    f(X=np.ones((2, 3)), W=np.ones((3, 4)))
    assert f.source().startswith("# x0 = X (2, 3)\n# x1 = W (3, 4)\n")
    assert f.source(X=(7, 3), W=(3, 4)).startswith("# x0 = X (7, 3)\n")


def test_source_holds_no_user_text_outside_comments() -> None:
    evil = define("__import__('os')", tanh(v))
    source = compile(evil * 2).source()
    code = [line.partition("#")[0] for line in source.splitlines()]
    assert "import" in source
    assert not any("import" in line for line in code)


def test_a_multiple_of_a_product_is_computed_from_it() -> None:
    Z = X @ W
    report = compile([tanh(Z), tanh(3 * Z), Z @ v, -5 * (Z @ v)]).report(X=(50, 6), W=(6, 7), v=7)
    products = [step for step in report.path if step.kernel == "dot"]
    assert len(products) == 2
