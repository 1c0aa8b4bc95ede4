"""Loading and unloading: ``%load_ext bracketcalc``, ``%unload_ext bracketcalc``."""

from __future__ import annotations

from typing import Any

from bracketcalc.notebook.completion import IDENTIFIER, symbol_matcher
from bracketcalc.notebook.magic import NAME, cell_magic, line_magic


def load_ipython_extension(shell: Any) -> None:
    r"""Add ``%bracket``, ``%%bracket`` and the completion of symbols to a shell of IPython 8.6 or later.

    Loading again replaces what was loaded before.
    """
    unload_ipython_extension(shell)
    shell.register_magic_function(line_magic(shell), "line", NAME)
    shell.register_magic_function(cell_magic(shell), "cell", NAME)
    shell.Completer.custom_matchers.append(symbol_matcher())


def unload_ipython_extension(shell: Any) -> None:
    """Remove what :func:`load_ipython_extension` added, where it is there."""
    for magics in shell.magics_manager.magics.values():
        if getattr(magics.get(NAME), "__module__", "") == line_magic.__module__:
            del magics[NAME]
    matchers = shell.Completer.custom_matchers
    matchers[:] = [one for one in matchers if getattr(one, "matcher_identifier", "") != IDENTIFIER]
