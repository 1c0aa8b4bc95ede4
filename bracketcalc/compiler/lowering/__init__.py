"""From expressions to the steps of a program."""
