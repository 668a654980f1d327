"""The GPUs that a run may use: of those that are there, the chosen ones."""

from collections.abc import Sequence
from dataclasses import dataclass

from vlmhb.domain.executor import ExecutorKind
from vlmhb.domain.gpu_choice import EXPECTED, GpuChoice
from vlmhb.errors import UnusableError, UsageError
from vlmhb.pipeline.options import RunOptions
from vlmhb.schedule.gpus.use import Gpus
from vlmhb.system.gpu_counters import GpuCounters
from vlmhb.system.gpu_memory import GpuMemory, GpuUser
from vlmhb.system.gpus import Gpu


@dataclass(frozen=True, slots=True)
class ChosenGpus:
    """Some of the GPUs."""

    all_of_them: Gpus
    usable: tuple[Gpu, ...]

    @property
    def driver(self) -> str:
        """The driver's version; empty without one."""
        return self.all_of_them.driver

    def memory(self, uuid: str) -> GpuMemory | None:
        """How full that GPU is; None when it does not tell."""
        return self.all_of_them.memory(uuid)

    def users(self, uuid: str) -> tuple[GpuUser, ...]:
        """The processes with memory there, as far as they can be seen."""
        return self.all_of_them.users(uuid)

    def counters(self, uuid: str) -> GpuCounters:
        """What that GPU does."""
        return self.all_of_them.counters(uuid)

    def close(self) -> None:
        """No more questions come."""
        self.all_of_them.close()


def check_gpus(options: RunOptions, choice: GpuChoice) -> None:
    """Do nothing when the choice can be made there where models are to run.

    Raises:
        UsageError: there are too few, a name fits none or several, or names cannot be chosen.
        UnusableError: a GPU is chosen and none can be used here.
    """
    if choice.is_all:
        return
    if options.executor is not ExecutorKind.RAY:
        chosen_gpus(options.find_gpus(), choice).close()
    elif choice.names:
        raise UsageError(
            f"cannot use the GPUs {choice}",
            "on a Ray cluster, Ray says which GPUs a worker gets",
            expected="a number of GPUs, of all nodes together",
        )


def chosen_gpus(found: Gpus, choice: GpuChoice) -> Gpus:
    """Those of `found` that are chosen.

    Raises:
        UsageError: there are too few, or a name fits none or several.
        UnusableError: a GPU is chosen and none can be used here.
    """
    if choice.is_all:
        return found
    usable = found.usable
    if not (usable or choice.is_none):
        raise UnusableError(
            f"cannot use the GPUs {choice}",
            "this machine has no GPU that models may use",
            next_step="vlmhb doctor, or --gpus 0 to run without",
        )
    try:
        picked = choice.pick([gpu.uuid for gpu in usable])
    except ValueError as error:
        raise UsageError(
            f"cannot use the GPUs {choice}",
            f"{error}; {_what_there_is(usable)}",
            expected=EXPECTED,
        ) from error
    return ChosenGpus(found, tuple(usable[index] for index in picked))


def _what_there_is(usable: Sequence[Gpu]) -> str:
    if len(usable) == 1:
        return f"there is 1 GPU: 0 {usable[0].uuid} ({usable[0].name})"
    listed = ", ".join(f"{index} {gpu.uuid} ({gpu.name})" for index, gpu in enumerate(usable))
    return f"there are {len(usable)} GPUs: {listed}"
