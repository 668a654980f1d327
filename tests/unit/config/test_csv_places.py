"""Places of cells, against what Python's own writer wrote."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from vlmhb.config.csv_places import places_of

CELL = st.text(st.sampled_from('ab;" \n'), max_size=6)


def test_quotes_and_line_breaks_are_part_of_a_cell():
    lines = ['a;"b;""c', 'd";e"f;', "next;row"]

    assert ["1:1", "1:3", "2:4", "2:8"] == places_of(lines[:2], 1)
    assert ["3:1", "3:6"] == places_of(lines[2:], 3)


@given(st.lists(CELL, min_size=1, max_size=5))
def test_every_cell_begins_where_it_is_said_to(cells: list[str]):
    written = io.StringIO()
    csv.writer(written, delimiter=";", lineterminator="\n").writerow(cells)
    text = written.getvalue()
    lines = text.split("\n")

    places = places_of(lines[:-1], 1)

    assert len(cells) == len(places)
    starts = [
        sum(len(one) + 1 for one in lines[: line - 1]) + column - 1
        for line, column in (map(int, place.split(":")) for place in places)
    ]
    assert sorted(starts) == starts
    ends = [start - 1 for start in starts[1:]] + [len(text) - 1]
    found = [text[start:end] for start, end in zip(starts, ends, strict=True)]
    assert cells == [next(csv.reader(io.StringIO(one), delimiter=";"), [""])[0] for one in found]
