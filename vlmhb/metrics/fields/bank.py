"""БИК, account and КПП: what a Russian invoice says beside the ИНН. None has a check of its own.

A БИК has 9 digits, the first two 04 for banks in Russia and 00 for the treasury; an account has
20; a КПП has 9 characters, the fifth and sixth being digits or Latin capitals.

Source: https://ru.wikipedia.org/wiki/Банковский_идентификационный_код; приказ ФНС России от
29.06.2012 № ММВ-7-6/435@ (КПП).
"""

import re

from vlmhb.metrics.fields.digits import digit_kind, runs
from vlmhb.metrics.fields.kind import Kind, Reading
from vlmhb.metrics.fields.labels import without_others

CENTRES = frozenset({"000", "001", "002"})
"""The last digits of the БИК of settlement centres of the Bank of Russia."""
KPP_WRITTEN = re.compile(r"(?<![0-9A-Za-z])\d{4}[0-9A-Z]{2}\d{3}(?![0-9A-Za-z])", re.ASCII)


def kpp_readings(text: str) -> tuple[Reading, ...]:
    """Every КПП of a text."""
    text = without_others(text, "kpp")
    return tuple(frozenset({kpp}) for kpp in KPP_WRITTEN.findall(text) or runs(text, (9,)))


KPP = Kind("kpp", kpp_readings, lambda text: KPP_WRITTEN.fullmatch(text.strip()) is not None)
BIK = digit_kind("bik", (9,), lambda text: text.isdigit() and text.startswith(("00", "04")))
ACCOUNT = digit_kind("account", (20,), lambda _: True)


def account_is_right(account: str, bik: str) -> bool:
    """Whether an account number belongs to the bank with this БИК.

    Accounts at the Bank of Russia, of banks themselves and of the treasury, go with the number of
    the settlement centre.

    Source: порядок расчёта контрольного ключа, Банк России 08.09.1997 № 515; three digits of the
    БИК and the account, weighted 7, 1, 3 over and over, end in 0 when each product is cut to its
    last digit and they are summed.
    """
    at_settlement_centre = account.startswith("301") or bik[6:9] in CENTRES or bik[:2] == "00"
    prefix = f"0{bik[4:6]}" if at_settlement_centre else bik[6:9]
    weights = (7, 1, 3) * 8
    return sum(int(d) * w for d, w in zip(prefix + account, weights, strict=False)) % 10 == 0
