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


def test_a_metric_that_judges_one_side_alone_does_not_pass(tmp_path):
    other = task_of(SAMPLES, "more", metrics=dict.fromkeys(AnswerKind, ("exact_match", "wer")))
    a = write_run(tmp_path / "a", {"m": right(SAMPLES)}, TASK, task_of(SAMPLES, "more"))
    b = write_run(tmp_path / "b", {"m": right(SAMPLES)}, TASK, other)

    found = compared(a, b)
    gone, new = breaches(found, [Limit("cer", 1.0), Limit("wer", 1.0)])

    assert ("more", "it judges one side only") == (gone.task, gone.problem)
    assert "wer" == new.limit.metric
    text = f"cannot be judged: cer on more, {a}:m -> {b}:m: it judges one side only"
    assert text == breach_text(gone)


def test_a_model_that_the_second_run_lacks_does_not_pass(tmp_path):
    """A model that could not be loaded any more must not be let through with the others."""
    a = write_run(tmp_path / "a", {"m": right(SAMPLES), "gone": right(SAMPLES)}, TASK)
    b = write_run(tmp_path / "b", {"m": right(SAMPLES)}, TASK)

    (breach,) = breaches(compared(a, b), [Limit("cer", 1.0)])

    text = f"cannot be judged: cer, {a}:gone -> {b}: B has no such model"
    assert text == breach_text(breach)
    assert [] == broken(compared(f"{a}:m", b), "cer=1")
    assert [] == broken(compared(a, f"{b}:m"), "cer=1")


def test_a_model_that_is_new_passes(tmp_path):
    a = write_run(tmp_path / "a", {"m": right(SAMPLES)}, TASK)
    b = write_run(tmp_path / "b", {"m": right(SAMPLES), "new": right(SAMPLES, 1)}, TASK)

    assert [] == broken(compared(a, b), "cer=0")


def test_each_other_run_has_to_have_every_model_of_the_first(tmp_path):
    both = {"m": right(SAMPLES), "n": right(SAMPLES)}
    runs = [
        write_run(tmp_path / name, given, TASK)
        for name, given in (("a", both), ("b", both), ("c", {"m": right(SAMPLES)}))
    ]

    (breach,) = breaches(compared(*runs), [Limit("cer", 1.0)])

    assert (f"{runs[0]}:n", str(runs[2])) == (breach.a, breach.b)


def test_a_side_without_any_answer_does_not_pass(tmp_path):
    found = against(tmp_path, {})

    assert ["exact_match"] == broken(found, "exact_match=1")


def test_a_metric_that_breaks_does_not_pass(tmp_path):
    found = against(tmp_path, right(SAMPLES))
    (pair,) = found.pairs
    (task,) = pair.tasks
    tested = tuple(replace(one, delta=replace(one.delta, problem="boom")) for one in task.tested)
    broken_one = replace(pair, tasks=(replace(task, tested=tested),))

    (breach,) = breaches(replace(found, pairs=(broken_one,)), [Limit("cer", 1.0)])

    assert "boom" == breach.problem
