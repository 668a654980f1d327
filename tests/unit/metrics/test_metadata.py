"""What datasets say about a sample."""

import pytest

from tests.build import truth
from vlmhb.domain.digest import Json
from vlmhb.metrics.metadata import said


@pytest.mark.parametrize(
    ("value", "expected"), [("OCR", "OCR"), (" OCR\n", "OCR"), (0, "0"), (1, "1"), (None, "")]
)
def test_what_is_said_is_plain_text(value: Json, expected: str):
    """The figure 0 of a set is said, a null is not."""
    assert expected == said(truth(metadata={"category": value}), "category")


def test_a_key_that_is_not_there_says_nothing():
    assert "" == said(truth(metadata={"category": "OCR"}), "split")
