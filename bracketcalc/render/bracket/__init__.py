"""Printing products in the general bracket notation (paper §2.3)."""
