"""Every known model in one line each."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from vlmhb.cli.checks.check import Check, Status, isolated
from vlmhb.cli.checks.interpreters import Interpreters
from vlmhb.config import Kind, Library, load_model_and_env
from vlmhb.schedule import missing_files
from vlmhb.schedule.availability import without_gpu


def known_models(interpreters: Interpreters, driver: str) -> Iterator[Check]:
    """What keeps each model from running here; `vlmhb doctor --model` looks closer.

    `driver` is empty where models find no GPU. The machine is asked once for all models.
    """
    for name in Library.standard(Path.cwd()).names(Kind.MODEL):
        look = partial(_short, name, interpreters, driver)
        fix = f"vlmhb doctor --model {name}"
        yield from isolated(f"model {name}", look, fix=fix, status=Status.WARN)


def _short(name: str, interpreters: Interpreters, driver: str) -> Iterator[Check]:
    model, spec = load_model_and_env(name, driver)
    no_gpu = without_gpu([model], {spec.name: spec}, driver)
    if missing := (missing_files([model]) | no_gpu).get(name):
        yield Check(f"model {name}", Status.WARN, missing.problem, missing.install)
        return
    python = spec.interpreter or f"python {interpreters.find(spec.python).version}"
    yield Check(f"model {name}", Status.OK, f"env {spec.name}, {python}")
