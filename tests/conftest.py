"""Random tests draw the same examples in every run, so that a run tells about the code alone.

With ``--hypothesis-profile=explore`` they draw new ones; the long tests are run that way. Examples of
modules for another library are skipped where the library is not installed.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec

import pytest
from hypothesis import settings

settings.register_profile("same", derandomize=True, deadline=None, print_blob=False)
settings.register_profile("explore", deadline=None, print_blob=True)
settings.load_profile("same")


def pytest_collection_modifyitems(items: Iterable[pytest.Item]) -> None:
    """Skip the examples of bracketcalc/interop/torch.py without torch, and of jax.py without JAX."""
    for item in items:
        library = item.path.stem
        if (
            item.path.parent.name == "interop"
            and library in ("torch", "jax")
            and find_spec(library) is None
        ):
            item.add_marker(pytest.mark.skip(reason=f"{library} is not installed"))
