"""Named rewrites that preserve the value, and the canonical form that decides equality."""
