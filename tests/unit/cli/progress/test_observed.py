"""What is known of a run while it goes on."""

from dataclasses import replace

from tests.build import answer, failed
from tests.unit.cli.progress.story import ENV, STORY, loaded
from vlmhb.cli.progress import wording
from vlmhb.cli.progress.observed import ModelProgress, Observed, Phase, Remaining
from vlmhb.domain.telemetry import Reading, WorkerTelemetry
from vlmhb.schedule import progress as steps


def doing(run: Observed, model: str = "m", now_s: float = 0.0) -> str:
    return wording.doing(run, run.models[model], now_s)


def test_every_stage_of_a_model_is_named():
    run = Observed({"m": 5, "other": 1}, {}, 0.0)
    run.see(steps.Queued("m", "toy"), 0.0)
    told = [doing(run)]

    for step in STORY[2:12]:
        run.see(step, 0.0)
        told.append(doing(run))

    assert [
        "waiting for its env",
        "building env: building env toy",
        "waiting for its turn",
        "fetching: 0.0 of 2.5 MB, 0 %",
        "fetching: 1.0 of 2.5 MB, 40 %",
        "waiting for its turn",
        "waiting for a GPU",
        "loading",
        "loading weights 1/2",
        "loading weights 2/2",
        "answering",
    ] == told


def test_models_of_one_env_wait_for_the_same_build():
    run = Observed({"a": 1, "b": 1, "c": 1}, {}, 0.0)
    for model, env in (("a", "toy"), ("b", "toy"), ("c", "else")):
        run.see(steps.Queued(model, env), 0.0)

    run.see(steps.EnvStep("toy", "Downloading torch (821.2MiB)"), 0.0)

    building = "building env: Downloading torch (821.2MiB)"
    assert [building, building, "waiting for its env"] == [doing(run, name) for name in "abc"]


def test_outcomes_are_counted_with_those_that_failed_or_took_several_tries():
    run = Observed({"m": 4}, {"m": 6}, 0.0)
    run.see(loaded("m"), 0.0)

    for outcome in (answer(), failed(), replace(answer(), attempt=2)):
        run.see(steps.Answered("m", outcome), 3.0)

    model = run.models["m"]
    assert (9, 10, 1, 1) == (model.done, model.total, model.failed, model.retried)
    assert (9, 10, 1, 3) == (run.done, run.total, run.failed, run.answered_now)
    assert Phase.ANSWERING is model.phase


def test_the_last_outcome_ends_a_model():
    run = Observed({"m": 1}, {}, 0.0)
    run.see(loaded("m"), 0.0)

    run.see(steps.Answered("m", failed()), 1.0)

    assert ("done", 0.0) == (doing(run), run.models["m"].left_s(1.0))


def test_a_model_with_nothing_left_is_done_from_the_start():
    run = Observed({"m": 1}, {"m": 2, "n": 7}, 0.0)

    assert "done" == doing(run, "n")
    assert "waiting for its turn" == doing(run)


def test_why_a_model_is_unavailable_is_told_in_a_line():
    run = Observed({"m": 1}, {}, 0.0)

    run.see(steps.GaveUp("m", "cannot load\nTraceback ..."), 0.0)

    assert "unavailable: cannot load" == doing(run)


def test_a_worker_that_is_lost_is_counted_until_the_end():
    run = Observed({"m": 2}, {}, 0.0)
    run.see(loaded("m", 2**34), 0.0)

    run.see(steps.WorkerLost("m", "m", "SIGSEGV"), 1.0)

    assert "starting another worker" == doing(run)
    assert None is run.models["m"].vram_bytes
    assert ["1 worker lost"] == wording.figures(run.models["m"], 1.0)
    run.see(steps.ModelStarting("m", "m"), 1.0)
    assert "loading" == doing(run)


