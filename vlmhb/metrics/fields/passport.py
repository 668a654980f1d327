"""Series and number of a Russian passport: `45 05 679944`, `4505 № 679944`.

Source: постановление Правительства РФ от 08.07.1997 № 828: four digits of the series, written in
pairs, and six of the number. There is no check digit.
"""

import re

from vlmhb.metrics.fields.digits import runs
from vlmhb.metrics.fields.kind import Kind, Reading
from vlmhb.metrics.fields.labels import without_others

BETWEEN = re.compile(r"серия|номер|№|\bno?\b\.?|[:,;/]", re.IGNORECASE)
WRITTEN = re.compile(r"\d{2} ?\d{2}( ?[№N] ?| )\d{6}", re.ASCII)
USUAL = re.compile(r"(?<!\d)\d{2} ?\d{2} \d{6}(?!\d)", re.ASCII)


def passport_readings(text: str) -> tuple[Reading, ...]:
    """Every run of ten digits, whatever is put between series and number."""
    bare = " ".join(BETWEEN.sub(" ", without_others(text, "passport")).split())
    return tuple(frozenset({digits}) for digits in runs(bare, (10,), USUAL))


PASSPORT = Kind(
    "passport", passport_readings, lambda text: WRITTEN.fullmatch(text.strip()) is not None
)
