"""Questions and targets out of a file of results."""

from pathlib import Path

import pytest

from tests.build import task
from vlmhb.domain.task import AnswerKind
from vlmhb.errors import UsageError
from vlmhb.exchange.given import GivenFile, Wanted
from vlmhb.exchange.samples_of import own_task, task_of_file

CHOICE = (
    "index\tquestion\tA\tB\tC\tanswer\tcategory\tg_index\tprediction\n"
    "1\tWhich?\tred\tblue\tnan\tA\tcolour\t1\tA\n"
    "1000001\tWhich?\tblue\tred\t\tB\tcolour\t1\tA\n"
)
SHORT = "index\tquestion\tanswer\tprediction\n1\tWhich?\t['a', 'b']\tc\n"
YES = "index\tquestion\tanswer\tprediction\n1\tIs it?\tYes\tno\n2\tIs it?\tNo\tno\n"


def given(folder: Path, content: str) -> GivenFile:
    file = folder / "m_Bench.tsv"
    file.write_text(content, encoding="utf-8")
    return GivenFile.read("m", file, Wanted())


def test_a_row_becomes_a_sample_without_pages(tmp_path):
    first, second = task_of_file(task(), given(tmp_path, CHOICE)).samples

    assert ("1", "Which?", ("A",), ()) == (first.id, first.question, first.targets, first.pages)
    assert (("A", "red"), ("B", "blue")) == first.choices
    assert {"category": "colour", "g_index": "1"} == first.metadata
    assert first.group == second.group == "1"


def test_a_list_of_targets_is_taken_apart(tmp_path):
    (sample,) = task_of_file(task(), given(tmp_path, SHORT)).samples

    assert ("a", "b") == sample.targets


@pytest.mark.parametrize(
    ("content", "expected"),
    [(CHOICE, ("mcq",)), (YES, ("yes_no",)), (SHORT, ("anls", "exact_match"))],
)
def test_a_file_without_a_task_is_scored_by_what_it_looks_like(tmp_path, content, expected):
    found = own_task(given(tmp_path, content))

    assert "Bench" == found.name
    assert expected == found.metrics[AnswerKind.REPLY]


def test_a_file_without_targets_is_refused(tmp_path):
    with pytest.raises(UsageError, match="columns question, answer beside"):
        task_of_file(task(), given(tmp_path, "index\tprediction\n1\tx\n"))
