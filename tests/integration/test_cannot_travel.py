"""What cannot be told to a worker costs the model or request it belongs to, and no more."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from tests.build import envspec, model, request
from tests.fakes import FakeGpus, NoWeights, ReadyEnvs
from tests.unit.datasets.tables import b64, png
from vlmhb.domain.answer import Answer, FailedAnswer, FailureReason
from vlmhb.domain.model import ModelSpec
from vlmhb.domain.run import Request, RunConfig
from vlmhb.domain.sample import PageImage, Span
from vlmhb.domain.task import Generation
from vlmhb.schedule import GaveUp, Supplies, execute
from vlmhb.schedule.progress import Answered, Progress, WorkerLost
from vlmhb.system.signals import StopSignals


def ask(name: str, owner: str, generation: Generation | None = None) -> Request:
    bare = replace(request(name, owner), pages=())
    return bare if generation is None else replace(bare, generation=generation)


def steps(
    folder: Path, models: tuple[ModelSpec, ...], left: Mapping[str, tuple[Request, ...]]
) -> list[Progress]:
    config = RunConfig(
        name="run",
        source="run",
        models=models,
        tasks=(),
        envspecs={"toy": envspec()},
        max_workers=1,
        limit=None,
        seed=0,
    )
    supplies = Supplies(ReadyEnvs(), NoWeights(), gpus=FakeGpus())
    return list(execute(config, left, supplies, folder, StopSignals()))


def test_params_that_cannot_travel_cost_their_model_alone(tmp_path: Path):
    models = (model("bad", params={"n": 1 << 70}), model("good"))
    left = {one.name: (ask(f"{one.name} 1", one.name),) for one in models}

    done = steps(tmp_path, models, left)

    reasons = [(step.model, step.reason) for step in done if isinstance(step, GaveUp)]
    assert [("bad", "cannot load the model: 'params.n' is a number beyond 64 bits")] == reasons
    assert ["good"] == [step.model for step in done if isinstance(step, Answered)]


def test_requests_that_cannot_travel_fail_alone_and_cost_no_worker(tmp_path: Path):
    endless = Generation(temperature=float("inf"))
    bad = tuple(ask(f"bad {number}", "m", endless) for number in range(2_000))
    left = {"m": (*bad[:1000], ask("good 1", "m"), *bad[1000:], ask("good 2", "m"))}

    done = steps(tmp_path, (model("m"),), left)

    outcomes = [step.outcome for step in done if isinstance(step, Answered)]
    failed = [one for one in outcomes if isinstance(one, FailedAnswer)]
    answered = [one.request_id for one in outcomes if isinstance(one, Answer)]
    assert ["good 1", "good 2"] == answered
    assert {request.id for request in bad} == {one.request_id for one in failed}
    assert {FailureReason.INPUT_ERROR} == {one.reason for one in failed}
    assert "temperature: got inf" in failed[0].error.message
    assert not [step for step in done if isinstance(step, GaveUp | WorkerLost)]


def test_a_page_whose_table_has_changed_fails_its_request_alone(tmp_path: Path):
    (tmp_path / "table.tsv").write_bytes(b64(png()).encode() + b64(png(31)).encode())
    shas = [hashlib.sha256(content).hexdigest() for content in (png(), png(32))]
    pages = [
        PageImage(f"table.tsv#index={n}", sha256, 30, 20, str(tmp_path / "table.tsv"), span)
        for n, (sha256, span) in enumerate(
            zip(shas, (Span(0, len(b64(png()))), Span(len(b64(png())), 8)), strict=True)
        )
    ]
    asked = tuple(replace(request(f"{n}", "m"), pages=(page,)) for n, page in enumerate(pages))

    done = steps(tmp_path, (model("m"),), {"m": asked})

    outcomes = {
        step.outcome.request_id: step.outcome for step in done if isinstance(step, Answered)
    }
    assert isinstance(outcomes["0"], Answer)
    failed = outcomes["1"]
    assert isinstance(failed, FailedAnswer)
    assert FailureReason.INPUT_ERROR is failed.reason
    told = "table.tsv#index=1: its file has changed since the dataset was read"
    assert failed.error.message.endswith(told)
    assert str(tmp_path) not in failed.error.message
    assert not [step for step in done if isinstance(step, GaveUp | WorkerLost)]
