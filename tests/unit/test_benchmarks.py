"""Rows of benches judge as they should, and a page is made of those that are kept."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.bench.goals import GOALS, OBSTACLES
from tests.bench.measured import Measured, read, write
from tests.bench.page import page
from tests.bench.row import Row, reason_of

MEASURED = Measured(
    bench="env",
    about="Builds.",
    machine="a processor, 2 cores",
    versions="Python 3.11.7",
    commit="0123456789",
    began_at="2026-01-01 00:00 UTC",
    took_s=12,
    load=(0.1, 1.2),
    rows=(Row("E1", "build", "s", "bare uv", 1.5, [3.0, 2.0, 10.0], [2.0, 2.0, 2.0]),),
)


def test_a_ratio_is_judged_by_the_median_of_the_rounds_ratios():
    row = Row("E1", "build", "s", "bare uv", 1.5, [1.0, 3.0, 100.0], [1.0, 2.0, 1.0])

    assert row.is_met
    assert not replace(row, limit=1.4).is_met


def test_a_figure_without_a_peer_is_judged_by_its_worst_round():
    row = Row("R5", "answers that are not whole", "answers", limit=0, ours=[0, 0, 1])

    assert "missed" == row.verdict


def test_what_was_not_measured_is_neither_met_nor_missed():
    row = Row("E2", "build", "s", "a peer", 0.5, absent="no wheel of it")

    assert row.is_met is None
    assert "| E2 | build | no wheel of it | a peer |  |  | <= 0.5 | not measured |  |" == str(row)


def test_a_goal_is_missed_when_one_of_its_rows_is():
    slow = Row("E1", "build", "s", "`cp -al`", 2.0, [9.0], [1.0])
    absent = Row("E2", "build", "s", "a peer", 0.5, absent="no wheel of it")

    def lines(*rows: Row) -> list[str]:
        return page([replace(MEASURED, rows=rows)]).splitlines()

    goal = f"| E1 | {GOALS['E1']} | [env](#env) |"
    obstacle = f"- E1: {OBSTACLES['E1']}"
    assert f"{goal} met |" in lines(*MEASURED.rows)
    assert obstacle not in lines(*MEASURED.rows)
    assert f"{goal} missed: 1 of 2 |" in lines(*MEASURED.rows, slow)
    assert obstacle in lines(*MEASURED.rows, slow)
    assert f"| E2 | {GOALS['E2']} | [env](#env) | not measured: 1 of 1 |" in lines(absent)
    assert f"| E3 | {GOALS['E3']} |  | not measured |" in lines(absent)


def test_figures_are_kept_round_by_round(tmp_path: Path):
    write(MEASURED, tmp_path)

    assert (MEASURED,) == read(tmp_path)
    (row,) = json.loads((tmp_path / "env.json").read_text())["rows"]
    assert [1.5, 1.0, 5.0] == row["ratios"]
    assert row["is_met"] is True


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Command '['/opt/me/uv', 'pip']' failed", "Command '['uv', 'pip']' failed"),
        ("no /home/me/x.whl\nat all", "no x.whl"),
        ("", "OSError"),
    ],
)
def test_why_a_peer_is_absent_tells_no_path(said: str, told: str):
    assert told == reason_of(OSError(said))
