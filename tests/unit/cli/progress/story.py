"""A run as a display hears of it, and a clock that only tests move."""

from dataclasses import dataclass
from pathlib import Path

from tests.build import answer, failed
from vlmhb.cli.progress.display import Display
from vlmhb.domain.envspec import Env, Interpreter
from vlmhb.domain.gpu_figures import GpuFigures
from vlmhb.domain.loaded_weights import LoadedWeights
from vlmhb.schedule import progress as steps

PYTHON = Interpreter("/python", "3.11.7", "", "cpython-311", "")
ENV = Env("toy", "f" * 64, "/python", PYTHON, "l" * 64, (("msgpack", "1"),), 1.0, 100, {})
STORY: tuple[steps.Progress, ...] = (
    steps.GaveUp("other", "no such file", "what it printed"),
    steps.Queued("m", "toy"),
    steps.EnvStep("toy", "building env toy"),
    steps.EnvBuilt(ENV),
    steps.WeightsStep("m", "fetching", 0, 2_500_000),
    steps.WeightsStep("m", "fetching", 1_000_000, 2_500_000),
    steps.WeightsFetched("m", LoadedWeights("Org/Name", "c" * 40, "d" * 64)),
    steps.GpuAwaited("m", "GPU-a is used by vlmhb run 7"),
    steps.ModelStarting("m", "m"),
    steps.LoadStep("m", "m", "weights", 1, 2),
    steps.LoadStep("m", "m", "weights", 2, 2),
    steps.ModelLoaded("m", "m", 1.25, 2, None, {}, ENV.fingerprint),
    steps.Answered("m", answer("r1")),
    steps.WorkerLost("m", "m", "SIGSEGV \x1b[2J"),
    steps.WeightsChanged("m", ("Org/Name: config.json",)),
    steps.Answered("m", failed("r2")),
    steps.GpuReturned("m", GpuFigures("GPU-a"), ""),
    steps.GpuReturned("m", GpuFigures("GPU-a"), "GPU-a did not get its memory back"),
)


@dataclass(slots=True)
class Clock:
    """A time that stands still until it is set."""

    now_s: float = 0.0

    def __call__(self) -> float:
        return self.now_s


def tell(shown: Display) -> None:
    """The whole story."""
    with shown:
        shown.planned(Path("runs/x"), {"m": 2, "other": 1}, {"m": 3, "other": 0})
        for step in STORY:
            shown.see(step)


def loaded(
    model: str, vram_bytes: int | None = None, worker: str = "", *more_bytes: int | None
) -> steps.ModelLoaded:
    """A worker of the model takes requests: its first, unless another one is named."""
    gpu = None if vram_bytes is None else GpuFigures("GPU-a", loaded_bytes=vram_bytes)
    more = tuple(GpuFigures("GPU-b", loaded_bytes=one) for one in more_bytes)
    fingerprint = ENV.fingerprint
    return steps.ModelLoaded(model, worker or model, 1.0, 2, None, {}, fingerprint, gpu, more)
