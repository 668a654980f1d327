"""Tiny checkpoints with random weights: real classes, real processors, no quality.

`ENV/bin/python -B -m tests.checkpoints FAMILY... OUT_DIR` writes OUT_DIR/FAMILY for each family. It
runs in a model's env, from the repository's root, and imports nothing else of the repository;
tests/checkpoint_builds.py is the host's side. Every checkpoint has two layers, heads of 64 (engines
have no kernels for smaller ones) and a byte-level tokenizer. It writes printable text that depends
on the prompt and on every page, and now and then it ends by itself, so that answers differ in
length.
"""
