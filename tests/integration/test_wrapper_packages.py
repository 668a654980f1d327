"""A package written for VLMHyperBench, installed from git as it is, in a real run."""

import csv
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.hub_server import running_hub
from tests.unit.env.toy_sources import make_repository
from tests.workspace import Finished, Workspace

pytestmark = pytest.mark.uv

MODELS = '''\
"""Does what VLMHyperBench's own wrappers do, one oddity after the other."""

import os
import sys
from typing import Any, List

from model_interface.model_interface import ModelInterface

print("imported", flush=True)


class OddModel(ModelInterface):
    def __init__(self, model_name="Odd-1B", system_prompt="", cache_dir="cache", device_map=None):
        self.model_name = model_name
        self.cache_dir = cache_dir
        print("WARNING: flash_attn is not installed")
        with open("written_at_load.txt", "w") as file:
            file.write("the current folder is mine")

    def predict_on_image(self, image: Any, prompt: str) -> str:
        with open(image, "rb") as file:
            size_bytes = len(file.read())
        if "page1." in image:
            raise RuntimeError("Превышен лимит GPU-памяти")
        if "page2." in image:
            return [prompt]
        if "page3." in image:
            sys.exit(1)
        return f"{self.model_name} {prompt} {size_bytes > 0}"

    def predict_on_images(self, images: List[Any], prompt: str) -> str:
        pass


class WeightedModel(OddModel):
    def predict_on_image(self, image: Any, prompt: str) -> str:
        opened = sorted(os.listdir(f"Org/{self.model_name}"))
        return f"{opened} {sorted(os.listdir(self.cache_dir))}"


from model_interface.model_factory import ModelFactory

ModelFactory.register_model("Odd", "model_odd.models:OddModel")
'''
PROJECT = """\
[project]
name = "model-odd"
version = "0.1.2"
dependencies = ["model-interface~=0.1"]

[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[tool.hatch.build.targets.wheel]
packages = ["model_odd"]
"""
INTERFACE = """\
from abc import ABC

class ModelInterface(ABC):
    pass
"""
FACTORY = """\
class ModelFactory:
    made = {}

    @classmethod
    def register_model(cls, name, path):
        import importlib
        module, kind = path.split(":")
        cls.made[name] = getattr(importlib.import_module(module), kind)

    @classmethod
    def get_model(cls, name, params):
        return cls.made[name](**{**params, "model_name": "through the installed factory"})
"""


def project(name: str) -> str:
    return PROJECT.replace("model-odd", name.replace("_", "-")).replace("model_odd", name)


def from_git(space: Workspace, name: str, files: Mapping[str, str]) -> str:
    """The package in a repository of its own; returns the entry of `no_deps` that names it."""
    repository = space.path / f"repositories/{name}"
    commit = make_repository(repository, {**files, "pyproject.toml": project(name)})
    return f"{name.replace('_', '-')} @ git+file://{repository}@{commit}"


def write_model(space: Workspace, name: str, kind: str, **more: object) -> None:
    params = {
        "class_path": f"model_odd.models:{kind}",
        "model_family": "Odd",
        "model_name": "Odd-1B",
    }
    space.write_yaml(
        f"configs/models/{name}.yaml",
        {"backend": "model_interface", "env": "odd", "answers": "reply", "params": params, **more},
    )


def with_wrapper(space: Workspace, *more: str) -> Workspace:
    """Its env is locked with the real command, its model is the only one of the run."""
    files = {"model_odd/__init__.py": "", "model_odd/models.py": MODELS}
    sources = [from_git(space, "model_odd", files), *more]
    space.write_yaml(
        "envspecs/odd/envspec.yaml",
        {
            "python": ">=3.10",
            "requirements": ["hatchling"],
            "no_deps": sources,
            "build": {source.split(" ")[0]: "there is no wheel of it" for source in sources},
            "imports": ["model_odd"],
        },
    )
    write_model(space, "odd", "OddModel")
    locked = space.vlmhb("env", "lock", "odd")
    assert 0 == locked.code, locked.err
    return space


