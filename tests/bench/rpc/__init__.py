"""Calls to a worker beside their peers, which come from the package index into throw-away venvs.

A call sends so many bytes and gets a few back, and each side measures itself in a process of its
own. A frame is answered by the worker at once; a toy answer goes through the client that runs
use, which has a thread that reads on each side. A page goes behind its frame, or in shared memory.
"""
