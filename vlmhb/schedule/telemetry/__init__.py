"""What the workers of a run take of the machine."""
