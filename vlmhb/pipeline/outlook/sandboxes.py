"""Which level of the sandbox models would get here, tried with vlmhb's own Python."""

import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from vlmhb.domain.envspec import EnvSpec
from vlmhb.domain.model import ModelSpec
from vlmhb.domain.needs import Obstacle
from vlmhb.domain.run import RunConfig
from vlmhb.domain.sandbox import AUTO, Sandbox
from vlmhb.errors import SandboxError
from vlmhb.system.hf_home import find_hf_home
from vlmhb.worker import Launch, Sandboxes, Surroundings


@dataclass(frozen=True, slots=True)
class SandboxAhead:
    """What a model would get."""

    model: str
    sandbox: Sandbox
    required: int

    @property
    def obstacle(self) -> Obstacle | None:
        """Why the model will not be started."""
        if self.sandbox.level >= self.required:
            return None
        reasons = "; ".join(self.sandbox.lowered) or "`sandbox` allows no more"
        problem = f"level {self.required} of the sandbox is required, and level "
        fix = "vlmhb doctor and docs/guide/security.md say what each level needs"
        return Obstacle(f"{problem}{self.sandbox.level} is to be had: {reasons}", fix)


def sandboxes_ahead(
    config: RunConfig, models: Sequence[ModelSpec], places: Iterable[Path]
) -> tuple[SandboxAhead, ...]:
    """By model. `places` are folders that workers have to read, where they exist.

    The env of a model need not be there yet, so the real self-test may still find less.
    """
    hub = find_hf_home()
    around = Surroundings(None, hub.token_file, hub.cache, Path.home())
    # Less than what is required is news to be told here, not an error.
    sandboxes = Sandboxes(replace(config.sandbox, required=0), around)
    here = tuple(str(path) for path in places if path.is_dir())
    found = {
        name: sandboxes.around(_launch(spec, here))[1]
        for name, spec in config.envspecs.items()
        if any(model.env == name for model in models)
    }
    return tuple(
        SandboxAhead(model.name, found[model.env], config.sandbox.required) for model in models
    )


def refuse_loose_sandbox(
    config: RunConfig, models: Sequence[ModelSpec], places: Iterable[Path]
) -> None:
    """Do nothing where every model gets the level that is required, or none is.

    Raises:
        SandboxError: naming each model that does not, before anything is built.
    """
    if not config.sandbox.required:
        return
    ahead = sandboxes_ahead(config, models, places)
    problems = {one.model: one.obstacle for one in ahead if one.obstacle}
    if problems:
        told = "\n  ".join(f"{model}: {one.problem}" for model, one in problems.items())
        raise SandboxError(
            "nothing was started",
            f"\n  {told}",
            next_step="vlmhb doctor and docs/guide/security.md say what each level needs",
        )


def sandbox_here() -> Sandbox:
    """What a worker without a network gets on this machine, as far as vlmhb's own Python tells."""
    hub = find_hf_home()
    around = Surroundings(None, hub.token_file, hub.cache, Path.home())
    return Sandboxes(AUTO, around).around(_launch(None, ()))[1]


def _launch(spec: EnvSpec | None, reads: tuple[str, ...]) -> Launch:
    scratch = Path(tempfile.gettempdir())
    return Launch(
        python=sys.executable,
        variables={},
        scratch=scratch,
        log_path=scratch / "unused",
        name="of the self-test",
        network=spec is not None and spec.network,
        loopback=spec is not None and spec.loopback,
        reads=reads,
    )
