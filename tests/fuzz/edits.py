"""Inputs that are nearly right."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

MAX_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Edit:
    """Some bytes out, some others in."""

    at: float
    """Where, as a share of the input."""
    out: int
    new: bytes

    def of(self, content: bytes) -> bytes:
        """The input with it."""
        place = int(self.at * len(content))
        return content[:place] + self.new + content[place + self.out :]


def edited(content: bytes, edits: Sequence[Edit]) -> bytes:
    """The input with all of them, one after the other."""
    for edit in edits:
        content = edit.of(content)
    return content


def changed(seeds: Sequence[bytes], words: Sequence[bytes], chance: random.Random) -> bytes:
    """One of the seeds, with a few edits."""
    edits = [_edit(seeds, words, chance) for _ in range(chance.choice((1, 1, 2, 3, 6)))]
    return edited(chance.choice(seeds), edits)[:MAX_BYTES]


def _edit(seeds: Sequence[bytes], words: Sequence[bytes], chance: random.Random) -> Edit:
    luck = chance.random()
    if words and luck < 0.5:
        new = chance.choice(words)
    elif luck < 0.8:
        new = chance.randbytes(chance.choice((0, 1, 1, 2, 6)))
    else:
        other = chance.choice(seeds)
        start = chance.randrange(len(other) + 1)
        new = other[start : start + chance.choice((1, 8, 64, 600))]
    return Edit(chance.random(), chance.choice((0, 0, 1, 2, 8, 64)), new)
