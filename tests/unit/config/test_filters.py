import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlmhb.config import as_filter, read_filters
from vlmhb.errors import UsageError


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ([], {}),
        (["a=x"], {"a": ("x",)}),
        (["a= x , y,x"], {"a": ("x", "y")}),
        (["a=x", "b=1", "a=y"], {"a": ("x", "y"), "b": ("1",)}),
        (["a="], {"a": ("",)}),
        (['a= x, "y, z"'], {"a": ("x", "y, z")}),
        (["a=b=c"], {"a": ("b=c",)}),
        (['q=Total,"Name, first","say ""x"""'], {"q": ("Total", "Name, first", 'say "x"')}),
    ],
)
def test_filters_are_read(written: list[str], expected: dict[str, tuple[str, ...]]):
    assert expected == read_filters(written)


@pytest.mark.parametrize("written", ["", "a", "=x", " =x", 'a="x', 'a="x"y', "a=x\ny=z"])
def test_what_is_no_filter_is_said(written: str):
    with pytest.raises(UsageError, match="Expected: KEY=VALUE,VALUE"):
        read_filters([written])


VALUE = st.text(alphabet=st.characters(exclude_characters="\r\n\0")).map(str.strip)


@given(st.lists(VALUE, min_size=1, unique=True).map(tuple))
def test_filters_are_read_as_they_were_written(values: tuple[str, ...]):
    assert {"key": values} == read_filters([as_filter("key", values)])
