"""Expressions as functions of JAX, whose reverse mode is the derived gradient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bracketcalc.compiler.compile import compile
from bracketcalc.expr.core import Expr
from bracketcalc.interop.backward import differentiable


def jax_function(exprs: Expr | Sequence[Expr], wrt: Sequence[Expr] | None = None) -> Any:
    """Return a function of JAX arrays that computes expressions, with derived gradients.

    It takes an array for each tensor of the expressions, in the order of its attribute ``arguments``, then
    an integer for each size that no tensor has. It can be traced, compiled, mapped, and differentiated in
    reverse mode any number of times.

    Args:
        exprs: an expression, or a sequence of them; the function then returns a tuple.
        wrt: the tensors that get gradients; all of them for None.

    Raises:
        ImportError: JAX is not installed.
        ArgumentError: for a variable that is no tensor of the expressions.
        DerivativeError: for a function without a derivative.

    Example:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> from bracketcalc.expr.build import tensors
        >>> x, A = tensors("x[n] A[n,n]")
        >>> f = jax_function(x @ A @ x)
        >>> jax.grad(f)(jnp.array([1.0, 2.0]), jnp.eye(2)).tolist()
        [2.0, 4.0]
    """
    import jax  # noqa: PLC0415
    import jax.numpy as jnp  # noqa: PLC0415

    made = differentiable(exprs, wrt, 0)
    backward = compile(made.cotangents)
    names, sizes = made.names, made.sizes
    wanted = {variable.name: place for place, variable in enumerate(made.wrt)}
    seeds = [seed.name for seed in made.seeds]

    def run(*values: Any) -> Any:
        given = [value if k in sizes else jnp.asarray(value) for k, value in enumerate(values)]
        found = made.program(**dict(zip(names, given, strict=True)))
        return found[0] if made.single else found

    def forward(*values: Any) -> Any:
        return run(*values), tuple([value for k, value in enumerate(values) if k not in sizes])

    def pull_back(*given: Any) -> tuple[Any, ...]:
        *numbers, saved, cotangent = given
        tensors = dict(zip([name for k, name in enumerate(names) if k not in sizes], saved, strict=True))
        values = tensors | dict(zip([names[k] for k in sizes], numbers, strict=True))
        given_back = [cotangent] if made.single else cotangent
        # JAX pairs a cotangent with a change as Re G dX, without the conjugate of Re conj(G) dX.
        values |= {name: jnp.conj(jnp.asarray(v)) for name, v in zip(seeds, given_back, strict=True)}
        grads = backward(**{name: values[name] for name in backward.arguments})
        return tuple(
            [
                jnp.conj(grads[wanted[n]]).astype(v.dtype) if n in wanted else jnp.zeros_like(v)
                for n, v in tensors.items()
            ]
        )

    function = jax.custom_vjp(run, nondiff_argnums=sizes)
    function.defvjp(forward, pull_back)
    function.arguments = names
    return function
