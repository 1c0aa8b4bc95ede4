"""From the steps of a program to a Python function."""
