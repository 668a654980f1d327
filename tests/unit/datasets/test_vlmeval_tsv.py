"""VLMEvalKit's tables, whose images stay where they are."""

import hashlib
import random
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeGuard

import pytest
from PIL import Image

from tests.unit.datasets.files import task_of
from tests.unit.datasets.tables import b64, encoded, png, write_table, write_tsv
from vlmhb.datasets import DatasetCache, load_task
from vlmhb.datasets.vlmeval_tsv import VlmevalTsv
from vlmhb.domain.digest import Json
from vlmhb.domain.sample import PageImage, Sample, Span, UnreadablePage
from vlmhb.domain.task import DatasetRef
from vlmhb.errors import DatasetError
from vlmhb.system.page_bytes import read_bytes
from vlmhb.system.page_cache import PageCache

ONE = {"index": 7, "image": b64(png()), "question": "Что?", "answer": "да"}


def read(dataset: DatasetRef) -> tuple[Sample, ...]:
    return VlmevalTsv().read(dataset, PageCache(Path("/never")))


def only(root: Path, options: Mapping[str, Json] | None = None, **cells: object) -> Sample:
    (sample,) = read(write_tsv(root, ONE | cells, options=options))
    return sample


def problem(dataset: DatasetRef) -> str:
    with pytest.raises(DatasetError) as caught:
        read(dataset)
    return caught.value.got


def test_a_row_is_a_sample_and_its_page_is_a_place_in_the_table(tmp_path: Path):
    dataset = write_tsv(tmp_path, ONE)

    (sample,) = read(dataset)

    sha256 = hashlib.sha256(png()).hexdigest()
    offset = (tmp_path / "table.tsv").read_bytes().index(b64(png()).encode())
    file = str(tmp_path / "table.tsv")
    span = Span(offset, len(b64(png())))
    page = PageImage("table.tsv#index=7", sha256, 30, 20, file, span)
    assert Sample("7", "Что?", (page,), ("да",), sha256, "", "", "") == sample
    assert png() == read_bytes(str(tmp_path), page)


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_quoted_image_is_found_at_its_place_too(tmp_path: Path, quote: str):
    sample = only(tmp_path, image=f"{quote}{b64(png())}{quote}")

    (page,) = sample.pages
    assert isinstance(page, PageImage)
    assert png() == read_bytes(str(tmp_path), page)


def test_a_short_image_cell_names_another_row_before_or_after(tmp_path: Path):
    rows = [{**ONE, "index": 1, "image": 3}, {**ONE, "index": 3}, {**ONE, "index": 4, "image": 3}]

    first, second, third = read(write_tsv(tmp_path, *rows))

    assert first.pages is second.pages
    assert second.pages is third.pages
    assert "table.tsv#index=3" == first.pages[0].path


def test_a_row_of_another_split_may_hold_the_image(tmp_path: Path):
    rows = [{**ONE, "split": "dev"}, {**ONE, "index": 8, "image": 7, "split": "val"}]

    (sample,) = read(write_tsv(tmp_path, *rows, split="val"))

    assert ("8", {"split": "val"}) == (sample.id, sample.metadata)
    assert isinstance(sample.pages[0], PageImage)


@pytest.mark.parametrize("quote", ["'", '"', '""'])
def test_a_list_is_several_pages(tmp_path: Path, quote: str):
    contents = (png(), png(31), png(32))
    items = ", ".join(f"{quote}{b64(content)}{quote}" for content in contents)
    outer = '"' if quote == '""' else ""

    sample = only(tmp_path, image=f"{outer}[{items}]{outer}")

    pages = [page for page in sample.pages if isinstance(page, PageImage)]
    assert [30, 31, 32] == [page.width_px for page in pages]
    assert list(contents) == [read_bytes(str(tmp_path), page) for page in pages]
    assert "table.tsv#index=7&image=3" == pages[2].path
    together = ",".join(page.sha256 for page in pages).encode()
    assert hashlib.sha256(together).hexdigest() == sample.document


@pytest.mark.parametrize(("cell", "names"), [("a.png", "a"), ("['a.png', \"b.png\"]", "ab")])
@pytest.mark.parametrize("folder", ["", "images"])
def test_without_base64_the_images_are_files(tmp_path: Path, cell: str, names: str, folder: str):
    (tmp_path / folder).mkdir(exist_ok=True)
    for name in names:
        (tmp_path / folder / f"{name}.png").write_bytes(png())
    row = {"index": 1, "image_path": cell, "question": "q", "answer": "a"}

    (sample,) = read(write_tsv(tmp_path, row, options={"images": folder}))

    prefix = f"{folder}/" if folder else ""
    assert [f"{prefix}{name}.png" for name in names] == [page.path for page in sample.pages]
    assert cell == sample.metadata["image_path"]


