"""README in three languages: one structure, true figures, nothing that is not there."""

import csv
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.guides import GUIDE, ROOT, block, blocks
from vlmhb.config import load_run, load_task
from vlmhb.domain.task import AnswerKind
from vlmhb.report.tables.to_text import COUNTS

NAMES = ("README.md", "README.ru.md", "README.ko.md")
LINK = re.compile(r"\]\(([^)]+)\)")
ROW = re.compile(r"(?:(\d+)\.)?\s+(\S+)(?: \(mechanism, not quality\))?  +(.+)")
CELL = re.compile(r"(\d\.\d{3}) ([*~ ]) \[(\d\.\d{3})–(\d\.\d{3})\]")


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def structure(name: str) -> dict[str, object]:
    """What a translation keeps."""
    text = text_of(name)
    outside = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return {
        "headings": [len(mark) for mark in re.findall(r"^(#+) ", outside, re.MULTILINE)],
        "blocks": [each.text for each in blocks(ROOT / name)],
        "links": [link for link in LINK.findall(outside) if not link.startswith("README")],
        "rows": len(re.findall(r"^\|", outside, re.MULTILINE)),
        "points": len(re.findall(r"^- ", outside, re.MULTILINE)),
        "codes": sorted(re.findall(r"`[^`\n]+`", outside)),
    }


@pytest.mark.parametrize("name", NAMES[1:])
def test_a_translation_has_the_headings_blocks_and_links_of_the_original(name: str):
    original, translated = structure(NAMES[0]), structure(name)

    assert original == translated


@pytest.mark.parametrize("name", NAMES)
def test_each_language_leads_to_the_others(name: str):
    others = set(NAMES) - {name}

    assert others == {link for link in LINK.findall(text_of(name)) if link.startswith("README")}


def test_the_picture_is_small_enough_to_be_shown_at_once():
    assert 0 < (ROOT / "docs/report.png").stat().st_size < 300_000


@pytest.mark.parametrize("name", [*NAMES, "CONTRIBUTING.md"])
def test_no_link_leads_nowhere(name: str):
    for link in LINK.findall(text_of(name)):
        if link.startswith("http"):
            continue
        path, _, anchor = link.partition("#")
        assert (ROOT / path).exists(), link
        assert not anchor or anchor in anchors(ROOT / path), link


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_readme_fits_on_a_hundred_lines():
    assert all(len(text_of(name).splitlines()) <= 105 for name in NAMES)


def test_every_page_of_the_guide_that_a_newcomer_needs_is_linked():
    linked = {link.partition("#")[0] for link in LINK.findall(text_of("README.md"))}

    for page in ("quickstart", "configuration", "add-a-model", "outputs", "failures", "security"):
        assert f"docs/guide/{page}.md" in linked
    assert (GUIDE / "quickstart.md").is_file()


@pytest.mark.parametrize(
    ("page", "task", "rows"),
    [
        ("README.md", "quickstart-fields", "annotation.csv"),
        ("quickstart-models.md", "quickstart-text", "annotation_text.csv"),
    ],
)
def test_the_leaderboard_shown_is_one_that_the_demo_can_print(page: str, task: str, rows: str):
    """Models, metrics, counts and marks; the figures themselves were copied from a run of it."""
    _, head, *lines = block(page, task).splitlines()
    shown = [found for found in map(ROW.fullmatch, lines) if found]
    with (ROOT / "configs/data/quickstart" / rows).open(encoding="utf-8", newline="") as file:
        n = len(list(csv.DictReader(file, delimiter=";")))

    metrics = load_task(task).metrics[AnswerKind.PAGE_TEXT]

    assert len(lines) == len(shown)
    columns = re.sub("[↑↓]", "", head).split()
    assert ["model", *metrics, *COUNTS, "s/page"] == columns
    assert {row[2] for row in shown} <= {model.name for model in load_run("quickstart").models}
    assert {len(metrics)} == {len(CELL.findall(row[3])) for row in shown}
    assert {f"{n}/{n}"} == {row[3].split()[-5] for row in shown}
    ranked = [figures(row[3]) for row in shown if row[1]]
    assert ranked == sorted(ranked, key=lambda row: row.value, reverse="↑" in head)
    assert [ranked[0].mark_beside(row) for row in ranked] == [row.mark for row in ranked]


@dataclass(frozen=True)
class Figures:
    """The first ones of a row."""

    value: float
    mark: str
    low: float
    high: float

    def mark_beside(self, other: "Figures") -> str:
        """What another row has to be marked with when this one is the best."""
        if other.value == self.value:
            return "*"
        return "~" if other.low <= self.high and other.high >= self.low else " "


def figures(cells: str) -> Figures:
    value, mark, low, high = CELL.findall(cells)[0]
    assert low <= value <= high
    return Figures(float(value), mark, float(low), float(high))
