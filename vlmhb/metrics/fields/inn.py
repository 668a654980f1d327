"""ИНН: the number of a Russian taxpayer, 10 digits for firms and 12 for people.

Source: приказ ФНС России от 29.06.2012 № ММВ-7-6/435@; the last digit (of 12, each of the last
two) is the weighted sum of those before it, modulo 11, modulo 10.
"""

from vlmhb.metrics.fields.digits import digit_kind, weighted_sum

OF_FIRMS = (2, 4, 10, 3, 5, 9, 4, 6, 8)
OF_PEOPLE = (7, *OF_FIRMS)
OF_PEOPLE_LAST = (3, *OF_PEOPLE)


def inn_is_right(digits: str) -> bool:
    """Whether the check digits follow from the others."""
    if len(digits) == 10:
        return weighted_sum(digits[:9], OF_FIRMS) % 11 % 10 == int(digits[9])
    eleventh = weighted_sum(digits[:10], OF_PEOPLE) % 11 % 10
    twelfth = weighted_sum(digits[:11], OF_PEOPLE_LAST) % 11 % 10
    return digits[10:] == f"{eleventh}{twelfth}"


# Ten digits with a right check digit are no proof, so the number has to be in one piece too.
INN = digit_kind("inn", (10, 12), lambda text: text.isdigit() and inn_is_right(text), inn_is_right)
