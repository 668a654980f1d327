"""One bench on one machine: its rows with what explains them, printed, and kept where asked."""

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path

from tests.bench.row import HEADER, Row
from vlmhb.env import Uv
from vlmhb.system.host import cpu_name, memory_gib, usable_cores

ROOT = Path(__file__).parents[2]
CODE = ("vlmhb", "worker_entry", "tests/bench")
"""What a change of can change figures."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A bench's rows, where and when they were found."""

    bench: str
    about: str
    """What both sides do, in Markdown."""
    machine: str
    versions: str
    commit: str
    began_at: str
    took_s: float
    load: tuple[float, float]
    """The load average at the beginning and at the end."""
    rows: tuple[Row, ...]


def measure(
    bench: str,
    about: str | None,
    find: Callable[[], Iterable[Row]],
    keep: Iterable[Path] | None = None,
) -> None:
    """Find rows and print them; keep them in BENCH.json, in the folders of the command line.

    Rows are printed as they come, since some take minutes. A bench whose command line says more
    than folders tells in `keep` which they are.
    """
    # Processes write bytecode, as they do for users; compiling would be most of a start.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    began_at, began_s = datetime.now(timezone.utc), time.monotonic()
    load_before = os.getloadavg()[0]
    print(f"\n### {bench}: {(about or '').strip()}\n\n{HEADER}")
    rows = []
    for row in find():
        rows.append(row)
        print(row, flush=True)
    measured = Measured(
        bench=bench,
        about=(about or "").strip(),
        machine=(
            f"{cpu_name()}, {usable_cores()} cores, {memory_gib()} GiB, "
            f"{platform.system()} {platform.release().partition('-')[0]}"
        ),
        versions=f"Python {platform.python_version()}, uv {Uv.installed().version}",
        commit=_commit(),
        began_at=f"{began_at:%Y-%m-%d %H:%M} UTC",
        took_s=round(time.monotonic() - began_s),
        load=(round(load_before, 1), round(os.getloadavg()[0], 1)),
        rows=tuple(rows),
    )
    for folder in map(Path, sys.argv[1:]) if keep is None else keep:
        write(measured, folder)


def write(measured: Measured, folder: Path) -> None:
    """Keep it in `folder`, which is made where there is none."""
    folder.mkdir(parents=True, exist_ok=True)
    record = asdict(measured) | {"rows": [_record(row) for row in measured.rows]}
    text = json.dumps(record, indent=1, ensure_ascii=False)
    (folder / f"{measured.bench}.json").write_text(f"{text}\n", encoding="utf-8")


def read(folder: Path) -> tuple[Measured, ...]:
    """What is kept in `folder`, by the names of the benches."""
    return tuple(_measured(path) for path in sorted(folder.glob("*.json")))


def _record(row: Row) -> dict[str, object]:
    """A row with what can be worked out of it, for who reads the file."""
    figures = {"ours": row.ours, "peers": row.peers, "ratios": row.ratios}
    rounded = {
        name: [float(f"{value:.5g}") for value in values] for name, values in figures.items()
    }
    return asdict(row) | rounded | {"is_met": row.is_met}


def _measured(path: Path) -> Measured:
    record = json.loads(path.read_text(encoding="utf-8"))
    derived = {"ratios", "is_met"}
    rows = [
        Row(**{name: value for name, value in row.items() if name not in derived})
        for row in record["rows"]
    ]
    return Measured(**record | {"load": tuple(record["load"]), "rows": tuple(rows)})


def _commit() -> str:
    """The commit of the code that was measured."""

    def git(*words: str) -> str:
        argv = ["git", "-C", str(ROOT), *words]
        return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.strip()

    changed = " with changes" if git("status", "--porcelain", "--", *CODE) else ""
    return git("rev-parse", "--short=10", "HEAD") + changed
