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
from vlmhb.system.gpu_counters import GpuCounters
from vlmhb.system.gpu_memory import GpuMemory, GpuUser
from vlmhb.system.gpus import Gpu
from vlmhb.weights import FetchedWeights

GIB = 1 << 30


def gpu(letter: str = "a", memory_gib: float = 24.0) -> Gpu:
    """A GPU called `GPU-a`."""
    return Gpu(f"GPU-{letter}", "GPU", memory_gib)


class FakeGpus:
    """GPUs that are as full as a test says."""

    def __init__(self, *gpus: Gpu) -> None:
        self.usable = gpus
        self.driver = "570.0" if gpus else ""
        self.used_gib: dict[str, float] = {one.uuid: 0.5 for one in gpus}
        self.holders: dict[str, tuple[GpuUser, ...]] = {}
        self.silent: set[str] = set()
        """GPUs that do not answer."""

    def memory(self, uuid: str) -> GpuMemory | None:
        if uuid in self.silent:
            return None
        total_gib = next(one.memory_gib for one in self.usable if one.uuid == uuid)
        return GpuMemory(int(total_gib * GIB), int(self.used_gib[uuid] * GIB))

    def users(self, uuid: str) -> tuple[GpuUser, ...]:
        return self.holders.get(uuid, ())

    def counters(self, uuid: str) -> GpuCounters:
        now = self.memory(uuid)
        return GpuCounters(used_bytes=None if now is None else now.used_bytes)

    def close(self) -> None:
        pass


class OccupiedGpus(FakeGpus):
    """GPUs on which a live worker of this process takes 10 GiB, wherever it can see one."""

    def __init__(self, *gpus: Gpu, leaks: bool = False) -> None:
        super().__init__(*gpus)
        self._lock = threading.Lock()
        self._leaks = leaks
        """What was taken once is never given back."""
        self._kept: dict[str, int] = {}

    def memory(self, uuid: str) -> GpuMemory | None:
        with self._lock:
            workers = psutil.Process().children(recursive=True)
            taken = 10 if any(uuid in _visible_gpus(one) for one in workers) else 0
            if self._leaks:
                taken = self._kept[uuid] = max(taken, self._kept.get(uuid, 0))
            self.used_gib[uuid] = 0.5 + taken
            return super().memory(uuid)


class HangingGpus(FakeGpus):
    """GPUs whose driver does not come back from a question while it does not work."""

    def __init__(self, *gpus: Gpu) -> None:
        super().__init__(*gpus)
        self.works = threading.Event()
        self.works.set()

    def memory(self, uuid: str) -> GpuMemory | None:
        self.works.wait()
        return super().memory(uuid)

    def close(self) -> None:
        self.works.wait()


class BreakingGpus(FakeGpus):
    """GPUs whose answers cannot be read once they are broken."""

    broken = False

    def memory(self, uuid: str) -> GpuMemory | None:
        if self.broken:
            b"\xff".decode()
        return super().memory(uuid)


def _visible_gpus(process: psutil.Process) -> list[str]:
    try:
        return process.environ().get("CUDA_VISIBLE_DEVICES", "").split(",")
    except psutil.Error:
        return []


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
