"""Random tests draw the same examples in every run, so that a run tells about the code alone.

With ``--hypothesis-profile=explore`` they draw new ones; the long tests are run that way.
"""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("same", derandomize=True, deadline=None, print_blob=False)
settings.register_profile("explore", deadline=None, print_blob=True)
settings.load_profile("same")
