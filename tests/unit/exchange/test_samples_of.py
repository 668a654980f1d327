"""Questions and targets out of a file of results."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from tests.build import answer, model, task
from tests.unit.datasets.tables import b64, png, write_tsv
from tests.unit.exchange.runs import recorded
from vlmhb.datasets import DatasetCache, load_task
from vlmhb.domain.digest import Json
from vlmhb.domain.sample import Sample
from vlmhb.domain.task import AnswerKind, Task
from vlmhb.errors import DatasetError, UsageError
from vlmhb.exchange.export_run import export_run
from vlmhb.exchange.given import GivenFile, Wanted
from vlmhb.exchange.samples_of import own_task, task_of_file, without_left_out

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


IMAGE = b64(png())
TABLES: dict[str, tuple[dict[str, Json], list[dict[str, object]]]] = {
    "lists": (
        {"lists": ["category"], "language": "en"},
        [{"answer": "Yes", "category": "adversarial,popular"}, {"answer": "no", "category": "x"}],
    ),
    "letters and open questions": (
        {},
        [
            {"A": "x", "B": "nan", "answer": "A", "hint": "None"},
            {"A": "", "B": "", "answer": "['3.5', 'seven']", "hint": "look"},
            {"A": "", "B": "", "answer": "None", "hint": ""},
        ],
    ),
    "another column of targets": (
        {"answer": "truth", "group_by": "circular"},
        [{"answer": "x", "truth": "one"}, {"answer": "y", "truth": "['two', 'three']"}],
    ),
    "texts that look like lists": ({"answer_is_text": True}, [{"answer": "[1]"}]),
    "ten answers": ({}, [{"answers": "['a', 'a', 'b']", "answer": "b"}]),
    "too long": ({}, [{"answer": "a", "long": "x" * 65_537, "short": "y"}]),
}


def table_task(folder: Path, name: str) -> Task:
    options, rows = TABLES[name]
    numbered = [
        {"index": number, "image": IMAGE, "question": "q", **row}
        for number, row in enumerate(rows, start=1)
    ]
    return task(dataset=replace(write_tsv(folder, *numbered, options=options), name="docs"))


def said(sample: Sample) -> tuple[object, ...]:
    """What does not come from the page."""
    metadata = {name: value for name, value in sample.metadata.items() if name != "truth"}
    return (
        *(sample.id, sample.question, sample.targets, sample.choices, sample.group),
        *(sample.language, metadata),
    )


@pytest.mark.parametrize("name", TABLES)
def test_a_row_means_what_it_means_in_the_dataset(tmp_path, name):
    loaded = load_task(table_task(tmp_path, name), DatasetCache(tmp_path / "cache"))
    content = (tmp_path / "table.tsv").read_text(encoding="utf-8")
    head, *lines = content.rstrip("\n").split("\n")
    results = "\n".join([f"{head}\tprediction", *(f"{line}\tx" for line in lines)])

    found = task_of_file(loaded.task, given(tmp_path, results + "\n")).samples

    assert [said(sample) for sample in loaded.samples] == [said(sample) for sample in found]


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("suffix", ["tsv", "xlsx"])
def test_what_was_exported_is_the_same_task_again(tmp_path, name, suffix):
    loaded = load_task(table_task(tmp_path, name), DatasetCache(tmp_path / "cache"))
    outcomes = {sample.id: answer() for sample in loaded.samples}
    export_run(recorded(tmp_path / "run", loaded, outcomes, [model("m")]), tmp_path / "out", None)

    read = GivenFile.read("m", tmp_path / "out" / f"m_docs.{suffix}", Wanted())
    found = task_of_file(loaded.task, read).samples

    assert [said(sample) for sample in loaded.samples] == [said(sample) for sample in found]


def test_targets_are_under_answer_where_the_column_of_the_task_is_not(tmp_path):
    elsewhere = task_with(options={"answer": "truth"})

    first, _ = task_of_file(elsewhere, given(tmp_path, YES)).samples

    assert ("Yes",) == first.targets


def test_options_that_are_none_are_refused(tmp_path):
    wrong = task_with(options={"group_by": "circle"})

    with pytest.raises(DatasetError, match=r"options\.group_by: 'circle', expected one of"):
        task_of_file(wrong, given(tmp_path, YES))


def task_with(**changes: object) -> Task:
    return task(dataset=replace(task().dataset, **changes))  # type: ignore[arg-type]


PARTS = (
    "index\timage\timage_path\tquestion\tanswer\tsplit\tkind\tprediction\n"
    "1\tx\t\tq\ta\tval\told\tp\n"
    "2\tx\t\tq\ta\ttest\told\tp\n"
    "3\t\t\tq\ta\tval\told\tp\n"
    "4\t\tf.png\tq\ta\tval\tnew\tp\n"
)


@pytest.mark.parametrize(
    ("changes", "ids"),
    [
        ({"split": "val"}, "134"),
        ({"options": {"drop_imageless": True}}, "124"),
        ({"where": {"kind": ("new", "newer")}}, "4"),
        ({"where": {"doc_class": ("passport",)}}, "1234"),
        ({"split": "val", "options": {"drop_imageless": True}, "where": {"kind": ("old",)}}, "1"),
    ],
)
def test_only_the_rows_that_the_task_wants_are_taken(tmp_path, changes: Mapping[str, object], ids):
    file = given(tmp_path, PARTS)

    loaded = task_of_file(task_with(**changes), file)

    assert list(ids) == [sample.id for sample in loaded.samples]
    (narrowed,) = without_left_out([file], loaded)
    assert dict.fromkeys(ids, "p") == narrowed.by_sample(set(ids))


def test_an_id_that_no_row_has_is_still_an_error(tmp_path):
    first = given(tmp_path, PARTS)
    loaded = task_of_file(task_with(split="val"), first)
    (tmp_path / "b.csv").write_text("id;output\n2;left out\n9;nobody's\n", encoding="utf-8")
    second = GivenFile.read("b", tmp_path / "b.csv", Wanted())

    _, narrowed = without_left_out([first, second], loaded)

    with pytest.raises(UsageError, match="'9'") as caught:
        narrowed.by_sample({sample.id for sample in loaded.samples})
    assert "'2'" not in str(caught.value)


def test_a_file_without_a_row_of_the_split_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"none of its 4 rows(.|\n)*split=dev"):
        task_of_file(task_with(split="dev"), given(tmp_path, PARTS))


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"question": "q\ud800"}, "entry 1: column 'question' has half a character"),
        ({"answer": "\udfff"}, "entry 1: column 'answer' has half a character"),
        ({"category": ["\ud800"]}, "entry 1: column 'category' has half a character"),
        ({"k\ud800": "v"}, r"column 'k\ud800': half a character"),
    ],
)
def test_half_a_character_is_refused_by_row(tmp_path, cells: Mapping[str, object], message):
    file = tmp_path / "m.json"
    row = {"index": 1, "question": "q", "answer": "a", "prediction": "p"}
    file.write_text(json.dumps([{**row, **cells}]), encoding="utf-8")

    with pytest.raises(UsageError) as caught:
        task_of_file(task(), GivenFile.read("m", file, Wanted()))

    assert message in str(caught.value)


def test_an_answer_with_half_a_character_is_taken(tmp_path):
    file = tmp_path / "m.json"
    row = {"index": 1, "question": "\U0001f600", "answer": "a", "prediction": "\ud800"}
    file.write_text(json.dumps([row]), encoding="utf-8")

    (sample,) = task_of_file(task(), GivenFile.read("m", file, Wanted())).samples

    assert "\U0001f600" == sample.question
