"""A price is kept in the run folder, the last one counts, and it never stands in a run's way."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.store.runs import MANIFEST, TASKS, start_run
from vlmhb.errors import RunLockedError
from vlmhb.store import OpenRun, RunDir, RunLock, keep_price, read_manifest


def price_of(run_dir: RunDir) -> float | None:
    return read_manifest(run_dir.manifest).price_per_hour


def go_on(run_dir: RunDir, price: float | None) -> None:
    with OpenRun(run_dir.path, replace(MANIFEST, price_per_hour=price), TASKS):
        pass


def test_what_was_said_last_counts(tmp_path: Path):
    run_dir = start_run(tmp_path)
    prices = [price_of(run_dir)]
    go_on(run_dir, 2.5)
    prices.append(price_of(run_dir))
    keep_price(run_dir, 0.0)
    prices.append(price_of(run_dir))
    go_on(run_dir, 4.0)
    prices.append(price_of(run_dir))

    assert [None, 2.5, 0.0, 4.0] == prices


def test_a_start_that_says_nothing_of_it_keeps_it(tmp_path: Path):
    run_dir = start_run(tmp_path)
    keep_price(run_dir, 0.0)
    go_on(run_dir, None)

    assert 0.0 == price_of(run_dir)


def test_nothing_else_of_the_run_changes(tmp_path: Path):
    run_dir = start_run(tmp_path)
    before = read_manifest(run_dir.manifest)
    keep_price(run_dir, 2.5)

    assert replace(before, price_per_hour=2.5) == read_manifest(run_dir.manifest)


def test_a_run_that_another_process_writes_is_left_alone(tmp_path: Path):
    run_dir = start_run(tmp_path)

    with RunLock(run_dir.lock), pytest.raises(RunLockedError):
        keep_price(run_dir, 2.5)

    assert price_of(run_dir) is None
