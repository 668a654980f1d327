"""What `--gpus` may say, and which GPUs it means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlmhb.domain.gpu_choice import ALL_GPUS, GpuChoice, read_choice

UUIDS = ("GPU-aa11", "MIG-ab22", "GPU-aa33", "GPU-aa3")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("all", (0, 1, 2, 3)),
        ("0", ()),
        ("1", (0,)),
        ("2", (0, 1)),
        ("04", (0, 1, 2, 3)),
        ("0,", (0,)),
        ("2,", (2,)),
        ("0,1", (0, 1)),
        (" 3 , 0 ", (3, 0)),
        ("GPU-aa1", (0,)),
        ("MIG-", (1,)),
        ("GPU-aa11,MIG-a,", (0, 1)),
        ("1,GPU-aa33", (1, 2)),
        ("GPU-aa3", (3,)),
    ],
)
def test_a_number_alone_is_a_count_and_anything_with_a_comma_a_list(
    text: str, expected: tuple[int, ...]
):
    assert expected == read_choice(text).pick(UUIDS)


@pytest.mark.parametrize(
    "text", ["", ",", "0,,1", "-1", "1.5", "two", "0 1", "gpu-aa", "all,0", "0;1", "GPU-aa,x", "½"]
)
def test_anything_else_is_refused_with_what_is_expected(text: str):
    with pytest.raises(ValueError, match="a number of GPUs like 2, or with commas their indexes"):
        read_choice(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("5", "5 GPUs"),
        ("0,4", "index 4"),
        ("GPU-b", "'GPU-b'"),
        ("GPU-aa", "'GPU-aa', which 3 UUIDs begin with"),
        ("1,MIG-ab", "'MIG-ab', which is named before"),
    ],
)
def test_what_is_not_there_is_named(text: str, said: str):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the text is compared
        read_choice(text).pick(UUIDS)

    assert said == str(caught.value)


@given(
    st.one_of(
        st.builds(GpuChoice, count=st.integers(0, 1000)),
        st.lists(st.sampled_from(["0", "12", "GPU-a", "MIG-b/1/0"]), min_size=1).map(
            lambda names: GpuChoice(names=tuple(names))
        ),
        st.just(ALL_GPUS),
    )
)
def test_a_choice_is_read_as_it_is_written(choice: GpuChoice):
    assert choice == read_choice(str(choice))


def test_only_a_count_of_none_means_none():
    assert [False, True, False] == [read_choice(text).is_none for text in ("all", "0", "0,")]
