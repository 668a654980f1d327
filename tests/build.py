"""Small domain values for tests, with everything that does not matter filled in."""

import sys
from dataclasses import replace

from vlmhb.domain.answer import Answer, ErrorInfo, FailedAnswer, FailureReason
from vlmhb.domain.envspec import Env, EnvSpec, Interpreter
from vlmhb.domain.model import ModelSpec
from vlmhb.domain.prompt import one_prompt
from vlmhb.domain.run import LoadedTask, Request
from vlmhb.domain.sample import PageImage, Sample
from vlmhb.domain.task import AnswerKind, DatasetRef, Generation, Task
from vlmhb.store import Segment


def page(name: str = "p1") -> PageImage:
    return PageImage(f"images/{name}.png", name.ljust(64, "0"), 100, 200)


def sample(number: int = 1, *, page_name: str = "", question: str = "Which number?") -> Sample:
    return Sample(
        id=str(number),
        question=question,
        pages=(page(page_name or f"p{number}"),),
        targets=(f"target {number}",),
        document=f"doc{number}",
        doc_class="invoice",
        question_type="total",
        language="ru",
    )


def truth(*targets: str, **changes: object) -> Sample:
    """A sample with these targets."""
    return replace(sample(), targets=targets, **changes)  # type: ignore[arg-type]


def task(
    name: str = "fields",
    prompt: str = "{{ question }}",
    system_prompt: str = "",
    **changes: object,
) -> Task:
    values: dict[str, object] = {
        "name": name,
        "version": "1",
        "description": "",
        "dataset": DatasetRef("docs", "annotation_csv", "/data", "annotation.csv", "own work"),
        "prompts": one_prompt(name, "1", prompt, system_prompt),
        "metrics": {AnswerKind.PAGE_TEXT: ("cer",), AnswerKind.REPLY: ("cer",)},
    }
    return Task(**(values | changes))  # type: ignore[arg-type]


def loaded(samples: tuple[Sample, ...], name: str = "fields", **changes: object) -> LoadedTask:
    return LoadedTask(task(name, **changes), samples, "d" * 64)  # type: ignore[arg-type]


def model(name: str = "m", answers: AnswerKind = AnswerKind.REPLY, **changes: object) -> ModelSpec:
    values: dict[str, object] = {
        "name": name,
        "backend": "vlmhb_worker.backends.toy:ToyBackend",
        "env": "toy",
        "answers": answers,
        "params": {},
    }
    return ModelSpec(**(values | changes))  # type: ignore[arg-type]


def request(identity: str = "r1", model_name: str = "m") -> Request:
    return Request(identity, model_name, "prompt", "", "/data", (page(identity),), Generation())


def answer(identity: str = "r1", text: str = "text") -> Answer:
    return Answer(identity, text)


def failed(identity: str = "r1", reason: FailureReason = FailureReason.MODEL_ERROR) -> FailedAnswer:
    return FailedAnswer(identity, reason, ErrorInfo("RuntimeError", "boom"))


def envspec(name: str = "toy") -> EnvSpec:
    return EnvSpec(name, f"/envspecs/{name}", ("msgpack",))


def env(name: str = "toy") -> Env:
    """An env whose Python is the one that runs the tests, which has all that a toy needs."""
    return Env(
        name=name,
        fingerprint=name.ljust(64, "0"),
        python=sys.executable,
        interpreter=Interpreter(sys.executable, "3", "", "cpython", ""),
        lock_sha256="",
        packages=(),
        build_s=0.0,
        size_bytes=0,
        variables={},
    )


def segment(**changes: object) -> Segment:
    """One start of a run."""
    values: dict[str, object] = {
        "started_at": "2026-01-02T03:04:05Z",
        "host": "pod",
        "pid": 1,
        "cpu": "cpu",
        "cores": 2,
        "memory_gib": 4.0,
        "gpus": (),
        "driver": "",
        "python": "3",
        "vlmhb": "0",
        "source_commit": "",
        "sandbox_level": 0,
    }
    return Segment(**(values | changes))  # type: ignore[arg-type]
