"""Metrics of answers that say in which order pages belong."""
