"""step_study: the orders of the differences, the floor of rounding, and the picture."""

from __future__ import annotations

import sys
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from bracketcalc.errors import ArgumentError, DerivativeError, ShapeError
from bracketcalc.expr.algebra import norm
from bracketcalc.expr.build import define, tensor, tensors
from bracketcalc.expr.core import Expr
from bracketcalc.functions.forms import abs, conj, exp, function, log, relu
from bracketcalc.testing import Method, StepStudy, step_study

A, x, B = tensors("A[n,n] x[n] B[n,n]")
VALUES = {
    "A": np.random.default_rng(3).standard_normal((4, 4)),
    "B": np.eye(4),
    "x": np.array([0.4, -1.2, 2.0, 0.1]),
}


@pytest.mark.parametrize(
    ("method", "order", "largest"),
    [("forward", 1, 1e-2), ("central", 2, 1e-1), ("richardson", 4, 5e-1), ("complex", 2, 1e-2)],
)
def test_truncation_is_of_the_order_of_the_method(method: Method, order: int, largest: float) -> None:
    """Halving the step of exp divides the error by 2^order, where rounding does not show yet."""
    steps = [largest, largest / 2]
    study = step_study(exp(x), x, VALUES, methods=[method], steps=steps)
    coarse, fine = study.errors[method]
    assert np.log2(coarse / fine) == pytest.approx(order, abs=0.1)


def test_cancellation_grows_as_the_step_shrinks() -> None:
    """Forward differences of A² are best near √ε, by the notes' figure 4; the complex step stays exact."""
    study = step_study(A @ A, A, VALUES)
    step, error = study.best("forward")
    assert 1e-10 < step < 1e-6
    assert 1e-10 < error < 1e-6
    errors = dict(zip(study.steps, study.errors["forward"], strict=True))
    assert errors[1e-16] > 1e-2
    assert study.errors["complex"][-10:].max() < 1e-15
    assert study.best("central")[1] < error
    assert list(study.errors) == ["forward", "central", "richardson", "complex"]


def test_differences_of_a_square_are_exact_but_for_rounding() -> None:
    """Central differences have no truncation error for polynomials of degree 2."""
    study = step_study(A @ A, A, VALUES, methods=["central"], steps=[0.5])
    assert study.errors["central"][0] < 1e-14


def test_the_error_of_a_wrong_derivative_stays() -> None:
    """With a slope that is 1 % too large, the error is 1/101 where differences are good."""
    wrong = function("wrong", lambda xp, x: xp.exp(x), lambda x: 1.01 * exp(x))
    study = step_study(wrong(x), x, VALUES, steps=[1e-5, 1e-6, 1e-7])
    assert len(study.errors) == 4
    for errors in study.errors.values():
        np.testing.assert_allclose(errors, 1 / 101, rtol=1e-2)
    np.testing.assert_allclose(study.errors["complex"][-1], 1 / 101, rtol=1e-10)


def test_a_given_direction() -> None:
    """Along I, the slope of A² is 2A, and a forward difference with step h is off by hI."""
    study = step_study(A @ A, A, VALUES, direction=VALUES["B"], methods=["forward"], steps=[1e-2])
    expected = 1e-2 * np.linalg.norm(np.eye(4)) / np.linalg.norm(2 * VALUES["A"])
    np.testing.assert_allclose(study.errors["forward"], expected, rtol=1e-9)


def test_where_there_is_no_complex_step() -> None:
    assert "complex" not in step_study(abs(x), x, VALUES).errors
    with pytest.raises(ArgumentError, match="not analytic"):
        step_study(abs(x), x, VALUES, methods=["complex"])


def test_steps_that_leave_the_domain_are_left_out() -> None:
    study = step_study(log(x), x, {"x": [1e-3, 1.0]}, methods=["central"], direction=[1.0, 0.0])
    assert np.isnan(study.errors["central"][0])
    assert study.best("central")[1] < 1e-6
    nowhere = step_study(log(x), x, {"x": [-1.0, 1.0]}, methods=["central"])
    assert str(nowhere).endswith("central: undefined at every step")
    with pytest.raises(ArgumentError, match="'central' was not studied"):
        nowhere.best("central")
    assert ElementTree.fromstring(nowhere.svg).tag.endswith("svg")


def test_a_slope_of_zero() -> None:
    """The error is absolute then; at a kink the two sides differ."""
    assert step_study(x * 0, x, VALUES, methods=["forward"]).best("forward")[1] == 0
    study = step_study(relu(x), x, {"x": [0.0]}, direction=[1.0], methods=["forward"])
    np.testing.assert_allclose(study.errors["forward"], 1)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"methods": ["backward"]}, ArgumentError, "got 'backward'"),
        ({"steps": [0.1, 0.0]}, ArgumentError, "the steps must be positive numbers"),
        ({"steps": []}, ArgumentError, "the steps must be positive numbers"),
        ({"direction": [1.0, 2.0]}, ShapeError, "the direction has shape (2,), but x has (4,)"),
        ({"wrt": define("z", 2 * x)}, DerivativeError, "z is a definition"),
        ({"values": {}}, ArgumentError, "x has no value"),
    ],
)
def test_bad_inputs(changes: dict[str, Any], error: type[Exception], message: str) -> None:
    given: dict[str, Any] = {"wrt": x, "values": VALUES, **changes}
    with pytest.raises(error) as caught:
        step_study(exp(x), given.pop("wrt"), given.pop("values"), **given)
    assert message in str(caught.value)


@pytest.mark.parametrize("expr", [exp(x), x @ x])
def test_the_picture(expr: Expr) -> None:
    study = step_study(expr, x, VALUES, steps=[1.0, 1e-4, 1e-8])
    root = ElementTree.fromstring(study.svg)
    texts = ["".join(node.itertext()) for node in root.iter() if node.tag.endswith("text")]
    assert {"forward", "central", "richardson", "complex", "step"} <= set(texts)
    assert sum(node.tag.endswith("path") for node in root.iter()) == 4
    bundle = study._repr_mimebundle_()
    assert bundle == {"text/plain": str(study), "image/svg+xml": study.svg}
    assert str(study).startswith("relative error of differences along x\n   forward: at best")


def test_matplotlib_draws_the_same() -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    from matplotlib import pyplot

    study = step_study(exp(x), x, VALUES)
    axes = study.plot()
    assert [line.get_label() for line in axes.get_lines()] == list(study.errors)
    assert axes.get_xscale() == axes.get_yscale() == "log"
    assert study.plot(axes) is axes
    assert len(axes.get_lines()) == 8
    pyplot.close("all")


def test_without_matplotlib_the_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("matplotlib")]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    study = StepStudy("x", np.array([1.0]), {"forward": np.array([0.5])})
    with pytest.raises(ImportError, match="pip install matplotlib"):
        study.plot()


def test_complex_tensors_have_no_complex_step() -> None:
    z = tensor("z", "n", assume="complex")
    values = {"z": np.array([1 + 2j, -1j])}
    study = step_study(conj(z) * z * z, z, values)
    assert sorted(study.errors) == ["central", "forward", "richardson"]
    assert study.best("central")[1] < 1e-8
    assert step_study(norm(z), z, values, direction=[1j, 2]).best("richardson")[1] < 1e-9
