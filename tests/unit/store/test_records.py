"""What is said of a file of the run folder that cannot be read."""

from pathlib import Path

import pytest

from tests.build import answer
from vlmhb.domain.scoring import AS_THE_TASKS_SAY
from vlmhb.errors import UsageError
from vlmhb.store.records import OUTCOME, decode, encode, problem_of
from vlmhb.store.scoring import read_scoring


def test_the_system_s_own_words_are_told_in_short(tmp_path: Path):
    with pytest.raises(UsageError, match=f"cannot read {tmp_path}: Is a directory\n"):
        read_scoring(tmp_path)


def test_an_error_without_words_of_the_system_is_told_whole():
    assert "gone" == problem_of(OSError("gone"))


def test_a_scoring_that_is_not_there_is_that_of_the_tasks(tmp_path: Path):
    assert AS_THE_TASKS_SAY == read_scoring(tmp_path / "scoring.json")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("[]", r"scoring\.json: Input should be an object"),
        ("{", r"scoring\.json: Invalid JSON: EOF"),
        ('{"metrics": 7}', r"scoring\.json: metrics: Input should be .*, got 7"),
    ],
)
def test_what_is_wrong_is_told_with_its_place_when_it_has_one(
    tmp_path: Path, content: str, expected: str
):
    file = tmp_path / "scoring.json"
    file.write_text(content)

    with pytest.raises(UsageError, match=expected):
        read_scoring(file)


def test_a_text_that_is_wrong_is_not_repeated(tmp_path: Path):
    """It may be long, or a secret."""
    file = tmp_path / "scoring.json"
    file.write_text('{"metrics": "hidden words"}')

    with pytest.raises(UsageError, match=r"scoring\.json: metrics: ") as caught:
        read_scoring(file)
    assert "hidden words" not in str(caught.value)


def test_a_record_of_another_shape_is_no_outcome():
    with pytest.raises(ValueError, match="request_id"):
        decode(OUTCOME, {"text": "1"})


def test_a_line_is_ascii_whatever_it_says():
    line = encode(OUTCOME, answer("a", "Счёт\u2028"))

    assert line.isascii()
    assert 1 == len(line.splitlines())
