from hypothesis import given
from hypothesis import strategies as st

from tests.unit.merging.parts import SAMPLES, TASK, some
from vlmhb.merging.order import in_order, natural


@given(st.lists(st.text(max_size=5)))
def test_any_ids_have_an_order(ids: list[str]):
    assert sorted(ids) == sorted(sorted(ids, key=natural))


def test_numbers_are_ordered_as_numbers():
    assert 2 == len(sorted(["9" * 5000, "1"], key=natural))
    assert ["page2", "page10", "page10b"] == sorted(["page10b", "page10", "page2"], key=natural)


@given(st.permutations(range(12)), st.permutations(range(12)))
def test_parts_that_contradict_each_other_lose_no_sample(first: list[int], second: list[int]):
    parts = [some(first), some(second)]
    unplaced = [type(one)(one.task, one.samples, "d" * 64, one.left_out) for one in parts]

    ids, _ = in_order([unplaced[0], unplaced[1], TASK])

    assert {one.id for one in SAMPLES} == set(ids)
    assert 12 == len(ids)