def test_a_model_that_is_loaded_again_is_as_fast_as_it_was():
    """Nor is the time that its worker was away forgotten."""
    run = Observed({"m": 60}, {}, 0.0)
    answering(run, "m", per_s=1)
    run.see(steps.WorkerLost("m", "m", "SIGSEGV"), 10.0)

    run.see(loaded("m"), 20.0)

    assert 100.0 == run.models["m"].left_s(20.0)


def test_figures_come_with_the_most_important_first():
    run = Observed({"m": 100}, {}, 0.0)
    run.see(loaded("m", 17 * 2**30), 0.0)
    for second in range(1, 9):
        run.see(steps.Answered("m", failed() if second == 4 else answer()), float(second))
    run.see(steps.WorkerLost("m", "m", "x"), 8.0)
    run.see(steps.WorkerLost("m", "m", "x"), 8.0)
    run.see(loaded("m", 17 * 2**30), 8.0)
    run.see(steps.Answered("m", replace(answer(), attempt=3)), 9.0)

    assert [
        "1 failed",
        "1.0/s",
        "ETA 1:31",
        "1 retried",
        "2 workers lost",
        "VRAM 17.0 GiB",
    ] == wording.figures(run.models["m"], 9.0)


def test_memory_that_nobody_measured_is_not_told():
    run = Observed({"m": 1}, {}, 0.0)

    run.see(loaded("m"), 0.0)

    assert [] == wording.figures(run.models["m"], 0.0)


def test_the_newest_reading_is_shown_as_long_as_there_are_readings():
    run = Observed({"m": 1}, {}, 0.0)
    run.see(loaded("m", 2**30), 0.0)

    for gib in (16, 17):
        reading = Reading(1.0, 1.0, vram_bytes=gib * 2**30)
        run.see(steps.Measured(WorkerTelemetry("m", 0, 0, readings=(reading,)), "m"), 1.0)

    assert ["VRAM 17.0 GiB"] == wording.figures(run.models["m"], 1.0)
    run.see(steps.GpuUnread("m", "the driver is gone", "m"), 2.0)
    assert [] == wording.figures(run.models["m"], 2.0)


def with_two_workers() -> Observed:
    run = Observed({"m": 60}, {}, 0.0)
    run.see(loaded("m", 16 * 2**30), 0.0)
    run.see(loaded("m", 8 * 2**30, "m#2"), 1.0)
    return run


def measured(worker: str, gib: int) -> steps.Measured:
    reading = Reading(1.0, 1.0, vram_bytes=gib * 2**30)
    return steps.Measured(WorkerTelemetry("m", 0, 0, readings=(reading,)), worker)


def test_a_model_answers_while_its_second_worker_loads():
    run = Observed({"m": 60}, {}, 0.0)
    run.see(loaded("m"), 0.0)
    told = []
    for step in (
        steps.GpuAwaited("m", "GPU-b is used by vlmhb run 7"),
        steps.ModelStarting("m", "m#2"),
        steps.LoadStep("m", "m#2", "weights", 1, 2),
        loaded("m", None, "m#2"),
    ):
        run.see(step, 1.0)
        told.append(doing(run))

    assert ["answering"] * 4 == told


def test_several_workers_are_counted_and_their_memory_is_summed():
    run = with_two_workers()

    assert ["2 workers", "VRAM 24.0 GiB"] == wording.figures(run.models["m"], 1.0)
    run.see(measured("m#2", 10), 2.0)
    assert "VRAM 26.0 GiB" == wording.figures(run.models["m"], 2.0)[-1]


def test_memory_of_a_worker_on_two_gpus_is_that_of_both():
    run = Observed({"m": 1}, {}, 0.0)
    run.see(loaded("m", 16 * 2**30, "m", 8 * 2**30), 0.0)
    both = run.models["m"].vram_bytes
    run.see(loaded("m", 16 * 2**30, "m", None), 0.0)

    assert 24 * 2**30 == both
    assert None is run.models["m"].vram_bytes


def test_while_one_worker_does_not_tell_its_memory_the_sum_is_not_told():
    run = with_two_workers()
    run.see(steps.GpuUnread("m", "the driver is gone", "m#2"), 2.0)

    assert ["2 workers"] == wording.figures(run.models["m"], 2.0)
    run.see(measured("m#2", 8), 3.0)
    assert "VRAM 24.0 GiB" == wording.figures(run.models["m"], 3.0)[-1]


