"""Metrics of answers that name one class of several."""
