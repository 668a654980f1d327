"""A task that takes some rows of its dataset."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.datasets.files import HEADER, task_of, write_dataset
from vlmhb.datasets import DatasetCache, load_task, pick_samples
from vlmhb.datasets.load import every_sample
from vlmhb.domain.run import LoadedTask, RunConfig
from vlmhb.errors import DatasetError

ROWS = ("0;;images/a.png;q;1;passport;Имя;", "1;;images/b.png;q;2;invoice;Номер;")


def loaded(folder: Path, **where: tuple[str, ...]) -> LoadedTask:
    dataset = write_dataset(folder, *ROWS, header=HEADER)
    return load_task(task_of(replace(dataset, where=where)), DatasetCache(folder / "cache"))


@pytest.mark.parametrize(
    ("where", "ids"),
    [
        ({"doc_class": ("invoice",)}, ["1"]),
        ({"question_type": ("Имя",)}, ["0"]),
        ({"doc_class": ("invoice", "passport")}, ["0", "1"]),
    ],
)
def test_its_samples_are_those_rows_under_their_own_ids(tmp_path, where, ids):
    found = loaded(tmp_path, **where)

    assert ids == [sample.id for sample in found.samples]
    assert 2 - len(ids) == found.left_out.filtered


def test_filters_of_the_run_leave_out_more(tmp_path):
    found = loaded(tmp_path, doc_class=("invoice",))
    config = RunConfig("r", "r", (), (found.task,), {}, 1, None, 0, {"question_type": ("Номер",)})

    (picked,) = pick_samples([found], config, lambda _: ())

    assert (1, 1) == (len(picked.samples), picked.left_out.filtered)


def test_other_rows_are_another_dataset(tmp_path):
    assert (
        loaded(tmp_path).dataset_sha256 != loaded(tmp_path, doc_class=("invoice",)).dataset_sha256
    )


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ({"doc_class": ("pasport",)}, "the value 'pasport'.*did you mean 'passport'"),
        ({"doc_clas": ("passport",)}, "the key 'doc_clas'.*did you mean 'doc_class'"),
        ({"doc_class": ("passport",), "question_type": ("Номер",)}, "no sample has all of"),
    ],
)
def test_rows_that_are_not_there_are_told_with_what_there_is(tmp_path, where, message):
    with pytest.raises(DatasetError, match=f"(?s)task t.*{message}"):
        loaded(tmp_path, **where)


def test_all_samples_can_be_had_again(tmp_path):
    found = loaded(tmp_path, doc_class=("invoice",))

    assert ["0", "1"] == [s.id for s in every_sample(found, DatasetCache(tmp_path / "cache"))]
    assert {"doc_class": ("invoice",)} == found.task.dataset.where
