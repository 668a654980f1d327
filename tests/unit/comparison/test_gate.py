from dataclasses import replace

import pytest

from tests.build import failed
from tests.unit.comparison.runs import compared, numbered, right, task_of, write_run
from vlmhb.comparison import Limit, breach_text, breaches, limit_of
from vlmhb.comparison.compare import Comparison
from vlmhb.domain.answer import Outcome
from vlmhb.domain.task import AnswerKind
from vlmhb.errors import UsageError

SAMPLES = numbered(10)
TASK = task_of(SAMPLES)


def against(tmp_path, after: dict[str, Outcome]) -> Comparison:
    a = write_run(tmp_path / "a", {"m": right(SAMPLES, 0)}, TASK)
    b = write_run(tmp_path / "b", {"m": after}, TASK)
    return compared(a, b)


def broken(found: Comparison, *limits: str) -> list[str]:
    return [one.limit.metric for one in breaches(found, [limit_of(limit) for limit in limits])]


def test_a_loss_up_to_the_limit_passes_and_one_above_does_not(tmp_path):
    found = against(tmp_path, right(SAMPLES, 0, 1))

    assert [] == broken(found, "exact_match=0.1", "cer=0.2")
    assert ["exact_match", "cer"] == broken(found, "exact_match=0.09", "cer=0.08")


def test_less_of_an_error_rate_and_more_of_a_share_always_pass(tmp_path):
    found = against(tmp_path, right(SAMPLES))

    assert [] == broken(found, "exact_match=0", "cer=0")


def test_failures_count_as_wrong(tmp_path):
    found = against(tmp_path, right(SAMPLES, 0) | {"5": failed()})

    assert ["exact_match"] == broken(found, "exact_match=0.05")


def test_what_is_not_answered_does_not_pass(tmp_path):
    """A run that stopped before the hard samples must not be let through."""
    after = right(SAMPLES, 0)
    del after["5"]
    found = against(tmp_path, after)

    (breach,) = breaches(found, [Limit("exact_match", 0.5)])

    assert "B leaves 1 more unscored than A" == breach.problem
    assert "cannot be judged: exact_match" in breach_text(breach)


def test_a_breach_says_what_got_worse_by_how_much_and_how_sure_that_is(tmp_path):
    found = against(tmp_path, right(SAMPLES, 0, 1, 2, 3))

    (breach,) = breaches(found, [Limit("exact_match", 0.01)])

    text = breach_text(breach)
    assert "exact_match on fields" in text
    assert "0.900 -> 0.600, worse by 0.3, allowed 0.01" in text
    assert "95 % interval of B - A: −0.600 to 0.000; p 0.250" in text


def test_a_metric_that_is_not_compared_is_a_usage_error(tmp_path):
    found = against(tmp_path, right(SAMPLES))

    with pytest.raises(UsageError, match='did you mean "cer"'):
        breaches(found, [Limit("ceer", 0.01)])


@pytest.mark.parametrize("text", ["cer", "cer=", "=0.1", "cer=-1", "cer=nan", "cer=inf", "cer=x"])
def test_what_is_no_limit_is_refused(text):
    with pytest.raises(ValueError, match="METRIC=LOSS"):
        limit_of(text)


def test_a_limit_is_a_metric_and_a_loss():
    assert Limit("cer", 0.01) == limit_of("cer=0.01")


def test_a_metric_of_one_side_alone_is_a_usage_error(tmp_path):
    other = task_of(SAMPLES, metrics=dict.fromkeys(AnswerKind, ("exact_match", "wer")))
    a = write_run(tmp_path / "a", {"m": right(SAMPLES)}, TASK, task_of(SAMPLES, "more"))
    b = write_run(
        tmp_path / "b",
        {"m": right(SAMPLES)},
        TASK,
        replace(other, task=replace(other.task, name="more")),
    )

    with pytest.raises(UsageError, match='on more, only one side is judged by "cer"'):
        breaches(compared(a, b), [Limit("cer", 1.0)])


def test_a_metric_that_breaks_does_not_pass(tmp_path):
    found = against(tmp_path, right(SAMPLES))
    (pair,) = found.pairs
    (task,) = pair.tasks
    tested = tuple(replace(one, delta=replace(one.delta, problem="boom")) for one in task.tested)
    broken_one = replace(pair, tasks=(replace(task, tested=tested),))

    (breach,) = breaches(replace(found, pairs=(broken_one,)), [Limit("cer", 1.0)])

    assert "boom" == breach.problem
