"""The differential as a linear map: apply it, take its adjoint, compose it, write it with ⊗ and vec."""

from __future__ import annotations

from dataclasses import dataclass

from bracketcalc.calculus.cotangents import cotangents
from bracketcalc.calculus.derivatives import (
    differential,
    differential_symbol,
    jacobian,
    variable_list,
)
from bracketcalc.calculus.kronecker import KroneckerForm, kronecker_form
from bracketcalc.calculus.rank import RankBound, rank_bound
from bracketcalc.errors import DerivativeError, ShapeError
from bracketcalc.expr.core import Expr, Extent, Tensor, as_expr
from bracketcalc.expr.nodes import check_sizes_equal_to
from bracketcalc.expr.shapes import describe
from bracketcalc.functions.forms import inv
from bracketcalc.simplify.engine import simplify
from bracketcalc.simplify.products import zero
from bracketcalc.traverse import substitute, tensors_in


@dataclass(frozen=True, slots=True)
class LinearMap:
    """A linear map as an expression: V ↦ ``linear`` with ``symbol`` replaced by V.

    Attributes:
        linear: an expression linear in ``symbol``.
        symbol: the tensor that stands for the argument, dX for a differential.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> A, X = tensors("A[m,n] X[n,3]")
        >>> T = linear_map(A @ X, X)
        >>> T.domain == X.sizes, T.codomain == (A @ X).sizes
        (True, True)
    """

    linear: Expr
    symbol: Tensor

    @property
    def domain(self) -> tuple[Extent, ...]:
        """Return the sizes of the argument."""
        return self.symbol.sizes

    @property
    def codomain(self) -> tuple[Extent, ...]:
        """Return the sizes of the value."""
        return self.linear.sizes

    @property
    def dense(self) -> Expr:
        """Return the Jacobian: the axes of the value, then those of the argument."""
        return jacobian(self.linear, self.symbol)

    def apply(self, direction: Expr) -> Expr:
        """Return the value at a direction: the Jacobian-vector product.

        Raises:
            ShapeError: if the direction has other sizes than the argument.
        """
        direction = as_expr(direction)
        check_sizes_equal_to(direction, self.domain, "an argument of the linear map")
        return simplify(substitute([self.linear], {self.symbol: direction})[0])

    def adjoint(self, cotangent: Expr, domain: Expr | None = None, codomain: Expr | None = None) -> Expr:
        """Return T* G, the tensor with ⟨T V, G⟩ = ⟨V, T* G⟩ for every V.

        Without weights both inner products are the canonical A · B. A weight H makes one of them
        ⟨A, B⟩ = tr(Aᵀ H B), for tensors of any order the contraction of H B with A. With weights,
        T* G = H_domain⁻¹ T*(H_codomain G), where T* on the right is the canonical adjoint.

        Args:
            cotangent: an expression G with the axes of the value.
            domain: the weight of the inner product of arguments, a symmetric positive definite matrix as
                large as their first axis. That it is one is not checked.
            codomain: the same for values.

        Returns:
            An expression with the axes of the argument.

        Raises:
            ShapeError: if the cotangent or a weight does not fit.

        Example:
            >>> from bracketcalc.expr.build import tensors
            >>> from bracketcalc.simplify.equality import equal
            >>> A, X, G, H = tensors("A[n,n] X[n,k] G[n,k] H[n,n]")
            >>> T = linear_map(A @ X, X)
            >>> equal(T.adjoint(G), A.T @ G)
            True
            >>> equal(T.adjoint(G, H, H), inv(H) @ A.T @ H @ G)
            True
        """
        cotangent = as_expr(cotangent)
        check_sizes_equal_to(cotangent, self.codomain, "a cotangent of the linear map")
        if codomain is not None:
            cotangent = _weight(codomain, self.codomain) @ cotangent
        found = cotangents({self.linear: cotangent}, [self.symbol])
        result = found.get(self.symbol, zero(self.domain))
        if domain is not None:
            result = inv(_weight(domain, self.domain)) @ result
        return simplify(result)

    def compose(self, other: LinearMap) -> LinearMap:
        """Return the map V ↦ self(other(V)), the chain rule d(g ∘ f) = dg ∘ df.

        Raises:
            ShapeError: if the values of ``other`` are not arguments of this map.
            DerivativeError: if the argument of ``other`` has the name of a constant of this map.

        Example:
            >>> from bracketcalc.expr.build import tensors
            >>> A, B, X, Y = tensors("A[m,m] B[k,k] X[m,k] Y[m,k]")
            >>> both = linear_map(Y @ B, Y).compose(linear_map(A @ X, X))
            >>> both.dense == linear_map(A @ X @ B, X).dense
            True
        """
        check_sizes_equal_to(other.linear, self.domain, "an argument of the linear map")
        constants = [tensor for tensor in tensors_in([self.linear]) if tensor != self.symbol]
        if any(tensor.name == other.symbol.name for tensor in constants):
            raise DerivativeError(
                f"{other.symbol.name} is a constant of one map and the argument of the other",
                hint=f"rename {other.symbol.name}",
            )
        return LinearMap(self.apply(other.linear), other.symbol)

    def rank_bound(self) -> RankBound:
        """Return an upper bound of the rank of the map, from the structure of its Jacobian.

        Example:
            >>> from bracketcalc.expr.build import tensors
            >>> u, v, x = tensors("u[m] v[n] x[n]")
            >>> print(linear_map(u * (v @ x), x).rank_bound())
            1
        """
        value = len(self.codomain)
        return rank_bound(self.dense, range(value), range(value, value + len(self.domain)))

    def kronecker(self) -> KroneckerForm:
        """Return the matrix K with d vec F = K d vec X as a sum of Kronecker products.

        Raises:
            ShapeError: if the argument or the value is not a matrix.
            DerivativeError: if a term is not A dX B, such as one with dXᵀ.

        Example:
            >>> from bracketcalc.expr.build import identity, tensors
            >>> (X,) = tensors("X[n,n]")
            >>> form = linear_map(X @ X, X).kronecker()
            >>> form.terms == ((identity("n"), X), (X.T, identity("n")))
            True
        """
        return kronecker_form(self.linear, self.symbol)


def linear_map(expr: Expr, wrt: Expr) -> LinearMap:
    """Return the differential of an expression as a linear map from dX to d(expr).

    Args:
        expr: any expression F.
        wrt: a tensor or definition X.

    Raises:
        DerivativeError: for a function without a derivative, or if the name ``dX`` is taken already.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> A, X, V = tensors("A[m,n] X[n,k] V[n,k]")
        >>> linear_map(A @ X, X).apply(V) == A @ V
        True
    """
    (variable,) = variable_list([wrt])
    return LinearMap(differential(expr, variable), differential_symbol(variable))


def _weight(weight: Expr, sizes: tuple[Extent, ...]) -> Expr:
    """Return the weight of an inner product of tensors with the given sizes."""
    weight = as_expr(weight)
    if not sizes:
        raise ShapeError(
            f"{describe(weight)} is a weight of scalars, which have no axis", hint="leave it out"
        )
    check_sizes_equal_to(weight, (sizes[0], sizes[0]), "a weight of the inner product")
    return weight
