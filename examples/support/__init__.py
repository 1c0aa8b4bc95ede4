"""What the examples share: data, the training loop, checkpoints, figures, the choice of a device."""
