"""Expressions as functions of other libraries, with the derivatives of this one."""
