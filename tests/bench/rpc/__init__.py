"""Calls to a worker beside their peers: `python -m tests.bench.rpc [PATH.json]`.

All sides of a row take turns in one run, because the speed of a machine changes by the minute;
only the ratios mean something. A call sends so many bytes and gets a few back. Each side measures
itself in a process of its own, the peers from the package index in throw-away venvs.

R1  a tiny call: a frame that the worker answers at once, and a toy answer through the client
R2  a page of 1 and 10 MB through the client: behind its frame, and in shared memory
R4  eight tiny calls in flight
R5  pages of 10 MB, answers at full rate and 20 MB of prints at once: how long a cancel takes
S1  the start of a worker up to its greeting
S2  what `vlmhb_worker` adds to the start of a torch + transformers worker
"""
