"""Scores of 50,000 samples and ten metrics made into summaries with their intervals."""

import resource
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random

from tests.bench.measured import measure
from tests.bench.row import Row, timed_s
from tests.build import loaded, sample
from vlmhb.domain.run import LoadedTask
from vlmhb.domain.score import Failed, SampleScore, Score
from vlmhb.metrics.aggregation.aggregate import summarise

SAMPLES = 50_000
DOCUMENTS = (50_000, 5_000)
METRICS = (
    "cer",
    "cer_ci",
    "cer_norm",
    "wer",
    "wer_ci",
    "wer_norm",
    "anls",
    "exact_match",
    "field_found",
    "chrf",
)
SHARE_OF_FAILURES = 0.02
ROUNDS = 3


def task_of(documents: int) -> LoadedTask:
    """Samples of 12 classes, 5 fields and 3 languages, and of 14 categories that count alike."""
    samples = (
        replace(
            sample(number),
            document=f"document {number % documents}",
            doc_class=f"class {number % 12}",
            question_type=f"field {number % 5}",
            language=("ru", "ko", "en")[number % 3],
            metadata={"category": f"category {number % 14}"},
        )
        for number in range(SAMPLES)
    )
    return loaded(tuple(samples))


def scores_of(task: LoadedTask) -> Iterator[SampleScore]:
    """Every metric on every sample; chrF has the counts of its n-grams, 18 for each."""
    random = Random(1)
    for one in task.samples:
        fails = random.random() < SHARE_OF_FAILURES
        for metric in METRICS:
            counts = tuple(float(random.randint(0, 99)) for _ in range(18 * (metric == "chrf")))
            score = Score(float(random.randint(0, 30)), float(random.randint(30, 600)), counts)
            result = Failed("oom", score) if fails else score
            yield SampleScore("m", task.task.name, one.id, metric, result)


def rows() -> Iterator[Row]:
    for documents in DOCUMENTS:
        plain = task_of(documents)
        scores = list(scores_of(plain))
        keys = (("category",),)
        own = replace(plain, task=replace(plain.task, group_by=keys, macro_by=keys))
        for name, task in (("standard groups", plain), ("and by category, and its mean", own)):
            yield from taken(f"{documents:,} documents, {name}", scores, task)


def taken(what: str, scores: Sequence[SampleScore], task: LoadedTask) -> Iterator[Row]:
    """The wall and the CPU time of all summaries of a task."""
    wall, cpu = Row("", f"{what}: summaries", "s"), Row("", f"{what}: CPU of that", "s")
    for _ in range(ROUNDS):
        cpu_s = time.process_time()
        wall.add(timed_s(lambda: summarise(scores, (task,), 0)))
        cpu.add(time.process_time() - cpu_s)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    yield from (wall, cpu, Row("", f"{what}: most memory until then", "MiB", ours=[peak]))


if __name__ == "__main__":
    measure("summaries", __doc__, rows)
