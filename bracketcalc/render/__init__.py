"""From expressions to text, LaTeX, einsum equations and notebook output."""
