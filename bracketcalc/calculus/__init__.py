"""Differentials, gradients, Jacobians and Hessians as expressions, and the derivations that lead there."""
