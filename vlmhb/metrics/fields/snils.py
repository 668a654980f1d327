"""СНИЛС: the number of a Russian pension account, `112-233-445 95`.

Source: https://ru.wikipedia.org/wiki/Контрольное_число; nine digits are weighted 9 to 1, and the
check is that sum modulo 101, where 100 is written 00. Numbers up to 001-001-998 have no check.
"""

import re

from vlmhb.metrics.fields.digits import digit_kind, weighted_sum

USUAL = re.compile(r"(?<!\d)\d{3}-\d{3}-\d{3}[ -]\d\d(?!\d)", re.ASCII)


def snils_is_right(digits: str) -> bool:
    """Whether the last two digits follow from the others."""
    if int(digits[:9]) <= 1_001_998:
        return True
    return weighted_sum(digits[:9], range(9, 0, -1)) % 101 % 100 == int(digits[9:])


SNILS = digit_kind("snils", (11,), lambda text: text.count("-") == 2, snils_is_right, USUAL)
