"""The benchmark suite: sections of cases, and what measures and shows them."""
