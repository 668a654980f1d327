"""How many requests an earlier start had under way when it was killed."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.build import model, request, segment
from tests.unit.store.runs import MANIFEST, TASKS
from vlmhb.domain.run import RunConfig, RunPlan
from vlmhb.pipeline.preparation import Prepared
from vlmhb.pipeline.standings import standings_of
from vlmhb.store import OpenRun, RunManifest, WorkerStart

REQUESTS = tuple(request(f"r{number:02}") for number in range(40))


def start(window: int, worker: str = "m", of: str = "m") -> WorkerStart:
    return WorkerStart(of, "f" * 64, 1.0, window, None, {}, worker=worker)


def killed_with(*workers: WorkerStart) -> RunManifest:
    return replace(MANIFEST, segments=(segment(workers=workers),))


@pytest.mark.parametrize(
    ("workers", "expected"),
    [
        ((), 0),
        ((start(4),), 4),
        ((start(4), start(8, "m#2")), 12),
        ((start(4), start(8, "m#2"), start(6)), 14),
        ((start(4), start(2)), 2),
        ((start(4), start(8, "other", of="other")), 4),
    ],
    ids=[
        "never loaded",
        "one worker",
        "two at once",
        "one of two replaced",
        "replaced",
        "of another model",
    ],
)
def test_those_present_at_a_kill_are_what_the_last_worker_on_each_gpu_may_have_had(
    workers: tuple[WorkerStart, ...], expected: int, tmp_path: Path
):
    manifest = killed_with(*workers)
    config = RunConfig("run", "run", (model(),), (), {}, None, None, 0)
    ready = Prepared(config, TASKS, RunPlan((), {"m": REQUESTS}), manifest, tmp_path)

    with OpenRun(tmp_path / "run", manifest, TASKS) as opened:
        found = standings_of(ready, opened, {"m": REQUESTS})["m"]

    assert tuple(one.id for one in REQUESTS[:expected]) == found.present
