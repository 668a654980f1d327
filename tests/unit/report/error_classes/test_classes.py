from pathlib import Path

from tests.unit.report.error_classes.kinds_in_guide import table
from vlmhb.report.error_classes.classes import ABOUT, ErrorClass

GUIDE = Path(__file__).parents[4] / "docs" / "guide" / "report.md"


def test_every_class_is_described_in_the_order_of_precedence():
    assert list(ErrorClass) == list(ABOUT)
    assert len(ABOUT) == len({about.title for about in ABOUT.values()})


def test_the_guide_has_the_same_table():
    assert f"-->\n{table()}\n<!--" in GUIDE.read_text("utf-8")
