from tests.build import answer, failed
from tests.unit.comparison.runs import (
    compared,
    numbered,
    only_task,
    right,
    task_of,
    write_run,
)
from vlmhb.comparison.changed import FAILED, UNSCORED, Trend

SAMPLES = numbered(8)
TASK = task_of(SAMPLES)


def test_only_samples_whose_score_differs_are_listed_the_worst_first(tmp_path):
    before, after = right(SAMPLES, 1, 2), right(SAMPLES, 2, 3)
    after["4"] = answer(text="target 5")
    a = write_run(tmp_path / "a", {"m": before}, TASK)
    b = write_run(tmp_path / "b", {"m": after}, TASK)

    task = only_task(compared(a, b))

    assert [("3", "worse"), ("4", "worse"), ("1", "better")] == [
        (one.sample.id, one.trend.value) for one in task.changed
    ]
    assert (2, 1, 3) == (
        task.count(Trend.WORSE),
        task.count(Trend.BETTER),
        task.n_other_answers,
    )


def test_another_answer_with_the_same_scores_is_counted_but_not_listed(tmp_path):
    a = write_run(tmp_path / "a", {"m": right(SAMPLES, 0, text="wrong")}, TASK)
    b = write_run(tmp_path / "b", {"m": right(SAMPLES, 0, text="gnorw")}, TASK)

    task = only_task(compared(a, b))

    assert ((), 1) == (task.changed, task.n_other_answers)


def test_failures_are_worse_and_what_is_not_answered_is_neither(tmp_path):
    after = right(SAMPLES) | {"0": failed()}
    del after["1"]
    a = write_run(tmp_path / "a", {"m": right(SAMPLES)}, TASK)
    b = write_run(tmp_path / "b", {"m": after}, TASK)

    task = only_task(compared(a, b))

    fail, open_one = task.changed
    assert ("0", Trend.WORSE, FAILED) == (fail.sample.id, fail.trend, fail.cells[0].b)
    assert ("1", Trend.OTHER, UNSCORED) == (open_one.sample.id, open_one.trend, open_one.cells[0].b)
    assert ("model_error", "RuntimeError: boom") == (fail.b.status, fail.b.error)


def test_a_failure_of_another_kind_is_no_change(tmp_path):
    a = write_run(tmp_path / "a", {"m": right(SAMPLES) | {"0": failed()}}, TASK)
    b = write_run(tmp_path / "b", {"m": right(SAMPLES) | {"0": failed()}}, TASK)

    assert () == only_task(compared(a, b)).changed
