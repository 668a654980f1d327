import posixpath
import re

from hypothesis import given
from hypothesis import strategies as st

from vlmhb.report.trackers.mlflow_keys import MAX_CHARS, with_keys

TAKEN_BY_MLFLOW = re.compile(r"[/\w.\- :]*")


def test_ordinary_names_stay_as_they_are():
    assert [("счета-2/cer/ci_low", 1)] == list(with_keys([("счета-2/cer/ci_low", 1)]))


def test_names_that_become_alike_are_numbered():
    keys = [key for key, _ in with_keys([("a|b", 1), ("a?b", 2), ("A_b", 3)])]

    assert ["a_b", "a_b 2", "A_b 3"] == keys


@given(st.lists(st.text(max_size=300), max_size=5, unique=True))
def test_mlflow_takes_every_key(texts: list[str]):
    keys = [key for key, _ in with_keys((text, None) for text in texts)]

    assert len(texts) == len({key.casefold() for key in keys})
    for key in keys:
        assert TAKEN_BY_MLFLOW.fullmatch(key)
        assert 0 < len(key) <= MAX_CHARS
        assert posixpath.normpath(key) == key
        assert not key.startswith(("..", "/"))
