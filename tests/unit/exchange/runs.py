"""Small runs on disk, and their files as other tools would have them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from tests.build import loaded, model, sample, segment
from vlmhb.domain.answer import Outcome
from vlmhb.domain.model import ModelSpec
from vlmhb.domain.run import LoadedTask
from vlmhb.domain.sample import PageImage, Sample
from vlmhb.plan import build_plan
from vlmhb.store import JournalWriter, OpenRun, RunDir, RunManifest

SEGMENT = segment()


def row(number: int, target: str, **changes: object) -> Sample:
    """A row of an annotation.csv."""
    values: dict[str, object] = {
        "id": str(number),
        "question": f"Question {number}; which?",
        "targets": (target,),
        "pages": (PageImage(f"images/{number}.jpg", f"{number}".rjust(64, "0"), 10, 10),),
        "metadata": {"data_index": f"{number}", "split": "clean", "answer_bbox": "[1, 2.5]"},
    }
    return replace(sample(number), **(values | changes))  # type: ignore[arg-type]


def task_of(*samples: Sample) -> LoadedTask:
    return loaded(samples, "docs")


def recorded(
    folder: Path,
    task: LoadedTask,
    outcomes: Mapping[str, Outcome],
    models: Sequence[ModelSpec] = (model("m"),),
    tasks: Sequence[LoadedTask] = (),
) -> RunDir:
    """A run folder; `outcomes` are by sample id and lack only their request's id.

    `tasks` are all of the run, where `task` is not the only one.
    """
    every = tuple(tasks) or (task,)
    manifest = RunManifest(
        name="run",
        vlmhb="0",
        models=tuple(models),
        datasets={one.task.name: one.dataset_sha256 for one in every},
        fingerprint={},
        source="run",
        seed=0,
        segments=(SEGMENT,),
    )
    with OpenRun(folder, manifest, every) as opened:
        # Evaluations may share requests.
        sample_of = {
            request_id: sample_id
            for evaluation in build_plan(models, every).evaluations
            for sample_id, request_id in evaluation.requests
        }
        with JournalWriter(opened.run_dir.journal) as journal:
            for request_id, sample_id in sample_of.items():
                if sample_id in outcomes:
                    journal.append(replace(outcomes[sample_id], request_id=request_id))
        return opened.run_dir