@pytest.fixture(scope="module")
def wrapped(tmp_path_factory: pytest.TempPathFactory, shared_envs: Path) -> Workspace:
    space = Workspace.create(tmp_path_factory.mktemp("wrapped") / "user", shared_envs)
    (space.path / "envspecs/odd").mkdir(parents=True)
    return with_wrapper(space)


@pytest.fixture(scope="module")
def finished(wrapped: Workspace) -> Finished:
    return wrapped.vlmhb("run", "run", "--models", "odd", "--out", "out")


def answers(space: Workspace) -> dict[str, dict[str, str]]:
    with (space.path / "out/derived/answers.csv").open(encoding="utf-8", newline="") as file:
        return {row["sample_id"]: row for row in csv.DictReader(file)}


def test_an_unmodified_wrapper_answers_through_a_run(wrapped: Workspace, finished: Finished):
    assert 3 == finished.code, finished.err
    rows = answers(wrapped)

    assert {"Odd-1B Which number? True"} == {rows[name]["answer"] for name in ("0", "4", "5")}


@pytest.mark.parametrize(
    ("sample", "reason", "message"),
    [
        ("1", "oom", "Превышен лимит GPU-памяти"),
        ("2", "invalid_reply", "list, expected str"),
        ("3", "model_error", "called sys.exit(1)"),
    ],
)
def test_what_a_wrapper_does_wrong_fails_its_own_request(
    wrapped: Workspace, finished: Finished, sample: str, reason: str, message: str
):
    row = answers(wrapped)[sample]

    assert reason == row["status"]
    assert message in row["error"]


def test_what_a_wrapper_prints_is_in_its_log(wrapped: Workspace, finished: Finished):
    log = (wrapped.path / "out/logs/odd.log").read_text(encoding="utf-8")

    assert "imported\nWARNING: flash_attn is not installed\n" in log


def test_one_worker_answered_everything_and_its_wrapper_is_recorded(
    wrapped: Workspace, finished: Finished
):
    manifest = json.loads((wrapped.path / "out/run.json").read_text())

    ((worker,),) = [segment["workers"] for segment in manifest["segments"]]
    assert "model_odd.models:OddModel" == worker["facts"]["wrapper"]
    assert "vlmhb" == worker["facts"]["model_interface"]
    assert ["model-odd", "0.1.2"] in manifest["envs"][worker["env"]]["packages"]


def test_an_installed_model_interface_is_the_one_that_is_asked(workspace: Workspace):
    (workspace.path / "envspecs/odd").mkdir(parents=True)
    files = {
        "model_interface/__init__.py": "",
        "model_interface/model_interface.py": INTERFACE,
        "model_interface/model_factory.py": FACTORY,
    }
    installed = from_git(workspace, "model_interface", files)
    with_wrapper(workspace, installed)

    end = workspace.vlmhb("try", "odd", "data/images/page0.png", "--prompt", "What?")

    assert (0, "through the installed factory What? True\n") == (end.code, end.out), end.err


def test_weights_are_found_by_the_name_that_a_wrapper_opens(wrapped: Workspace):
    write_model(wrapped, "weighted", "WeightedModel", weights={"repo": "Org/Odd-1B"})
    with running_hub() as hub:
        hub.put("Org/Odd-1B", {"config.json": b"{}", "model.safetensors": b"weights"})
        places = {"HF_HOME": str(wrapped.path / "hf"), "HF_ENDPOINT": hub.url}

        end = wrapped.vlmhb("try", "weighted", "data/images/page0.png", **places)

    assert 0 == end.code, end.err
    opened, _, cache = end.out.partition("] ")
    assert "['config.json', 'model.safetensors'" == opened
    assert "models--Org--Odd-1B" in cache
