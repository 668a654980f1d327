"""Metrics named after the answers are there."""

import pytest

from tests.build import loaded, sample
from vlmhb.domain.task import AnswerKind
from vlmhb.errors import UsageError
from vlmhb.metrics.chosen import with_metrics

FIELDS = loaded((sample(1), sample(2)), "fields", metrics={AnswerKind.REPLY: ("cer",)})
PAGES = loaded((sample(3),), "pages", metrics={AnswerKind.PAGE_TEXT: ("wer", "cer")})


def test_without_names_tasks_keep_their_own_metrics():
    assert (FIELDS, PAGES) == with_metrics([FIELDS, PAGES], [])


def test_every_kind_of_answer_gets_the_named_metrics_that_can_judge_it():
    """`anls` is for replies, the other two are for page texts as well."""
    chosen = with_metrics([FIELDS, PAGES], ["wer", "anls", "bleu"])

    for one in chosen:
        assert ("wer", "anls", "bleu") == one.task.metrics[AnswerKind.REPLY]
        assert ("wer", "bleu") == one.task.metrics[AnswerKind.PAGE_TEXT]


def test_nothing_but_the_metrics_is_changed():
    chosen = with_metrics([FIELDS, PAGES], ["wer"])

    assert ["fields", "pages"] == [one.task.name for one in chosen]
    assert [FIELDS.samples, PAGES.samples] == [one.samples for one in chosen]
    assert [FIELDS.task.prompts, PAGES.task.prompts] == [one.task.prompts for one in chosen]


def test_a_kind_that_no_named_metric_can_judge_gets_no_scores():
    (chosen,) = with_metrics([PAGES], ["anls"])

    assert () == chosen.task.metrics[AnswerKind.PAGE_TEXT]


def test_a_name_that_is_no_metric_is_refused():
    with pytest.raises(UsageError, match='unknown metric "anl"'):
        with_metrics([FIELDS], ["wer", "anl"])
