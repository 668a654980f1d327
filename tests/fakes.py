"""Stand-ins for what this machine may not have."""

import sys
import threading
from collections.abc import Callable
from dataclasses import replace

import psutil

from tests.build import env
from vlmhb.domain.envspec import Env, EnvSpec, Packages
from vlmhb.domain.model import WeightsRef
from vlmhb.errors import WeightsError
from vlmhb.system.gpu_memory import GpuMemory, GpuUser
from vlmhb.system.gpus import Gpu
from vlmhb.weights import FetchedWeights

GIB = 1 << 30


def gpu(letter: str = "a", memory_gib: float = 24.0) -> Gpu:
    """A card called `GPU-a`."""
    return Gpu(f"GPU-{letter}", "card", memory_gib)


class FakeCards:
    """Cards that are as full as a test says."""

    def __init__(self, *gpus: Gpu) -> None:
        self.gpus = gpus
        self.driver = "570.0" if gpus else ""
        self.used_gib: dict[str, float] = {card.uuid: 0.5 for card in gpus}
        self.holders: dict[str, tuple[GpuUser, ...]] = {}
        self.silent: set[str] = set()
        """Cards that do not answer."""

    def memory(self, uuid: str) -> GpuMemory | None:
        if uuid in self.silent:
            return None
        total_gib = next(card.memory_gib for card in self.gpus if card.uuid == uuid)
        return GpuMemory(int(total_gib * GIB), int(self.used_gib[uuid] * GIB))

    def users(self, uuid: str) -> tuple[GpuUser, ...]:
        return self.holders.get(uuid, ())

    def close(self) -> None:
        pass


class OccupiedCards(FakeCards):
    """Cards on which a live worker of this process takes 10 GiB, wherever it can see one."""

    def __init__(self, *gpus: Gpu, leaks: bool = False) -> None:
        super().__init__(*gpus)
        self._lock = threading.Lock()
        self._leaks = leaks
        """What was taken once is never given back."""
        self._kept: dict[str, int] = {}

    def memory(self, uuid: str) -> GpuMemory | None:
        with self._lock:
            workers = psutil.Process().children(recursive=True)
            taken = 10 if uuid in map(_visible_card, workers) else 0
            if self._leaks:
                taken = self._kept[uuid] = max(taken, self._kept.get(uuid, 0))
            self.used_gib[uuid] = 0.5 + taken
            return super().memory(uuid)


def _visible_card(process: psutil.Process) -> str:
    try:
        return process.environ().get("CUDA_VISIBLE_DEVICES", "")
    except psutil.Error:
        return ""


class ReadyEnvs:
    """Envs that need no building; their Python is the one that runs the tests.

    The one called `toy` has `packages`, all others have none.
    """

    offline = False

    def __init__(self, packages: Packages = (), python: str = sys.executable) -> None:
        self._packages = packages
        self._python = python

    def ensure(
        self, spec: EnvSpec, *, cancelled: threading.Event, on_progress: Callable[[str], None]
    ) -> Env:
        packages = self._packages if spec.name == "toy" else ()
        return replace(env(spec.name), packages=packages, python=self._python)

    def hold(self, env: Env) -> int | None:
        return None


class NoWeights:
    """For models that have none."""

    def ensure(
        self,
        ref: WeightsRef,
        *,
        cancelled: threading.Event,
        on_progress: Callable[[str, int, int], None],
    ) -> FetchedWeights:
        raise WeightsError(f"cannot fetch {ref.repo}", "this test has no weights")
