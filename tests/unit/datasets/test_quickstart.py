"""The dataset that vlmhb brings along."""

from collections import Counter
from pathlib import Path

import pytest

from vlmhb.config import load_task as task_named
from vlmhb.datasets import DatasetCache, load_task
from vlmhb.domain.run import LoadedTask
from vlmhb.domain.sample import PageImage
from vlmhb.system.named_files import built_in_root

DATA = built_in_root() / "configs/data/quickstart"


@pytest.fixture(scope="module")
def fields() -> LoadedTask:
    return load_task(task_named("quickstart-fields"), DatasetCache(Path("/never")))


@pytest.fixture(scope="module")
def text() -> LoadedTask:
    return load_task(task_named("quickstart-text"), DatasetCache(Path("/never")))


def pages(loaded: LoadedTask) -> set[str]:
    return {page.path for sample in loaded.samples for page in sample.pages}


def test_every_image_is_used_and_readable(fields: LoadedTask, text: LoadedTask):
    on_disk = {
        path.relative_to(DATA).as_posix() for path in (DATA / "images").rglob("*") if path.is_file()
    }

    assert on_disk == pages(fields) | pages(text)
    assert 25 == len(on_disk)
    assert all(
        isinstance(page, PageImage)
        for loaded in (fields, text)
        for sample in loaded.samples
        for page in sample.pages
    )


def test_the_samples_are_counted_by_class(fields: LoadedTask, text: LoadedTask):
    assert {
        "invoice": 16,
        "payment_invoice": 88,
        "payment_invoice_scan": 88,
        "statement": 15,
    } == Counter(sample.doc_class for sample in fields.samples)
    assert {
        "invoice": 1,
        "page": 4,
        "payment_invoice": 8,
        "payment_invoice_scan": 8,
        "statement": 3,
    } == Counter(sample.doc_class for sample in text.samples)


def test_every_field_is_printed_on_its_page(fields: LoadedTask, text: LoadedTask):
    printed = {sample.pages[0].path: sample.targets[0] for sample in text.samples}

    missing = [
        (sample.document, sample.question_type)
        for sample in fields.samples
        if sample.targets[0] not in printed.get(sample.pages[0].path, sample.targets[0])
    ]

    assert [] == missing
    assert all(sample.targets[0].strip() for sample in (*fields.samples, *text.samples))


def test_a_page_and_its_scan_are_one_document_asked_the_same(fields: LoadedTask):
    by_class = {
        doc_class: {
            (sample.document, sample.question_type): sample.targets
            for sample in fields.samples
            if sample.doc_class == doc_class
        }
        for doc_class in ("payment_invoice", "payment_invoice_scan")
    }

    assert by_class["payment_invoice"] == by_class["payment_invoice_scan"]


def test_dates_are_written_as_printed(fields: LoadedTask):
    dates = {s.document: s.targets[0] for s in fields.samples if s.question_type == "date"}

    assert "15 августа 2025" == dates["ru_inv0"]
    assert "03/20/2023" == dates["i2d_azure"]
    assert "Jan 1, 2022" == dates["i2d_sammy"]
    assert "2021년 2월 20일" == dates["ko_stmt0"]


def test_the_licences_of_foreign_pages_are_there():
    licences = {path.name for path in (DATA / "LICENSES").iterdir()}

    assert {"tesseract-test-Apache-2.0.txt", "invoice2data-MIT.txt"} == licences


def test_the_files_are_small_enough_for_a_wheel():
    size_bytes = sum(path.stat().st_size for path in Path(DATA).rglob("*") if path.is_file())

    assert size_bytes < 4_000_000
