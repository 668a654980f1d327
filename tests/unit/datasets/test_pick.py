"""What a run asks about, and what it leaves out."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.build import loaded, model, sample
from vlmhb.datasets import pick_samples
from vlmhb.domain.prompt import PromptSet, TunedOn, one_prompt
from vlmhb.domain.run import LeftOut, LoadedTask, RunConfig
from vlmhb.errors import UsageError

TASK = loaded(
    tuple(
        replace(sample(n), metadata={"split": "tune" if n % 2 else "test"}, language="ru")
        for n in range(10)
    )
)
CONFIG = RunConfig("run", "run.yaml", (model(),), (TASK.task,), {}, 1, None, 0)


def tuned(split: str = "", samples: tuple[str, ...] = (), dataset: str = "") -> PromptSet:
    prompts = one_prompt("fields", "2", "{{ question }}")
    return replace(prompts, tuned_on=TunedOn(split, samples, dataset))


def pick(config: RunConfig, *sets: PromptSet) -> LoadedTask:
    def in_use(_loaded: LoadedTask) -> Sequence[PromptSet]:
        return sets

    (picked,) = pick_samples([TASK], config, in_use)
    return picked


def ids(picked: LoadedTask) -> str:
    return "".join(one.id for one in picked.samples)


def test_without_anything_to_leave_out_a_task_stays_as_it_is():
    assert TASK == pick(CONFIG, tuned())


def test_what_is_left_knows_its_places_among_all():
    picked = pick(replace(CONFIG, filters={"split": ("test",)}), tuned(samples=("2", "4")))

    assert (0, 6, 8) == picked.places


@pytest.mark.parametrize(
    ("sets", "expected"),
    [
        ([tuned("tune")], "02468"),
        ([tuned(samples=("0", "3"))], "12456789"),
        ([tuned("tune", ("0",))], "2468"),
        ([tuned(samples=("1",)), tuned(samples=("2",))], "03456789"),
        ([tuned("tune", dataset="docs")], "02468"),
        ([tuned("tune", dataset="else")], "0123456789"),
    ],
)
def test_rows_that_prompts_were_tuned_on_are_left_out(sets: list[PromptSet], expected: str):
    assert expected == ids(pick(CONFIG, *sets))


def test_what_is_left_out_is_counted_by_its_first_reason():
    config = replace(CONFIG, filters={"split": ("test",)}, limit=2)

    picked = pick(config, tuned(samples=("0", "1")), one_prompt("other", "1", "x"))

    assert LeftOut(2, ("fields@2",), filtered=4, limited=2) == picked.left_out
    assert 2 == len(picked.samples)


def test_a_task_that_is_tuned_on_altogether_is_an_error():
    every = tuned(samples=tuple(str(n) for n in range(10)))

    with pytest.raises(UsageError, match=r"all of its 10 samples are among those that fields@2"):
        pick(CONFIG, every)


def test_a_filter_for_what_was_tuned_on_finds_nothing():
    with pytest.raises(UsageError, match="the value 'tune'"):
        pick(replace(CONFIG, filters={"split": ("tune",)}), tuned("tune"))


@pytest.mark.parametrize(
    ("prompts", "told"),
    [
        (tuned("tunee"), r"no row has the split 'tunee'; the splits here are: 'test', 'tune'"),
        (tuned("tunee", dataset="docs"), "no row has the split 'tunee'"),
        (tuned(samples=("3", "777")), "no row has the id '777'"),
        (tuned(samples=tuple("abcdefg")), "no row has the id 'a', 'b', 'c', 'd', 'e' and 2 more"),
    ],
)
def test_tuned_rows_that_are_not_there_are_an_error(prompts: PromptSet, told: str):
    with pytest.raises(UsageError, match=told):
        pick(CONFIG, prompts)


def test_another_dataset_that_a_set_was_tuned_on_is_noted():
    picked = pick(CONFIG, tuned("tune", dataset="dcos"))

    (note,) = picked.left_out.notes
    assert "fields@2" in note
    assert "not used on dataset 'dcos'" in note
    assert 10 == len(picked.samples)


@pytest.mark.parametrize("part", [{"split": "test"}, {"where": {"split": ("test",)}}])
def test_tuned_rows_that_the_task_does_not_take_are_noted(part: dict[str, object]):
    dataset = replace(TASK.task.dataset, **part)  # type: ignore[arg-type]
    task = replace(TASK, task=replace(TASK.task, dataset=dataset))

    (picked,) = pick_samples([task], CONFIG, lambda _loaded: [tuned("dev")])

    (note,) = picked.left_out.notes
    assert "no row has the split 'dev'" in note


@pytest.mark.parametrize(
    ("prompts", "noted"), [(tuned(), True), (tuned("tune"), False), (tuned(samples=("1",)), False)]
)
def test_tuned_prompts_that_do_not_say_on_which_rows_are_noted(prompts: PromptSet, noted: bool):
    picked = pick(CONFIG, replace(prompts, tuning_scores={"form total": "0.1"}))

    notes = picked.left_out.notes
    assert noted == any("does not say on which rows (`tuned_on`)" in note for note in notes)


def test_tuned_rows_need_to_be_in_one_of_the_tasks_only():
    other = loaded((sample(1),), "other")

    picked = pick_samples([other, TASK], CONFIG, lambda _loaded: [tuned("tune")])

    assert [1, 5] == [len(one.samples) for one in picked]
    assert [(), ()] == [one.left_out.notes for one in picked]


def test_a_limit_that_the_first_group_exceeds_is_noted():
    together = replace(
        TASK, samples=tuple(replace(one, group="g", document="d") for one in TASK.samples)
    )

    (picked,) = pick_samples([together], replace(CONFIG, limit=5), lambda _loaded: [])
    (kept,) = pick_samples([TASK], replace(CONFIG, limit=5), lambda _loaded: [])

    (note,) = picked.left_out.notes
    assert "the limit of 5 is exceeded: the first group or document has 10 samples" in note
    assert (10, 5, ()) == (len(picked.samples), len(kept.samples), kept.left_out.notes)


@given(
    kinds=st.lists(
        st.tuples(st.sampled_from(["tune", "test"]), st.sampled_from("abc"), st.integers(0, 3)),
        min_size=1,
        max_size=25,
    ),
    wanted=st.sets(st.sampled_from("abc"), min_size=1),
    limit=st.none() | st.integers(1, 30),
)
def test_every_sample_is_asked_about_or_counted_as_left_out(
    kinds: list[tuple[str, str, int]], wanted: set[str], limit: int | None
):
    """Whatever is combined, and when it cannot be combined it is refused."""
    every = tuple(
        replace(sample(n), metadata={"split": split, "key": key}, group=str(group))
        for n, (split, key, group) in enumerate(kinds)
    )
    config = replace(CONFIG, filters={"key": tuple(sorted(wanted))}, limit=limit)

    try:
        (picked,) = pick_samples([loaded(every)], config, lambda _: [tuned("tune")])
    except UsageError:
        rest = {key for split, key, _ in kinds if split == "test"}
        assert not wanted <= rest or "tune" not in {split for split, _, _ in kinds}
        return

    left_out = picked.left_out
    counted = left_out.tuned + left_out.filtered + left_out.limited + len(picked.samples)
    assert len(every) == counted
    assert picked.samples
