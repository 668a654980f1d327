import pytest

from tests.build import truth
from vlmhb.domain.score import Score, Unscored
from vlmhb.metrics.fields.check_digit import CHECK_DIGIT


@pytest.mark.parametrize(
    ("answer", "expected"),
    [("7707083893", 1), ("ИНН 500100732259", 1), ("7707083894", 0), ("нет", 0), ("770708389", 0)],
)
def test_an_answer_has_right_check_digits_whether_it_is_true_or_not(answer, expected):
    assert Score(expected, 1) == CHECK_DIGIT.score(answer, truth("7707083893"))


def test_an_account_is_checked_with_the_bik_of_its_bank():
    metadata = {"field_type": "account", "bik": "044525225"}
    sample = truth("30101810400000000225", metadata=metadata)

    assert Score(1, 1) == CHECK_DIGIT.score("30101810400000000225", sample)
    assert Score(0, 1) == CHECK_DIGIT.score("30101810500000000225", sample)


@pytest.mark.parametrize(
    "sample",
    [
        truth("15.08.2025"),
        truth("40702810400000000225"),
        truth("7707083894", metadata={"field_type": "inn"}),
        truth(),
    ],
)
def test_without_a_check_that_the_target_passes_nothing_is_said(sample):
    assert isinstance(CHECK_DIGIT.score("7707083893", sample), Unscored)


def test_a_failed_sample_counts_as_wrong():
    assert Score(0, 1) == CHECK_DIGIT.worst(truth("7707083893"))
