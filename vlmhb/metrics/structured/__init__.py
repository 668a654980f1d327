"""Metrics of JSON answers: the fields in them, and whether they keep the form asked for."""
