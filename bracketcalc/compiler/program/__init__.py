"""A program of array operations: its steps, how it is built, and what can be read off it."""
