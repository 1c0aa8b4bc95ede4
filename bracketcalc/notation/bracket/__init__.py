"""The general bracket notation (paper §2.3): portions, brackets, bars."""
