"""Rewriting bracket terms by hand: every step is a named operation that keeps the value (paper §2.3)."""
