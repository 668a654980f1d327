"""What a run asks about, and what it leaves out."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

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


@pytest.mark.parametrize(
    ("sets", "expected"),
    [
        ([tuned("tune")], "02468"),
        ([tuned(samples=("0", "3"))], "12456789"),
        ([tuned("tune", ("0",))], "2468"),
        ([tuned(samples=("1",)), tuned(samples=("2",))], "03456789"),
        ([tuned("tune", dataset="docs")], "02468"),
        ([tuned("tune", dataset="else")], "0123456789"),
        ([tuned("", ("77",))], "0123456789"),
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
