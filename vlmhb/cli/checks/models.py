"""Every known model in one line each."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from vlmhb.cli.checks.check import Check, Status, isolated
from vlmhb.cli.checks.interpreters import Interpreters
from vlmhb.config import Kind, Library, load_model, load_variants
from vlmhb.config.env_reference import choose_variant, split_reference
from vlmhb.domain.envspec import EnvSpec
from vlmhb.domain.model import ModelSpec
from vlmhb.schedule import missing_files


def spec_for(model: ModelSpec, driver: str) -> EnvSpec:
    """The envspec of the model, in the variant for a machine with this driver.

    `driver` is empty where models find no GPU. The machine is asked once for all models.

    Raises:
        ConfigError: the envspec cannot be used.
        EnvError: no variant suits this machine.
    """
    _, variant = split_reference(model.env)
    return choose_variant(load_variants(model.env), variant, driver, model.env)


def known_models(interpreters: Interpreters, driver: str) -> Iterator[Check]:
    """What keeps each model from running here; `vlmhb doctor --model` looks closer."""
    for name in Library.standard(Path.cwd()).names(Kind.MODEL):
        look = partial(_short, name, interpreters, driver)
        fix = f"vlmhb doctor --model {name}"
        yield from isolated(f"model {name}", look, fix=fix, status=Status.WARN)


def _short(name: str, interpreters: Interpreters, driver: str) -> Iterator[Check]:
    model = load_model(name)
    spec = spec_for(model, driver)
    if missing := missing_files([model]).get(name):
        yield Check(f"model {name}", Status.WARN, missing.problem, missing.install)
        return
    python = spec.interpreter or f"python {interpreters.find(spec.python).version}"
    yield Check(f"model {name}", Status.OK, f"env {spec.name}, {python}")
