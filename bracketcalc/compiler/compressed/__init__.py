"""Results as small arrays, and deltas and ones between the axes."""