def test_a_worker_that_leaves_is_not_lost_and_the_others_go_on():
    run = with_two_workers()
    run.see(steps.WorkerLeft("m", "m"), 2.0)

    assert "answering" == doing(run)
    assert ["VRAM 8.0 GiB"] == wording.figures(run.models["m"], 2.0)


def test_one_of_two_workers_is_lost_and_its_model_goes_on_answering():
    run = with_two_workers()
    run.see(steps.WorkerLost("m", "m#2", "SIGSEGV"), 2.0)
    told = [doing(run)]
    run.see(steps.ModelStarting("m", "m#2"), 2.0)
    told.append(doing(run))
    lost = wording.figures(run.models["m"], 2.0)
    run.see(steps.WorkerLost("m", "m", "SIGSEGV"), 3.0)
    told.append(doing(run))

    assert ["1 worker lost", "VRAM 16.0 GiB"] == lost
    assert ["answering", "answering", "starting another worker"] == told


def test_what_is_told_of_a_worker_after_its_end_counts_for_nobody():
    run = with_two_workers()
    run.see(steps.WorkerLeft("m", "m#2"), 2.0)
    run.see(measured("m#2", 8), 3.0)

    assert ["m"] == list(run.models["m"].workers)


def test_a_worker_that_loads_when_all_is_answered_changes_nothing():
    run = Observed({"m": 1}, {}, 0.0)
    run.see(loaded("m"), 0.0)
    run.see(steps.Answered("m", answer()), 1.0)
    run.see(loaded("m", 2**30, "m#2"), 2.0)

    assert "done" == doing(run)
    assert [] == wording.figures(run.models["m"], 2.0)


def answering(run: Observed, model: str, per_s: float) -> None:
    run.see(loaded(model), 0.0)
    for number in range(1, 11):
        run.see(steps.Answered(model, answer()), number / per_s)


def test_a_run_is_over_when_its_slowest_model_is():
    run = Observed({"fast": 12, "slow": 30}, {}, 0.0)
    answering(run, "fast", per_s=10)
    answering(run, "slow", per_s=1)

    assert Remaining(20.0, is_least=False) == run.remaining(10.0)
    assert ["ETA 0:20", "0:10 elapsed"] == wording.total_figures(run, 10.0)


def test_as_long_as_a_model_waits_the_end_is_a_least():
    run = Observed({"a": 30, "waiting": 30, "done": 0}, {"done": 5}, 0.0)
    answering(run, "a", per_s=1)

    assert Remaining(20.0, is_least=True) == run.remaining(10.0)
    assert "ETA at least 0:20" == wording.total_figures(run, 10.0)[0]
    run.see(steps.GaveUp("waiting", "no GPU"), 10.0)
    assert Remaining(20.0, is_least=False) == run.remaining(10.0)


def test_nobody_can_tell_when_a_run_will_be_over_that_has_no_answer():
    run = Observed({"m": 3}, {}, 0.0)

    assert None is run.remaining(100.0)
    assert ["1:40 elapsed"] == wording.total_figures(run, 100.0)


def test_an_end_is_told_without_a_guess():
    run = Observed({"m": 3}, {}, 0.0)
    answering(run, "m", per_s=1)

    assert ["3:00 elapsed"] == wording.total_figures(run, 180.0, is_over=True)


def test_every_step_is_understood():
    run = Observed({"m": 2, "other": 1}, {"m": 3}, 0.0)

    for step in STORY:
        run.see(step, 0.0)

    assert Phase.DONE is run.models["m"].phase
    assert "" == run.models["m"].env
    assert ENV.name not in run._building


def test_what_a_model_has_left_is_never_negative_time():
    model = ModelProgress("m", total=0, done=0, phase=Phase.DONE)

    assert 0.0 == model.left_s(5.0)
