"""Metrics of whole pages: their text, its order and structure, and places on them."""
