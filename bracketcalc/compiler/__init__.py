"""From expressions to one array program: contraction paths, pairwise kernels, buffers."""
