"""What is said about a program: its cost, its steps, its times."""
