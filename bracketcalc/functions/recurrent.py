"""Recurrences from a step that is written as a Python function of the states and of what comes in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from inspect import Parameter, signature
from typing import Any

from bracketcalc.errors import ArgumentError, ShapeError
from bracketcalc.expr.build import extent
from bracketcalc.expr.core import Expr, Extent, Size, Tensor, as_expr
from bracketcalc.expr.nodes import Definition
from bracketcalc.expr.recurrence import INSIDE, FinalState, Loop, Recurrence, before_step
from bracketcalc.expr.shapes import describe
from bracketcalc.expr.twin import twin
from bracketcalc.traverse import depends_on, postorder, substitute

Step = Callable[..., Any]


def recurrence(
    step: Step,
    initial: object,
    over: object = (),
    *,
    length: int | str | Size | None = None,
    backward: bool = False,
) -> Any:
    """Return the states after each step: Z_t = step(Z_{t-1}, X_t) for t = 1 … τ (paper §6.4).

    The step is called once, with symbols, and again where a state turns out to be complex. Whatever else
    it uses, such as weights, is the same in all steps. The number of steps stays symbolic, and deriving
    costs the same for any number.

    Args:
        step: a function of the previous states, then of the elements of the sequences at one time; it
            returns the new states, one expression or as many as there are states.
        initial: the state before the first step, or a sequence of states.
        over: a sequence with the time as its first axis, or several of equal length.
        length: the number of steps where nothing is given to run over.
        backward: whether the last time comes first; then the step takes the states at time t + 1.

    Returns:
        The sequence of the states with the time as its first axis; a tuple of them for several states.

    Raises:
        ShapeError: if a new state has other sizes than the state, or the sequences differ in length.
        ArgumentError: if the step does not return as many states as it is given.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> X, W, U, z0 = tensors("X[t,d] W[h,h] U[d,h] z0[h]")
        >>> Z = recurrence(lambda z, x: z @ W + x @ U, z0, X)
        >>> [size.name for size in Z.sizes]
        ['t', 'h']
    """
    states, sequences = _several(initial), _several(over)
    steps = _length(sequences, length)
    count = len(states) + len(sequences)
    names = _parameter_names(step, count)
    symbols = [
        *(twin(before_step(name, backward), s) for name, s in zip(names, states, strict=False)),
        *(
            twin(f"{name}_{{t}}", s, s.sizes[1:])
            for name, s in zip(names[len(states) :], sequences, strict=True)
        ),
    ]
    hidden, following = _following(step, symbols, states)
    symbols = [twin(symbol.name, inside) for symbol, inside in zip(symbols, hidden, strict=True)]
    constants = _constants(following, hidden)
    _check_names(symbols, constants)
    known: dict[Expr, Tensor] = {constant: _symbol(constant) for constant in constants}
    known.update(zip(hidden, symbols, strict=True))
    loop = Loop(
        states=tuple(symbols[: len(states)]),
        following=tuple(substitute(following, known)),
        inputs=tuple(symbols[len(states) :]),
        constants=tuple([known[constant] for constant in constants]),
        length=steps,
        backward=backward,
    )
    children = (*states, *sequences, *constants)
    found = tuple([Recurrence(loop, after, children) for after in loop.following])
    return found if isinstance(initial, Sequence) else found[0]


def previous_state(states: Expr) -> Expr:
    """Return the states before each step, Z_0 … Z_{τ-1}, of a recurrence.

    Args:
        states: the sequence that :func:`recurrence` returned, or a definition of it.

    Raises:
        ArgumentError: for anything else.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> x, z0 = tensors("x[3] z0")
        >>> Z = recurrence(lambda z, x: z + x, z0, x)
        >>> from bracketcalc.reference import evaluate
        >>> evaluate(previous_state(Z), {"x": [1, 2, 3], "z0": 0})
        array([0., 1., 3.])
    """
    node, place = _state(states)
    return Recurrence(node.loop, node.loop.states[place], node.children)


def final_state(states: Expr) -> Expr:
    """Return the state after the last step of a recurrence, the initial one if there are no steps.

    Args:
        states: the sequence that :func:`recurrence` returned, or a definition of it.

    Raises:
        ArgumentError: for anything else.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> x, z0 = tensors("x[3] z0")
        >>> Z = recurrence(lambda z, x: z + x, z0, x)
        >>> from bracketcalc.reference import evaluate
        >>> evaluate(final_state(Z), {"x": [1, 2, 3], "z0": 0})
        array(6.)
    """
    node, place = _state(states)
    return FinalState(node.loop, place, node.children)


def _state(states: Expr) -> tuple[Recurrence, int]:
    node = states.body if isinstance(states, Definition) else states
    if not isinstance(node, Recurrence) or node.output not in node.loop.following:
        raise ArgumentError(
            f"{describe(states)} is not the sequence of states of a recurrence",
            hint="pass what recurrence returned",
        )
    return node, node.loop.following.index(node.output)


def _several(given: object) -> list[Expr]:
    return [as_expr(item) for item in given] if isinstance(given, Sequence) else [as_expr(given)]


def _length(sequences: Sequence[Expr], length: int | str | Size | None) -> Extent:
    for sequence in sequences:
        if sequence.ndim == 0:
            raise ShapeError(
                f"{describe(sequence)} is a scalar, not a sequence", hint="put the time on the first axis"
            )
    if sequences:
        return sequences[0].sizes[0]
    if length is None:
        raise ArgumentError("a recurrence over nothing has no length", hint="pass length=...")
    return extent(length)


def _parameter_names(step: Step, count: int) -> list[str]:
    """Return the names of the step's parameters, which become those of its symbols."""
    try:
        parameters = list(signature(step).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    positional = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
    plain = [parameter.name for parameter in parameters if parameter.kind in positional]
    return plain[:count] if len(plain) >= count else [f"s{place + 1}" for place in range(count)]


def _following(
    step: Step, symbols: Sequence[Tensor], states: Sequence[Expr]
) -> tuple[list[Tensor], list[Expr]]:
    """Return the symbols that the step was given, and the states after it.

    The symbol of a state is complex where the state is so after a step, also if it is real before the
    first one. A step may do another thing for complex numbers, so it is called again then.
    """
    # While the step is written, a tensor of the same name cannot be taken for a symbol.
    hidden = [twin(INSIDE + symbol.name, symbol) for symbol in symbols]
    while True:
        following = _several(step(*hidden))
        if len(following) != len(states):
            raise ArgumentError(
                f"the step returns {len(following)} states, but it is given {len(states)}",
                hint="return the new value of each state, in the same order",
            )
        pairs = list(zip(hidden, following, strict=False))
        if not any(before.is_real and not after.is_real for before, after in pairs):
            return hidden, following
        for place, (before, after) in enumerate(pairs):
            if not after.is_real:
                hidden[place] = twin(before.name, after, before.sizes)


def _symbol(constant: Tensor | Definition) -> Tensor:
    return constant if isinstance(constant, Tensor) else twin(constant.name, constant)


def _constants(following: Sequence[Expr], symbols: Sequence[Tensor]) -> list[Tensor | Definition]:
    """Return the tensors and definitions that a step takes from outside."""
    order = postorder(following)
    inside = depends_on(order, symbols)
    outer = [node for node in order if isinstance(node, Definition) and node not in inside]
    reached = postorder(following, stop=frozenset(outer).__contains__)
    return [node for node in reached if isinstance(node, Tensor | Definition) and node not in inside]


def _check_names(symbols: Sequence[Tensor], constants: Sequence[Tensor | Definition]) -> None:
    names = {symbol.name for symbol in symbols}
    for constant in constants:
        if constant.name in names:
            raise ArgumentError(
                f"{constant.name} is a name of a symbol of the step, and of something that it uses",
                hint="rename the parameter of the step",
            )
