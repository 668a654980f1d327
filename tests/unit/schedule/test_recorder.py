"""What run.json keeps of a worker's start."""

from vlmhb.domain.gpu_figures import GpuFigures
from vlmhb.domain.loaded_weights import LoadedWeights
from vlmhb.schedule.progress import ModelLoaded
from vlmhb.schedule.recorder import with_gpu, worker_start
from vlmhb.store import WorkerStart

LOADED = GpuFigures("GPU-a", 1, 5)
RETURNED = GpuFigures("GPU-a", 1, 5, 9, 2)


def start(model: str, gpu: GpuFigures | None = LOADED) -> WorkerStart:
    return WorkerStart(model, "f" * 64, 1.0, 2, None, {}, gpu)


def test_a_start_names_its_gpu_and_its_weights():
    weights = LoadedWeights("Org/Name", "c" * 40, "d" * 64)
    step = ModelLoaded("m", 1.5, 4, 7, {"a": "b"}, "f" * 64, LOADED, weights)

    assert worker_start(step) == WorkerStart("m", "f" * 64, 1.5, 4, 7, {"a": "b"}, LOADED, weights)


def test_what_a_gpu_did_is_added_to_the_latest_start_of_its_model():
    starts = (start("m"), start("m"), start("other"))

    assert with_gpu(starts, "m", RETURNED) == (
        start("m"),
        start("m", RETURNED),
        start("other"),
    )


def test_what_a_gpu_did_is_added_to_the_start_that_took_it():
    """Its memory may come back when the next worker is loaded on another GPU."""
    on_b = start("m", GpuFigures("GPU-b", 2, 20))

    assert with_gpu((start("m"), on_b), "m", RETURNED) == (start("m", RETURNED), on_b)


def test_a_worker_that_never_loaded_leaves_the_starts_as_they_are():
    """Its GPU comes back, too, and the latest start may be that of the worker before it."""
    starts = (start("m", RETURNED), start("other", None))

    assert starts == with_gpu(starts, "m", GpuFigures("GPU-a", 1, None, 3, 1))
    assert starts == with_gpu(starts, "other", RETURNED)
    assert () == with_gpu((), "m", RETURNED)
