"""Expressions as functions of torch, whose backward pass is the derived gradient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bracketcalc.compiler.compile import compile
from bracketcalc.compiler.compiled import Compiled
from bracketcalc.expr.core import Expr
from bracketcalc.interop.backward import Differentiable, differentiable


def torch_function(exprs: Expr | Sequence[Expr], wrt: Sequence[Expr] | None = None) -> Any:
    """Return a ``torch.autograd.Function`` that computes expressions, with derived gradients.

    Its ``apply`` takes a tensor for each tensor of the expressions, in the order of its ``arguments``,
    then an integer for each size that no tensor has. It runs on the device of the tensors, and can be
    differentiated again and again.

    Args:
        exprs: an expression, or a sequence of them; ``apply`` then returns a tuple.
        wrt: the tensors that get gradients; all of them for None.

    Raises:
        ImportError: torch is not installed.
        ArgumentError: for a variable that is no tensor of the expressions.
        DerivativeError: for a function without a derivative.

    Example:
        >>> import torch
        >>> from bracketcalc.expr.build import tensors
        >>> A, x = tensors("A[m,n] x[n]")
        >>> f = torch_function(A @ x)
        >>> f.arguments
        ('A', 'x')
        >>> a = torch.eye(2, requires_grad=True)
        >>> f.apply(a, torch.tensor([3.0, 4.0])).sum().backward()
        >>> a.grad
        tensor([[3., 4.],
                [3., 4.]])
    """
    return _function(differentiable(exprs, wrt, 0), 0)


def _function(made: Differentiable, level: int) -> Any:
    import torch  # noqa: PLC0415

    names = made.names
    wanted = {variable.name: place for place, variable in enumerate(made.wrt)}

    backward = _Backward(made, level)

    class Derived(torch.autograd.Function):  # type: ignore[misc]
        """A function of torch made of expressions."""

        arguments = names

        @staticmethod
        def forward(ctx: Any, *values: Any) -> Any:
            ctx.save_for_backward(*[value for value in values if isinstance(value, torch.Tensor)])
            ctx.rest = [None if isinstance(value, torch.Tensor) else value for value in values]
            found = made.program(**dict(zip(names, values, strict=True)))
            return found[0] if made.single else found

        @staticmethod
        def backward(ctx: Any, *cotangents: Any) -> Any:
            saved = iter(ctx.saved_tensors)
            values = [next(saved) if value is None else value for value in ctx.rest]
            given = dict(zip(names, values, strict=True))
            given.update(zip([seed.name for seed in made.seeds], cotangents, strict=True))
            if torch.is_grad_enabled():
                function = backward.function()
                grads = function.apply(*[given[name] for name in function.arguments])
            else:
                program = backward.program()
                grads = program(**{name: given[name] for name in program.arguments})
            return tuple([grads[wanted[name]] if name in wanted else None for name in names])

    return Derived


class _Backward:
    """The backward pass of a function, made when it is first needed.

    Args:
        made: the function.
        level: how many times it was differentiated before.
    """

    def __init__(self, made: Differentiable, level: int) -> None:
        self.made = made
        self.level = level
        self._program: Compiled | None = None
        self._function: Any = None

    def program(self) -> Compiled:
        """Return the program of the backward pass."""
        if self._program is None:
            self._program = compile(self.made.cotangents)
        return self._program

    def function(self) -> Any:
        """Return the backward pass as a function that can be differentiated itself."""
        if self._function is None:
            used = set(self.program().arguments)
            variables = [v for v in (*self.made.wrt, *self.made.seeds) if v.name in used]
            inner = differentiable(self.made.cotangents, variables, self.level + 1)
            self._function = _function(inner, self.level + 1)
        return self._function
