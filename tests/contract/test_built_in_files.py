"""What comes with vlmhb fits together."""

from pathlib import Path

import pytest
import vlmhb_worker
import yaml

from vlmhb.config import Kind, Library, load_envspec, load_model, load_run, load_task, load_variants
from vlmhb.env import contents_sha256

LIBRARY = Library.standard(Path("/"))
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", LIBRARY.names(Kind.ENVSPEC))
def test_every_envspec_has_a_fresh_lock_and_tells_its_source(name: str):
    specs = load_variants(name)

    assert [64] * len(specs) == [len(contents_sha256(spec)) for spec in specs]
    assert name == "toy" or "http" in specs[0].notes


@pytest.mark.parametrize("name", LIBRARY.names(Kind.MODEL))
def test_every_model_names_a_backend_that_exists_and_an_envspec(name: str):
    model = load_model(name)
    module, _, attribute = model.backend.partition(":")
    file = Path(vlmhb_worker.__file__).parent.joinpath(*module.split(".")[1:]).with_suffix(".py")

    assert f"class {attribute}(" in file.read_text(encoding="utf-8")
    assert load_envspec(model.env)
    assert model.description


@pytest.mark.parametrize("name", LIBRARY.names(Kind.TASK))
def test_every_task_can_judge_both_kinds_of_answer(name: str):
    task = load_task(name)

    assert all(metrics for metrics in task.metrics.values())
    assert 2 == len(task.metrics)


@pytest.mark.parametrize("name", LIBRARY.names(Kind.RUN))
def test_every_run_resolves(name: str):
    assert load_run(name).models


def test_no_two_envs_of_the_quickstart_could_be_one():
    """RapidOCR's two generations pin different numpy and onnxruntime: that is the point."""
    pins = [
        {
            line.partition("==")[0]: line.partition("==")[2]
            for line in yaml.safe_load((ROOT / f"envspecs/{name}/envspec.yaml").read_text())[
                "requirements"
            ]
        }
        for name in ("rapidocr-3.10", "rapidocr-1.4")
    ]

    assert pins[0]["numpy"] != pins[1]["numpy"]
    assert pins[0]["onnxruntime"] != pins[1]["onnxruntime"]
