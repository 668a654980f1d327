"""What a run keeps of its workers' use of the machine, and what becomes of it."""

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.guides import follow
from tests.workspace import PATIENCE_S, Workspace, derived_files
from vlmhb.domain.telemetry import WorkerTelemetry
from vlmhb.store import read_telemetry

pytestmark = pytest.mark.uv

GPU = (
    "peak_vram_bytes",
    "peak_process_vram_bytes",
    "mean_utilisation",
    "mean_power_w",
    "energy_wh",
    "max_temperature_c",
    "throttling",
)
LOOK_S = 0.05


def results(space: Workspace, run: str = "out") -> Any:
    return json.loads((space.path / run / "derived/results.json").read_bytes())


def workers(space: Workspace) -> tuple[WorkerTelemetry, ...]:
    return read_telemetry(space.path / "out/telemetry.jsonl")


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory, shared_envs: Path) -> Workspace:
    """A finished run of six one-page requests that take 50 ms each, at 3.6 an hour."""
    made = Workspace.create(tmp_path_factory.mktemp("telemetry") / "user", shared_envs)
    made.write_model("model", {"delay_s": 0.05})
    hour = {"models": ["model"], "tasks": ["numbers"], "price_per_hour": 3.6}
    made.write_yaml("configs/runs/run.yaml", hour)
    end = made.vlmhb("run", "run", "--out", "out")
    assert 0 == end.code, end.err
    return made


def test_a_run_without_a_gpu_tells_its_times_and_memory_and_null_for_the_rest(space: Workspace):
    document = results(space)
    (worker,), (cost,) = document["workers"], document["costs"]

    assert (6, 6, 6) == (worker["n_answers"], worker["n_pages"], cost["n_pages"])
    assert 0.3 <= worker["answering_s"] <= worker["alive_s"]
    assert cost["pages_per_s"] == pytest.approx(6 / worker["answering_s"])
    assert 10 << 20 < worker["peak_rss_bytes"] == cost["peak_rss_bytes"]
    assert worker["cpu_s"] > 0
    assert worker["load_s"] > 0
    assert worker["build_s"] is not None
    for name in GPU:
        assert (worker[name], cost[name]) == (None, None), name
    assert (None, None) == (worker["gpu"], worker["fetch_s"])
    assert cost["wh_per_page"] is None


def test_the_run_files_price_gives_that_of_pages_and_report_changes_it(space: Workspace):
    cheap = results(space)
    of_page = cheap["costs"][0]["answering_s"] / 6
    end = space.vlmhb("report", "out", "--price-per-hour", "7.2")
    dear = results(space)
    again = space.vlmhb("run", "run", "--out", "out", "--price-per-hour", "3.6")

    assert (0, 0) == (end.code, again.code), end.err + again.err
    assert [3.6, 7.2] == [cheap["price_per_hour"], dear["price_per_hour"]]
    assert cheap["costs"][0]["price_per_1k_pages"] == pytest.approx(of_page)
    assert dear["costs"][0]["price_per_1k_pages"] == pytest.approx(2 * of_page)
    assert cheap == results(space)


def test_the_guide_followed_literally(workspace: Workspace):
    run_file = {"models": ["model"], "tasks": ["numbers"]}
    workspace.write_yaml("configs/runs/quickstart.yaml", run_file)

    run, report = follow("telemetry.md", workspace.path, workspace.environment())

    assert (0, 0) == (run.returncode, report.returncode), run.stderr + report.stderr
    assert 1.99 == results(workspace, "runs/priced")["price_per_hour"]


def test_a_price_that_is_none_is_refused(space: Workspace):
    for price in ("-1", "nan", "inf", "much"):
        end = space.vlmhb("report", "out", "--price-per-hour", price)

        assert 2 == end.code
        assert "expected a number of 0 or more" in end.err


def test_the_same_folder_gives_the_same_bytes(space: Workspace):
    before = derived_files(space.path / "out")

    assert 0 == space.vlmhb("report", "out").code
    assert before == derived_files(space.path / "out")


def test_a_folder_without_the_file_has_no_figures_and_everything_else(space: Workspace):
    file = space.path / "out/telemetry.jsonl"
    kept, before = file.read_bytes(), results(space)
    file.unlink()
    end = space.vlmhb("report", "out")
    without = results(space)
    file.write_bytes(kept)

    assert 0 == end.code, end.err
    assert [] == without["workers"]
    assert {None} == set(without["costs"][0].values()) - {"model", 0}
    assert before["leaderboard"] == without["leaderboard"]


def test_a_killed_host_leaves_a_readable_file_and_the_next_start_adds_to_it(
    tmp_path: Path, shared_envs: Path
):
    space = Workspace.create(tmp_path / "user", shared_envs, samples=12)
    space.write_model("model", {"delay_s": 0.25})
    host = space.start("run", "run", "--out", "out", "--ui", "none")
    wait_for(lambda: any(one.totals.n_answers for one in workers(space)))
    host.kill()
    host.communicate(timeout=PATIENCE_S)
    (before,) = workers(space)
    end = space.vlmhb("run", "run", "--out", "out")
    first, second = workers(space)

    assert 0 == end.code, end.err
    assert before == first
    assert [(0, 0), (1, 0)] == [(one.segment, one.start) for one in (first, second)]
    assert 12 >= first.totals.n_answers + second.totals.n_answers > second.totals.n_answers
    assert results(space)["costs"][0]["n_pages"] == first.totals.n_pages + second.totals.n_pages


def test_a_worker_that_dies_and_the_one_after_it_are_told_apart(workspace: Workspace):
    workspace.write_model(
        "model", {"faults": {"page3.png": "segv"}, "once": str(workspace.path / "o")}
    )

    end = workspace.vlmhb("run", "run", "--out", "out")

    assert 0 == end.code, end.err
    first, second = workers(workspace)
    assert [(0, 0), (0, 1)] == [(one.segment, one.start) for one in (first, second)]
    assert 6 == first.totals.n_answers + second.totals.n_answers
    assert None not in (first.totals.peak_rss_bytes, second.totals.peak_rss_bytes)


def wait_for(is_there: Any) -> None:
    pause = threading.Event()
    for _ in range(int(PATIENCE_S / LOOK_S)):
        if is_there():
            return
        pause.wait(LOOK_S)
    raise AssertionError("it did not come")
