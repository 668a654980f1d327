"""Evaluate vision-language models on documents, each model in its own locked venv."""

__version__ = "0.1.0"
