"""Functions that a written module defines for itself, because its library has none like them.

Each text is a template: ``{xp}`` is the library, ``{axis}`` and ``{keepdims}`` are names of arguments,
``{larger}`` and ``{smaller}`` are x or 0, ``{new}`` makes an array of the type of ``x``, and ``{on}`` puts
integers beside ``places``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bracketcalc.interop.source.targets import Target


@dataclass(frozen=True, slots=True)
class Helper:
    """A function of a written module.

    Attributes:
        text: its template.
        others: its templates for the libraries that need another one.
    """

    text: str
    others: tuple[tuple[str, str], ...] = ()

    def written(self, target: Target) -> str:
        """Return the function as it is written for a library."""
        template = dict(self.others).get(target.name, self.text)
        return template.format(
            xp=target.xp,
            axis=target.axis,
            keepdims=target.keepdims,
            max=target.function("max"),
            larger=target.larger("x", "0"),
            smaller=target.smaller("x", "0"),
            new=target.like.format("x"),
            on=f", {target.device.format('places')}" if target.device else "",
            cast=target.cast,
        ).rstrip()


_ELEMENTWISE: Mapping[str, Helper] = MappingProxyType(
    {
        "sigmoid": Helper('''def sigmoid(x):
    """1 / (1 + exp(-x)), without overflow."""
    small = {xp}.exp(-{xp}.abs(x))
    return {xp}.where(x >= 0, 1 / (1 + small), small / (1 + small))
'''),
        "softplus": Helper('''def softplus(x):
    """log(1 + exp(x)), without overflow."""
    return {larger} + {xp}.log1p({xp}.exp(-{xp}.abs(x)))
'''),
        "silu": Helper(
            '''def silu(x):
    """x sigmoid(x)."""
    return x * sigmoid(x)
''',
        ),
        "relu": Helper('''def relu(x):
    """The larger of x and 0."""
    return {larger}
'''),
        "step": Helper('''def step(x):
    """1 where x is positive, 0 elsewhere."""
    return {xp}.ceil({xp}.clip(x, 0, 1))
'''),
        "leaky_relu": Helper('''def leaky_relu(x, slope):
    """x where x is positive, slope times x elsewhere."""
    return {larger} + slope * {smaller}
'''),
        "elu": Helper('''def elu(x, alpha):
    """x where x is positive, alpha (exp(x) - 1) elsewhere."""
    return {larger} + alpha * {xp}.expm1({smaller})
'''),
        "gelu": Helper(
            '''def gelu(x):
    """x times the normal distribution function."""
    return x * erfc(-(0.5**0.5) * x) / 2
''',
        ),
    }
)

_ROWS: Mapping[str, Helper] = MappingProxyType(
    {
        "softmax": Helper('''def softmax(x):
    """exp(x) divided by its sum along the last axis, without overflow."""
    weights = {xp}.exp(x - {max}(x, {axis}=-1, {keepdims}=True))
    return weights / weights.sum({axis}=-1, {keepdims}=True)
'''),
        "log_softmax": Helper('''def log_softmax(x):
    """The logarithm of softmax, without overflow."""
    centred = x - {max}(x, {axis}=-1, {keepdims}=True)
    return centred - {xp}.log({xp}.exp(centred).sum({axis}=-1, {keepdims}=True))
'''),
        "logsumexp": Helper('''def logsumexp(x):
    """The logarithm of the sum of exp(x) along the last axis, without overflow."""
    largest = {max}(x, {axis}=-1, {keepdims}=True)
    return (largest + {xp}.log({xp}.exp(x - largest).sum({axis}=-1, {keepdims}=True)))[..., 0]
'''),
        "first_max": Helper(
            '''def first_max(x):
    """1 in the place of the first largest element along the last axis, 0 elsewhere."""
    return one_hot({xp}.argmax(x, {axis}=-1), x.shape[-1], x.dtype)
''',
        ),
    }
)

_PLACES: Mapping[str, Helper] = MappingProxyType(
    {
        "one_hot": Helper('''def one_hot(places, size, dtype):
    """Rows of a given size, 1 at each place and 0 elsewhere."""
    return (places[..., None] == {xp}.arange(size{on})).{cast}(dtype)
'''),
        "pick": Helper(
            '''def pick(x, places):
    """The element of each row of x at a place of its own."""
    return {xp}.take_along_axis(x, places[..., None], axis=-1)[..., 0]
''',
            others=(
                (
                    "torch",
                    '''def pick(x, places):
    """The element of each row of x at a place of its own."""
    return torch.take_along_dim(x, places[..., None].long(), dim=-1)[..., 0]
''',
                ),
            ),
        ),
        "add_rows": Helper(
            '''def add_rows(x, places, size):
    """Zeros with the rows of x added at places of the first axis."""
    total = {xp}.zeros((size, *x.shape[places.ndim :]), {new})
    {xp}.add.at(total, places, x)
    return total
''',
            others=(
                (
                    "jax",
                    '''def add_rows(x, places, size):
    """Zeros with the rows of x added at places of the first axis."""
    total = {xp}.zeros((size, *x.shape[places.ndim :]), {new})
    return total.at[places].add(x)
''',
                ),
                (
                    "torch",
                    '''def add_rows(x, places, size):
    """Zeros with the rows of x added at places of the first axis."""
    total = {xp}.zeros((size, *x.shape[places.ndim :]), {new})
    return total.index_put((places,), x, accumulate=True)
''',
                ),
            ),
        ),
        "window": Helper('''def window(size, places, dtype):
    """1 where an element of an axis is in the place that a tap sees, 0 elsewhere."""
    return ({xp}.arange(size{on})[:, None, None] == places).{cast}(dtype)
'''),
        "windows": Helper('''def windows(x, axis, places):
    """What the taps of windows see on an axis of x: the places take its place, 0 outside of x."""
    rows = {xp}.moveaxis(x, axis, 0)
    size = rows.shape[0]
    rows = {xp}.concatenate((rows, {xp}.zeros((1, *rows.shape[1:]), {new})))
    seen = rows[{xp}.where((places >= 0) & (places < size), places, size)]
    return {xp}.moveaxis(seen, (0, 1), (axis, axis + 1))
'''),
        "add_windows": Helper(
            '''def add_windows(x, axis, places, size):
    """Windows and taps, two axes of x, added up along the axis that they see."""
    rows = {xp}.moveaxis(x, (axis, axis + 1), (0, 1))
    inside = {xp}.where((places >= 0) & (places < size), places, size)
    return {xp}.moveaxis(add_rows(rows, inside, size + 1)[:size], 0, axis)
''',
        ),
        "stacked": Helper('''def stacked(steps, shape, x):
    """The values of all steps along a new first axis; x says of which type they are without any step."""
    return {xp}.stack(steps) if steps else {xp}.zeros(shape, {new})
'''),
    }
)

HELPERS: Mapping[str, Helper] = MappingProxyType({**_ELEMENTWISE, **_ROWS, **_PLACES})
"""The helpers by their names."""

LINALG: Mapping[str, str] = MappingProxyType({"inv": "inv", "det": "det", "cholesky": "cholesky"})
"""Functions of matrices by their names in the submodule ``linalg`` of every library."""
