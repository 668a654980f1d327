"""Models whose files are not there."""

from pathlib import Path

import pytest

from tests.build import model
from vlmhb.domain.envspec import EnvSpec
from vlmhb.domain.model import FileNeed
from vlmhb.schedule.availability import Missing, cut_off, missing_files, old_drivers


def test_missing_files_are_named_with_each_command_once(tmp_path: Path):
    there = tmp_path / "eng"
    there.write_text("")
    needs = tuple(FileNeed(str(tmp_path / name), "install all") for name in ("eng", "rus", "kor"))

    missing = missing_files([model("a", files=needs), model("b", files=needs[:1])])

    assert {"a": Missing(f"{tmp_path}/rus, {tmp_path}/kor not found", "install all")} == missing


@pytest.mark.parametrize(
    ("driver", "expected"),
    [("470.82.01", ["new"]), ("525.60.13", []), ("1000.1", []), ("", [])],
)
def test_a_model_whose_env_needs_a_newer_driver_is_told_by_name(driver: str, expected: list[str]):
    specs = {
        "any": EnvSpec("any", "/envspecs/any", ()),
        "x@cu124": EnvSpec("x@cu124", "/envspecs/x", (), min_driver="525.60.13"),
    }
    models = [model("old", env="any"), model("new", env="x@cu124")]

    assert expected == list(old_drivers(models, specs, driver))


@pytest.mark.parametrize(("offline", "expected"), [(True, ["remote"]), (False, [])])
def test_a_model_that_works_over_a_network_does_not_run_without_one(
    offline: bool, expected: list[str]
):
    specs = {
        "plain": EnvSpec("plain", "/envspecs/plain", ()),
        "endpoint": EnvSpec("endpoint", "/envspecs/endpoint", (), network=True),
    }
    models = [model("local", env="plain"), model("remote", env="endpoint")]

    assert expected == list(cut_off(models, specs, offline=offline))
