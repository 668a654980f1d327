"""A run of toys in this process, seen step by step."""

from collections.abc import Generator, Sequence
from dataclasses import replace
from pathlib import Path

from tests.build import envspec, request
from tests.fakes import FakeGpus, NoWeights, ReadyEnvs
from vlmhb.domain.model import ModelSpec
from vlmhb.domain.run import Request, RunConfig
from vlmhb.schedule import Supplies, execute
from vlmhb.schedule.gpus.desk import GpuRules
from vlmhb.schedule.progress import Progress
from vlmhb.system.signals import StopSignals


def asked(owner: str, prompts: Sequence[str]) -> tuple[Request, ...]:
    """A request for each prompt, which is its id, without pages."""
    return tuple(replace(request(prompt, owner), prompt=prompt, pages=()) for prompt in prompts)


def run_of(
    folder: Path,
    models: Sequence[ModelSpec],
    prompts: Sequence[str],
    *,
    max_workers: int = 1,
    look_s: float = 1.0,
) -> Generator[Progress]:
    """What happens when each model is asked all prompts; logs go below `folder`."""
    config = RunConfig(
        name="run",
        source="run",
        models=tuple(models),
        tasks=(),
        envspecs={"toy": envspec()},
        max_workers=max_workers,
        limit=None,
        seed=0,
    )
    left = {model.name: asked(model.name, prompts) for model in models}
    supplies = Supplies(
        ReadyEnvs(), NoWeights(), gpus=FakeGpus(), rules=GpuRules(folder), look_s=look_s
    )
    return execute(config, left, supplies, folder, StopSignals())
