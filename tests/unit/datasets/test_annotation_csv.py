import os
from dataclasses import replace
from pathlib import Path
from typing import Literal
from unicodedata import normalize

import pytest

from tests.unit.datasets.files import HEADER, row, write_dataset
from vlmhb.datasets.annotation_csv import AnnotationCsv
from vlmhb.domain.sample import PageImage, Sample, UnreadablePage
from vlmhb.domain.task import DatasetRef
from vlmhb.errors import DatasetError
from vlmhb.system.page_cache import PageCache


def read(dataset: DatasetRef) -> tuple[Sample, ...]:
    return AnnotationCsv().read(dataset, PageCache(Path("/never")))


def problem(dataset: DatasetRef) -> str:
    with pytest.raises(DatasetError) as caught:
        read(dataset)
    return caught.value.got


def test_a_row_is_a_sample(tmp_path: Path):
    dataset = write_dataset(
        tmp_path,
        "7;clean;images/a.png;Какой ИНН?;770;invoice;inn;[1, 2, 3, 4];doc;ru",
        header=HEADER + ";document;language",
    )

    (sample,) = read(dataset)

    (page,) = sample.pages
    assert isinstance(page, PageImage)
    assert ("images/a.png", 30, 20) == (page.path, page.width_px, page.height_px)
    metadata = {"data_index": "7", "split": "clean", "answer_bbox": "[1, 2, 3, 4]"}
    expected = Sample("0", "Какой ИНН?", (page,), ("770",), "doc", "invoice", "inn", "ru")
    assert replace(expected, metadata=metadata) == sample


def test_columns_of_ones_own_are_metadata_and_those_without_a_name_are_nothing(tmp_path: Path):
    dataset = write_dataset(tmp_path, f"17;{row()};scanner 2;;x", header=f";{HEADER};taken_with;;")

    (sample,) = read(dataset)

    assert {"taken_with": "scanner 2"}.items() <= sample.metadata.items()
    assert "" not in sample.metadata


def test_without_the_extra_columns_every_page_is_its_own_document(tmp_path: Path):
    dataset = write_dataset(tmp_path, row(), row("./images/a.png", "other"), row("images/b.png"))

    samples = read(dataset)

    documents = [sample.document for sample in samples]
    assert ["images/a.png", "images/a.png", "images/b.png"] == documents
    assert {""} == {sample.language for sample in samples}


def test_columns_may_come_in_any_order(tmp_path: Path):
    header = ";".join(reversed(HEADER.split(";")))
    dataset = write_dataset(tmp_path, ";".join(reversed(row().split(";"))), header=header)

    assert "q" == read(dataset)[0].question


def test_ids_are_row_numbers_of_the_whole_file(tmp_path: Path):
    rows = [row(split="scan"), "", row(question="2"), row(split="scan", question="3"), row()]
    dataset = replace(write_dataset(tmp_path, *rows), split="clean")

    assert ["1", "3"] == [sample.id for sample in read(dataset)]


def test_cells_may_hold_line_breaks_quotes_and_separators(tmp_path: Path):
    dataset = write_dataset(tmp_path, '0;s;images/a.png;q;"a;""b""\nc";x;y;', row())

    assert ('a;"b"\nc',) == read(dataset)[0].targets


def test_each_image_is_read_once(tmp_path: Path):
    dataset = write_dataset(tmp_path, row(), row(question="2"), row("images/../images/a.png"))

    first, second, third = (sample.pages[0] for sample in read(dataset))

    assert first is second
    assert first is third


def test_an_image_that_is_none_is_an_unreadable_page(tmp_path: Path):
    dataset = write_dataset(tmp_path, row())
    (tmp_path / "images/a.png").write_bytes(b"words")

    (page,) = read(dataset)[0].pages

    assert isinstance(page, UnreadablePage)


def test_a_link_inside_the_root_is_followed(tmp_path: Path):
    dataset = write_dataset(tmp_path, row("images/link.png"))
    (tmp_path / "images/link.png").symlink_to("b.png")

    assert "images/b.png" == read(dataset)[0].pages[0].path


