"""A model that breaks its pipes costs its own sample and a worker, and nobody else anything."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.build import envspec, model, request
from tests.contract.speaker import HELLO, IS_KILLED, said, speaker
from tests.fakes import FakeGpus, NoWeights, ReadyEnvs
from tests.fuzz.frames import ANSWER
from vlmhb.domain.answer import Answer, FailedAnswer, FailureReason
from vlmhb.domain.run import Request, RunConfig
from vlmhb.schedule import GaveUp, Supplies, execute
from vlmhb.schedule.progress import Answered, Progress, WorkerLost
from vlmhb.system.signals import StopSignals

WAITS = "sys.stdin.buffer.read(1)"
"""For the order to load."""


def ask(name: str) -> Request:
    return replace(request(name, "m"), pages=(), prompt=name)


def steps(folder: Path, envs: ReadyEnvs, *asked: str, **params: object) -> list[Progress]:
    config = RunConfig(
        name="run",
        source="run",
        models=(model("m", params=params),),
        tasks=(),
        envspecs={"toy": envspec()},
        max_workers=1,
        limit=None,
        seed=0,
    )
    supplies = Supplies(envs, NoWeights(), gpus=FakeGpus())
    left = {"m": tuple(map(ask, asked))}
    return list(execute(config, left, supplies, folder, StopSignals()))


@pytest.mark.parametrize("fault", ["close_fds", "garbage_on_fd"])
def test_a_model_that_spoils_its_pipes_is_replaced(tmp_path: Path, fault: str) -> None:
    names = ("one", "two", "bad", "three", "four", "five")

    done = steps(tmp_path, ReadyEnvs(), *names, faults={"bad": fault}, batch_size=3)

    outcomes = [step.outcome for step in done if isinstance(step, Answered)]
    (failed,) = [one for one in outcomes if isinstance(one, FailedAnswer)]
    assert sorted(names) == sorted(one.request_id for one in outcomes)
    assert ("bad", FailureReason.WORKER_DIED) == (failed.request_id, failed.reason)
    assert [step for step in done if isinstance(step, WorkerLost)]


def test_a_model_that_closes_what_every_program_has_open_goes_on(tmp_path: Path) -> None:
    done = steps(tmp_path, ReadyEnvs(), "one", "two", faults={"one": "close_standard"})

    outcomes = [step.outcome for step in done if isinstance(step, Answered)]
    assert ["one", "two"] == [one.request_id for one in outcomes if isinstance(one, Answer)]
    assert not [step for step in done if isinstance(step, WorkerLost)]


def test_a_worker_of_another_protocol_is_given_up_before_it_loads(tmp_path: Path) -> None:
    python = speaker(tmp_path, said({**HELLO, "protocol": [98, 99]}), WAITS)

    done = steps(tmp_path, ReadyEnvs(python=python), "one")

    (given_up,) = [step for step in done if isinstance(step, GaveUp)]
    assert "hello.protocol: the worker speaks 98 to 99, this host 2" in given_up.reason
    assert not [step for step in done if isinstance(step, Answered)]


def test_half_an_answer_of_a_worker_that_dies_is_no_answer(tmp_path: Path) -> None:
    loaded = {
        "type": "loaded",
        "load_s": 0.0,
        "window": 2,
        "batch_size": 1,
        "gpu_memory_bytes": None,
        "facts": {},
    }
    half = said({**ANSWER, "id": "one"})[:-1]
    says = f"{WAITS}\n{_writes(said(loaded) + half)}"
    python = speaker(tmp_path, said(HELLO), f"{says}{IS_KILLED}")

    done = steps(tmp_path, ReadyEnvs(python=python), "one")

    assert not [s for s in done if isinstance(s, Answered) and isinstance(s.outcome, Answer)]
    assert [step for step in done if isinstance(step, WorkerLost)]


def _writes(content: bytes) -> str:
    return f"sys.stdout.buffer.write({content!r})\nsys.stdout.buffer.flush()\n"
