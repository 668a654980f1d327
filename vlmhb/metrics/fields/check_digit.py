"""Whether the numbers that a model writes can exist at all."""

from dataclasses import dataclass

from vlmhb.domain.sample import Sample
from vlmhb.domain.score import Direction, Score, Unscored
from vlmhb.domain.task import AnswerKind
from vlmhb.metrics.fields.bank import ACCOUNT, account_is_right
from vlmhb.metrics.fields.kind import reading
from vlmhb.metrics.fields.typed_field import truths_of


@dataclass(frozen=True, slots=True)
class CheckDigit:
    """1 when the answer's number has right check digits, whether it is the true number or not.

    A number that is misread by a digit nearly always fails; one that was made up fails nine times
    in ten. A wrong number that passes was copied from elsewhere on the page.
    """

    name: str = "check_digit"
    title: str = "Check digits right"
    summary: str = (
        "Share of the answers to ИНН, ОГРН, СНИЛС and account fields whose check digits are right, "
        "true or not; numbers that are misread or made up fail it."
    )
    normalisation: str = "by type of field"
    direction: Direction = Direction.HIGHER
    kinds: frozenset[AnswerKind] = frozenset({AnswerKind.REPLY})

    def score(self, text: str, sample: Sample) -> Score | Unscored:
        """1 or 0 of 1; an answer without one number of the kind gets 0."""
        truths = truths_of(sample)
        if isinstance(truths, Unscored):
            return truths
        kind, targets = truths
        check = kind.check
        if kind is ACCOUNT:
            bik = str(sample.metadata.get("bik", ""))
            check = (lambda number: account_is_right(number, bik)) if is_bik(bik) else None
        if check is None:
            return Unscored(f"a field of type {kind.name} has no check digit")
        if not all(map(check, frozenset().union(*targets))):
            return Unscored("the check digits of the target are wrong")
        said = reading(kind, text)
        return Score(float(said is not None and all(map(check, said))), 1)

    def worst(self, sample: Sample) -> Score | Unscored:
        """0 of 1."""
        return self.score("", sample)


def is_bik(text: str) -> bool:
    """Whether a text has the digits of a БИК, without which an account cannot be checked."""
    return len(text) == 9 and text.isascii() and text.isdigit()


CHECK_DIGIT = CheckDigit()
