"""The public derivatives: differential, gradient, JVP, VJP, Jacobian and Hessian as expressions.

Results are simplified and use the definitions of the expression they come from: wherever the body of a
definition appears, its name is used.

A definition can be a variable. Each gradient is taken by itself: that of a tensor goes through every
definition, also through one that is a variable too (the ∇_{Z_j} J and ∇_{W_j} J of paper §6.2). In a
differential or a JVP all variables change at once: dZ then stands for the whole change of Z, and a tensor
inside Z adds only what it changes elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import overload

from bracketcalc.calculus.complex_slopes import (
    check_complex_linear,
    check_field,
    check_real_valued,
)
from bracketcalc.calculus.cotangents import cotangents
from bracketcalc.calculus.tangents import tangents
from bracketcalc.errors import DerivativeError
from bracketcalc.expr.core import Delta, Expr, Tensor, as_expr, constant, product
from bracketcalc.expr.nodes import Definition, check_sizes_equal_to
from bracketcalc.expr.shapes import describe
from bracketcalc.expr.twin import twin
from bracketcalc.simplify.engine import is_definition, simplify_all
from bracketcalc.simplify.products import zero
from bracketcalc.traverse import definitions_in, postorder, substitute, tensors_in

Variable = Tensor | Definition


def differential(expr: Expr, wrt: Expr | Sequence[Expr]) -> Expr:
    """Return d(expr), linear in the tensors dX for each variable X (paper (11), §4).

    Args:
        expr: any expression.
        wrt: a tensor or definition, or several.

    Returns:
        An expression with the axes of ``expr``. The differential of a variable ``X`` is the tensor
        named ``dX`` with the axes of X.

    Raises:
        DerivativeError: for a function without a derivative, or if the name ``dX`` is taken already.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> x, A = tensors("x[n] A[n,n]")
        >>> differential(A @ x, x) == A @ Tensor("dx", x.sizes)
        True
    """
    expr, variables = as_expr(expr), variable_list(wrt)
    seeds: dict[Expr, Expr] = {variable: differential_symbol(variable) for variable in variables}
    _check_names(expr, list(dict.fromkeys(variables)))
    tangent = tangents([expr], seeds, 0)[0]
    return finished([zero(expr.sizes) if tangent is None else tangent], expr)[0]


def _check_names(expr: Expr, variables: Sequence[Variable]) -> None:
    """Refuse variables whose differential would have the name of something else."""
    names: set[str] = set()
    for variable in variables:
        if variable.name in names:
            raise DerivativeError(f"two variables are called {variable.name}", hint="rename one of them")
        names.add(variable.name)
    named: list[Variable] = [*tensors_in([expr]), *definitions_in([expr])]
    for node in named:
        if node.name[:1] == "d" and node.name[1:] in names:
            raise DerivativeError(
                f"{node.name} occurs in the expression and would also name a differential",
                hint=f"rename {node.name}",
            )


def differential_symbol(variable: Variable) -> Tensor:
    """Return the tensor that stands for the differential of a variable."""
    return twin(f"d{variable.name}", variable)


@overload
def gradient(expr: Expr, wrt: Expr) -> Expr: ...
@overload
def gradient(expr: Expr, wrt: Sequence[Expr]) -> list[Expr]: ...
def gradient(expr: Expr, wrt: Expr | Sequence[Expr]) -> Expr | list[Expr]:
    """Return ∇_W expr, the coefficient of · dW in the differential of a scalar (paper §3.1).

    Args:
        expr: a scalar expression.
        wrt: a tensor or definition, or a sequence of them.

    Returns:
        An expression with the axes of the variable, or a list of them for a sequence. A variable that
        does not occur has a gradient of zeros. For a complex variable, d(expr) = Re ∇ · conj(dW), so
        that ‖W‖² has the gradient 2 W: the steepest ascent, as a complex tensor.

    Raises:
        DerivativeError: if ``expr`` is not a scalar or not real, or for a function without a derivative.

    Example:
        >>> from bracketcalc.expr.algebra import outer
        >>> from bracketcalc.expr.build import tensors
        >>> a, X, b = tensors("a[n] X[n,k] b[k]")
        >>> gradient(a @ X @ b, X) == outer(a, b)
        True
    """
    expr = as_expr(expr)
    if expr.ndim != 0:
        raise DerivativeError(
            f"the gradient of {describe(expr)} is not defined: it has {expr.ndim} axes, not 0",
            hint="use jacobian, or vjp with a cotangent",
        )
    check_real_valued(expr)
    return vjp(expr, wrt, constant(1))


@overload
def vjp(expr: Expr, wrt: Expr, cotangent: Expr) -> Expr: ...
@overload
def vjp(expr: Expr, wrt: Sequence[Expr], cotangent: Expr) -> list[Expr]: ...
@overload
def vjp(expr: Expr, wrt: Expr | Sequence[Expr], cotangent: Expr) -> Expr | list[Expr]: ...
def vjp(expr: Expr, wrt: Expr | Sequence[Expr], cotangent: Expr) -> Expr | list[Expr]:
    """Return the vector-Jacobian product: the V with G · d(expr) = V · dX.

    For complex tensors it is the adjoint for the inner product Re conj(A) · B, of twice as many real
    dimensions.

    Args:
        expr: any expression.
        wrt: a tensor or definition, or a sequence of them.
        cotangent: an expression G with the axes of ``expr``.

    Returns:
        An expression with the axes of the variable, or a list of them for a sequence.

    Raises:
        ShapeError: if the cotangent has other sizes than ``expr``.
        DerivativeError: for a function without a derivative, or a complex cotangent of what is real.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> A, x, g = tensors("A[m,n] x[n] g[m]")
        >>> from bracketcalc.simplify.canonical import CanonicalTable
        >>> table = CanonicalTable()
        >>> table.form(vjp(A @ x, x, g)) == table.form(A.T @ g)
        True
    """
    expr, cotangent, variables = as_expr(expr), as_expr(cotangent), variable_list(wrt)
    check_sizes_equal_to(cotangent, expr.sizes, f"a cotangent of {describe(expr)}")
    check_field(cotangent, expr, f"a cotangent of {describe(expr)}")
    found = cotangents({expr: cotangent}, variables)
    parts = [found[v] if v in found else zero(v.sizes) for v in variables]
    results = finished(parts, expr)
    return results[0] if isinstance(wrt, Expr) else results


def jvp(expr: Expr, directions: Mapping[Expr, Expr]) -> Expr:
    """Return the Jacobian-vector product: d(expr) with dX replaced by a direction V for each X.

    Args:
        expr: any expression.
        directions: for each variable, an expression with the variable's axes.

    Returns:
        An expression with the axes of ``expr``.

    Raises:
        ShapeError: if a direction has other sizes than its variable.
        DerivativeError: for a function without a derivative, or a complex direction of a real variable.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> A, x, v = tensors("A[m,n] x[n] v[n]")
        >>> jvp(A @ x, {x: v}) == A @ v
        True
    """
    if not isinstance(directions, Mapping):
        raise DerivativeError(
            f"the directions must be given for each variable, got {type(directions).__name__}",
            hint="write jvp(expr, {x: v})",
        )
    expr, variables = as_expr(expr), variable_list(list(directions))
    seeds: dict[Expr, Expr] = {variable: as_expr(directions[variable]) for variable in variables}
    for variable in variables:
        check_sizes_equal_to(seeds[variable], variable.sizes, f"a direction of {variable.name}")
        check_field(seeds[variable], variable, f"a direction of {variable.name}")
    tangent = tangents([expr], seeds, 0)[0]
    return finished([zero(expr.sizes) if tangent is None else tangent], expr)[0]


def jacobian(expr: Expr, wrt: Expr) -> Expr:
    """Return the generalized Jacobian: the axes of ``expr``, then the axes of the variable (§4.3.4).

    Deltas stay symbolic: the Jacobian of x with respect to x is an identity, not an array. With respect
    to a complex tensor it holds complex derivatives, which only a holomorphic expression has.

    Raises:
        DerivativeError: for a function without a derivative, or an expression that is not holomorphic in
            a complex variable.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> A, x = tensors("A[m,n] x[n]")
        >>> jacobian(A @ x, x) == A
        True
    """
    expr, (variable,) = as_expr(expr), variable_list([wrt])
    if not variable.is_real:
        symbol = twin("\0j", variable)
        check_complex_linear(jvp(expr, {variable: symbol}), symbol, variable.name)
    if expr.ndim == 0 and expr.is_real and variable.is_real:
        return gradient(expr, wrt)
    axes = range(variable.ndim)
    pairs: list[tuple[Expr, list[tuple[int, int]]]] = [
        (Delta(variable.sizes[axis], 2), [(0, axis), (1, axis)]) for axis in axes
    ]
    seed = product(1, pairs, [*((0, axis) for axis in axes), *((1, axis) for axis in axes)])
    tangent = tangents([expr], {variable: seed}, variable.ndim)[0]
    return finished([zero(expr.sizes + variable.sizes) if tangent is None else tangent], expr)[0]


def hessian(expr: Expr, wrt: Expr, other: Expr | None = None) -> Expr:
    """Return the Hessian of a scalar: the axes of ``wrt``, then of ``other`` (by default ``wrt``).

    It is the Jacobian of the gradient; with respect to a complex tensor there is one only if the gradient
    is holomorphic, as that of ‖z‖² is. :func:`bracketcalc.hvp` needs no such thing.

    Raises:
        DerivativeError: if ``expr`` is not a real scalar, for a function without a derivative, or where
            the gradient is not holomorphic in a complex variable.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> A, x = tensors("A[n,n] x[n]")
        >>> hessian(x @ A @ x, x).ndim
        2
    """
    return jacobian(gradient(expr, wrt), wrt if other is None else other)


def variable_list(wrt: Expr | Sequence[Expr]) -> list[Variable]:
    """Return the variables as a list.

    Raises:
        DerivativeError: for a variable that is not a tensor or a definition.
    """
    if isinstance(wrt, Expr) or not isinstance(wrt, Iterable):
        wrt = [wrt]
    variables: list[Variable] = []
    for variable in wrt:
        if not isinstance(variable, Variable):
            raise DerivativeError(
                f"cannot differentiate with respect to this {type(variable).__name__}",
                hint="name a tensor, or an intermediate made with define",
            )
        variables.append(variable)
    return variables


def finished(exprs: Sequence[Expr], source: Expr) -> list[Expr]:
    """Return the expressions simplified and written with the definitions of ``source``."""
    order = postorder([source])
    definitions = [node for node in order if isinstance(node, Definition)]
    if definitions:
        _check_meanings([*definitions, *[node for node in order if isinstance(node, Tensor)]])
    names = names_of(definitions)
    simplified = simplify_all(fold(exprs, names), keep=[source])
    folded = fold(simplified, names)
    return simplified if folded == simplified else simplify_all(folded, keep=[source])


def _check_meanings(nodes: Iterable[Variable]) -> None:
    """Refuse a name with two meanings, of which the printed result would not tell one from the other."""
    known: dict[str, Variable] = {}
    for node in nodes:
        if known.setdefault(node.name, node) != node:
            raise DerivativeError(
                f"{node.name} names two different things in the expression", hint="rename one of them"
            )


def names_of(definitions: Iterable[Definition]) -> dict[Expr, Definition]:
    """Return the definition of each body that is worth a name."""
    return {definition.body: definition for definition in definitions if definition.body.children}


def fold(exprs: Sequence[Expr], names: Mapping[Expr, Definition]) -> list[Expr]:
    """Return the expressions with each body replaced by its name; definitions are not entered.

    Example:
        >>> from bracketcalc.expr.build import define, tensors
        >>> A, B, X = tensors("A[n,n] B[n,n] X[n,n]")
        >>> C = define("C", A * B)
        >>> fold([X @ (A * B)], names_of([C])) == [X @ C]
        True
    """
    return substitute(exprs, names, stop=is_definition) if names else list(exprs)
