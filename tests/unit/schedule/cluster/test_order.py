"""What travels to nodes."""

import pickle
from pathlib import Path

import pytest

from tests.build import model
from tests.clusters import config_of
from vlmhb.config import load_run
from vlmhb.domain.loaded_weights import LoadedWeights
from vlmhb.domain.model import WeightsRef
from vlmhb.domain.vhb_row import VhbRow
from vlmhb.pipeline.node import look_around
from vlmhb.schedule.cluster.order import order_of

TOKEN = "hf_of_the_driver"


@pytest.mark.parametrize("model", ["toy", "qwen2-vl-2b", "qwen2.5-vl-7b-vllm", "tesseract-psm3"])
def test_an_order_comes_back_as_it_was_and_holds_no_secret(
    model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    (tmp_path / "run.yaml").write_text(f"models: [{model}]\ntasks: [quickstart-kie]\n")
    config = load_run("run.yaml", cwd=tmp_path)
    order = order_of(config, "run-id", 1, look_around, offline=False, began={})

    sent = pickle.dumps(order)

    assert order == pickle.loads(sent)  # noqa: S301 - ours
    assert TOKEN.encode() not in sent
    assert () == order.config.tasks


def test_an_order_about_one_model_names_no_other(tmp_path: Path):
    (tmp_path / "run.yaml").write_text("models: [toy, tesseract-psm3]\ntasks: [quickstart-kie]\n")
    config = load_run("run.yaml", cwd=tmp_path)
    order = order_of(config, "run-id", 1, look_around, offline=False, began={})

    one = order.of_model("toy")

    assert ["toy"] == [model.name for model in one.config.models]
    assert {"toy"} == set(one.config.envspecs) == set(one.specs)


def test_an_order_says_how_the_run_was_begun_and_nothing_that_only_the_driver_reads():
    row = VhbRow("m", "t", "VQA", "stem", "/answers", "/metrics", (), ())
    config = config_of(model("m"), notes=("a note",), vhb_rows=(row,))
    began = {WeightsRef("Org/Model"): LoadedWeights("Org/Model", "c" * 40, "d" * 64)}

    order = order_of(config, "run-id", 2, look_around, offline=True, began=began)

    assert ((), ()) == (order.config.notes, order.config.vhb_rows)
    assert ("run-id", 2, True, began) == (order.run, order.segment, order.offline, order.began)
