"""Expressions as a module of Python that a person would have written."""