@pytest.mark.parametrize(("on_disk", "written"), [("NFC", "NFD"), ("NFD", "NFC")])
def test_a_name_may_be_composed_in_another_way_than_on_disk(
    tmp_path: Path, on_disk: Literal["NFC", "NFD"], written: Literal["NFC", "NFD"]
):
    dataset = write_dataset(tmp_path, row(normalize(written, "images/йод.png")))
    file = normalize(on_disk, "images/йод.png")
    (tmp_path / "images/a.png").rename(tmp_path / file)

    assert file == read(dataset)[0].pages[0].path


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], "no rows"),
        (["1;2;3"], "line 2: 3 cells, expected 8"),
        ([row(), row() + ";"], "line 3: 9 cells, expected 8"),
        (['0;s;i;q;"a\nb";x;y;', "1"], "line 4: 1 cells, expected 8"),
        ([row(), '0;s;i;"open'], "the row that starts in line 3: unexpected end of data"),
        ([row(), '0;s;i;"a"b;'], "the row that starts in line 3: ';' expected after '\"'"),
        ([row(), row()], "line 3: asks the same as line 2"),
        ([row("images/c.png")], "line 2: image_path 'images/c.png': no such file"),
        ([row("images/b.pgn")], "no such file; did you mean 'b.png'?"),
        ([row("images\\a.png")], "no such file; use forward slashes"),
        ([row("")], "line 2: image_path '': empty path"),
        ([row("images")], "line 2: image_path 'images': not a regular file"),
        ([row("pipe")], "line 2: image_path 'pipe': not a regular file"),
        ([row("loop")], "line 2: image_path 'loop': cannot be read"),
        ([row("y" * 5000)], "cannot be read: File name too long"),
        ([row("images/a.png/b")], "no such file"),
    ],
)
def test_a_row_that_cannot_be_used_is_named(tmp_path: Path, rows: list[str], expected: str):
    dataset = write_dataset(tmp_path, *rows)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")

    assert expected in problem(dataset)


@pytest.mark.parametrize(
    "path",
    [
        "../secret.png",
        "images/../../secret.png",
        "images/../../data-evil/secret.png",
        "images/out.png",
        "outside/secret.png",
        "/etc/hostname",
        "file:///etc/hostname",
        "https://example.org/a.png",
        "C:\\a.png",
    ],
)
def test_no_path_leaves_the_root(tmp_path: Path, path: str):
    """A sibling whose name starts with the root's, and links outward, fool a prefix check."""
    dataset = write_dataset(tmp_path / "data", row(path))
    for folder in (tmp_path, tmp_path / "data-evil"):
        folder.mkdir(exist_ok=True)
        (folder / "secret.png").write_bytes(b"secret")
    (tmp_path / "data/images/out.png").symlink_to(tmp_path / "secret.png")
    (tmp_path / "data/outside").symlink_to(tmp_path)

    text = problem(dataset)

    assert any(reason in text for reason in ("leads out", "an address", "an absolute path"))


def test_a_nul_is_named(tmp_path: Path):
    assert "NUL" in problem(write_dataset(tmp_path, row(question="a\0b")))


@pytest.mark.parametrize(
    "annotation", ["../annotation.csv", "/etc/hostname", "gone.csv", "a\0.csv"]
)
def test_the_annotation_file_cannot_leave_the_root_either(tmp_path: Path, annotation: str):
    dataset = replace(write_dataset(tmp_path / "data", row()), annotation=annotation)

    assert annotation in problem(dataset)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", "empty file"),
        (HEADER.replace(";", ","), "line 1: cells are separated by ','; expected ';'"),
        (HEADER.replace("doc_class", "doc_clas"), "'doc_clas'; did you mean 'doc_class'?"),
        (HEADER.replace(";answer_bbox", ""), "line 1: column 'answer_bbox' is missing"),
        (HEADER + ";documnet", "unknown column 'documnet'; did you mean 'document'?"),
        (HEADER + ";split", "line 1: column 'split' is named twice"),
    ],
)
def test_wrong_columns_are_named(tmp_path: Path, header: str, expected: str):
    assert expected in problem(write_dataset(tmp_path, header=header))


def test_bytes_that_are_not_utf_8_are_named_by_line(tmp_path: Path):
    dataset = write_dataset(tmp_path, row(), row(question="2"))
    file = tmp_path / "annotation.csv"
    file.write_bytes(file.read_bytes() + "Счёт\n".encode("cp1251"))

    assert "line 4: not UTF-8; save the file as UTF-8" == problem(dataset)


def test_a_split_without_rows_names_the_splits_there_are(tmp_path: Path):
    dataset = replace(write_dataset(tmp_path, row(), row(split="scan")), split="test")

    assert "no rows in split 'test'; the splits are 'clean', 'scan'" == problem(dataset)


def test_a_language_is_a_code(tmp_path: Path):
    dataset = write_dataset(tmp_path, row() + ";Russian", header=HEADER + ";language")

    assert "line 2: language 'Russian'" in problem(dataset)


def test_it_has_no_options(tmp_path: Path):
    dataset = replace(write_dataset(tmp_path, row()), options={"images": "images"})

    assert "options: unknown option 'images'" in problem(dataset)


def test_all_problems_are_told_at_once(tmp_path: Path):
    rows = ["1;2", row("images/c.png"), row("images/d.png"), row("images/c.png", "2"), row("../x")]

    text = problem(write_dataset(tmp_path, *rows))

    assert 4 == text.count("line ")


def test_a_thousand_problems_are_counted_and_the_first_ones_told(tmp_path: Path):
    text = problem(write_dataset(tmp_path, *(row(f"images/{n}.png") for n in range(1000))))

    assert 50 == text.count("no such file")
    assert text.endswith("and 950 more")
