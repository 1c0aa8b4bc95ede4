"""How paths are found: by name, by a callable, or given."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from opt_einsum import paths

from bracketcalc.compiler.compile import compile
from bracketcalc.compiler.paths import optimize as module
from bracketcalc.compiler.paths.cost import path_cost
from bracketcalc.compiler.paths.optimize import MOST_FACTORS, NAMES, finder_for
from bracketcalc.errors import ArgumentError
from bracketcalc.expr.build import tensors
from bracketcalc.expr.core import Expr, Tensor, product
from bracketcalc.functions.forms import exp
from bracketcalc.reference import evaluate as reference
from tests.compiler.networks import hypernetwork

A, B, C, D, v, w = tensors("A[i,j] B[j,k] C[k,l] D[l,m] v[m] w[i]")
DRAW = np.random.default_rng(0)


def integers(*shape: int) -> np.ndarray[Any, Any]:
    """Return whole numbers as floats, with which every order gives exactly the same result."""
    return DRAW.integers(-3, 4, shape).astype(float)


VALUES = {
    "A": integers(2, 3),
    "B": integers(3, 4),
    "C": integers(4, 5),
    "D": integers(5, 6),
    "v": integers(6),
}
CHAIN = A @ B @ C @ D @ v


def chain(count: int) -> tuple[Expr, dict[str, Any]]:
    """Return a product of many matrices, and their values."""
    sizes = [2 + k % 3 for k in range(count + 1)]
    found = [Tensor(f"M{k}", ends) for k, ends in enumerate(pairwise(sizes))]
    pairs = [(matrix, (k, k + 1)) for k, matrix in enumerate(found)]
    values = {matrix.name: DRAW.standard_normal((sizes[k], sizes[k + 1])) for k, matrix in enumerate(found)}
    return product(1, pairs, (0, count)), values


def dots(source: str) -> list[str]:
    """Return the contractions of a program in the order in which they are written."""
    return [line.split("#")[0].strip() for line in source.splitlines() if " = dot(" in line]


@pytest.mark.parametrize("name", [name for name in NAMES if name != "cotengra"])
def test_searches_by_name(name: str) -> None:
    np.testing.assert_array_equal(compile(CHAIN, optimize=name)(**VALUES), reference(CHAIN, VALUES))


@pytest.mark.parametrize("count", [5, 20])
def test_cotengra(count: int) -> None:
    pytest.importorskip("cotengra")
    expr, values = chain(count)
    f, g = compile(expr, optimize="cotengra"), compile(expr, optimize="cotengra")
    np.testing.assert_allclose(f(**values), np.linalg.multi_dot(list(values.values())), rtol=1e-12)
    g(**values)
    assert f.source() == g.source()


def test_cotengra_is_asked_for_where_it_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    with pytest.raises(ArgumentError, match="needs cotengra, which is not installed"):
        compile(CHAIN, optimize="cotengra")


def test_unknown_names_and_things() -> None:
    with pytest.raises(ArgumentError, match=r"'optimul' is not known.*\n  hint: did you mean 'opt"):
        compile(CHAIN, optimize="optimul")
    assert compile(CHAIN, optimize="AUTO").options == compile(CHAIN).options
    wrong: Any
    for wrong in (3, None, [1, 2], [("a", "b")], [(0.5, 1)], [(True, 0)]):
        with pytest.raises(ArgumentError, match="optimize must be a name, a callable or a path, got"):
            compile(CHAIN, optimize=wrong)


@pytest.mark.parametrize("name", sorted(MOST_FACTORS))
def test_searches_that_take_too_long_are_refused(name: str) -> None:
    expr, values = chain(MOST_FACTORS[name] + 1)
    with pytest.raises(ArgumentError, match=f"takes too long for a product of {len(values)} factors"):
        compile(expr, optimize=name)(**values)


def test_random_searches_leave_the_shared_generator_alone() -> None:
    expr, values = chain(12)
    random.seed(5)
    expected = random.random()
    random.seed(5)
    compile(expr, optimize="random-greedy")(**values)
    assert random.random() == expected


def test_random_searches_of_several_threads_find_the_same_path() -> None:
    inputs, kept, sizes = hypernetwork(random.Random(5), 22)
    alone, state = finder_for("random-greedy")(inputs, kept, sizes), random.getstate()
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(lambda _: finder_for("random-greedy")(inputs, kept, sizes), range(16)))
    finally:
        sys.setswitchinterval(before)
    assert found == [alone] * 16
    assert random.getstate() == state


def test_a_callable_gets_what_opt_einsum_gives() -> None:
    seen: list[Any] = []

    def search(inputs: list[frozenset[str]], output: frozenset[str], sizes: Mapping[str, int]) -> Any:
        seen.append((inputs, output, sizes))
        return [(3, 4), (2, 3), (1, 2), (0, 1)]

    np.testing.assert_array_equal(compile(CHAIN, optimize=search)(**VALUES), reference(CHAIN, VALUES))
    inputs, output, sizes = seen[0]
    assert [sorted(labels) for labels in inputs] == [["a", "b"], ["b", "c"], ["c", "d"], ["d", "e"], ["e"]]
    assert (output, sizes) == (frozenset("a"), {"a": 2, "b": 3, "c": 4, "d": 5, "e": 6})
    optimizer = paths.DynamicProgramming(minimize="size")
    np.testing.assert_array_equal(compile(CHAIN, optimize=optimizer)(**VALUES), reference(CHAIN, VALUES))
    with pytest.raises(ArgumentError, match="contracts 2 factors, but the product has 5"):
        compile(CHAIN, optimize=lambda *_: [(0, 1)])(**VALUES)
    with pytest.raises(ArgumentError, match="the search '<lambda>' returned no path"):
        compile(CHAIN, optimize=lambda *_: None)(**VALUES)


def test_cotengra_is_asked_for_many_factors(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("cotengra")
    draw = random.Random(1)
    ends = [draw.sample(range(80), 2) for _ in range(120)]
    inputs = [tuple([k for k, pair in enumerate(ends) if place in pair]) for place in range(80)]
    inputs, sizes = [labels for labels in inputs if labels], dict.fromkeys(range(120), 2)
    both = finder_for("auto")(inputs, frozenset(), sizes)
    assert both == finder_for("auto")(inputs, frozenset(), sizes)
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    alone = finder_for("auto")(inputs, frozenset(), sizes)
    costs = [path_cost(path, inputs, frozenset(), sizes) for path in (both, alone)]
    assert costs[0] < 0.8 * costs[1]


def test_a_given_path_is_followed() -> None:
    to_the_right = compile(CHAIN, optimize=[(0, 1), (0, 3), (0, 2), (0, 1)])
    mixed: Any = ((np.int64(3), 4), [2, 3], (1, 2), (0, 1))
    to_the_left = compile(CHAIN, optimize=mixed)
    for f in (to_the_right, to_the_left):
        np.testing.assert_array_equal(f(**VALUES), reference(CHAIN, VALUES))
    assert dots(to_the_left.source())[0] == "t0 = dot(x3, x4)"
    assert dots(to_the_right.source())[0] == "t0 = dot(x0, x1)"
    several = compile(CHAIN, optimize=[(0, 1, 2), (0, 1, 2)])
    np.testing.assert_array_equal(several(**VALUES), reference(CHAIN, VALUES))


def test_a_given_path_counts_factors_as_they_are_written() -> None:
    """Numbers and scalars do not count, equal factors stay apart, and a factor may be any tensor."""
    (s,) = tensors("s")
    expr = 2 * s * ((A @ B) @ exp(B.T) @ A.T)
    values: dict[str, Any] = {"A": VALUES["A"], "B": VALUES["B"], "s": 3.0}
    f = compile(expr, optimize=[(2, 3), (1, 2), (0, 1)])
    np.testing.assert_allclose(f(**values), reference(expr, values), rtol=1e-13)
    shown = dots(f.source())
    assert len(shown) == 3
    assert ", t0)" in shown[0]


def test_paths_that_do_not_fit() -> None:
    wrong: list[tuple[Any, str]] = [
        ([(0, 1), (0, 1)], "the path contracts 3 factors, but the product has 5"),
        (
            [(0, 1), (0, 4), (0, 1), (0, 1)],
            "step 1 of the path contracts the positions (0, 4), but",
        ),
        ([(0, 0), (0, 1), (0, 1), (0, 1)], "step 0 of the path contracts the positions (0, 0)"),
        ([(0, -1), (0, 1), (0, 1), (0, 1)], "step 0 of the path contracts the positions (0, -1)"),
        ([()], "step 0 of the path contracts the positions ()"),
    ]
    for path, message in wrong:
        with pytest.raises(ArgumentError, match=re.escape(message)):
            compile(CHAIN, optimize=path)
    with pytest.raises(ArgumentError, match="a path is for one product, but there are 2 expressions"):
        compile([A @ B, B @ C], optimize=[(0, 1)])
    with pytest.raises(ArgumentError, match="a path is for one product, but a factor of it contains A B"):
        compile(exp(A @ B) @ C, optimize=[(0, 1)])
    with pytest.raises(ArgumentError, match="the path contracts 2 factors, but the product has 1"):
        compile(exp(A), optimize=[(0, 1)])


PROGRAM = """
from itertools import pairwise
from bracketcalc import compile, einsum, tensor
T = [tensor(f"T{{k}}", (2, 3, 2)) for k in range(12)]
eq = "aib,bjc,cid,dke,eif,flg,gjh,hmp,pkq,qnr,rls,smt->ant"
f = compile(einsum(eq, *T), optimize="{name}")
print(f.source(**{{t.name: (2, 3, 2) for t in T}}))
"""


@pytest.mark.long
@pytest.mark.parametrize("name", ["auto", "random-greedy", "auto-hq", "cotengra"])
def test_programs_are_the_same_each_time(name: str) -> None:
    """The order of sets of strings differs between processes, that of programs does not."""
    if name == "cotengra":
        pytest.importorskip("cotengra")
    shown = set()
    for seed in ("0", "1", "2"):
        made = subprocess.run(
            [sys.executable, "-c", PROGRAM.format(name=name)],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
        shown.add(made.stdout)
    assert len(shown) == 1
    assert "dot" in shown.pop()
