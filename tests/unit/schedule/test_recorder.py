"""What run.json keeps of a worker's start."""

from pathlib import Path

from tests.build import answer
from tests.unit.store.runs import MANIFEST, TASKS
from vlmhb.domain.gpu_figures import GpuFigures
from vlmhb.domain.loaded_weights import LoadedWeights
from vlmhb.errors import RunLockedError
from vlmhb.schedule.progress import GaveUp, ModelLoaded
from vlmhb.schedule.recorder import SegmentRecorder, with_gpu, worker_start
from vlmhb.store import JournalWriter, OpenRun, RunManifest, WorkerStart, read_manifest

LOADED = GpuFigures("GPU-a", 1, 5)
RETURNED = GpuFigures("GPU-a", 1, 5, 9, 2)


def start(model: str, gpu: GpuFigures | None = LOADED, *more: GpuFigures) -> WorkerStart:
    return WorkerStart(model, "f" * 64, 1.0, 2, None, {}, gpu, more)


def test_a_start_names_its_gpu_and_its_weights():
    weights = LoadedWeights("Org/Name", "c" * 40, "d" * 64)
    facts, more = {"a": "b"}, (GpuFigures("GPU-b"),)
    step = ModelLoaded("m", "m#2", 1.5, 4, 7, facts, "f" * 64, LOADED, more, weights)

    assert worker_start(step) == WorkerStart(
        "m", "f" * 64, 1.5, 4, 7, facts, LOADED, more, weights, "m#2"
    )


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


def test_what_each_gpu_of_a_split_model_did_is_kept_in_its_place():
    """They come back one by one, in any order."""
    first, second = GpuFigures("GPU-b", 2, 20), GpuFigures("GPU-c", 3, 30)
    back = GpuFigures("GPU-b", 2, 20, 25, 2), GpuFigures("GPU-c", 3, 30, 35, 3)
    loaded = (start("m", first, second),)

    once = with_gpu(loaded, "m", back[1])
    twice = with_gpu(once, "m", back[0])

    assert (start("m", first, back[1]),) == once
    assert (start("m", *back),) == twice


def test_what_two_workers_of_a_model_did_at_once_is_added_to_each_ones_start():
    on_b = GpuFigures("GPU-b", 2, 20)
    successor = start("m")
    starts = (start("m"), start("m", on_b), successor)
    back_b = GpuFigures("GPU-b", 2, 20, 25, 2)

    assert with_gpu(starts, "m", back_b) == (start("m"), start("m", back_b), successor)
    assert with_gpu(starts, "m", RETURNED) == (start("m"), start("m", on_b), start("m", RETURNED))


def test_a_worker_that_never_loaded_leaves_the_starts_as_they_are():
    """Its GPU comes back, too, and the latest start may be that of the worker before it."""
    starts = (start("m", RETURNED), start("other", None))

    assert starts == with_gpu(starts, "m", GpuFigures("GPU-a", 1, None, 3, 1))
    assert starts == with_gpu(starts, "other", RETURNED)
    assert () == with_gpu((), "m", RETURNED)


def test_why_a_model_is_unavailable_is_kept_without_the_login_of_an_address(tmp_path: Path):
    manifest = RunManifest("run", "0", (), {}, {}, "run.yaml", 0)
    with (
        OpenRun(tmp_path / "run", manifest, ()) as opened,
        SegmentRecorder(opened, asked={}) as recorder,
    ):
        recorder.see(GaveUp("m", "cannot fetch https://me:pw@index/simple"))

    assert b"cannot fetch https://...@index/simple" in opened.run_dir.manifest.read_bytes()


def test_a_start_marks_the_journal_and_its_end_says_that_nothing_follows(tmp_path: Path):
    with OpenRun(tmp_path, MANIFEST, TASKS) as opened:
        with SegmentRecorder(opened, asked={}), JournalWriter(opened.run_dir.journal) as journal:
            during = read_manifest(opened.run_dir.manifest).journal
            journal.append(answer("a"))
        after = read_manifest(opened.run_dir.manifest).journal

    assert during is not None
    assert after is not None
    assert (False, True) == (during.is_end, after.is_end)
    assert opened.run_dir.journal.stat().st_size == after.size_bytes


def test_a_later_start_takes_the_end_back_before_it_asks(tmp_path: Path):
    """Else what it adds before it is killed would look like somebody else's work."""
    with OpenRun(tmp_path, MANIFEST, TASKS) as opened, SegmentRecorder(opened, asked={}):
        pass
    with OpenRun(tmp_path, MANIFEST, TASKS) as opened, SegmentRecorder(opened, asked={}):
        mark = read_manifest(opened.run_dir.manifest).journal

    assert mark is not None
    assert not mark.is_end


def test_who_lost_the_folder_to_another_writes_nothing_over_what_that_one_wrote(tmp_path: Path):
    lost = RunLockedError("cannot write", "another vlmhb is writing it")
    with OpenRun(tmp_path, MANIFEST, TASKS) as opened:
        recorder = SegmentRecorder(opened, asked={}).__enter__()
        before = opened.run_dir.manifest.read_bytes()
        recorder.__exit__(type(lost), lost, None)

    assert before == opened.run_dir.manifest.read_bytes()
