"""CER, WER and ANLS against jiwer and VLMEvalKit on the same texts: `make bench B=metrics`."""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from random import Random
from typing import TypeAlias

import jiwer
import psutil
from rapidfuzz.distance import Levenshtein

from tests.build import truth
from tests.oracles.vlmeval import VlmEvalKit
from vlmhb.config import read_environ
from vlmhb.domain.sample import Sample
from vlmhb.domain.score import Score
from vlmhb.env import EnvStore
from vlmhb.metrics.interface import Metric
from vlmhb.metrics.text.anls import ANLS
from vlmhb.metrics.text.edit_rate import CER, WER, EditRate

PAIRS = 2000
CHARACTERS = 500
REPLY_CHARACTERS = 24
ROUNDS = 9
LETTERS = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфё"
SHARE_OF_ERRORS = 0.08
WORDS_IN_A_LINE = 10

Pair: TypeAlias = tuple[str, str]
"""Target and answer."""
Timed: TypeAlias = Callable[[], float]
"""Does its work and tells the CPU seconds it took."""


def pairs(characters: int) -> list[Pair]:
    """Targets of random Cyrillic words and answers with errors of three kinds."""
    random = Random(1)

    def target() -> str:
        words = (
            "".join(random.choices(LETTERS, k=random.randint(2, 9))) for _ in range(characters)
        )
        return " ".join(words)[:characters]

    def read(character: str) -> str:
        if random.random() >= SHARE_OF_ERRORS:
            return character
        return random.choice(("", random.choice(LETTERS), character * 2))

    targets = [target() for _ in range(PAIRS)]
    return [(text, "".join(map(read, text))) for text in targets]


def in_lines(text: str) -> str:
    """`text` with every tenth space made a line break."""
    words = text.split(" ")
    starts = range(0, len(words), WORDS_IN_A_LINE)
    return "\n".join(" ".join(words[start : start + WORDS_IN_A_LINE]) for start in starts)


def corpus_value(metric: Metric, answered: Sequence[tuple[str, Sample]]) -> float:
    """Ours: one score per pair, summed."""
    scores = [metric.score(answer, sample) for answer, sample in answered]
    whole = [score for score in scores if isinstance(score, Score)]
    return sum(score.numerator for score in whole) / sum(score.denominator for score in whole)


def cpu_seconds(work: Callable[[], object]) -> float:
    """CPU time of one call in this process."""
    start = time.process_time()
    work()
    return time.process_time() - start


def childs_cpu_seconds(child: psutil.Process, work: Callable[[], object]) -> float:
    """CPU time that `child` spends on one call."""
    before = child.cpu_times()
    work()
    after = child.cpu_times()
    return float(after.user + after.system - before.user - before.system)


def a_call_per_pair(oracle: Callable[[str, str], object], sample: Sequence[Pair]) -> None:
    """The oracle as one would use it for scores per sample."""
    for target, answer in sample:
        oracle(target, answer)


def rows(title: str, ways: Mapping[str, Timed], difference: float) -> Iterator[str]:
    """Table rows of interleaved rounds; the first way is ours, and the others' ratio is to it."""
    rounds = [{way: work() for way, work in ways.items()} for _ in range(ROUNDS)]
    ours = statistics.median(taken[next(iter(ways))] for taken in rounds)
    for way in ways:
        seconds = [taken[way] for taken in rounds]
        median = statistics.median(seconds)
        yield (
            f"| {title} | {way} | {median:.4f} | {min(seconds):.4f} to {max(seconds):.4f} "
            f"| {median / ours:.1f} | {difference:.0e} |"
        )


def jiwer_rows(
    title: str, metric: EditRate, oracle: Callable[..., float], sample: Sequence[Pair]
) -> Iterator[str]:
    """Rates of pages of text; the last way leaves out what no figure can be had without."""
    targets, answers = [target for target, _ in sample], [answer for _, answer in sample]
    answered = [(answer, truth(target)) for target, answer in sample]
    cut = [(metric.units(target), metric.units(answer)) for target, answer in sample]
    ways: Mapping[str, Callable[[], object]] = {
        "vlmhb": partial(corpus_value, metric, answered),
        "jiwer, a call per pair": partial(a_call_per_pair, oracle, sample),
        "jiwer, one call": partial(oracle, targets, answers),
        "rapidfuzz alone, texts cut and hashed before": partial(distances, cut),
    }
    difference = abs(corpus_value(metric, answered) - oracle(targets, answers))
    timed = {way: partial(cpu_seconds, work) for way, work in ways.items()}
    return rows(title, timed, difference)


def distances(cut: Sequence[tuple[Sequence[str], Sequence[str]]]) -> None:
    """What the distances of texts cost that need not be cut, which no run has."""
    for target, answer in cut:
        Levenshtein.distance(target, answer)


def vlmevalkit_rows(kit: VlmEvalKit) -> Iterator[str]:
    """ANLS of short replies, of which VLMEvalKit reads the targets from a list in text."""
    sample = pairs(REPLY_CHARACTERS)
    answered = [(answer, truth(target)) for target, answer in sample]
    cases = [
        {"method": "anls", "dataset": "DocVQA_VAL", "answer": repr([target]), "prediction": answer}
        for target, answer in sample
    ]
    ask = partial(kit.results, "vqa", cases)
    difference = abs(corpus_value(ANLS, answered) - statistics.fmean(ask()))
    (child,) = psutil.Process().children()
    ways = {
        "vlmhb": partial(cpu_seconds, partial(corpus_value, ANLS, answered)),
        "VLMEvalKit": partial(childs_cpu_seconds, child, ask),
    }
    return rows(ANLS.title, ways, difference)


def main() -> None:
    """Print a Markdown table: medians over interleaved rounds."""
    pages = pairs(CHARACTERS)
    lines = [(in_lines(target), in_lines(answer)) for target, answer in pages]
    with tempfile.TemporaryDirectory() as folder:
        kit = VlmEvalKit.installed(EnvStore(read_environ().envs), Path(folder) / "stderr.txt")
        try:
            table = (
                *jiwer_rows("CER", CER, jiwer.cer, pages),
                *jiwer_rows("WER", WER, jiwer.wer, pages),
                *jiwer_rows("WER of lines", WER, jiwer.wer, lines),
                *vlmevalkit_rows(kit),
            )
        finally:
            kit.close()
    text = (
        f"{PAIRS} pairs of {CHARACTERS} characters, for ANLS of {REPLY_CHARACTERS}; "
        f"{ROUNDS} interleaved rounds",
        "",
        "| metric | way | CPU s, median | min to max | ratio | difference of the figures |",
        "|---|---|---|---|---|---|",
        *table,
    )
    sys.stdout.write("\n".join(text) + "\n")


if __name__ == "__main__":
    main()
