"""Every known model in one line each."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from vlmhb.cli.checks.check import Check, Status, isolated
from vlmhb.cli.checks.interpreters import Interpreters
from vlmhb.config import Kind, Library, load_model_and_env, read_secrets
from vlmhb.schedule.supply.availability import Offer, unavailable_models
from vlmhb.system.gpus import Gpu


def known_models(interpreters: Interpreters, driver: str, gpus: tuple[Gpu, ...]) -> Iterator[Check]:
    """What keeps each model from running here; `vlmhb doctor --model` looks closer.

    `driver` is empty where models find no GPU. The machine is asked once for all models.
    """
    for name in Library.standard(Path.cwd()).names(Kind.MODEL):
        look = partial(_short, name, interpreters, driver, gpus)
        fix = f"vlmhb doctor --model {name}"
        yield from isolated(f"model {name}", look, fix=fix, status=Status.WARN)


def _short(
    name: str, interpreters: Interpreters, driver: str, gpus: tuple[Gpu, ...]
) -> Iterator[Check]:
    model, spec = load_model_and_env(name, driver)
    offer = Offer(gpus, driver, read_secrets(model.secrets))
    if missing := unavailable_models([model], {spec.name: spec}, offer).get(name):
        yield Check(f"model {name}", Status.WARN, missing.problem, missing.install)
        return
    python = spec.interpreter or f"python {interpreters.find(spec.python).version}"
    yield Check(f"model {name}", Status.OK, f"env {spec.name}, {python}")
