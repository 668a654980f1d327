from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.config.files import MODEL, write, write_tree
from vlmhb.config import load_envspec, load_model, load_run, load_variants
from vlmhb.config.env_reference import (
    Device,
    choose_for_device,
    choose_variant,
    split_reference,
)
from vlmhb.domain.envspec import EnvSpec
from vlmhb.errors import ConfigError, UnusableError

CPU = EnvSpec("x@cpu", "/x", (), python=">=3.10", variant="cpu")
PLAIN = EnvSpec("y", "/y", (), python=">=3.10")
CU118 = replace(CPU, name="x@cu118", variant="cu118", min_driver="450.80.02")
CU124 = replace(CPU, name="x@cu124", variant="cu124", min_driver="525.60.13")
BOTH = """python: ">=3.10,<3.13"
requirements: [a==1]
imports: [a]
variants:
  cpu: {requirements: [torch==2.13.0+cpu], overlay: shim}
  cu124: {requirements: [torch==2.6.0], min_driver: "525.60.13"}
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    write_tree(tmp_path)
    (tmp_path / "envspecs/light/shim").mkdir()
    write(tmp_path / "envspecs/light/envspec.yaml", BOTH)
    return tmp_path


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("light", ("light", "")),
        ("transformers-4.37@cu124", ("transformers-4.37", "cu124")),
        ("./a@b/envspec.yaml@cpu", ("./a@b/envspec.yaml", "cpu")),
        ("./a@b/envspec.yaml", ("./a@b/envspec.yaml", "")),
    ],
)
def test_a_reference_is_a_name_and_perhaps_a_variant(written: str, expected: tuple[str, str]):
    assert expected == split_reference(written)


@pytest.mark.parametrize(
    ("driver", "expected"),
    [("", "cpu"), ("440.1", "cpu"), ("470.82.01", "cu118"), ("550.54.15", "cu124")],
)
def test_the_machine_s_driver_decides_when_nobody_does(driver: str, expected: str):
    assert expected == choose_variant([CU124, CU118, CPU], "", driver, "x").variant


def test_the_first_variant_that_fits_is_taken():
    assert CU118 == choose_variant([CU118, CU124, CPU], "", "550.54.15", "x")


def test_a_named_variant_is_taken_whatever_the_machine_is():
    assert CU124 == choose_variant([CU124, CPU], "cu124", "", "x")


def test_a_variant_that_is_not_there_is_answered_with_those_that_are():
    with pytest.raises(ConfigError, match="x: got the variant 'cu12', expected one of: cu124, cpu"):
        choose_variant([CU124, CPU], "cu12", "", "x")


def test_a_machine_that_suits_no_variant_gets_the_first_to_build_it_for_another():
    assert CU124 == choose_variant([CU124, CU118], "", "", "x")


def test_each_variant_adds_its_own_to_what_is_common(tree: Path):
    cpu, cuda = load_variants("light", tree)

    assert ("light@cpu", ("a==1", "torch==2.13.0+cpu"), "shim", "", "cpu") == (
        cpu.name,
        cpu.requirements,
        cpu.overlay,
        cpu.min_driver,
        cpu.torch_build,
    )
    assert ("light@cu124", ("a==1", "torch==2.6.0"), "", "525.60.13", "") == (
        cuda.name,
        cuda.requirements,
        cuda.overlay,
        cuda.min_driver,
        cuda.torch_build,
    )


def test_a_model_may_name_a_variant_and_its_run_holds_that_one(tree: Path):
    write(tree / "configs/models/reader.yaml", MODEL.replace("env: light", "env: light@cu124"))

    config = load_run("small", cwd=tree)

    assert "light@cu124" == load_model("reader", tree).env == config.models[0].env
    assert ["light@cu124"] == list(config.envspecs)


def test_two_models_of_a_run_may_use_two_variants_of_one_envspec(tree: Path):
    write(tree / "configs/models/reader.yaml", MODEL.replace("env: light", "env: light@cu124"))
    write(tree / "configs/models/other.yaml", MODEL.replace("env: light", "env: light@cpu"))
    write(tree / "configs/runs/small.yaml", "models: [reader, other]\ntasks: [pages]\n")

    config = load_run("small", cwd=tree)

    assert ["light@cpu", "light@cu124"] == list(config.envspecs)


def test_an_unknown_variant_of_a_model_is_said_with_the_model_s_file(tree: Path):
    write(tree / "configs/models/reader.yaml", MODEL.replace("env: light", "env: light@cu99"))

    with pytest.raises(ConfigError) as caught:
        load_run("small", cwd=tree)

    expected = "configs/models/reader.yaml env: got the variant 'cu99', expected one of: cpu, cu124"
    assert (expected,) == caught.value.issues


def test_without_a_choice_this_machine_gets_a_variant(tree: Path):
    assert load_envspec("light", tree).variant in {"cpu", "cu124"}


@pytest.mark.parametrize(
    ("device", "driver", "expected"),
    [
        (Device.AUTO, "550.54.15", "cu124"),
        (Device.AUTO, "", "cpu"),
        (Device.CPU, "550.54.15", "cpu"),
        (Device.CPU, "", "cpu"),
        (Device.CUDA, "470.82.01", "cu118"),
    ],
)
def test_a_device_chooses_among_the_variants(device: Device, driver: str, expected: str):
    spec = choose_for_device([CU124, CU118, CPU], "", driver, device, "x")

    assert expected == spec.variant


@pytest.mark.parametrize("device", list(Device))
def test_an_env_without_variants_suits_every_device(device: Device):
    assert PLAIN is choose_for_device([PLAIN], "", "550.54.15", device, "y")


def test_cuda_without_a_gpu_is_said_so():
    with pytest.raises(UnusableError, match="no NVIDIA GPU"):
        choose_for_device([CU124, CPU], "", "", Device.CUDA, "x")


@pytest.mark.parametrize(
    ("specs", "wanted", "driver", "device", "problem"),
    [
        ([CU124], "", "550.54.15", Device.CPU, "got x@cu124 with --device cpu"),
        ([CU124, CPU], "cu124", "550.54.15", Device.CPU, "got x@cu124 with --device cpu"),
        ([CU124, CPU], "cpu", "550.54.15", Device.CUDA, "got x@cpu with --device cuda"),
        ([CU124, CPU], "", "440.1", Device.CUDA, "expected one of: cu124"),
    ],
)
def test_a_variant_for_the_other_device_is_refused(
    specs: list[EnvSpec], wanted: str, driver: str, device: Device, problem: str
):
    with pytest.raises(ConfigError, match=problem):
        choose_for_device(specs, wanted, driver, device, "x")