@pytest.mark.parametrize(
    "written", ["../a.png", "/etc/hostname", "file:///etc/hostname", "http://x.org/a", "out.png"]
)
def test_no_path_leaves_the_root(tmp_path: Path, written: str):
    (tmp_path / "data/images").mkdir(parents=True)
    (tmp_path / "a.png").write_bytes(png())
    (tmp_path / "data/images/out.png").symlink_to(tmp_path / "a.png")
    row = {"index": 1, "image_path": written, "question": "q"}

    text = problem(write_tsv(tmp_path / "data", row, options={"images": "images"}))

    assert text.startswith(f"line 2: image_path {written!r}: ")


def test_options_are_choices_and_missing_ones_are_not_offered(tmp_path: Path):
    sample = only(tmp_path, A="cat", B="", C="nan", D="dog", answer="D", E="None")

    assert (("A", "cat"), ("D", "dog")) == sample.choices
    assert ("D",) == sample.targets


@pytest.mark.parametrize(
    ("cells", "targets"),
    [
        ({"answer": "['yes', 'Yes', 'yes']"}, ("yes", "Yes", "yes")),
        ({"answer": "[3, 4.5]"}, ("3", "4.5")),
        ({"answer": "[x"}, ("[x",)),
        ({"answer": ""}, ()),
        ({"answer": "None"}, ("None",)),
        ({"answers": "['a', 'b']", "answer": "x"}, ("a", "b")),
        ({"answer": "['A']", "A": "x"}, ("['A']",)),
    ],
)
def test_targets_are_the_answers(tmp_path: Path, cells: dict[str, str], targets: object):
    assert targets == only(tmp_path, None, **cells).targets


def test_the_column_of_the_answers_can_be_named(tmp_path: Path):
    assert ("x",) == only(tmp_path, {"answer": "truth"}, truth="x", answers="['a']").targets


def test_an_answer_may_be_a_text_that_looks_like_a_list(tmp_path: Path):
    assert ("[1]",) == only(tmp_path, {"answer_is_text": True}, answer="[1]").targets


def test_other_columns_are_metadata(tmp_path: Path):
    cells = {"hint": "h", "category": "adversarial,popular", "l2-category": "", "rank": "01"}

    sample = only(tmp_path, {"lists": ["category"], "language": "en"}, **cells)

    assert {"hint": "h", "category": ["adversarial", "popular"], "rank": "01"} == sample.metadata
    assert "en" == sample.language


def test_a_cell_too_long_to_group_by_is_no_metadata(tmp_path: Path):
    assert {"kept": "x" * 65_536} == only(tmp_path, kept="x" * 65_536, left="x" * 65_537).metadata


def groups(root: Path, rule: str, *rows: Mapping[str, object]) -> list[str]:
    options = {"group_by": rule} if rule else {}
    dataset = write_tsv(root, *({**ONE, **row} for row in rows), options=options)
    return [sample.group for sample in read(dataset)]


def test_groups_follow_the_rules_of_the_benchmarks(tmp_path: Path):
    rotations = [{"index": index} for index in (5, 1_000_005, 2_000_005, 6)]
    figures = [{"index": f"VD_figure_0_{n}_1_2", "l2-category": "c"} for n in (0, 0, 1)]
    figures = [{**row, "index": f"a_b_{n}_{row['index']}"} for n, row in enumerate(figures)]
    photos = [{"index": n, "image_path": "x.jpg", "category": c} for n, c in enumerate("aab")]
    fours = [{"index": index} for index in (4, 3, 2, 1, 0)]

    assert ["5", "5", "5", "6"] == groups(tmp_path, "circular", *rotations)
    by_column = [{"index": index, "g_index": group} for index, group in ((7, 3), (8, 3), (3, 4))]
    assert ["3", "3", "4"] == groups(tmp_path, "circular", *by_column)
    assert ["a/x.jpg", "a/x.jpg", "b/x.jpg"] == groups(tmp_path, "mme", *photos)
    assert ["1", "0", "0", "0", "0"] == groups(tmp_path, "naturalbench", *fours)
    assert ["9", "9", ""] == groups(
        tmp_path, "", *({"index": n, "g_index": g} for n, g in enumerate((9, 9, "")))
    )


