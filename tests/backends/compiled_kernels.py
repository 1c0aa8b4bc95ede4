"""Kernels on the CPU: the text of an element in a C++ function, called for every element of NumPy arrays.

It stands in for a GPU library, so that the texts of fused kernels are run where there is none.
"""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from bracketcalc.backends.numpy import NUMPY
from bracketcalc.backends.record import Backend

COMPILER = shutil.which("c++")
"""The C++ compiler, if there is one."""

SOURCE = """
#include <cmath>
using namespace std;
template <typename T> static void element({parameters}) {{
{text}
}}
template <typename T> static void all(long count, T** b, T** r) {{
    for (long n = 0; n < count; ++n) element<T>({arguments});
}}
extern "C" void single(long count, float** b, float** r) {{ all(count, b, r); }}
extern "C" void pair(long count, double** b, double** r) {{ all(count, b, r); }}
"""


@cache
def _library(text: str, operands: int, results: int) -> ctypes.CDLL:
    """Return the compiled functions for arrays of both types."""
    parameters = [f"const T b{k}" for k in range(operands)] + [f"T& r{k}" for k in range(results)]
    arguments = [f"b[{k}][n]" for k in range(operands)] + [f"r[{k}][n]" for k in range(results)]
    source = SOURCE.format(text=text, parameters=", ".join(parameters), arguments=", ".join(arguments))
    assert COMPILER is not None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "kernel.so"
        command = [COMPILER, "-x", "c++", "-", "-std=c++17", "-shared", "-fPIC", "-o", str(path)]
        subprocess.run(command, input=source, text=True, check=True, capture_output=True)
        return ctypes.CDLL(str(path))


def compiled_kernel(text: str, operands: int, results: int) -> Callable[..., None]:
    """Return the function that writes the results of a kernel, whose arrays are of one type."""
    library = _library(text, operands, results)

    def run(*arrays: Any) -> None:
        dtype, shape = arrays[-1].dtype, arrays[-1].shape
        assert {array.dtype for array in arrays} == {dtype}
        given = [np.ascontiguousarray(np.broadcast_to(array, shape)) for array in arrays[:operands]]
        made = [np.empty(shape, dtype) for _ in range(results)]
        call = {"f": library.single, "d": library.pair}[dtype.char]
        tables = [
            (ctypes.c_void_p * len(group))(*[array.ctypes.data for array in group])
            for group in (given, made)
        ]
        call(ctypes.c_long(arrays[-1].size), *tables)
        for array, value in zip(arrays[operands:], made, strict=True):
            array[...] = value

    return run


def _operations(dtype: Any) -> Mapping[str, Any]:
    """Return the operations of NumPy without the one that runs blocks."""
    return {name: value for name, value in NUMPY.operations(dtype).items() if name != "in_blocks"}


COMPILED: Backend = replace(NUMPY, operations=_operations, blocks=False, kernel=compiled_kernel)
"""NumPy, with fused kernels."""
