"""Where models that were asked the same gave different answers."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from enum import IntFlag

from vlmhb.domain.answer import Answer
from vlmhb.domain.score import Score
from vlmhb.report.entries import Entry
from vlmhb.report.numbers import finite


class Disagreement(IntFlag):
    """In what the answers to one sample differ."""

    NONE = 0
    TEXT = 1
    """In their normalised text."""
    SCORE = 2
    """In their figure under the first metric."""


def disagreements_of(entries: Sequence[Entry]) -> tuple[Disagreement, ...]:
    """For each entry, in what the answers of its sample differ.

    Compared are models that answered and whose answers are of one kind: the text of a whole page
    and a reply to a question differ by what they are. A failure is no answer.
    """
    asked: defaultdict[tuple[str, str, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        if isinstance(entry.outcome, Answer):
            asked[_key(entry)].append(entry)
    found = {key: _disagreement(answered) for key, answered in asked.items()}
    return tuple(
        found[_key(entry)] if isinstance(entry.outcome, Answer) else Disagreement.NONE
        for entry in entries
    )


def _key(entry: Entry) -> tuple[str, str, str]:
    return entry.task.name, entry.sample.id, entry.evaluation.answers.value


def _disagreement(answered: Sequence[Entry]) -> Disagreement:
    found = Disagreement.NONE
    if len(answered) > 1:
        if len(set(_texts(answered))) > 1:
            found |= Disagreement.TEXT
        if len(set(_figures(answered))) > 1:
            found |= Disagreement.SCORE
    return found


def _texts(answered: Iterable[Entry]) -> Iterable[str]:
    texts = {entry.outcome.text for entry in answered if isinstance(entry.outcome, Answer)}
    return texts if len(texts) == 1 else map(normalised, texts)


def normalised(text: str) -> str:
    """`text` in Unicode's form NFKC, without case, runs of white space as one space."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _figures(answered: Iterable[Entry]) -> Iterable[float | None]:
    """Of the first metric; answers that it does not judge say nothing."""
    for entry in answered:
        first = entry.task.metrics.get(entry.evaluation.answers, ())[:1]
        for score in entry.scores:
            if score.metric in first and isinstance(score.result, Score):
                yield finite(score.result.value)
