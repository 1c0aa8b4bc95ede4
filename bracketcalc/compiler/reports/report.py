"""What a program will cost, as data and as text, from the shapes alone."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape


@dataclass(frozen=True, slots=True)
class Operation:
    """One step of a program.

    Attributes:
        kernel: the operation, such as ``dot``.
        operands: the shapes of its operands.
        result: the shape of its value.
        flops: additions, multiplications and function values.
        bytes_moved: bytes read and written.
        computes: the definition or expression that it computes, empty where it is only a part of one.
        equation: the step as an einsum equation, empty where it is none.
        held_bytes: the most bytes held beside the arguments while it runs.
        seconds: how long it took, where it was measured.
    """

    kernel: str
    operands: tuple[tuple[int, ...], ...]
    result: tuple[int, ...]
    flops: int
    bytes_moved: int
    computes: str
    equation: str = ""
    held_bytes: int = 0
    seconds: float | None = None

    def share_of_peak(self, rates: tuple[float, float]) -> tuple[float, str]:
        """Return the share of the peak that the step reached, and of which: ``matmul`` or ``memory``.

        Data that lie in the cache are read faster than any copy of large arrays, so it may be more than 1.

        Args:
            rates: the operations per second of a large matrix product, and the bytes per second of a copy.
        """
        seconds = max(self.seconds or 0.0, 1e-9)
        product, memory = self.flops / seconds / rates[0], self.bytes_moved / seconds / rates[1]
        return (product, "matmul") if product >= memory else (memory, "memory")


@dataclass(frozen=True, slots=True)
class Report:
    """What a program will cost for arrays of given shapes.

    A multiplication and an addition count as two operations, a function of one number as one.

    Attributes:
        shapes: the shape of each argument.
        dtype: the type in which the program computes.
        flops: the operations of all steps.
        bytes_moved: the bytes that all steps read and write.
        peak_bytes: the most memory in use at one time beside the arguments, results included, with what
            the kernels of NumPy take for themselves.
        argument_bytes: the memory of the arguments.
        result_bytes: the memory of the results.
        path: the operations in the order in which they run.
        rates: where the steps were measured, the operations per second of one large matrix product and
            the bytes per second of a large copy: the peaks with which the steps are compared.
    """

    shapes: tuple[tuple[str, tuple[int, ...]], ...]
    dtype: str
    flops: int
    bytes_moved: int
    peak_bytes: int
    argument_bytes: int
    result_bytes: int
    path: tuple[Operation, ...]
    rates: tuple[float, float] | None = None

    @property
    def seconds(self) -> float | None:
        """Return the time of all steps, where they were measured."""
        measured = [operation.seconds for operation in self.path if operation.seconds is not None]
        return sum(measured) if self.rates is not None else None

    def __str__(self) -> str:
        shapes = ", ".join(f"{name} {shape}" for name, shape in self.shapes) or "no arguments"
        rows = [
            ("arguments", f"{shapes}, {self.dtype}, {show_bytes(self.argument_bytes)}"),
            ("results", show_bytes(self.result_bytes)),
            ("operations", f"{self.flops:,} FLOPs"),
            ("memory traffic", show_bytes(self.bytes_moved)),
            ("peak memory", f"{show_bytes(self.peak_bytes)} beside the arguments"),
        ]
        if self.seconds is not None:
            rows.append(("measured", f"{show_seconds(self.seconds)} for all steps"))
        lines = [f"{name:<16}{text}" for name, text in rows]
        return "\n".join([*lines, "path", *self._table()])

    # The last line of a cell or of a prompt shows the table; notebooks would wrap the lines of plain text.
    __repr__ = __str__

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        style = "font-family: monospace; line-height: 1.3; white-space: pre; overflow-x: auto"
        return {"text/plain": str(self), "text/html": f'<pre style="{style}">{escape(str(self))}</pre>'}

    def _table(self) -> list[str]:
        if not self.path:
            return ["  nothing to compute"]
        head = ["step", "equation", "kernel", "shapes", "FLOPs", "bytes"]
        head += ["time", "share of peak"] if self.rates else []
        rows = [[*head, "computes"], *(self._row(k, step) for k, step in enumerate(self.path, 1))]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        right = {"step", "FLOPs", "bytes", "time", "share of peak"}
        lines = []
        for row in rows:
            cells = [
                cell.rjust(width) if name in right else cell.ljust(width)
                for name, cell, width in zip(rows[0], row, widths, strict=True)
            ]
            lines.append("  " + "  ".join(cells).rstrip())
        return lines

    def _row(self, number: int, step: Operation) -> list[str]:
        shapes = " ".join(str(shape) for shape in step.operands)
        arrow = f"{shapes} -> {step.result}" if shapes else str(step.result)
        row = [
            str(number),
            step.equation,
            step.kernel,
            arrow,
            f"{step.flops:,}",
            show_bytes(step.bytes_moved),
        ]
        if self.rates is not None:
            share, peak = step.share_of_peak(self.rates)
            row += [show_seconds(step.seconds or 0.0), f"{share:.0%} {peak}"]
        return [*row, step.computes]


def show_seconds(seconds: float) -> str:
    """Return a time in a readable unit.

    Example:
        >>> show_seconds(2e-6), show_seconds(0.0031), show_seconds(1.5)
        ('2.0 µs', '3.1 ms', '1.50 s')
    """
    if seconds < 1e-3:
        return f"{seconds * 1e6:.1f} µs"
    return f"{seconds * 1e3:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


def show_bytes(number: int) -> str:
    """Return a number of bytes in a readable unit.

    Example:
        >>> show_bytes(512), show_bytes(20_000), show_bytes(3 * 10**9)
        ('512 B', '20.0 kB', '3.0 GB')
    """
    if number < 1000:
        return f"{number} B"
    value = float(number)
    for unit in ("kB", "MB", "GB", "TB"):
        value /= 1000
        if value < 1000:
            return f"{value:.1f} {unit}"
    return f"{value:,.1f} TB"


def show_two(one: int, other: int) -> tuple[str, str]:
    """Return two numbers of bytes in a readable unit, or all their digits where they would look alike.

    Example:
        >>> show_two(512, 20_000), show_two(5_110_000, 5_120_000)
        (('512 B', '20.0 kB'), ('5,110,000 B', '5,120,000 B'))
    """
    short = show_bytes(one), show_bytes(other)
    return short if one == other or short[0] != short[1] else (f"{one:,} B", f"{other:,} B")
