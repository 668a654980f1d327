from dataclasses import replace
from pathlib import Path

import pytest

from tests.build import answer, env, failed, model
from tests.unit.comparison.runs import (
    compared,
    numbered,
    only_task,
    right,
    start,
    task_of,
    write_run,
)
from tests.unit.exchange.runs import SEGMENT
from tests.unit.report.page.test_to_html import Page
from vlmhb.comparison import (
    Limit,
    breaches,
    read_pairings,
    reference_of,
    render_comparison,
    usual_folder,
)
from vlmhb.comparison.compare import Comparison, Finding
from vlmhb.comparison.to_html import comparison_html
from vlmhb.comparison.write import documents_of
from vlmhb.domain.scoring import Scoring
from vlmhb.domain.task import AnswerKind
from vlmhb.errors import UsageError
from vlmhb.metrics.judge.judging import questions, verdict_id
from vlmhb.plan import build_plan
from vlmhb.store import JournalWriter, RunDir, read_run
from vlmhb.store.scoring import write_scoring

SAMPLES = numbered(12)
EXACT = task_of(SAMPLES, metrics=dict.fromkeys(AnswerKind, ("exact_match",)))


def findings(found: Comparison) -> list[str]:
    return [one.finding.value for _, _, one in found.headlines()]


def test_findings_are_adjusted_for_every_test_of_the_command(tmp_path: Path):
    """Seven losses have p = 2/128; among four tests that is 4 * 2/128 = 0.0625: may be chance."""
    worse, same = right(SAMPLES, 0, 1, 2, 3, 4, 5, 6), right(SAMPLES)
    a = write_run(tmp_path / "a", {"m": same}, EXACT)
    b = write_run(tmp_path / "b", {"m": worse}, EXACT)
    others = [write_run(tmp_path / name, {"m": same}, EXACT) for name in "cde"]

    alone, together = compared(a, b), compared(a, b, *others)

    assert ["worse"] == findings(alone)
    assert ["may be chance", *["no difference"] * 3] == findings(together)
    assert (4, 0.0625) == (together.n_tests, together.headlines()[0][2].p_holm)


def test_less_of_an_error_rate_is_better(tmp_path: Path):
    a = write_run(tmp_path / "a", {"m": right(SAMPLES, *range(9))}, task_of(SAMPLES))
    b = write_run(tmp_path / "b", {"m": right(SAMPLES)}, task_of(SAMPLES))

    found = compared(a, b)

    assert ["better", "better"] == findings(found)
    assert ["worse", "worse"] == findings(compared(b, a))


def test_a_side_without_an_answer_has_no_figure_and_passes_no_limit(tmp_path: Path):
    a = write_run(tmp_path / "a", {"m": {}}, EXACT)
    b = write_run(tmp_path / "b", {"m": right(SAMPLES)}, EXACT)

    found = compared(a, b)

    assert [Finding.NONE.value] == findings(found)
    (breach,) = breaches(found, [Limit("exact_match", 1.0)])
    assert "no sample has a figure on both sides" == breach.problem


def test_failures_on_both_sides_are_a_figure(tmp_path: Path):
    nothing = {one.id: failed() for one in SAMPLES}
    a, b = (write_run(tmp_path / name, {"m": nothing}, EXACT) for name in "ab")

    (_, _, one), = compared(a, b).headlines()  # fmt: skip

    assert (0.0, 12, 0) == (one.delta.ranked.b, one.delta.ranked.n, one.delta.answered.n)


def test_a_loss_that_is_the_limit_by_hand_passes(tmp_path: Path):
    """In floats, 0.4 - 0.3 is more than 0.1."""
    samples = SAMPLES[:10]
    task = task_of(samples, metrics=dict.fromkeys(AnswerKind, ("exact_match",)))
    a = write_run(tmp_path / "a", {"m": right(samples, *range(6))}, task)
    b = write_run(tmp_path / "b", {"m": right(samples, *range(7))}, task)

    found = compared(a, b)

    assert (found.headlines()[0][2].loss or 0.0) > 0.1
    assert () == breaches(found, [Limit("exact_match", 0.1)])


def test_metrics_that_were_chosen_for_the_runs_count_and_have_no_scale(tmp_path: Path):
    task = task_of(SAMPLES, scale=100.0)
    runs = [write_run(tmp_path / name, {"m": right(SAMPLES)}, task) for name in "ab"]
    for run in runs:
        write_scoring(RunDir(run).scoring, Scoring(metrics=("wer", "cer")))

    task_found = only_task(compared(*runs))

    assert [("wer", 1.0), ("cer", 100.0)] == [
        (one.delta.metric, one.scale) for one in task_found.tested
    ]


