"""Products drawn as graphs: tensors are nodes, axes are edges (the idea at the end of paper §6.4)."""
