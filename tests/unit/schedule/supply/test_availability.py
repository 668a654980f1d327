"""Models that lack something this machine would have to have."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.build import envspec, model
from tests.fakes import gpu
from vlmhb.domain.envspec import EnvSpec
from vlmhb.domain.model import FileNeed
from vlmhb.schedule.supply.availability import (
    Missing,
    cut_off,
    missing_files,
    without_gpu,
    without_room,
    without_secret,
)

SPECS = {
    "any": EnvSpec("any", "/envspecs/any", ()),
    "x@cpu": EnvSpec("x@cpu", "/envspecs/x", (), variant="cpu"),
    "x@cu124": EnvSpec("x@cu124", "/envspecs/x", (), variant="cu124", min_driver="525.60.13"),
}


def test_missing_files_are_named_with_each_command_once(tmp_path: Path):
    there = tmp_path / "eng"
    there.write_text("")
    needs = tuple(FileNeed(str(tmp_path / name), "install all") for name in ("eng", "rus", "kor"))

    missing = missing_files([model("a", files=needs), model("b", files=needs[:1])])

    assert {"a": Missing(f"{tmp_path}/rus, {tmp_path}/kor not found", "install all")} == missing


@pytest.mark.parametrize(
    ("driver", "problem"),
    [
        ("470.82.01", "needs NVIDIA driver 525.60.13, this one is 470.82.01"),
        ("", "needs an NVIDIA GPU, none was found"),
    ],
)
def test_a_model_in_a_gpu_s_env_is_unavailable_where_none_suits_it(driver: str, problem: str):
    models = [model("any", env="any"), model("cpu", env="x@cpu"), model("gpu", env="x@cu124")]

    missing = without_gpu(models, SPECS, driver)

    assert {"gpu": f"env x@cu124 {problem}"} == {name: m.problem for name, m in missing.items()}


@pytest.mark.parametrize("driver", ["525.60.13", "1000.1"])
def test_a_driver_that_is_new_enough_suits_every_model(driver: str):
    assert {} == without_gpu([model("gpu", env="x@cu124")], SPECS, driver)


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


def test_a_model_whose_secret_is_not_set_names_it():
    asking = [model("a", secrets=("KEY", "OTHER")), model("b", secrets=("KEY",)), model("c")]

    missing = without_secret(asking, {"KEY": "x"})

    assert ["a"] == list(missing)
    assert "it needs OTHER in the environment, which is not set" == missing["a"].problem
    assert "export OTHER=..." == missing["a"].install


def test_a_model_that_no_gpu_can_hold_is_left_out_unless_its_env_computes_on_the_cpu():
    large = model("large", min_gpu_memory_gib=40.0)
    on_cpu = model("cpu", env="cpu", min_gpu_memory_gib=40.0)
    specs = {"toy": envspec(), "cpu": replace(envspec(), variant="cpu")}

    too_small = without_room([large, on_cpu, model()], specs, (gpu("a", 24.0),))
    none = without_room([large, on_cpu, model()], specs, ())
    enough = without_room([large], specs, (gpu("a", 24.0), gpu("b", 40.0)))

    assert ["large"] == list(too_small)
    assert "40 GiB; the largest here, GPU, has 24 GiB" in too_small["large"].problem
    assert "none was found" in none["large"].problem
    assert {} == enough


def test_a_model_for_more_gpus_than_there_are_is_left_out_whatever_it_needs_of_each():
    missing = without_room([model(gpus=2), model("one")], {"toy": envspec()}, (gpu(),))

    assert {"m": "it needs 2 GPUs; there is 1 here"} == {
        name: found.problem for name, found in missing.items()
    }
