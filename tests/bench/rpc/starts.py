"""S1."""

import json
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from tests.bench.row import Row
from tests.contract.workers import Session
from vlmhb.domain.envspec import EnvSpec
from vlmhb.env.caller import Caller
from vlmhb.env.probe import probe
from vlmhb.worker import Hello

ROUNDS = 7
STARTS = 5
STACK = "import torch, transformers"


def start(folder: Path) -> Row:
    """From the spawn to the greeting."""
    # Bytecode beside the worker's files, as the build of an env leaves it.
    spec = EnvSpec(name="bench", folder=".", python=">=3.8", requirements=(), imports=())
    probe(spec, Path(sys.executable), Caller())
    row = Row("S1", "start of a worker to its greeting", "ms", "bare `python -I`", 2.0)
    for _ in range(ROUNDS):
        ours = [to_hello(folder, sys.executable) for _ in range(STARTS)]
        bare = [to_end(sys.executable, "-I", "-c", "pass") for _ in range(STARTS)]
        row.add(statistics.median(ours), statistics.median(bare))
    return row


def share(folder: Path) -> Row:
    """What `vlmhb_worker` adds to the start of a torch and transformers worker."""
    row = Row("S1", "greeting beyond a bare start", "ms", f"bare start, {STACK}", 0.03)
    python = stack_python()
    if python is None:
        return replace(row, absent="no env that is built here holds torch and transformers")
    to_end(python, "-c", STACK)  # the files are read once
    for _ in range(ROUNDS):
        bare = to_end(python, "-I", "-c", "pass")
        row.add(to_hello(folder, python) - bare, to_end(python, "-s", "-c", STACK))
    return row


def stack_python() -> str | None:
    """The interpreter of the newest env here that imports both."""
    listed = subprocess.run(
        [Path(sys.executable).with_name("vlmhb"), "env", "list", "--json"],
        capture_output=True,
        check=False,
    )
    described = json.loads(listed.stdout or b"{}")
    for env in reversed(described.get("envs", [])):
        if "transformers" in env["name"]:
            for folder in Path(described["folder"]).iterdir():
                if env["fingerprint"].startswith(folder.name):
                    return next((str(path) for path in folder.glob("*/bin/python")), None)
    return None


def to_end(*argv: str) -> float:
    """Milliseconds of a whole process."""
    started_s = time.perf_counter()
    subprocess.run(argv, check=True, capture_output=True)
    return (time.perf_counter() - started_s) * 1_000


def to_hello(folder: Path, python: str) -> float:
    """Milliseconds from nothing to the greeting."""
    session = Session(folder, python)
    started_s = time.perf_counter()
    session.worker.start()
    session.expect(Hello)
    took_s = time.perf_counter() - started_s
    session.worker.kill()
    session.worker.join(10)
    return took_s * 1_000
