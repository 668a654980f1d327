"""What earlier runs tell, from run folders as `vlmhb run` leaves them."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.build import env, model
from vlmhb.domain.model import ModelSpec, WeightsRef
from vlmhb.domain.past import Past
from vlmhb.domain.telemetry import WorkerTelemetry, WorkerTotals
from vlmhb.store import RunDir, RunManifest, Segment, WorkerStart
from vlmhb.store.history import Machine, past_of
from vlmhb.store.manifest import write_manifest
from vlmhb.store.telemetry import TelemetryWriter

HERE = Machine(gpus=("H200",), cpu="EPYC")
TOTALS = WorkerTotals(load_s=10.0, answering_s=60.0, n_answers=20, peak_vram_bytes=5)


def write(
    runs: Path,
    name: str,
    asked: ModelSpec,
    totals: WorkerTotals = TOTALS,
    gpus: tuple[str, ...] = ("H200",),
    gpu: str = "GPU-a",
) -> None:
    run_dir = RunDir(runs / name)
    run_dir.path.mkdir(parents=True)
    built = replace(env(), build_s=33.0)
    start = WorkerStart(asked.name, built.fingerprint, 10.0, 4, None, facts={})
    segment = Segment("", "", 1, "EPYC", 1, 1.0, gpus, "", "", "", "", 0, workers=(start,))
    write_manifest(
        run_dir.manifest,
        RunManifest(
            "r", "", (asked,), {}, {}, "", 0, segments=(segment,), envs={built.fingerprint: built}
        ),
    )
    writer = TelemetryWriter(run_dir.telemetry)
    writer.keep(WorkerTelemetry(asked.name, 0, 0, gpu, totals=totals), is_last=True)
    writer.close()


def test_the_newest_run_of_the_same_model_tells(tmp_path: Path):
    write(tmp_path, "20260101T000000Z_r_1", model(), replace(TOTALS, answering_s=999.0))
    write(tmp_path, "20260202T000000Z_r_1", model())
    write(tmp_path, "20260303T000000Z_r_1", model("other"))

    found = past_of(tmp_path, [model(), model("third")], HERE)

    past = Past("20260202T000000Z_r_1", "H200", 20, 3.0, 10.0, 33.0, 5, on_gpu=True, window=4)
    assert {"m": past} == found


@pytest.mark.parametrize(
    "changed",
    [
        {"params": {"dtype": "float32"}},
        {"env": "other"},
        {"backend": "x:Y"},
        {"weights": WeightsRef("Org/Name", "b" * 40)},
    ],
)
def test_a_model_that_was_another_tells_nothing(tmp_path: Path, changed: dict[str, object]):
    asked = model(weights=WeightsRef("Org/Name", "a" * 40))
    write(tmp_path, "r", asked)

    assert ["m"] == list(past_of(tmp_path, [asked], HERE))
    assert {} == past_of(tmp_path, [replace(asked, **changed)], HERE)  # type: ignore[arg-type]


def test_another_gpu_tells_nothing_and_without_one_the_processor_counts(tmp_path: Path):
    write(tmp_path / "gpu", "r", model())
    write(tmp_path / "cpu", "r", model(), gpu="")

    assert {} == past_of(tmp_path / "gpu", [model()], replace(HERE, gpus=("A100",)))
    assert {} == past_of(tmp_path / "gpu", [model()], replace(HERE, gpus=()))
    assert "EPYC" == past_of(tmp_path / "cpu", [model()], replace(HERE, gpus=()))["m"].machine
    assert {} == past_of(tmp_path / "cpu", [model()], replace(HERE, cpu="Xeon"))


def test_a_run_without_an_answer_or_without_a_sound_file_is_passed_over(tmp_path: Path):
    write(tmp_path, "20260101T000000Z_r_1", model())
    write(tmp_path, "20260202T000000Z_r_1", model(), replace(TOTALS, n_answers=0))
    write(tmp_path, "20260303T000000Z_r_1", model())
    (tmp_path / "20260303T000000Z_r_1/run.json").write_text("{")
    write(tmp_path, "20260404T000000Z_r_1", model())
    (tmp_path / "20260404T000000Z_r_1/telemetry.jsonl").unlink()

    assert "20260101T000000Z_r_1" == past_of(tmp_path, [model()], HERE)["m"].run


def test_where_there_are_no_runs_there_is_no_history(tmp_path: Path):
    assert {} == past_of(tmp_path / "gone", [model()], HERE)