def test_a_set_of_hallusionbench_is_a_group_and_its_parts_are_named(tmp_path: Path):
    cells = {"index": "0_VD_chart_4_1_2", "l2-category": "chart"}

    sample = only(tmp_path, {"group_by": "hallusionbench"}, **cells)

    assert "chart_4" == sample.group
    parts = {"set_id": "4", "figure_id": "1", "question_id": "2", "l2-category": "chart"}
    assert parts == sample.metadata


def test_the_places_in_a_group_of_naturalbench_are_named(tmp_path: Path):
    rows = [{**ONE, "index": index} for index in (10, 9, 11, 12)]
    dataset = write_tsv(tmp_path, *rows, options={"group_by": "naturalbench"})

    places = {one.id: dict(one.metadata) for one in read(dataset)}

    assert {"question_id": "0", "image_id": "0"} == places["9"]
    assert {"question_id": "0", "image_id": "1"} == places["10"]
    assert {"question_id": "1", "image_id": "1"} == places["12"]


def test_rows_without_an_image_are_kept_or_left_out_and_counted(tmp_path: Path):
    dataset = write_tsv(tmp_path, ONE, {**ONE, "index": 8, "image": "nan"})
    drops = replace(dataset, options={"drop_imageless": True})
    cache = DatasetCache(tmp_path / "cache")

    _, bare = load_task(task_of(dataset), cache).samples
    dropped = load_task(task_of(drops), cache)

    assert ("8", (), "8") == (bare.id, bare.pages, bare.document)
    assert (["7"], 1) == ([sample.id for sample in dropped.samples], dropped.left_out.imageless)


def test_rows_of_a_group_without_an_image_are_one_document(tmp_path: Path):
    rows = [{**ONE, "index": index, "image": ""} for index in (5, 1_000_005)]

    samples = read(write_tsv(tmp_path, *rows, options={"group_by": "circular"}))

    assert ["5", "5"] == [sample.document for sample in samples]


def test_a_table_without_any_image_is_not_left_empty(tmp_path: Path):
    dataset = write_tsv(tmp_path, {**ONE, "image": ""}, options={"drop_imageless": True})

    with pytest.raises(DatasetError, match="no row has an image"):
        load_task(task_of(dataset), DatasetCache(tmp_path / "cache"))


@pytest.mark.parametrize(
    "image",
    [
        f"['{b64(png())}', len('x')]",
        "words that are no image. " * 4,
        b64(b"words" * 30),
        b64(png())[:-1],
        "=" + b64(png())[1:],
    ],
)
def test_an_image_that_is_none_is_an_unreadable_page(tmp_path: Path, image: str):
    (page,) = only(tmp_path, image=image).pages

    assert isinstance(page, UnreadablePage)
    if page.problem == "not base64":
        assert hashlib.sha256(image.encode()).hexdigest() == page.sha256
    else:
        assert "not an image (PNG, JPEG, TIFF, BMP, WEBP)" == page.problem


HEAD = "index\timage\tquestion\n"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "empty file"),
        (HEAD, "no rows"),
        ("idx\timage\tquestion\n", "line 1: column 'index' is missing; did you mean 'idx'?"),
        ("index\tquestion\n", "line 1: column 'image' is missing"),
        (HEAD.replace("\n", "\timage\n"), "line 1: column 'image' is named twice"),
        (HEAD + "1\t\n", "line 2: 2 cells, expected 3"),
        (HEAD + '1\t\t"a\nb"\n\n1\t\tx\n', "line 5: index '1' is that of line 2, too"),
        (HEAD + "\t\tx\n", "line 2: index is empty"),
        (HEAD + "1\t9\tx\n", "line 2: image is '9', which is no row with an image"),
        (HEAD + "1\t2\tx\n2\t1\ty\n", "line 3: image is '1', a row that has no image of its own"),
        (HEAD + '1\t\t"x\n', "line 2: a quoted cell that starts in this row has no end"),
        (HEAD + "1\t\tx\0\n", "line 2: NUL character"),
    ],
)
def test_what_is_wrong_is_named_by_line(tmp_path: Path, content: str, expected: str):
    assert expected in problem(write_table(tmp_path, content.encode()))


def test_bytes_that_are_not_utf_8_are_named_by_line(tmp_path: Path):
    content = HEAD.encode() + b"1\t\t\xff\n"

    assert "line 2: not UTF-8; save the file as UTF-8" == problem(write_table(tmp_path, content))


