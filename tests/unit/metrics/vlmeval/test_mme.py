import numpy as np
import pytest

from tests.build import truth
from vlmhb.domain.score import Score, Unscored
from vlmhb.metrics.vlmeval.mme import MME, MME_PERCEPTION, MME_REASONING, MmePoints


def asked(target: str, category: str = "OCR", image: str = "a"):
    return truth(target, group=f"{category}/{image}", metadata={"category": category})


def score(metric: MmePoints, text: str, target: str, category: str = "OCR") -> Score:
    result = metric.score(text, asked(target, category))
    assert isinstance(result, Score)
    return result


def points(metric: MmePoints, *images: tuple[str, str, str]) -> float:
    """The points for images as (category, answer to Yes, answer to No)."""
    units = [
        metric.combine([score(metric, yes, "Yes", kind), score(metric, no, "No", kind)])
        for kind, yes, no in images
        if kind in metric.categories
    ]
    return float(metric.figures(np.array([unit.counts for unit in units]).sum(axis=0)))


@pytest.mark.parametrize(
    ("yes", "no", "expected"),
    [("yes", "no", 200), ("yes", "yes", 50), ("no", "yes", 0), ("maybe", "no", 50)],
)
def test_a_category_gives_points_for_answers_and_for_images(yes: str, no: str, expected: float):
    assert expected == points(MME, ("OCR", yes, no))


def test_points_of_categories_add_up():
    images = (("OCR", "yes", "no"), ("OCR", "no", "no"), ("code_reasoning", "yes", "no"))

    assert 75 + 50 + 200 == points(MME, *images)
    assert 75 + 50 == points(MME_PERCEPTION, *images)
    assert 200 == points(MME_REASONING, *images)


def test_without_a_category_of_the_total_there_is_no_figure():
    assert np.isnan(MME_REASONING.figures(np.zeros((2, 16)))).all()


def test_every_question_right_gives_2800_points():
    units = [
        MME.combine([score(MME, target, target, kind) for target in ("Yes", "No")])
        for kind in MME.categories
    ]

    assert 2800 == MME.figures(np.array([unit.counts for unit in units]).sum(axis=0))


@pytest.mark.parametrize(
    ("metric", "categories"),
    [
        (
            MME_PERCEPTION,
            "OCR artwork celebrity color count existence landmark position posters scene",
        ),
        (
            MME_REASONING,
            "code_reasoning commonsense_reasoning numerical_calculation text_translation",
        ),
    ],
)
def test_each_category_is_known_by_its_name_in_the_table(metric: MmePoints, categories: str):
    for category in categories.split():
        assert 200 == points(metric, (category, "yes", "no"))
        assert 200 == points(MME, (category, "yes", "no"))


def test_the_only_question_of_an_image_gets_its_points():
    """A part of the benchmark may leave the other one out."""
    unit = MME.combine([score(MME, "yes", "Yes")])

    assert 200 == MME.figures(np.array(unit.counts))


def test_a_score_is_right_answers_of_answers():
    right, wrong = score(MME, "yes", "Yes"), score(MME, "no", "Yes")

    assert [(1, 1), (0, 1)] == [(one.numerator, one.denominator) for one in (right, wrong)]
    unit = MME.combine([right, wrong, wrong])
    assert (1, 3) == (unit.numerator, unit.denominator)


def test_figures_of_many_groups_come_at_once():
    """Those without a question have none, whatever is beside them."""
    unit = MME.combine([score(MME, "yes", "Yes"), score(MME, "yes", "No")])
    counts = np.array([[unit.counts, np.zeros(len(unit.counts))]] * 3)

    np.testing.assert_array_equal([[50, np.nan]] * 3, MME.figures(counts))


def test_only_the_first_two_questions_of_an_image_make_a_pair():
    right, wrong = score(MME, "yes", "Yes"), score(MME, "no", "Yes")

    assert 100 * (2 / 3 + 1) == pytest.approx(
        MME.figures(np.array([MME.combine([right, right, wrong]).counts]))[0]
    )


def test_a_missing_answer_is_wrong():
    assert MME.score("no", asked("Yes")) == MME.worst(asked("Yes"))


def test_a_category_of_another_total_is_not_judged():
    unjudged = Unscored('category "OCR" is not in this total')

    assert unjudged == MME_REASONING.score("yes", asked("Yes"))
    assert unjudged == MME_REASONING.worst(asked("Yes"))


def test_an_unknown_category_is_said_to_be_none():
    reason = '"cooking" is no category of MME'

    assert Unscored(reason) == MME_REASONING.score("yes", asked("Yes", "cooking"))


@pytest.mark.parametrize(
    "sample",
    [asked("A"), asked("Yes", "cooking"), truth("Yes", metadata={"category": "OCR"})],
)
def test_a_sample_that_does_not_fit_is_not_judged(sample):
    assert isinstance(MME.score("yes", sample), Unscored)
    assert isinstance(MME.worst(sample), Unscored)


def test_the_unit_is_an_image():
    assert "OCR/a" == MME.key(asked("Yes"))
