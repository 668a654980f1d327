"""Env builds against their peers, which come from the package index into throw-away venvs.

What is built is as large as a model's env without torch. A build includes what vlmhb imports to
try it, and so does the other side of E1. Peers of E2 build in a process that runs already, and
again from the start of one. Of E4, the builders that are killed are counted by `make soak` (G8).
"""
