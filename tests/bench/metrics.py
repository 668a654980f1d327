"""M1: CER, WER and ANLS beside jiwer and VLMEvalKit on the same texts, in CPU seconds.

A target is made of random Cyrillic words, and its answer has errors of three kinds. A metric
gives a score per pair, as one call of jiwer does; its call for all pairs gives one figure alone.
"""

import statistics
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

from tests.bench.measured import measure
from tests.bench.row import Row, reason_of
from tests.build import truth
from tests.oracles.vlmeval import VlmEvalKit
from vlmhb.config import read_environ
from vlmhb.domain.sample import Sample
from vlmhb.domain.score import Score
from vlmhb.env import EnvStore
from vlmhb.errors import EnvError
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


def beside(what: str, ways: Mapping[str, tuple[Timed, float | None]]) -> Iterator[Row]:
    """Rows of interleaved rounds; the first way is ours, the others come with their limits."""
    (_, (ours, _)), *others = ways.items()
    found = [(work, Row("M1", what, "s", peer, limit)) for peer, (work, limit) in others]
    for _ in range(ROUNDS):
        ours_s = ours()
        for work, row in found:
            row.add(ours_s, work())
    yield from (row for _, row in found)


def difference(what: str, ours: float, theirs: float) -> Row:
    """How far both figures are apart."""
    return Row(
        "M1", f"{what}: difference of the figures", "", limit=1e-12, ours=[abs(ours - theirs)]
    )


def jiwer_rows(
    name: str, metric: EditRate, oracle: Callable[..., float], sample: Sequence[Pair]
) -> Iterator[Row]:
    """Rates of pages of text; the last way leaves out what no figure can be had without."""
    targets, answers = [target for target, _ in sample], [answer for _, answer in sample]
    answered = [(answer, truth(target)) for target, answer in sample]
    cut = [(metric.units(target), metric.units(answer)) for target, answer in sample]
    ways: Mapping[str, tuple[Callable[[], object], float | None]] = {
        "vlmhb": (partial(corpus_value, metric, answered), None),
        "jiwer, a call per pair": (partial(a_call_per_pair, oracle, sample), 0.1),
        "jiwer, one call": (partial(oracle, targets, answers), 0.1),
        "rapidfuzz alone, texts cut and hashed before": (partial(distances, cut), None),
    }
    what = f"{name} of {PAIRS:,} pairs of {CHARACTERS} characters"
    timed = {way: (partial(cpu_seconds, work), limit) for way, (work, limit) in ways.items()}
    yield from beside(what, timed)
    yield difference(name, corpus_value(metric, answered), oracle(targets, answers))


def distances(cut: Sequence[tuple[Sequence[str], Sequence[str]]]) -> None:
    """What the distances of texts cost that need not be cut, which no run has."""
    for target, answer in cut:
        Levenshtein.distance(target, answer)


def vlmevalkit_rows(kit: VlmEvalKit) -> Iterator[Row]:
    """ANLS of short replies, of which VLMEvalKit reads the targets from a list in text."""
    sample = pairs(REPLY_CHARACTERS)
    answered = [(answer, truth(target)) for target, answer in sample]
    cases = [
        {"method": "anls", "dataset": "DocVQA_VAL", "answer": repr([target]), "prediction": answer}
        for target, answer in sample
    ]
    ask = partial(kit.results, "vqa", cases)
    child = psutil.Process(kit._process.pid)
    what = f"ANLS of {PAIRS:,} pairs of {REPLY_CHARACTERS} characters"
    yield from beside(
        what,
        {
            "vlmhb": (partial(cpu_seconds, partial(corpus_value, ANLS, answered)), None),
            "VLMEvalKit": (partial(childs_cpu_seconds, child, ask), 0.2),
        },
    )
    yield difference("ANLS", corpus_value(ANLS, answered), statistics.fmean(ask()))


def rows() -> Iterator[Row]:
    pages = pairs(CHARACTERS)
    lines = [(in_lines(target), in_lines(answer)) for target, answer in pages]
    yield from jiwer_rows("CER", CER, jiwer.cer, pages)
    yield from jiwer_rows("WER", WER, jiwer.wer, pages)
    yield from jiwer_rows("WER of lines", WER, jiwer.wer, lines)
    with tempfile.TemporaryDirectory() as folder:
        try:
            kit = VlmEvalKit.installed(EnvStore(read_environ().envs), Path(folder) / "stderr.txt")
        except EnvError as error:
            yield Row("M1", "ANLS", "s", "VLMEvalKit", 0.2, absent=reason_of(error))
            return
        try:
            yield from vlmevalkit_rows(kit)
        finally:
            kit.close()


if __name__ == "__main__":
    measure("metrics", __doc__, rows)
