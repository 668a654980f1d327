"""Scores to summaries with their intervals: `python -m tests.bench.summaries`."""

import resource
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random

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


def measured(scores: Sequence[SampleScore], task: LoadedTask) -> str:
    """The cells of a row."""
    counts, wall_s, cpu_s = [], [], []
    for _ in range(ROUNDS):
        wall, cpu = time.perf_counter(), time.process_time()
        counts.append(len(summarise(scores, (task,), 0)))
        wall_s.append(time.perf_counter() - wall)
        cpu_s.append(time.process_time() - cpu)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    seconds = (f"{statistics.median(taken):.1f}" for taken in (wall_s, cpu_s))
    return " | ".join([str(counts[0]), *seconds, str(peak)])


def main() -> None:
    """Print a Markdown table of medians."""
    lines = [
        f"{SAMPLES} samples, {len(METRICS)} metrics, median of {ROUNDS}",
        "",
        "| documents | groupings | summaries | s | CPU s | peak RSS, MiB |",
        "|---|---|---|---|---|---|",
    ]
    for documents in DOCUMENTS:
        plain = task_of(documents)
        scores = list(scores_of(plain))
        keys = (("category",),)
        own = replace(plain, task=replace(plain.task, group_by=keys, macro_by=keys))
        for name, task in (("the standard ones", plain), ("and by category, and its mean", own)):
            lines.append(f"| {documents} | {name} | {measured(scores, task)} |")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
