"""What a run that goes on knows of its first starts."""

import shlex
from itertools import pairwise
from pathlib import Path

import pytest

from tests.build import model
from tests.unit.config.files import RUN, write, write_tree
from vlmhb.config import Overrides, read_filters
from vlmhb.domain.error_limit import ErrorLimit
from vlmhb.domain.gpu_choice import read_choice
from vlmhb.domain.loaded_weights import LoadedWeights
from vlmhb.domain.model import WeightsRef
from vlmhb.domain.shard import Shard
from vlmhb.pipeline import RunOptions, began_with, configured
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


def test_the_command_that_goes_on_asks_about_the_same_shard():
    here = Path("/x")
    options = RunOptions("run", Overrides(shard=Shard(2, 8)), here, here, here)

    assert ("--shard", "2/8") in pairwise(shlex.split(options.resume_command(here)))


def test_the_command_that_goes_on_can_be_typed_whatever_the_folder_is_called():
    here = Path("/x")
    folder = Path("/x/a\nb\u200dc")

    command = RunOptions("run", Overrides(), here, here, here).resume_command(folder)

    assert r"vlmhb run run --out $'/x/a\x0ab\xe2\x80\x8dc'" == command


def test_the_command_that_goes_on_allows_as_many_failures():
    here = Path("/x")
    limit = ErrorLimit(share=0.125)
    options = RunOptions("run", Overrides(max_errors=limit), here, here, here)

    assert ("--max-errors", "12.5%") in pairwise(shlex.split(options.resume_command(here)))


def test_the_command_that_goes_on_fetches_no_more_ahead():
    here = Path("/x")
    options = RunOptions("run", Overrides(prefetch=0), here, here, here)

    assert ("--prefetch", "0") in pairwise(shlex.split(options.resume_command(here)))


@pytest.mark.parametrize("choice", ["0", "2", "2,", "0,1", "GPU-8f,MIG-1", "all"])
def test_the_command_that_goes_on_uses_the_same_gpus(choice: str):
    here = Path("/x")
    options = RunOptions("run", Overrides(gpus=read_choice(choice)), here, here, here)

    words = dict(pairwise(shlex.split(options.resume_command(here))))

    assert read_choice(choice) == read_choice(words["--gpus"])


def test_the_command_that_goes_on_writes_the_files_that_this_one_would():
    here = Path("/x")
    options = RunOptions("run", Overrides(), here, here, here, per_document_json=True)

    assert "--per-document-json" in shlex.split(options.resume_command(here))


@pytest.mark.parametrize(
    ("embeds", "words"),
    [(None, set()), (True, {"--embed-images"}), (False, {"--no-embed-images"})],
)
def test_the_command_that_goes_on_makes_the_same_report(embeds: bool | None, words: set[str]):
    here = Path("/x")
    options = RunOptions("run", Overrides(), here, here, here, embed_images=embeds)

    said = shlex.split(options.resume_command(here))

    assert words == {word for word in said if word.endswith("embed-images")}


@pytest.mark.parametrize("price", [0.0, 2.49, 1234567.5])
def test_the_command_that_goes_on_says_the_same_price(price: float):
    here = Path("/x")
    options = RunOptions("run", Overrides(), here, here, here, price_per_hour=price)

    words = shlex.split(options.resume_command(here))

    assert [price] == [float(word) for before, word in pairwise(words) if "price" in before]


def test_the_command_that_goes_on_waits_as_long_for_a_full_disk():
    here = Path("/x")
    options = RunOptions("run", Overrides(), here, here, here, full_disk_wait_s=5.0)

    words = shlex.split(options.resume_command(here))

    assert ("--full-disk-wait", "5.0") in set(pairwise(words))


def test_the_command_that_goes_on_sets_what_this_one_sets_and_leaves_variables_alone():
    here = Path("/x")
    weak = frozenset({"limit", "filters"})
    given = Overrides(limit=3, filters={"a": ("b",)}, settings=("seed=7",), weak=weak)

    words = shlex.split(RunOptions("run", given, here, here, here).resume_command(here))

    assert ["--set", "seed=7"] == words[-2:]
    assert not {"--limit", "--filter"} & set(words)


@pytest.mark.parametrize(("weak", "expected"), [((), 9.0), (("price_per_hour",), 2.0)])
def test_a_price_that_is_typed_goes_before_the_files_which_goes_before_a_variable(
    tmp_path: Path, weak: tuple[str, ...], expected: float
):
    write_tree(tmp_path)
    file = write(tmp_path / "configs/runs/small.yaml", RUN + "price_per_hour: 2\n")
    given = Overrides(weak=frozenset(weak))
    here = Path("/x")

    config = configured(RunOptions(str(file), given, here, here, here, price_per_hour=9.0))

    assert expected == config.price_per_hour
