import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlmhb.domain.shard import Shard, read_shard


@given(st.integers(1, 999_999_999), st.data())
def test_what_a_shard_is_written_as_is_read_as_it(of: int, data: st.DataObject):
    shard = Shard(data.draw(st.integers(1, of)), of)

    assert shard == read_shard(f" {shard}\n")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("0/8", "counted from 1, so add 1 to an index that starts with 0"),
        ("9/8", "a number from 1 to 8 before the slash, as there are 8 shards"),
        ("1/0", "at least one shard"),
        ("0/0", "at least one shard"),
        ("a/b", "I/N, such as 2/8"),
        ("3", "I/N"),
        ("", "I/N"),
        ("-1/8", "I/N"),
        ("1/8/2", "I/N"),
        ("1 / 8", "I/N"),
        ("1.0/8", "I/N"),
        ("²/8", "I/N"),
        ("٣/8", "I/N"),
        ("1/9999999999", "I/N"),
    ],
)
def test_what_is_no_shard_says_what_one_is(text: str, told: str):
    with pytest.raises(ValueError, match=told):
        read_shard(text)


def test_names_of_files_sort_as_the_numbers_do():
    labels = [Shard(number, 10).label for number in (1, 2, 10)]

    assert ["shard-01-of-10", "shard-02-of-10", "shard-10-of-10"] == sorted(labels)
    assert "shard-2-of-3" == Shard(2, 3).label
