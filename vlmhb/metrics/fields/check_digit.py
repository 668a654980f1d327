"""Whether the numbers that a model writes can exist at all."""

from vlmhb.domain.sample import Sample
from vlmhb.domain.score import Unscored
from vlmhb.metrics.fields.bank import ACCOUNT, account_is_right
from vlmhb.metrics.fields.kind import reading
from vlmhb.metrics.fields.typed_field import BY_TYPE, truths_of
from vlmhb.metrics.right import Right, Rightness


def has_right_check_digits(text: str, sample: Sample) -> Rightness:
    """Whether the one number in an answer has right check digits, the true number or not.

    A number that is misread by a digit nearly always fails; one that was made up fails nine times
    in ten. A wrong number that passes was copied from elsewhere on the page.
    """
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
    return said is not None and all(map(check, said))


def is_bik(text: str) -> bool:
    """Whether a text has the digits of a БИК, without which an account cannot be checked."""
    return len(text) == 9 and text.isascii() and text.isdigit()


CHECK_DIGIT = Right(
    "check_digit",
    "Check digits right",
    "Share of the answers to ИНН, ОГРН, СНИЛС and account fields whose check digits are right, "
    "true or not; numbers that are misread or made up fail it.",
    BY_TYPE,
    has_right_check_digits,
)
