"""docs/benchmarks: figures of all goals, a page that is made of them, and nothing else."""

import re

from tests.bench.goals import GOALS
from tests.bench.measured import read
from tests.bench.page import page
from tests.guides import ROOT

KEPT = ROOT / "docs/benchmarks"


def test_the_page_is_what_the_kept_figures_give():
    assert page(read(KEPT)) == (KEPT / "README.md").read_text(encoding="utf-8")


def test_every_goal_has_kept_figures():
    kept = {row.goal for one in read(KEPT) for row in one.rows if row.is_met is not None}

    assert [] == sorted(GOALS.keys() - kept)


def test_a_goal_that_nobody_knows_is_in_no_row():
    named = {row.goal for one in read(KEPT) for row in one.rows} - {""}

    assert set() == named - GOALS.keys()


def test_what_is_kept_tells_no_path_of_a_machine():
    texts = [file.read_text(encoding="utf-8") for file in KEPT.iterdir()]

    assert [] == [found for text in texts for found in re.findall(r"(?<![\w.\])])/\w+/\S*", text)]
