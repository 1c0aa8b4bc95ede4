"""Contraction paths: in which order the factors of a product are contracted."""
