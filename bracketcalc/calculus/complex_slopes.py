"""Derivatives with complex tensors: real-linear differentials, and gradients for the inner product Re xᴴ y.

A complex tensor is a real vector space of twice the dimension, with the inner product
⟨x, y⟩ = Re Σ conj(x_i) y_i. The gradient g of a real-valued J is defined by dJ = ⟨g, dz⟩: its real part
holds the derivatives along real directions, its imaginary part those along imaginary ones. So ‖z‖² has
the gradient 2 z. The adjoint of z ↦ A z is G ↦ Aᴴ G.

Source: "Automatic differentiation: theory and practice", section 5 (definition 5.1, proposition 5.4).
"""

from __future__ import annotations

from typing import Any

from bracketcalc.errors import DerivativeError
from bracketcalc.expr.core import Elementwise, Expr, Sum, as_expr, conjugate, product, scale
from bracketcalc.expr.parts import REAL, REAL_LINEAR
from bracketcalc.expr.records import HOLOMORPHIC
from bracketcalc.expr.shapes import describe
from bracketcalc.simplify.products import is_zero, zero
from bracketcalc.traverse import depends_on, postorder


def times_slope(node: Elementwise, tangent: Expr) -> Expr:
    """df = ∂f/∂z ⊙ dz + ∂f/∂z̄ ⊙ conj(dz), which is Re(2 ∂f/∂z ⊙ dz) for a real-valued f

    Args:
        node: f of a complex argument, where f is not holomorphic.
        tangent: dz: the axes of the argument, then any others.
    """
    direct, mirrored = _slopes(node)
    if node.is_real:
        return Elementwise(REAL, (), _times(scale(2, direct), tangent))
    return _sum([_times(direct, tangent), _times(mirrored, conjugate(tangent))], tangent)


def adjoint_slope(node: Elementwise, cotangent: Expr) -> Expr:
    """G ↦ conj(∂f/∂z) ⊙ G + ∂f/∂z̄ ⊙ conj(G), which is 2 ∂f/∂z̄ ⊙ G for real-valued f, where G is real

    Args:
        node: f of a complex argument, where f is not holomorphic.
        cotangent: G, with the axes of the node.
    """
    direct, mirrored = _slopes(node)
    if node.is_real:
        return _times(scale(2, mirrored), cotangent)
    terms = [_times(conjugate(direct), cotangent), _times(mirrored, conjugate(cotangent))]
    return _sum(terms, cotangent)


def _slopes(node: Elementwise) -> tuple[Expr, Expr]:
    rule = node.function.on_complex
    assert rule is not None
    assert rule.slopes is not None
    direct, mirrored = rule.slopes(node.argument, *node.parameters)
    return as_expr(direct), as_expr(mirrored)


def _times(slope: Expr, tangent: Expr) -> Expr:
    """Return the product of a slope, which may be a number, with what has its axes and maybe more."""
    axes = range(tangent.ndim)
    return product(1, [(slope, range(slope.ndim)), (tangent, axes)], axes)


def _sum(terms: list[Expr], like: Expr) -> Expr:
    kept = [term for term in terms if not any(is_zero(factor) for factor in term.children)]
    return kept[0] if len(kept) == 1 else Sum(kept) if kept else zero(like.sizes)


def real_part(expr: Expr) -> Expr:
    """Return the real part: the expression itself where it is real by its form."""
    return expr if expr.is_real else Elementwise(REAL, (), expr)


def check_real_valued(expr: Expr) -> None:
    """Raise a DerivativeError for a scalar that may be complex, which has no gradient."""
    if not expr.is_real:
        raise DerivativeError(
            f"the gradient of {describe(expr)} is not defined: its value is complex",
            hint="take real(J) or abs(J), or use jacobian for a holomorphic function",
        )


def check_field(expr: Expr, like: Expr, role: str) -> None:
    """Raise a DerivativeError for a complex direction or cotangent of something real."""
    if like.is_real and not expr.is_real:
        raise DerivativeError(
            f"{describe(expr)} is complex, but {role} must be real", hint="take its real part"
        )


def check_complex_linear(linear: Expr, symbol: Expr, name: str) -> None:
    """Raise a DerivativeError where a simplified differential is not complex-linear in its symbol."""
    order = postorder([linear])
    active: Any = depends_on(order, [symbol])
    for node in order:
        if node not in active or not isinstance(node, Elementwise):
            continue
        if node.function in REAL_LINEAR or node.function.on_complex != HOLOMORPHIC:
            raise DerivativeError(
                f"the differential is real-linear in d{name}, but not complex-linear: it contains "
                f"{node.function.name}, so there is no array of complex derivatives",
                hint="use gradient, jvp or vjp, or differentiate by the real and the imaginary part",
            )
