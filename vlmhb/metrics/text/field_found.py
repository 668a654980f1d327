"""Whether a field's true value stands somewhere in an answer, for engines that return a page."""

from dataclasses import dataclass
from functools import lru_cache

from vlmhb.domain.sample import Sample
from vlmhb.domain.score import Direction, Score, Unscored
from vlmhb.domain.task import AnswerKind
from vlmhb.metrics.text.normalize import FIELD

HANGUL = (("\u1100", "\u11ff"), ("\uac00", "\ud7a3"))
KANA_AND_HAN = (("\u3040", "\u30ff"), ("\u3400", "\u9fff"))

# All fields of a page are looked for in the same text, one after the other.
normalised_page = lru_cache(maxsize=16)(FIELD)


@dataclass(frozen=True, slots=True)
class FieldFound:
    """1 when a target occurs in the answer as a whole, else 0."""

    name: str = "field_found"
    title: str = "Field found"
    summary: str = (
        "Share of samples with a target somewhere in the answer, not cut out of a longer word or "
        "number; case, ё/е, quotes, dashes, white space and the spaces inside numbers aside."
    )
    normalisation: str = FIELD.name
    direction: Direction = Direction.HIGHER
    kinds: frozenset[AnswerKind] = frozenset(AnswerKind)

    def score(self, text: str, sample: Sample) -> Score | Unscored:
        """Whether any of the targets is there. Empty ones are everywhere and do not count."""
        values = [value for value in map(FIELD, sample.targets) if value]
        if not values:
            return Unscored("no target has any text")
        page = normalised_page(text)
        return Score(float(any(occurs(value, page) for value in values)), 1)

    def worst(self, sample: Sample) -> Score | Unscored:
        """0 of 1."""
        return self.score("", sample)


def occurs(value: str, page: str) -> bool:
    """Whether `value` is in `page` with no word or number cut at its ends."""
    start = page.find(value)
    while start >= 0:
        if not (cuts(page, start) or cuts(page, start + len(value))):
            return True
        start = page.find(value, start + 1)
    return False


def cuts(text: str, index: int) -> bool:
    """Whether parting `text` before `index` parts a word or a number."""
    left, right = text[index - 1 : index], text[index : index + 1]
    if left.isalnum() and right.isalnum():
        return not glued(left, right)
    if right in {".", ","}:
        return left.isdigit() and text[index + 1 : index + 2].isdigit()
    if left in {".", ","}:
        return right.isdigit() and text[index - 2 : index - 1].isdigit()
    return False


def glued(left: str, right: str) -> bool:
    """Whether two neighbouring letters or digits may belong to different words.

    Han and kana are written without spaces, and Korean hangs units and particles on whatever
    stands before them: `9,105,000원`.
    """
    if within(KANA_AND_HAN, left) or within(KANA_AND_HAN, right):
        return True
    return within(HANGUL, left) != within(HANGUL, right)


def within(ranges: tuple[tuple[str, str], ...], character: str) -> bool:
    """Whether `character` lies in one of the ranges."""
    return any(first <= character <= last for first, last in ranges)


FIELD_FOUND = FieldFound()
