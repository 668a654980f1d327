"""What a run is expected to take, from what is known of its models."""

from dataclasses import replace

import pytest

from tests.build import envspec, model, request
from tests.fakes import gpu
from vlmhb.domain.envspec import EnvSpec
from vlmhb.domain.model import ModelSpec
from vlmhb.domain.needs import Amount, EnvNeed, WeightsNeed
from vlmhb.domain.past import Past
from vlmhb.domain.run import Request, RunConfig
from vlmhb.domain.sample import UnreadablePage
from vlmhb.pipeline.outlook.forecast import Known, forecast_of
from vlmhb.schedule.forecast import Doing, Forecast, Unknown
from vlmhb.system.gpus import Gpu

PAST = Past("run", "CPU", 10, request_s=2.0, load_s=5.0, build_s=60.0)
BUILT = EnvNeed("toy", is_ready=True, size=Amount(1))
ABSENT = EnvNeed("toy", is_ready=False, size=Amount(1))
GPU_SPEC = replace(envspec(), variant="cu128")


def asked(model_name: str, number: int) -> tuple[Request, ...]:
    return tuple(request(f"{model_name}-{n}", model_name) for n in range(number))


def known(*models: str, env: EnvNeed = BUILT, past: Past = PAST) -> Known:
    return Known((env,), (), dict.fromkeys(models, past))


def look(
    *models: ModelSpec,
    told: Known,
    left: dict[str, tuple[Request, ...]] | None = None,
    spec: EnvSpec | None = None,
    gpus: tuple[Gpu, ...] = (),
    max_workers: int | None = None,
) -> Forecast:
    config = RunConfig(
        name="run",
        source="run",
        models=models,
        tasks=(),
        envspecs={"toy": spec or envspec()},
        max_workers=max_workers,
        limit=None,
        seed=0,
    )
    counts = {one.name: asked(one.name, 10) for one in models} if left is None else left
    return forecast_of(config, counts, gpus, told)


def test_building_counts_only_where_the_env_is_not_there():
    assert 25 == look(model(), told=known("m")).makespan_s
    assert 85 == look(model(), told=known("m", env=ABSENT)).makespan_s


def test_no_history_leaves_everything_unknown_but_what_is_here():
    told = look(model(), told=known())

    assert (Unknown(Doing.LOAD, "m"), Unknown(Doing.ANSWER, "m")) == told.unknown
    assert Unknown(Doing.BUILD, "toy") in look(model(), told=known(env=ABSENT)).unknown


def test_only_what_is_left_of_models_that_can_run_counts_without_damaged_pages():
    damaged = replace(request("bad"), pages=(UnreadablePage("x.png", "0" * 64, "no"),))
    left = {"m": (*asked("m", 3), damaged)}

    told = look(model(), model("out"), told=known("m", "out"), left=left)

    assert [5, 6] == [one.seconds for one in told.path]
    assert 0.0 == look(model(), told=known("m"), left={"m": (damaged,)}).makespan_s


def test_weights_take_their_bytes_at_the_assumed_pace_and_those_of_other_models_none():
    needs = tuple(
        WeightsNeed(name, "r", Amount(size), Amount(size), Amount(size), (("shared", size),))
        for name, size in (("out", 3 * 10**9), ("m", 3 * 10**9))
    )

    told = look(model(), told=Known((BUILT,), needs, {"m": PAST}))

    assert [30, 5, 20] == [one.seconds for one in told.path]
    assert told.fetches


@pytest.mark.parametrize(
    ("slot", "spec", "gpus", "past"),
    [
        ("GPU-a", GPU_SPEC, (gpu(),), PAST),
        ("GPU-a", None, (gpu(),), replace(PAST, on_gpu=True)),
        ("cpu-1", None, (gpu(),), PAST),
        ("cpu-1", GPU_SPEC, (), replace(PAST, on_gpu=True)),
    ],
)
def test_a_model_gets_a_gpu_when_its_files_or_its_past_say_so_and_there_is_one(
    slot: str, spec: EnvSpec | None, gpus: tuple[Gpu, ...], past: Past
):
    told = look(model(), told=known("m", past=past), spec=spec, gpus=gpus)

    assert (slot,) == told.path[0].slots


def test_no_more_workers_than_the_run_may_have():
    both = (model("a"), model("b"))

    one, two = (look(*both, told=known("a", "b"), max_workers=n) for n in (1, 2))

    assert (50, 25) == (one.makespan_s, two.makespan_s)


def test_no_more_workers_on_gpus_either():
    gpus, told = (gpu("GPU-a"), gpu("GPU-b")), known("a", "b")

    some, one = (
        look(model("a"), model("b"), told=told, spec=GPU_SPEC, gpus=gpus, max_workers=most)
        for most in (None, 1)
    )

    assert (25, 50) == (some.makespan_s, one.makespan_s)


def test_a_worker_takes_as_many_requests_at_once_as_it_did():
    """With all of them sent, nothing is left for another worker to do."""
    gpus, left = (gpu("GPU-a"), gpu("GPU-b")), {"m": asked("m", 30)}

    few, many = (
        look(model(), told=known("m", past=past), left=left, spec=GPU_SPEC, gpus=gpus)
        for past in (PAST, replace(PAST, window=64))
    )

    assert 65 == many.makespan_s
    assert few.makespan_s < 50


def test_an_endpoint_gets_one_worker():
    left = {"m": asked("m", 400)}
    shared = replace(envspec(), network=True)

    alone = look(model(), told=known("m"), left=left, spec=shared, max_workers=4)
    many = look(model(), told=known("m"), left=left, max_workers=4)

    assert 805 == alone.makespan_s
    assert many.makespan_s < 300