def test_a_split_without_rows_names_the_splits_there_are(tmp_path: Path):
    dataset = write_tsv(tmp_path, {**ONE, "split": "val"}, split="dev")

    assert "no rows in split 'dev'; the splits are 'val'" == problem(dataset)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"image": ""}, "options: unknown option 'image'; did you mean 'images'?"),
        ({"group_by": "circle"}, "options.group_by: 'circle', expected one of"),
        ({"drop_imageless": "yes"}, "options.drop_imageless: 'yes', expected true or false"),
        ({"lists": [1]}, "options.lists: [1], expected a list of texts"),
        ({"language": 3}, "options.language: 3, expected text"),
        ({"group_by": "circular"}, "line 2: index 'x' is not a whole number"),
        ({"group_by": "mme"}, "line 2: index 'x' has no image_path"),
        ({"group_by": "hallusionbench"}, "does not name a set, figure and question"),
    ],
)
def test_wrong_options_are_named(tmp_path: Path, options: dict[str, Json], expected: str):
    assert expected in problem(write_tsv(tmp_path, {**ONE, "index": "x"}, options=options))


def test_a_table_with_an_image_of_many_chunks_is_read_at_its_place(tmp_path: Path):
    content = png() + random.Random(0).randbytes(3_000_000)

    (page,) = only(tmp_path, image=f"['{b64(content)}']").pages

    assert isinstance(page, PageImage)
    assert hashlib.sha256(content).hexdigest() == page.sha256
    assert content == read_bytes(str(tmp_path), page)


NOISE = encoded(Image.effect_noise((60, 40), 90))
LINES = [b64(NOISE)[start : start + 76] for start in range(0, len(b64(NOISE)), 76)]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r", "\\n", " "])
@pytest.mark.parametrize("prefix", ["", "data:image/png;base64,"])
def test_base64_with_line_breaks_is_taken_out_of_the_table(
    tmp_path: Path, line_end: str, prefix: str
):
    wrapped = prefix + line_end.join(LINES)
    dataset = write_tsv(
        tmp_path,
        {**ONE, "index": 1, "image": f'"{wrapped}"'},
        {**ONE, "index": 2, "image": f"\"['{wrapped}', '', '{b64(png())}']\""},
    )

    one, two = VlmevalTsv().read(dataset, PageCache(tmp_path / "cache"))

    kept = [read_bytes(str(tmp_path), page) for page in (*one.pages, *two.pages) if is_image(page)]
    assert [NOISE, NOISE, png()] == kept


def test_an_image_with_its_type_before_it_stays_where_it_is(tmp_path: Path):
    sample = only(tmp_path, image=f"DATA:image/PNG;base64,{b64(NOISE)}")

    (page,) = sample.pages
    assert isinstance(page, PageImage)
    assert page.span is not None
    assert NOISE == read_bytes(str(tmp_path), page)


def test_what_is_no_base64_stays_a_page_that_cannot_be_read(tmp_path: Path):
    dataset = write_tsv(tmp_path, {**ONE, "image": f'"{LINES[0]}\n!{LINES[1]}"'})

    (sample,) = VlmevalTsv().read(dataset, PageCache(tmp_path / "cache"))

    (page,) = sample.pages
    assert isinstance(page, UnreadablePage)
    assert "not base64" == page.problem


def test_a_lone_carriage_return_is_a_character_of_its_cell(tmp_path: Path):
    assert "a\rb" == only(tmp_path, question="a\rb").question


def test_a_table_whose_rows_end_in_carriage_returns_alone_is_told_so(tmp_path: Path):
    table = b"index\timage\tquestion\tanswer\r1\t" + b64(png()).encode() + b"\tq\ta\r"

    assert "CR alone" in problem(write_table(tmp_path, table))


def test_an_index_of_thousands_of_digits_is_an_index_and_cut_where_it_is_quoted(tmp_path: Path):
    index = "9" * 5000
    rows = [{**ONE, "index": index}, {**ONE, "index": 10}]

    samples = read(write_tsv(tmp_path / "a", *rows))
    told = problem(write_tsv(tmp_path / "b", rows[0], rows[0]))

    assert [index, "10"] == [sample.id for sample in samples]
    assert "... (5,000 characters) is that of line 2, too" in told
    assert len(told) < 200


def is_image(page: object) -> TypeGuard[PageImage]:
    return isinstance(page, PageImage)
