"""What is done to expressions before they are translated: stable forms, slices, recurrences."""
