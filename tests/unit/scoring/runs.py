"""A run of two models and two tasks, whose journal grows as a test wants."""

from dataclasses import dataclass, replace
from pathlib import Path

from tests.build import answer, failed, loaded, model, sample
from vlmhb.domain.answer import Outcome
from vlmhb.domain.run import LoadedTask
from vlmhb.domain.score import SampleScore
from vlmhb.domain.task import AnswerKind
from vlmhb.plan import build_plan
from vlmhb.scoring import score_all
from vlmhb.store import JournalWriter, OpenRun, RunDir, RunManifest, read_journal

SAMPLES = tuple(sample(number) for number in range(1, 6))
NUMBERS = loaded(SAMPLES, "numbers", metrics={AnswerKind.REPLY: ("cer", "judge", "exact_match")})
AGAIN = loaded(SAMPLES[:2], "again", metrics={AnswerKind.REPLY: ("wer",)})
MODELS = (model("m"), model("other"))


@dataclass(frozen=True, slots=True)
class ScoredRun:
    """A run folder with what is asked in it, and nothing answered yet."""

    run_dir: RunDir
    metrics: tuple[str, ...] = ()
    """In place of those of the task `numbers`."""

    @classmethod
    def begun(cls, folder: Path, *metrics: str) -> "ScoredRun":
        run = cls(RunDir(folder), metrics)
        manifest = RunManifest(
            name="run",
            vlmhb="1",
            models=MODELS,
            datasets={one.task.name: one.dataset_sha256 for one in run.tasks},
            fingerprint={},
            source="run.yaml",
            seed=0,
        )
        with OpenRun(folder, manifest, run.tasks), JournalWriter(run.run_dir.journal):
            return run

    @property
    def tasks(self) -> tuple[LoadedTask, ...]:
        metrics = {AnswerKind.REPLY: self.metrics or NUMBERS.task.metrics[AnswerKind.REPLY]}
        return (replace(NUMBERS, task=replace(NUMBERS.task, metrics=metrics)), AGAIN)

    @property
    def outcomes(self) -> list[Outcome]:
        """One for each request: every third one failed."""
        plan = build_plan(MODELS, self.tasks)
        ids = [request.id for requests in plan.requests.values() for request in requests]
        return [
            failed(name) if number % 3 == 0 else answer(name, f"target {number}")
            for number, name in enumerate(ids)
        ]

    def answer(self, *outcomes: Outcome) -> None:
        with JournalWriter(self.run_dir.journal) as journal:
            for outcome in outcomes:
                journal.append(outcome)

    def scores(self) -> dict[tuple[str, str, str, str], object]:
        """What those in the journal get, without metrics that need a judge."""
        outcomes = read_journal(self.run_dir.journal).outcomes
        every = score_all(build_plan(MODELS, self.tasks), self.tasks, outcomes)
        requests = {
            (one.model, one.task, sample_id): request_id
            for one in build_plan(MODELS, self.tasks).evaluations
            for sample_id, request_id in one.requests
        }
        return {
            key(score): score.result
            for score in every
            if score.metric != "judge" and requests[key(score)[:3]] in outcomes
        }


def key(score: SampleScore) -> tuple[str, str, str, str]:
    return score.model, score.task, score.sample_id, score.metric
