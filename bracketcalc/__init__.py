"""Tensor bracket notation: write a tensor expression, read its derivative, run it fast."""
