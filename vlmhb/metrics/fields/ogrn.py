"""ОГРН and ОГРНИП: the registration of a Russian firm, 13 digits, or trader, 15 digits.

Source: постановления Правительства РФ от 19.06.2002 № 438 and от 16.10.2003 № 630; the last digit
is the number before it modulo 11 (of 15 digits, modulo 13), modulo 10.
"""

from vlmhb.metrics.fields.digits import digit_kind


def ogrn_is_right(digits: str) -> bool:
    """Whether the last digit follows from the others."""
    modulus = 11 if len(digits) == 13 else 13
    return int(digits[:-1]) % modulus % 10 == int(digits[-1])


OGRN = digit_kind(
    "ogrn", (13, 15), lambda text: text.isdigit() and ogrn_is_right(text), ogrn_is_right
)
