"""What the command line and environment variables put in place of the run file's values."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from vlmhb.config.env_reference import Device
from vlmhb.domain.error_limit import ErrorLimit
from vlmhb.domain.gpu_choice import GpuChoice
from vlmhb.domain.sandbox import HIGHEST, SandboxChoice
from vlmhb.domain.shard import Shard

_OF_FILE = {
    "models",
    "tasks",
    "limit",
    "max_workers",
    "gpus",
    "prefetch",
    "filters",
    "max_errors",
    "sandbox",
    "require_sandbox",
    "shard",
}
"""What a run file has keys for."""


@dataclass(frozen=True, slots=True)
class Overrides:
    """What the command line puts in place of the run file's values; None leaves them."""

    models: tuple[str, ...] | None = None
    """Models of the run file by name, or any others by name or path."""
    tasks: tuple[str, ...] | None = None
    limit: int | None = None
    max_workers: int | None = None
    filters: Mapping[str, tuple[str, ...]] | None = None
    """Key of a sample -> the values it may have."""
    device: Device = Device.AUTO
    settings: tuple[str, ...] = ()
    """`KEY=VALUE` for any key of the run file."""
    weak: frozenset[str] = frozenset()
    """Names of parameters that environment variables gave: the run file goes before them."""
    max_errors: ErrorLimit | None = None
    sandbox: str | None = None
    """`auto`, or the highest level to try."""
    require_sandbox: int | None = None
    shard: Shard | None = None
    gpus: GpuChoice | None = None
    prefetch: int | None = None

    def below(self, written: Collection[str]) -> "Overrides":
        """Without the weak ones of which the run file has `written` the key."""
        of_file = _OF_FILE & self.weak
        lost = {name for name in of_file if {"filters": "filter"}.get(name, name) in written}
        return self._without(lost)

    def sandbox_over(self, of_file: SandboxChoice) -> SandboxChoice:
        """What is wanted of it, where the run file wants `of_file`."""
        most = of_file.most if self.sandbox is None else most_of(self.sandbox)
        required = self.require_sandbox
        return SandboxChoice(most, of_file.required if required is None else required)

    @property
    def typed(self) -> "Overrides":
        """Without the weak ones."""
        return self._without(self.weak)

    def _without(self, names: Collection[str]) -> "Overrides":
        usual = Overrides()
        own = {name: getattr(usual, name) for name in names if hasattr(usual, name)}
        return replace(self, **own)


def most_of(sandbox: str | int) -> int:
    """The highest level that `auto` or a number allows."""
    return HIGHEST if sandbox == "auto" else int(sandbox)


NO_OVERRIDES = Overrides()
