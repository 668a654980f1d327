"""Scores that one process hands to another: msgpack arrays in a file, one behind the other.

    [model, task, sample id, metric, "score", numerator, denominator, counts]
    [model, task, sample id, metric, "failed", reason, numerator, denominator, counts]

They are appended as they are made. What a process that was killed has begun to write is not read.
What is unscored is not handed over: another process may have the memory that this one lacked.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

import msgpack

from vlmhb.domain.score import Failed, SampleScore, Score
from vlmhb.metrics.scoring import KnownResults

HALVES = "surrogatepass"
"""Halves of characters, which names in a dataset may hold, come back as they are."""


def append_scores(file: BinaryIO, scores: Iterable[SampleScore]) -> None:
    """Write them behind what there is, and let others see them.

    Raises:
        OSError: the file system refused.
    """
    packer = msgpack.Packer(unicode_errors=HALVES)
    for score in scores:
        if told := _told(score):
            ids = (score.model, score.task, score.sample_id, score.metric)
            file.write(packer.pack([*ids, *told]))
    file.flush()


def read_scores(path: Path) -> KnownResults:
    """Those in the file, as far as it is whole; none where there is no file."""
    known: dict[tuple[str, str, str, str], Score | Failed] = {}
    try:
        with path.open("rb") as file:
            for row in msgpack.Unpacker(file, unicode_errors=HALVES):
                model, task, sample_id, metric, *result = row
                known[model, task, sample_id, metric] = _result(result)
    except (OSError, ValueError, TypeError):  # of one that something else wrote, nothing more
        return known
    return known


def _told(score: SampleScore) -> list[Any]:
    match score.result:
        case Score():
            return ["score", *_numbers(score.result)]
        case Failed(reason, worst):
            return ["failed", reason, *_numbers(worst)]
        case _:
            return []


def _numbers(score: Score) -> list[Any]:
    return [score.numerator, score.denominator, score.counts]


def _result(told: list[Any]) -> Score | Failed:
    match told:
        case ["score", float(), float(), list()]:
            return _score(*told[1:])
        case ["failed", str(reason), float(), float(), list()]:
            return Failed(reason, _score(*told[2:]))
        case _:
            raise ValueError(f"{told!r} is no result")


def _score(numerator: float, denominator: float, counts: list[float]) -> Score:
    return Score(numerator, denominator, tuple(counts))
