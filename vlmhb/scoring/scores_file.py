"""Scores that one process hands to another: msgpack arrays in a file, one behind the other.

    [model, task, sample id, metric, "score", numerator, denominator, counts]
    [model, task, sample id, metric, "unscored", reason]
    [model, task, sample id, metric, "failed", reason, numerator, denominator, counts]

They are appended as they are made. What a process that was killed has begun to write is not read.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

import msgpack

from vlmhb.domain.score import Failed, SampleScore, Score, Unscored
from vlmhb.metrics.scoring import KnownResults, Result

HALVES = "surrogatepass"
"""Halves of characters, which what an exception says may hold, come back as they are."""


def append_scores(file: BinaryIO, scores: Iterable[SampleScore]) -> None:
    """Write them behind what there is, and let others see them.

    Raises:
        OSError: the file system refused.
    """
    packer = msgpack.Packer(unicode_errors=HALVES)
    file.write(b"".join(packer.pack(_row(score)) for score in scores))
    file.flush()


def read_scores(path: Path) -> KnownResults:
    """Those in the file, as far as it is whole; none where there is no file."""
    known: dict[tuple[str, str, str, str], Result] = {}
    try:
        with path.open("rb") as file:
            for row in msgpack.Unpacker(file, unicode_errors=HALVES):
                model, task, sample_id, metric, *result = row
                known[model, task, sample_id, metric] = _result(result)
    except (OSError, ValueError, TypeError):  # of one that something else wrote, nothing more
        return known
    return known


def _row(score: SampleScore) -> list[Any]:
    return [score.model, score.task, score.sample_id, score.metric, *_told(score.result)]


def _told(result: Result) -> list[Any]:
    match result:
        case Score():
            return ["score", *_numbers(result)]
        case Unscored(reason):
            return ["unscored", reason]
        case Failed(reason, worst):
            return ["failed", reason, *_numbers(worst)]


def _numbers(score: Score) -> list[Any]:
    return [score.numerator, score.denominator, score.counts]


def _result(told: list[Any]) -> Result:
    match told:
        case ["score", float(), float(), list()]:
            return _score(*told[1:])
        case ["unscored", str(reason)]:
            return Unscored(reason)
        case ["failed", str(reason), float(), float(), list()]:
            return Failed(reason, _score(*told[2:]))
        case _:
            raise ValueError(f"{told!r} is no result")


def _score(numerator: float, denominator: float, counts: list[float]) -> Score:
    return Score(numerator, denominator, tuple(counts))
