"""`make docs`: the guide as a site that is whole and loads nothing from elsewhere."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.guides import GUIDE, ROOT

LOADED = re.compile(r"<(?:script|img|iframe)[^>]* src=\"([^\"]+)|<link[^>]* href=\"([^\"]+)")

PLAIN = re.compile(r"[\w ,]{12,}")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built strictly: a link that leads nowhere or a page that is not in the menu is an error."""
    folder = tmp_path_factory.mktemp("site")
    end = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert 0 == end.returncode, end.stderr
    return folder


def test_every_page_of_the_guide_and_every_decision_is_there(site: Path):
    pages = {f"guide/{page.stem}.html" for page in GUIDE.glob("*.md")}
    pages |= {f"adr/{page.stem}.html" for page in (ROOT / "docs/adr").glob("*.md")}

    assert [] == [page for page in sorted(pages) if not (site / page).is_file()]
    assert (site / "guide/results.schema.json").is_file()


def test_nothing_is_loaded_from_elsewhere(site: Path):
    texts = [page.read_text(encoding="utf-8") for page in site.rglob("*.html")]

    loaded = {first or second for text in texts for first, second in LOADED.findall(text)}

    assert loaded
    assert [] == [place for place in sorted(loaded) if re.match(r"https?:|//", place)]
    for sheet in site.rglob("*.css"):
        assert not re.search(r"(url\(|@import )['\"]?(https?:|//)", sheet.read_text())


def test_fragments_and_decisions_are_listed(site: Path):
    changelog = (site / "changelog.html").read_text(encoding="utf-8")
    decisions = (site / "adr/index.html").read_text(encoding="utf-8")

    fragments = [path.read_text(encoding="utf-8") for path in ROOT.glob("docs/changelog/*.md")]
    begins = [found[0] for found in map(PLAIN.match, fragments) if found]
    assert [] == [text for text in begins if text not in changelog]
    assert 'href="0001-record-decisions.html"' in decisions
    assert not list(site.glob("changelog/*"))


def test_a_bar_in_the_code_of_a_table_is_shown_as_one(site: Path):
    assert "each|together" in (site / "guide/documents.html").read_text(encoding="utf-8")
