"""The files of a run: which evaluation is in which."""

from pathlib import Path

import pytest

from tests.build import answer, loaded, model
from tests.unit.exchange.runs import recorded, row, task_of
from vlmhb.errors import UsageError
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


@pytest.mark.parametrize("vhb", [None, VHB])
def test_a_run_does_not_take_the_place_of_another_ones_files(tmp_path, vhb):
    first, second = (
        recorded(tmp_path / text, task_of(*ROWS), {"1": answer(text=text)}, [model("m")])
        for text in ("first", "second")
    )
    export_run(first, tmp_path / "out", vhb)
    before = {file: file.read_bytes() for file in (tmp_path / "out").iterdir()}

    with pytest.raises(UsageError, match="--replace"):
        export_run(second, tmp_path / "out", vhb)

    assert before == {file: file.read_bytes() for file in (tmp_path / "out").iterdir()}


def test_a_folder_in_the_way_is_told_before_anything_is_written(tmp_path):
    run_dir = recorded(tmp_path / "run", task_of(*ROWS), {"1": answer()}, [model("m")])
    (tmp_path / "out" / "m_docs.tsv").mkdir(parents=True)

    with pytest.raises(UsageError, match=r"m_docs\.tsv"):
        export_run(run_dir, tmp_path / "out", None)

    assert ["m_docs.tsv"] == [file.name for file in (tmp_path / "out").iterdir()]


def test_the_same_run_goes_out_twice_and_another_one_where_it_is_said(tmp_path):
    first, second = (
        recorded(tmp_path / text, task_of(*ROWS), {"1": answer(text=text)}, [model("m")])
        for text in ("first", "second")
    )
    export_run(first, tmp_path / "out", None)

    export_run(first, tmp_path / "out", None)
    export_run(second, tmp_path / "out", None, replace=True)

    assert all("second" in content for content in contents(tmp_path / "out"))
