"""Whether a text denies what it names: `not an invoice`, `это не счёт`, `송장이 아닙니다`.

Russian and English deny before the name, up to four words away and within the same clause; Korean
behind it, all the names that are listed there. `not only` denies nothing. Texts are as `field`
normalisation leaves them.
"""

import re

WIDEST = 80
"""Characters before and behind a name that are looked at."""
REACH = 4
"""Words that may stand between a denial and the name: `does not belong to the class invoice`."""

CLAUSE_END = re.compile(r"[.,;:!?()|]")
DENIAL = re.compile(
    r"\b(?:not|[a-z]+n't|cannot|never|neither|nor|(?:rather|other) than|instead of"
    r"|no(?=[^\w.,;:]*$)|не|ни|вместо|кроме|нельзя)\b"
    r"(?! (?:only|just|merely|simply|только|просто|лишь)\b)"
)
TURN = re.compile(r"\b(?:but|rather|it|this|that|because|so|а|но|это|зато|скорее|потому)\b")
QUOTES = r"[\"'*_`)>\]]*"
DENIAL_BEHIND = re.compile(
    rf"{QUOTES}(?:(?:도|과|와|이?나| 또는| 혹은| 및) ?[^\s.,;:!?]{{1,30}}?{QUOTES}){{0,3}}"
    r"(?:(?:이|가|은|는|도)? ?(?:절대 |전혀 )?아(?:니|닌|닐|닙|님|녜)"
    r"|(?:으?로|에|이?라고) ?[가-힣]{1,6}(?:지(?:는|도)? ?(?:않|못)| 수 ?(?:가|는|도)? ?없))"
)


def is_denied(text: str, start: int, end: int) -> bool:
    """Whether what stands from `start` to `end` is denied by the words around it."""
    clause = CLAUSE_END.split(text[max(0, start - WIDEST) : start])[-1]
    denials = list(DENIAL.finditer(clause))
    if denials:
        between = clause[denials[-1].end() :]
        if len(between.split()) <= REACH and not TURN.search(between):
            return True
    return DENIAL_BEHIND.match(text, end, end + WIDEST) is not None