def test_the_verdicts_of_a_judge_count(tmp_path: Path):
    judged = task_of(SAMPLES, metrics=dict.fromkeys(AnswerKind, ("judge",)))
    judge = model("referee")
    runs = [
        write_run(tmp_path / name, {"m": right(SAMPLES, text=name)}, judged) for name in ("a", "b")
    ]
    for run in runs:
        write_scoring(RunDir(run).scoring, Scoring(judge=judge))
        recorded = read_run(RunDir(run))
        (evaluation,) = build_plan(recorded.manifest.models, recorded.tasks).evaluations
        asked = dict.fromkeys(questions(evaluation, recorded.tasks[0], recorded.outcomes))
        with JournalWriter(RunDir(run).verdicts) as journal:
            for question in asked:
                journal.append(answer(verdict_id(judge, question), "CORRECT"))

    (one,) = only_task(compared(*runs)).tested

    assert 12 == one.delta.answered.n


def test_each_choice_has_a_folder_of_its_own_in_the_second_run(tmp_path: Path):
    a, b = (write_run(tmp_path / n, {"x": right(SAMPLES), "y": {}}, EXACT) for n in "ab")

    def folder(*references: str, tasks: tuple[str, ...] = ()) -> Path:
        return usual_folder(
            read_pairings([reference_of(one) for one in references]), list(tasks), False
        )

    folders = [
        folder(str(a), str(b)),
        folder(f"{a}:x", f"{b}:y"),
        folder(str(a), str(b), tasks=("t",)),
    ]

    assert 3 == len(set(folders))
    assert folders[0] == folder(str(a), str(b))
    assert {b / "derived"} == {one.parent for one in folders}


def test_a_grouping_of_one_group_is_not_shown(tmp_path: Path):
    samples = tuple(
        replace(one, language="ru" if place % 2 else "ko") for place, one in enumerate(SAMPLES)
    )
    runs = [write_run(tmp_path / name, {"m": right(SAMPLES)}, task_of(samples)) for name in "ab"]

    page = Page(comparison_html(compared(*runs), ())).text

    assert "by language" in page
    assert "by document class" not in page


def test_of_several_envs_the_last_one_is_compared(tmp_path: Path):
    envs = [replace(env(), fingerprint=digit * 64, packages=(("torch", digit),)) for digit in "123"]

    def run(name: str, *used: int) -> Path:
        segments = tuple(
            replace(SEGMENT, workers=(start("m", envs[place].fingerprint),)) for place in used
        )
        given = {
            one.id: replace(answer(text="x"), segment=place % len(used))
            for place, one in enumerate(SAMPLES)
        }
        known = {one.fingerprint: one for one in envs}
        return write_run(tmp_path / name, {"m": given}, EXACT, envs=known, segments=segments)

    (pair,) = compared(run("a", 0, 1), run("b", 1, 2)).pairs

    (packages,) = [section for section in pair.differences if section.title == "packages"]
    assert [("torch", "2", "3")] == [(fact.about, fact.a, fact.b) for fact in packages.facts]


@pytest.mark.parametrize("broken", ["inputs.json", "answers.jsonl", "run.json"])
def test_a_run_with_a_missing_file_is_a_usage_error(tmp_path: Path, broken: str):
    a, b = (write_run(tmp_path / name, {"m": right(SAMPLES)}, EXACT) for name in "ab")
    (b / broken).unlink()

    with pytest.raises(UsageError):
        compared(a, b)


def test_means_over_groups_and_units_of_several_samples_are_named(tmp_path: Path):
    samples = tuple(
        replace(one, group=f"q{place // 2}", choices=(("A", "x"), ("B", "y")), targets=("A",))
        for place, one in enumerate(SAMPLES)
    )
    task = task_of(
        samples,
        metrics=dict.fromkeys(AnswerKind, ("mcq_circular",)),
        group_by=(("language", "doc_class"),),
        macro_by=(("language",),),
    )
    a, b = (
        write_run(tmp_path / name, {"m": {one.id: answer(text=text) for one in samples}}, task)
        for name, text in (("a", "A"), ("b", "B"))
    )

    found = compared(a, b)

    text = render_comparison(found)
    assert "figures are means over groups that count alike: macro_by_language" in text
    assert "mcq_circular counts: " in text
    assert "over all samples" in Page(comparison_html(found, ())).text


def test_models_that_no_metric_judges_alike_are_compared_in_nothing(tmp_path: Path):
    task = task_of(SAMPLES, metrics={AnswerKind.PAGE_TEXT: ("cer",), AnswerKind.REPLY: ("anls",)})
    models = (model("ocr", AnswerKind.PAGE_TEXT), model("vlm"))
    given = {"ocr": right(SAMPLES), "vlm": right(SAMPLES)}
    run = write_run(tmp_path / "a", given, task, models=models)

    found = compared(run)

    assert ((), ("cer", "anls")) == (only_task(found).tested, only_task(found).metrics_left_out)
    assert "metrics of one side only: cer, anls" in render_comparison(found)
    assert 3 == len(documents_of(found, ()))
