"""The index form (A_{ij} B_{jk} | ik), and indices that select a part: X_{2·} (paper §2.1, §4.3.2)."""
