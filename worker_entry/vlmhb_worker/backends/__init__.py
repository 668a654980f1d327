"""Backends that come with vlmhb. None of them imports a model library at its top."""
