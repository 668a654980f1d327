"""What one process hands to another comes over as it was."""

import struct
from pathlib import Path

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.scoring.runs import key
from vlmhb.domain.score import Failed, SampleScore, Score, Unscored
from vlmhb.scoring.scores_file import append_scores, read_scores

NUMBERS = st.floats(allow_nan=False)
SCORES = st.builds(Score, NUMBERS, NUMBERS, st.lists(NUMBERS).map(tuple))
TEXTS = st.text(st.characters(codec=None))
RESULTS = st.one_of(SCORES, st.builds(Failed, TEXTS, SCORES))
ROWS = st.builds(SampleScore, TEXTS, TEXTS, TEXTS, TEXTS, RESULTS)
ONE = SampleScore("m", "t", "s", "cer", Score(1.0, 3.0))
TWO = SampleScore("m", "t", "s2", "cer", Failed("timeout", Score(0.0, 1.0)))


@given(st.lists(ROWS))
def test_every_result_is_read_as_it_was_written(tmp_path_factory: pytest.TempPathFactory, rows):
    path = tmp_path_factory.mktemp("scores") / "file"

    with path.open("ab") as file:
        for row in rows:
            append_scores(file, (row,))

    assert {key(row): row.result for row in rows} == dict(read_scores(path))


def test_what_was_begun_to_be_written_is_not_read(tmp_path: Path):
    path = tmp_path / "file"
    with path.open("ab") as file:
        append_scores(file, (ONE, TWO))
    path.write_bytes(path.read_bytes()[:-1])

    assert {key(ONE): ONE.result} == dict(read_scores(path))


@pytest.mark.parametrize(
    "foreign",
    [
        b"\xc1",
        msgpack.packb(7),
        msgpack.packb(["m", "t"]),
        msgpack.packb(["m", "t", "s", "cer", "score", 1, 2, []]),
        msgpack.packb(["m", "t", "s", "cer", "else"]),
        b"\xdd" + struct.pack(">I", 2**32 - 1),
    ],
)
def test_what_follows_something_else_is_not_read(tmp_path: Path, foreign: bytes):
    path = tmp_path / "file"
    with path.open("ab") as file:
        append_scores(file, (ONE,))
        file.write(foreign)
        append_scores(file, (TWO,))

    assert {key(ONE): ONE.result} == dict(read_scores(path))


def test_what_is_unscored_is_left_for_who_reads(tmp_path: Path):
    path = tmp_path / "file"
    lacking = SampleScore("m", "t", "s3", "cer", Unscored("metric failed: MemoryError: "))
    with path.open("ab") as file:
        append_scores(file, (ONE, lacking, TWO))

    assert {key(ONE): ONE.result, key(TWO): TWO.result} == dict(read_scores(path))


def test_nothing_is_known_where_there_is_no_file(tmp_path: Path):
    assert {} == dict(read_scores(tmp_path / "file"))
