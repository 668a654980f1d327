"""What comes with vlmhb fits together."""

import importlib
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from vlmhb_worker.backend import Backend, LoadJob
from vlmhb_worker.backends.transformers import catalog
from vlmhb_worker.backends.transformers.family import Family

from vlmhb.config import Kind, Library, load_envspec, load_model, load_run, load_task, load_variants
from vlmhb.domain.task import AnswerKind
from vlmhb.env import contents_sha256

LIBRARY = Library.standard(Path("/"))
ROOT = Path(__file__).parents[2]
MODELS = LIBRARY.names(Kind.MODEL)
WITH_WEIGHTS = [name for name in MODELS if load_model(name).weights]


@pytest.mark.parametrize("name", LIBRARY.names(Kind.ENVSPEC))
def test_every_envspec_has_a_fresh_lock_and_tells_its_source(name: str):
    specs = load_variants(name)

    assert [64] * len(specs) == [len(contents_sha256(spec)) for spec in specs]
    assert name == "toy" or "http" in specs[0].notes


@pytest.mark.parametrize("name", MODELS)
def test_every_model_names_a_backend_that_exists_and_an_envspec(name: str):
    model = load_model(name)

    assert issubclass(_named(model.backend), Backend)
    assert load_envspec(model.env)
    assert model.description


@pytest.mark.parametrize("name", WITH_WEIGHTS)
def test_every_model_with_weights_has_params_that_its_backend_knows(name: str):
    """Of these and a misspelt one it complains about that one alone, before it imports anything."""
    model = load_model(name)
    params = {**model.params, "misspelt": 1}

    with pytest.raises(ValueError, match="unknown params: misspelt;"):
        _named(model.backend)().load(LoadJob(params, "/", 0), lambda *_: None)


@pytest.mark.parametrize("name", WITH_WEIGHTS)
def test_every_model_with_weights_says_what_it_needs(name: str):
    model = load_model(name)

    assert model.weights
    assert re.fullmatch("main|[0-9a-f]{40}", model.weights.revision)
    assert model.min_gpu_memory_gib > 0
    assert re.search(r"[0-9] GB", model.description)
    assert re.search("licence|MIT|Apache|non-commercial|research", model.description)


@pytest.mark.parametrize("name", WITH_WEIGHTS)
def test_code_that_comes_with_weights_runs_only_where_the_family_needs_it(name: str):
    model = load_model(name)
    family = catalog.FAMILIES.get(str(model.params.get("family")))
    needs_code = family is not None and getattr(_named(family), "comes_with_weights", False)

    assert needs_code == model.trust_remote_code


@pytest.mark.parametrize("name", catalog.FAMILIES)
def test_every_family_of_the_catalog_exists(name: str):
    assert issubclass(_named(catalog.FAMILIES[name]), Family)
    assert set(catalog.BY_CONFIG.values()) <= set(catalog.FAMILIES)


@pytest.mark.parametrize("name", LIBRARY.names(Kind.TASK))
def test_every_task_can_judge_replies(name: str, tmp_path: Path):
    (tmp_path / "configs" / "data" / "mws-vision-bench").mkdir(parents=True)  # a copy of the user's

    assert load_task(name, tmp_path).metrics[AnswerKind.REPLY]


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


def _named(place: str) -> Any:
    module, _, attribute = place.partition(":")
    return getattr(importlib.import_module(module), attribute)
