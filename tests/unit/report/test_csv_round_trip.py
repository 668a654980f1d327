"""Whatever a model writes comes back from the CSV files, read as outputs.md says."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.guides import block
from tests.unit.report.hostile import HOSTILE
from tests.unit.report.tables.test_to_csv import rows_of
from vlmhb.report.tables.to_csv import csv_bytes

PIECES = (
    *("\r", "\n", "\r\n", '"', '""', ",", ";", "\t", " ", "=", "+", "-", "@", "'", "\ufeff"),
    *("\0", "\udc80", "\ud83d", "\ude00", "\U0001f600", "\u2028", "\x85", "\x1a", "NA", "null"),
    *("\\", "x00", "x5c", "ud800", "\\x00", "\\x5c", "\\udc80", "\\uDC80", "\\ud7ff", "\\\\x00"),
)
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=())),
    st.lists(st.sampled_from(PIECES)).map("".join),
)


def guide_code() -> str:
    """How outputs.md reads answers.csv."""
    return block("outputs.md", "import re")


def as_written() -> Callable[[str], str]:
    names: dict[str, Callable[[str], str]] = {}
    exec(guide_code().partition("answers =")[0], names)  # noqa: S102 - a page of this repository
    return names["as_written"]


def read_by_pandas(content: bytes) -> list[list[str]]:
    found = pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False)
    return [list(row) for row in found.itertuples(index=False)]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=4))
@example([("я" * 100_000, '"\0\r\n' * 10_000)])
def test_any_text_comes_back_from_the_csv_module_and_from_pandas(rows: list[tuple[str, str]]):
    back = as_written()

    content = csv_bytes(["one", "two"], rows)

    cells = list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))[1:]
    assert rows == [tuple(map(back, row)) for row in cells]
    assert cells == read_by_pandas(content)


@settings(deadline=None)
@given(st.text(st.characters(exclude_characters="\0\\", exclude_categories=["Cs"])))
def test_text_that_csv_can_hold_is_left_as_it_is(text: str):
    (row,) = rows_of(csv_bytes(["one", "two"], [[text, "="]]))

    assert {"one": text, "two": "="} == row


def test_the_guide_reads_hostile_answers_as_they_were_written(
    hostile_documents: dict[str, bytes], tmp_path: Path
):
    file = tmp_path / "answers.csv"
    file.write_bytes(hostile_documents["answers.csv"])
    names: dict[str, pd.DataFrame] = {}

    exec(guide_code().replace("answers.csv", str(file)), names)  # noqa: S102 - as above

    assert [*HOSTILE] == list(names["answers"]["answer"][: len(HOSTILE)])
