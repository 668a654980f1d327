"""What a run that goes on knows of its first starts."""

import shlex
from itertools import pairwise
from pathlib import Path

import pytest

from tests.build import model
from vlmhb.config import Overrides, read_filters
from vlmhb.domain.loaded_weights import LoadedWeights
from vlmhb.domain.model import WeightsRef
from vlmhb.pipeline import RunOptions, began_with
from vlmhb.store import RunManifest, Segment, WorkerStart

REF = WeightsRef("Org/Name")
LOADED = LoadedWeights("Org/Name", "c" * 40, "d" * 64)


def manifest(*loaded: str) -> RunManifest:
    """Of a run in which these models were loaded."""
    workers = tuple(
        WorkerStart(name, "e", 1.0, 1, None, facts={}, weights=LOADED) for name in loaded
    )
    segment = Segment("", "", 1, "", 1, 1.0, (), "", "", "", "", 0, workers=workers)
    return RunManifest("r", "", (), {}, {}, "", 0, segments=(segment,))


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_weights_of_two_models_are_those_that_the_first_one_was_loaded_from(order: tuple[str, str]):
    models = [model(name, weights=REF) for name in order]

    assert {REF: LOADED} == began_with(models, manifest("a"))


def test_weights_that_no_model_was_loaded_from_are_open():
    assert {} == began_with([model("a", weights=REF), model("b")], manifest("b"))


def test_the_command_that_goes_on_has_the_filters_of_this_one():
    filters = {"question_type": ("Имя", "Name, first"), "split": ("",)}
    here = Path("/x")
    options = RunOptions("run", Overrides(limit=3, filters=filters), here, here, here)

    words = shlex.split(options.resume_command(here))

    written = [word for before, word in pairwise(words) if before == "--filter"]
    assert filters == read_filters(written)


def test_the_command_that_goes_on_writes_the_files_that_this_one_would():
    here = Path("/x")
    options = RunOptions("run", Overrides(), here, here, here, per_document_json=True)

    assert "--per-document-json" in shlex.split(options.resume_command(here))
