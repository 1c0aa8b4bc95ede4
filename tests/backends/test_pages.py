"""Large values of a program lie in memory that was used before."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

PROGRAM = """
import resource
import numpy as np
from bracketcalc import compile, tanh, tensors

X, W = tensors("X[n,d] W[d,k]")
f = compile((tanh(X @ W) * tanh(X @ (2 * W))).sum(axis=0))
values = {"X": np.ones((2000, 20)), "W": np.ones((20, 100))}

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

for _ in range(3):
    f(**values)
before = faults()
for _ in range(10):
    f(**values)
print((faults() - before) // 10)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries do as they like")
def test_repeated_calls_touch_no_new_pages() -> None:
    found = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    # One value has 1.6 MB, which are 391 pages.
    assert int(found.stdout) < 40
