"""Whether weights are what they were when a worker was started."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from vlmhb.domain.weights import WeightsFolder
from vlmhb.worker.seal import Seal


@pytest.fixture
def weights(tmp_path: Path) -> WeightsFolder:
    """A file behind a link, as in the hub's cache, and one that was not chosen."""
    folder = tmp_path / "snapshot"
    folder.mkdir()
    (tmp_path / "blob").write_text("{}")
    (folder / "config.json").symlink_to(tmp_path / "blob")
    (folder / "other.json").write_text("{}")
    return WeightsFolder("Org/Name", "main", "a" * 40, folder, ("config.json",))


def write(weights: WeightsFolder) -> None:
    (weights.folder / "config.json").write_text("{ }")


def touch(weights: WeightsFolder) -> None:
    os.utime(weights.folder / "config.json", ns=(1, 1))


def remove(weights: WeightsFolder) -> None:
    (weights.folder / "config.json").resolve().unlink()


@pytest.mark.parametrize("change", [write, touch, remove])
def test_a_change_behind_a_link_breaks_it(
    weights: WeightsFolder, change: Callable[[WeightsFolder], None]
):
    seal = Seal.on([weights])

    change(weights)

    assert ("Org/Name: config.json",) == seal.broken()


def test_files_that_nobody_chose_may_change(weights: WeightsFolder):
    seal = Seal.on([weights])

    (weights.folder / "other.json").write_text("changed")

    assert () == seal.broken()


def test_a_link_that_is_made_anew_is_no_change(weights: WeightsFolder):
    link = weights.folder / "config.json"
    seal = Seal.on([weights])

    blob = link.resolve()
    link.unlink()
    link.symlink_to(blob)

    assert () == seal.broken()
