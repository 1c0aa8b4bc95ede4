"""``python -m bracketcalc``: the command line."""

import sys

from bracketcalc.cli import main

if __name__ == "__main__":
    sys.exit(main())
