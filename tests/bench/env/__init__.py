"""Env builds against their peers: `python -m tests.bench.env`. Prints Markdown.

Both sides of a row take turns in one run, because the speed of a machine changes by the minute;
only the ratios mean something. Peers come from the package index into throw-away venvs.

E1  `EnvStore.ensure` with a warm cache against `uv venv` + `uv pip sync` and against `cp -al`
E2  the same against appose with uv, isolate with uv, and `python -m venv` + pip, in a process that
    runs already and from the start of one
E3  `EnvStore.ensure` of a built env against a `uv pip sync` that finds nothing to do
E4  four processes that want one env against one
E5  the first start of a worker's imports after a build against the second
"""
