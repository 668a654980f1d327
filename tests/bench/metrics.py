"""CER and WER against jiwer on the same pairs: `python -m tests.bench.metrics`."""

import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from random import Random

import jiwer

from tests.build import truth
from vlmhb.domain.score import Score
from vlmhb.metrics.edit_rate import CER, WER, EditRate

PAIRS = 2000
CHARACTERS = 500
ROUNDS = 9
LETTERS = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфё"
SHARE_OF_ERRORS = 0.08

Pair = tuple[str, str]
"""Target and answer."""
Oracle = Callable[..., float]


def pairs() -> list[Pair]:
    """Targets of random Cyrillic words and answers with errors of three kinds."""
    random = Random(1)

    def target() -> str:
        words = (
            "".join(random.choices(LETTERS, k=random.randint(2, 9))) for _ in range(CHARACTERS)
        )
        return " ".join(words)[:CHARACTERS]

    def read(character: str) -> str:
        if random.random() >= SHARE_OF_ERRORS:
            return character
        return random.choice(("", random.choice(LETTERS), character * 2))

    targets = [target() for _ in range(PAIRS)]
    return [(text, "".join(map(read, text))) for text in targets]


def corpus_value(metric: EditRate, sample: Sequence[Pair]) -> float:
    """Ours: one score per pair, summed."""
    scores = [metric.score(answer, truth(target)) for target, answer in sample]
    whole = [score for score in scores if isinstance(score, Score)]
    return sum(score.numerator for score in whole) / sum(score.denominator for score in whole)


def a_call_per_pair(oracle: Oracle, sample: Sequence[Pair]) -> None:
    """The oracle as one would use it for scores per sample."""
    for target, answer in sample:
        oracle(target, answer)


def cpu_seconds(work: Callable[[], object]) -> float:
    """CPU time of one call."""
    start = time.process_time()
    work()
    return time.process_time() - start


def rows(metric: EditRate, oracle: Oracle, sample: Sequence[Pair]) -> Iterator[str]:
    """Table rows: our time first, then the oracle's and how many times ours that is."""
    targets, answers = [target for target, _ in sample], [answer for _, answer in sample]
    difference = abs(corpus_value(metric, sample) - oracle(targets, answers))
    ways: Mapping[str, Callable[[], object]] = {
        "vlmhb": partial(corpus_value, metric, sample),
        "jiwer, a call per pair": partial(a_call_per_pair, oracle, sample),
        "jiwer, one call": partial(oracle, targets, answers),
    }
    rounds = [{way: cpu_seconds(work) for way, work in ways.items()} for _ in range(ROUNDS)]
    ours = statistics.median(taken["vlmhb"] for taken in rounds)
    for way in ways:
        seconds = [taken[way] for taken in rounds]
        median = statistics.median(seconds)
        yield (
            f"| {metric.title} | {way} | {median:.4f} | {min(seconds):.4f} to {max(seconds):.4f} "
            f"| {median / ours:.1f} | {difference:.0e} |"
        )


def main() -> None:
    """Print a Markdown table: medians over interleaved rounds."""
    sample = pairs()
    lines = (
        f"{PAIRS} pairs of {CHARACTERS} characters, {ROUNDS} interleaved rounds",
        "",
        "| metric | way | CPU s, median | min to max | ratio | difference of the figures |",
        "|---|---|---|---|---|---|",
        *rows(CER, jiwer.cer, sample),
        *rows(WER, jiwer.wer, sample),
    )
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
