"""Where an answer departs from its target, found once here so that the browser need not."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

WORDS_BELOW = 0.7
"""Less similar texts are compared word by word: letters that match by chance explain nothing."""
PASSAGE_FACTOR = 4
"""An answer this many times longer than its target is searched for the passage that holds it."""
PASSAGE_TARGET_CHARS = 200
PASSAGE_SCORE = 50.0
"""Below it, the answer holds nothing like the target (0 to 100)."""
COMPARED_CELLS = 400_000_000
"""Characters of target times characters of answer; beyond, nothing is compared. A model caught in
a loop writes megabytes."""

_TOKEN = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Diff:
    """How to turn a target into a passage of the answer. Lengths count code points."""

    target: int
    """Which of the targets: the closest one."""
    level: str
    """`characters`, `words`, or `passage` when only a part of the answer is compared."""
    start: int
    """The passage begins here in the answer."""
    end: int
    runs: tuple[int, ...]
    """Groups of three: characters kept, then missing in the answer, then added by it."""


def diff_of(answer: str, targets: Sequence[str]) -> Diff | None:
    """The comparison with the closest target; None without targets or for texts too long."""
    if not targets or len(answer) * max(map(len, targets)) > COMPARED_CELLS:
        return None
    if all(_is_passage(answer, target) for target in targets):
        return _passage_diff(answer, targets)
    closest = _closest(answer, targets)
    level, runs = _compared(targets[closest], answer)
    return Diff(closest, level, 0, len(answer), runs)


def _closest(answer: str, targets: Sequence[str]) -> int:
    if len(targets) == 1:
        return 0
    return max(
        range(len(targets)),
        key=lambda index: Levenshtein.normalized_similarity(targets[index], answer),
    )


def _is_passage(answer: str, target: str) -> bool:
    return (
        0 < len(target) <= PASSAGE_TARGET_CHARS and len(answer) > PASSAGE_FACTOR * len(target) + 20
    )


def _passage_diff(answer: str, targets: Sequence[str]) -> Diff:
    scores = [fuzz.partial_ratio(target, answer) for target in targets]
    closest = scores.index(max(scores))
    match = fuzz.partial_ratio_alignment(targets[closest], answer, score_cutoff=PASSAGE_SCORE)
    if match is None:
        return Diff(closest, "passage", 0, 0, (0, len(targets[closest]), 0))
    passage = answer[match.dest_start : match.dest_end]
    _, runs = _compared(targets[closest], passage)
    return Diff(closest, "passage", match.dest_start, match.dest_end, runs)


def _compared(target: str, answer: str) -> tuple[str, tuple[int, ...]]:
    if target == answer:
        return "characters", (len(target), 0, 0)
    if Levenshtein.normalized_similarity(target, answer) >= WORDS_BELOW:
        return "characters", _runs(target, answer)
    return "words", _runs(_TOKEN.findall(target), _TOKEN.findall(answer))


def _runs(target: Sequence[str], answer: Sequence[str]) -> tuple[int, ...]:
    before, after = _ends(target), _ends(answer)
    runs: list[int] = []
    kept = 0
    # As tuples: reading the fields of the objects takes longer than finding them.
    for tag, start, end, answer_start, answer_end in _operations(target, answer):
        missing = before[end] - before[start]
        added = after[answer_end] - after[answer_start]
        if tag == "equal":
            kept = missing
        elif runs and not kept:
            runs[-2] += missing
            runs[-1] += added
        else:
            runs += [kept, missing, added]
            kept = 0
    return (*runs, kept, 0, 0) if kept else tuple(runs)


def _operations(
    target: Sequence[str], answer: Sequence[str]
) -> list[tuple[str, int, int, int, int]]:
    return Levenshtein.opcodes(target, answer).as_list()  # type: ignore[return-value]


def _ends(tokens: Sequence[str]) -> Sequence[int]:
    """How many characters there are before each token, and before the end."""
    if isinstance(tokens, str):
        return range(len(tokens) + 1)
    return tuple(accumulate(map(len, tokens), initial=0))
