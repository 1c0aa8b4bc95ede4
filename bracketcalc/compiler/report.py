"""What a program will cost, as data and as text, from the shapes alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


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
    """

    kernel: str
    operands: tuple[tuple[int, ...], ...]
    result: tuple[int, ...]
    flops: int
    bytes_moved: int
    computes: str


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
    """

    shapes: tuple[tuple[str, tuple[int, ...]], ...]
    dtype: str
    flops: int
    bytes_moved: int
    peak_bytes: int
    argument_bytes: int
    result_bytes: int
    path: tuple[Operation, ...]

    def __str__(self) -> str:
        shapes = ", ".join(f"{name} {shape}" for name, shape in self.shapes) or "no arguments"
        rows = [
            ("arguments", f"{shapes}, {self.dtype}, {show_bytes(self.argument_bytes)}"),
            ("results", show_bytes(self.result_bytes)),
            ("operations", f"{self.flops:,} FLOPs"),
            ("memory traffic", show_bytes(self.bytes_moved)),
            ("peak memory", f"{show_bytes(self.peak_bytes)} beside the arguments"),
        ]
        lines = [f"{name:<16}{text}" for name, text in rows]
        return "\n".join([*lines, "path", *_table([_row(operation) for operation in self.path])])


def _row(operation: Operation) -> tuple[str, ...]:
    shapes = " ".join(str(shape) for shape in operation.operands)
    arrow = f"{shapes} -> {operation.result}" if shapes else str(operation.result)
    return operation.kernel, arrow, f"{operation.flops:,} FLOPs", operation.computes


def _table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    if not rows:
        return ["  nothing to compute"]
    widths = [max(len(row[k]) for row in rows) for k in range(3)]
    return [f"  {a:<{widths[0]}}  {b:<{widths[1]}}  {c:>{widths[2]}}  {d}".rstrip() for a, b, c, d in rows]


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
