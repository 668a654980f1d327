"""VLMEvalKit's files, read as it reads them."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from tests.build import answer, failed, model, task
from tests.unit.datasets.tables import b64, png, write_tsv
from tests.unit.exchange.runs import recorded, row, task_of
from vlmhb.datasets import DatasetCache, load_task
from vlmhb.domain.answer import Outcome
from vlmhb.domain.run import LoadedTask
from vlmhb.domain.task import AnswerKind
from vlmhb.exchange.export_run import Exported, export_run

CHOICES = (("A", "red"), ("B", "=blue"))
ROW = row(
    7, "A", choices=CHOICES, metadata={"category": "colour", "l2-category": "x", "tags": ["p", "q"]}
)


def frames(
    folder: Path, loaded: LoadedTask, outcomes: Mapping[str, Outcome]
) -> tuple[Any, Any, Exported]:
    run_dir = recorded(folder / "run", loaded, outcomes, [model("org/m")])
    exported = export_run(run_dir, folder / "out", None)
    workbook, table = (folder / "out" / f"org-m_docs.{suffix}" for suffix in ("xlsx", "tsv"))
    assert [workbook, table] == list(exported.files)
    return pd.read_excel(workbook), pd.read_csv(table, sep="\t"), exported


def test_both_files_hold_the_columns_that_evaluators_read(tmp_path):
    workbook, table, _ = frames(tmp_path, task_of(ROW), {"7": answer(text="=A")})

    expected = {
        "index": 7,
        "question": "Question 7; which?",
        "answer": "A",
        "A": "red",
        "B": "=blue",
        "category": "colour",
        "l2-category": "x",
        "tags": "p,q",
        "prediction": "=A",
    }
    assert expected == workbook.iloc[0].to_dict()
    assert expected == table.iloc[0].to_dict()


def test_columns_of_the_dataset_take_no_place_of_those_that_evaluators_read(tmp_path):
    told = {"index": "x", "prediction": "y", "A": "z", "id": "1"}
    loaded = task_of(row(7, "A", choices=CHOICES, metadata=told))

    workbook, table, _ = frames(tmp_path, loaded, {"7": answer(text="B")})

    for frame in (workbook, table):
        assert (7, "red", "B") == tuple(frame.loc[0, ["index", "A", "prediction"]])
        assert ["dataset_index", "dataset_prediction", "dataset_A", "id", "prediction"] == list(
            frame.columns[-5:]
        )


def test_an_answer_that_failed_says_so_in_their_words(tmp_path):
    workbook, table, _ = frames(tmp_path, task_of(ROW), {"7": failed()})

    assert ["Failed to obtain answer via API."] * 2 == [
        frame["prediction"][0] for frame in (workbook, table)
    ]


def test_several_targets_are_a_list(tmp_path):
    _, table, _ = frames(tmp_path, task_of(row(1, "", targets=("a", "b'"))), {"1": answer()})

    assert """['a', "b'"]""" == table["answer"][0]


def test_a_table_of_letters_and_open_questions_keeps_each_cell_as_it_was(tmp_path):
    """MMMU has both kinds of questions; its evaluator compares letters."""
    cells = ["A", "['3.5', 'seven']", "24/7", "B"]
    rows = [
        {"index": 1 + number, "image": b64(png()), "question": "?", "answer": cell}
        | dict.fromkeys("AB", "x" if cell in "AB" else "")
        for number, cell in enumerate(cells)
    ]
    loaded = load_task(
        task(dataset=replace(write_tsv(tmp_path, *rows), name="docs")), DatasetCache(tmp_path / "c")
    )

    _, table, _ = frames(tmp_path, loaded, {sample.id: answer() for sample in loaded.samples})

    assert cells == list(table["answer"])


def test_a_letter_that_may_be_another_is_still_a_letter(tmp_path):
    both = row(1, "", targets=("A", "B"), choices=CHOICES)

    _, table, _ = frames(tmp_path, task_of(both), {"1": answer()})

    assert "A" == table["answer"][0]


def test_one_target_that_looks_like_a_list_is_not_taken_for_one(tmp_path):
    _, table, _ = frames(tmp_path, task_of(row(1, "[1, 2]")), {"1": answer()})

    assert "['[1, 2]']" == table["answer"][0]


def test_one_target_is_a_list_where_their_evaluator_takes_it_for_one(tmp_path):
    loaded = LoadedTask(task(metrics={AnswerKind.REPLY: ("ocrbench",)}), (row(1, "CENTRE"),), "d")

    _, table, _ = frames(tmp_path, loaded, {"1": answer()})

    assert "['CENTRE']" == table["answer"][0]


def test_what_a_cell_cannot_hold_is_in_the_tsv(tmp_path):
    long = "x" * 40_000

    workbook, table, exported = frames(tmp_path, task_of(row(1, "a")), {"1": answer(text=long)})

    assert 32_767 == len(workbook["prediction"][0])
    assert long == table["prediction"][0]
    assert "1 cells are cut" in exported.notes[0]


def test_a_workbook_with_characters_that_xml_lacks_can_be_read(tmp_path):
    workbook, _, _ = frames(
        tmp_path, task_of(row(1, "a")), {"1": answer(text="a\ud800\uffffb\x1b")}
    )

    assert workbook["prediction"][0].startswith("a\\ud800\\uffffb")
