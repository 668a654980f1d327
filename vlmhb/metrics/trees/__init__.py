"""Ordered trees, and how far one is from another."""
