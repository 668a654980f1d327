"""Benches run, at a size that measures nothing: what they call changes without asking them."""

import pytest

from tests.bench import run, volume

pytestmark = pytest.mark.uv


def test_a_whole_run_beside_a_bare_loop(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(run, "SAMPLES", 3)
    monkeypatch.setattr(run, "ROUNDS", 1)

    found = list(run.rows())

    assert ["L1", ""] == [row.goal for row in found]
    assert all(min(row.ratios) > 1 for row in found)


def test_the_host_beside_many_samples(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(volume, "SAMPLES", 200)
    monkeypatch.setattr(volume, "LOOK_S", 0.01)

    found = {row.what: row for row in volume.rows()}

    assert 3 == sum(row.goal == "L3" for row in found.values())
    assert found["answers.jsonl"].ours[0] > 0
    curve = [row.ours[0] for what, row in found.items() if what.startswith("resident memory at")]
    assert volume.TENTHS == len(curve)
    assert min(curve) > 10
