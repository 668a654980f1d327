"""The files of a run: which evaluation is in which."""

from pathlib import Path

import pytest

from tests.build import answer, loaded, model
from tests.unit.exchange.runs import recorded, row, task_of
from vlmhb.exchange.export_run import ForVhb, export_run

ROWS = (row(1, "a"),)
VHB = ForVhb(with_metrics=False)
STAMP = "20260102_030405"


def contents(folder: Path) -> list[str]:
    return [file.read_text(encoding="utf-8") for file in folder.iterdir() if file.suffix != ".xlsx"]


@pytest.mark.parametrize(
    ("vhb", "names"),
    [
        (None, ["m_docs_bare.tsv", "m_docs_bare.xlsx", "m_docs_long.tsv", "m_docs_long.xlsx"]),
        (VHB, [f"docs_vlmhb_m_VQA_{task}_answers_{STAMP}.csv" for task in ("bare", "long")]),
    ],
)
def test_two_tasks_on_a_dataset_have_files_of_their_own(tmp_path, vhb, names):
    tasks = [loaded(ROWS, "bare"), loaded((row(2, "b"),), "long")]
    outcomes = {"1": answer(text="first"), "2": answer(text="second")}
    run_dir = recorded(tmp_path / "run", tasks[0], outcomes, [model("m")], tasks)

    exported = export_run(run_dir, tmp_path / "out", vhb)

    assert names == sorted(file.name for file in exported.files)
    found = contents(tmp_path / "out")
    assert [1, 1] == [sum(text in one for one in found) for text in ("first", "second")]
    assert ["m/bare: its files are", "m/long: its files are"] == [
        note[: len("m/bare: its files are")] for note in exported.notes
    ]


@pytest.mark.parametrize("other", ["org-m", "Org-M"])
def test_two_models_that_are_written_alike_have_files_of_their_own(tmp_path, other):
    run_dir = recorded(
        tmp_path / "run", task_of(*ROWS), {"1": answer()}, [model("org/m"), model(other)]
    )

    exported = export_run(run_dir, tmp_path / "out", None)

    names = {file.name.lower() for file in exported.files if file.suffix == ".tsv"}
    assert {"org-m_docs_docs.tsv", "org-m_docs_docs_2.tsv"} == names


def test_a_name_of_its_own_is_nobodys_usual_one(tmp_path):
    tasks = [loaded((row(number, "a"),), name) for number, name in enumerate(["x", "y"], start=1)]
    run_dir = recorded(
        tmp_path / "run", tasks[0], {"1": answer(), "2": answer()}, [model("m")], tasks
    )

    exported = export_run(run_dir, tmp_path / "out", None)

    assert 4 == len(set(exported.files)) == len(list((tmp_path / "out").iterdir()))
