"""Names become file names that no file system takes for one another."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from vlmhb.domain.file_name import MAX_BYTES, file_names

HAN = "\ud55c\uae00"
NAMES = ["Model", "model", "m\u00f6del", "M\u00d6DEL", "\u017ftra\u00dfe", "STRASSE"]
NAMES += [unicodedata.normalize(form, HAN) for form in ("NFC", "NFD")]


def test_names_that_differ_by_capitals_alone_become_different_files():
    assert ["Model", "model_2"] == list(file_names(["Model", "model"]).values())


def test_names_that_differ_by_how_letters_are_written_become_different_files():
    composed, taken_apart = (unicodedata.normalize(form, HAN) for form in ("NFC", "NFD"))

    assert [composed, f"{taken_apart}_2"] == list(file_names([composed, taken_apart]).values())


def test_a_number_does_not_make_a_name_that_is_there():
    assert {"a": "a", "A": "A_3", "a_2": "a_2"} == file_names(["a", "a_2", "A"])


@given(st.lists(st.text(max_size=300) | st.sampled_from(NAMES), unique=True, max_size=20))
def test_each_text_gets_a_name_of_its_own_that_every_file_system_takes(texts: list[str]):
    names = file_names(texts)

    assert texts == list(names)
    for form in ("NFC", "NFD"):
        seen = {unicodedata.normalize(form, name).casefold() for name in names.values()}
        assert len(texts) == len(seen)
    for name in names.values():
        assert name.strip(". ")
        assert not {"/", "\0", "\\", ":"} & set(name)
        assert len(name.encode("utf-8", "surrogatepass")) <= MAX_BYTES + 20
