from dataclasses import replace

import pytest

from tests.unit.comparison.runs import (
    compared,
    numbered,
    only_task,
    right,
    task_of,
    write_run,
)
from vlmhb.comparison import compare, read_pairings, reference_of
from vlmhb.errors import UsageError

SAMPLES = numbered(6)


def test_samples_are_aligned_by_id_whatever_their_order(tmp_path):
    other = tuple(reversed(SAMPLES))
    a = write_run(tmp_path / "a", {"m": right(SAMPLES, 0)}, task_of(SAMPLES))
    b = write_run(tmp_path / "b", {"m": right(other, 5)}, task_of(other))

    task = only_task(compared(a, b))

    assert (6, ()) == (task.n_samples, task.changed)
    assert [0.0, 0.0] == [one.delta.ranked.value for one in task.tested]


def test_other_samples_are_refused_and_counted(tmp_path):
    a = write_run(tmp_path / "a", {"m": right(SAMPLES)}, task_of(SAMPLES[:5]))
    b = write_run(tmp_path / "b", {"m": right(SAMPLES)}, task_of(SAMPLES[2:]))

    with pytest.raises(UsageError) as caught:
        compared(a, b)

    assert "2 only in A (0, 1), 1 only in B (5)" in caught.value.got
    assert "--intersect" in str(caught.value.next_step)


def test_intersect_compares_what_both_have_and_says_what_is_left_out(tmp_path):
    a = write_run(tmp_path / "a", {"m": right(SAMPLES)}, task_of(SAMPLES[:5]))
    b = write_run(tmp_path / "b", {"m": right(SAMPLES, 3)}, task_of(SAMPLES[2:]))

    task = only_task(compared(a, b, intersect=True))

    assert (3, 2, 1) == (task.n_samples, task.only_a, task.only_b)
    assert pytest.approx(2 / 3) == task.tested[0].delta.ranked.b


def test_nothing_in_common_is_refused_even_then(tmp_path):
    a = write_run(tmp_path / "a", {"m": right(SAMPLES)}, task_of(SAMPLES[:3]))
    b = write_run(tmp_path / "b", {"m": right(SAMPLES)}, task_of(SAMPLES[3:]))

    with pytest.raises(UsageError, match="no sample id in common"):
        compared(a, b, intersect=True)


def test_a_task_that_one_side_lacks_is_refused_too(tmp_path):
    both = task_of(SAMPLES), task_of(SAMPLES, "more"), task_of(SAMPLES, "most")
    a = write_run(tmp_path / "a", {"m": right(SAMPLES)}, *both)
    b = write_run(tmp_path / "b", {"m": right(SAMPLES)}, *both[:2])
    pairings = read_pairings([reference_of(str(a)), reference_of(str(b))])

    with pytest.raises(UsageError, match="A has the tasks fields, more, most; B has fields, more"):
        compare(pairings, {})

    assert 2 == len(compare(pairings, {}, intersect=True).pairs[0].tasks)
    assert "more" == only_task(compare(pairings, {}, ["more"])).task
    with pytest.raises(UsageError, match="Expected: nothing"):
        compare(pairings, {}, ["fields", "nothing"])


def test_the_only_tasks_of_two_runs_are_compared_when_they_ask_about_one_dataset(tmp_path):
    """Another prompt is often another task file."""
    a = write_run(tmp_path / "a", {"m": right(SAMPLES)}, task_of(SAMPLES, "fields"))
    b = write_run(tmp_path / "b", {"m": right(SAMPLES)}, task_of(SAMPLES, "fields-short"))

    task = only_task(compared(a, b))

    assert ("fields", "fields-short") == (task.task_a, task.task)


def test_tasks_of_different_datasets_are_never_taken_for_each_other(tmp_path):
    """Most datasets number their samples from 0."""
    other = task_of(SAMPLES, "letters", dataset=replace(task_of(()).task.dataset, name="letters"))
    a = write_run(tmp_path / "a", {"m": right(SAMPLES)}, task_of(SAMPLES))
    b = write_run(tmp_path / "b", {"m": right(SAMPLES)}, other)

    with pytest.raises(UsageError, match="A has the tasks fields; B has letters"):
        compared(a, b, intersect=True)


def test_metrics_of_one_side_alone_are_named(tmp_path):
    loaded = task_of(SAMPLES)
    kinds = dict.fromkeys(loaded.task.metrics, ("wer", "cer"))
    other = replace(loaded, task=replace(loaded.task, metrics=kinds))
    a = write_run(tmp_path / "a", {"m": right(SAMPLES)}, loaded)
    b = write_run(tmp_path / "b", {"m": right(SAMPLES)}, other)

    task = only_task(compared(a, b))

    assert ["cer"] == [one.delta.metric for one in task.tested]
    assert ("exact_match", "wer") == task.metrics_left_out
