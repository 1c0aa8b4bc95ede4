"""How the arrays of contractions lie in memory."""
