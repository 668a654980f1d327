"""A small run folder's contents."""

from pathlib import Path

from tests.build import loaded, model, sample
from vlmhb.store import JournalWriter, OpenRun, RunDir, RunManifest

TASKS = (loaded((sample(1), sample(2))),)
MANIFEST = RunManifest(
    name="run",
    vlmhb="1",
    models=(model(),),
    datasets={"fields": "d" * 64},
    fingerprint={"prompt": "p"},
    source="run.yaml",
    seed=0,
)


def start_run(folder: Path) -> RunDir:
    """A run that has started and has no answer yet."""
    with OpenRun(folder, MANIFEST, TASKS) as opened, JournalWriter(opened.run_dir.journal):
        return opened.run_dir
