"""Which GPUs a run gets of those that are there."""

import pytest

from tests.fakes import FakeGpus, gpu
from vlmhb.domain.gpu_choice import read_choice
from vlmhb.errors import UnusableError, UsageError
from vlmhb.pipeline.gpus import chosen_gpus

TWO = FakeGpus(gpu("a"), gpu("b", 80.0))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("all", ["GPU-a", "GPU-b"]), ("1,0", ["GPU-b", "GPU-a"]), ("1", ["GPU-a"]), ("0", [])],
)
def test_a_run_gets_the_chosen_ones(text: str, expected: list[str]):
    chosen = chosen_gpus(TWO, read_choice(text))

    assert expected == [one.uuid for one in chosen.usable]
    assert "570.0" == chosen.driver
    assert TWO.memory("GPU-b") == chosen.memory("GPU-b")


@pytest.mark.parametrize("text", ["3", "2,", "GPU-c"])
def test_one_that_is_not_there_is_wrong_usage_and_those_that_are_get_listed(text: str):
    with pytest.raises(UsageError) as caught:
        chosen_gpus(TWO, read_choice(text))

    assert 2 == caught.value.exit_code
    assert "there are 2 GPUs: 0 GPU-a (GPU), 1 GPU-b (GPU)" in str(caught.value)


@pytest.mark.parametrize("text", ["1", "0,", "GPU-a"])
def test_on_a_machine_without_gpus_nothing_but_none_can_be_chosen(text: str):
    with pytest.raises(UnusableError, match="no GPU that models may use") as caught:
        chosen_gpus(FakeGpus(), read_choice(text))

    assert 4 == caught.value.exit_code
    assert () == chosen_gpus(FakeGpus(), read_choice("0")).usable
    assert () == chosen_gpus(FakeGpus(), read_choice("all")).usable
