"""What a program holds in memory and moves through it, and how it is made to hold less."""
