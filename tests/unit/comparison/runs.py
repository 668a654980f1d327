"""Real run folders with the answers that a test needs."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from tests.build import answer, loaded, model, sample
from tests.unit.exchange.runs import SEGMENT
from vlmhb.comparison import compare, read_pairings, reference_of, unmatched
from vlmhb.comparison.compare import Comparison, TaskComparison
from vlmhb.domain.answer import Outcome
from vlmhb.domain.model import ModelSpec
from vlmhb.domain.run import LoadedTask
from vlmhb.domain.sample import Sample
from vlmhb.domain.task import AnswerKind
from vlmhb.plan import build_plan
from vlmhb.store import JournalWriter, OpenRun, RunDir, RunManifest
from vlmhb.store.manifest import WorkerStart

METRICS = ("exact_match", "cer")


def numbered(count: int) -> tuple[Sample, ...]:
    """Samples `0`, `1`, ... with the targets `target 0`, `target 1`, ..., one document each."""
    return tuple(
        replace(sample(number), targets=(f"target {number}",), question=f"What is {number}?")
        for number in range(count)
    )


def task_of(samples: Sequence[Sample], name: str = "fields", **changes: object) -> LoadedTask:
    changes.setdefault("metrics", dict.fromkeys(AnswerKind, METRICS))
    return loaded(tuple(samples), name, **changes)


def right(samples: Sequence[Sample], *wrong: int, text: str = "wrong") -> dict[str, Outcome]:
    """Answers that are right, but for those at the places `wrong`."""
    return {
        one.id: answer(text=text if place in wrong else one.targets[0])
        for place, one in enumerate(samples)
    }


def write_run(
    folder: Path,
    given: Mapping[str, Mapping[str, Outcome]],
    *tasks: LoadedTask,
    models: Sequence[ModelSpec] = (),
    **changes: object,
) -> Path:
    """A run with the outcomes `given` by model and sample id; without one it was not answered."""
    specs = tuple(models) or tuple(model(name) for name in given)
    manifest = RunManifest(
        name="run",
        vlmhb="0",
        models=specs,
        datasets={one.task.name: one.dataset_sha256 for one in tasks},
        fingerprint={},
        source="run",
        seed=0,
        segments=(replace(SEGMENT, workers=()),),
    )
    manifest = replace(manifest, **changes)  # type: ignore[arg-type]
    with OpenRun(folder, manifest, tasks) as opened:
        # Tasks may share requests.
        outcomes = {
            request_id: replace(outcome, request_id=request_id)
            for evaluation in build_plan(specs, tasks).evaluations
            for sample_id, request_id in evaluation.requests
            if (outcome := given[evaluation.model].get(sample_id))
        }
        with JournalWriter(opened.run_dir.journal) as journal:
            for outcome in outcomes.values():
                journal.append(outcome)
        return RunDir(folder).path


def start(model_name: str, env: str, **changes: object) -> WorkerStart:
    """A worker that loaded the model in the env with this fingerprint."""
    made = WorkerStart(model_name, env, 1.0, 1, None, {})
    return replace(made, **changes)  # type: ignore[arg-type]


def compared(*references: Path | str, intersect: bool = False) -> Comparison:
    named = [reference_of(str(one)) for one in references]
    pairings = read_pairings(named)
    return compare(pairings, {}, intersect=intersect, unmatched=unmatched(named, pairings))


def only_task(found: Comparison) -> TaskComparison:
    (pair,) = found.pairs
    (task,) = pair.tasks
    return task
