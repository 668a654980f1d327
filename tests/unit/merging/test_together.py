"""Parts of runs become one run, or it is said why not."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.build import answer, failed, model, sample
from tests.unit.merging.parts import SAMPLES, TASK, part, request_ids, some, started
from vlmhb.domain.answer import Answer, FailedAnswer, Outcome
from vlmhb.domain.decision import Decided, Decision
from vlmhb.domain.loaded_weights import LoadedWeights
from vlmhb.domain.model import IMPORTED, WeightsRef
from vlmhb.domain.prompt import TunedOn, one_prompt
from vlmhb.domain.run import LeftOut
from vlmhb.domain.scoring import Scoring
from vlmhb.domain.task import AnswerKind
from vlmhb.errors import UsageError
from vlmhb.merging import Part, merge, missing_of
from vlmhb.store import RecordedRun

WHOLE: dict[str, Outcome] = {f"m/{one.id}": answer(text=f"said {one.id}") for one in SAMPLES}


def of_samples(name: str, numbers: list[int], **changes: object) -> Part:
    """A run of these samples, all answered."""
    return part(name, WHOLE, (model(),), (some(numbers),), **changes)


def without_parts(recorded: RecordedRun) -> RecordedRun:
    """What is compared where a run was cut in several ways."""
    return replace(recorded, manifest=replace(recorded.manifest, parts=()))


def refusal(*parts: Part) -> str:
    with pytest.raises(UsageError) as error:
        merge(parts)
    return str(error.value)


@settings(max_examples=60, deadline=None)
@given(cut=st.lists(st.integers(0, 2), min_size=12, max_size=12), seed=st.integers(0, 99))
def test_any_cut_of_a_run_by_samples_merges_to_the_whole(cut: list[int], seed: int):
    whole = part("whole", WHOLE)
    pieces = [[number for number in range(12) if cut[number] == which] for which in range(3)]
    parts = [of_samples("whole", numbers) for numbers in pieces if numbers]
    random.Random(seed).shuffle(parts)
    parts.append(parts[0])

    together = merge(parts)

    assert without_parts(whole.recorded) == without_parts(together.recorded)
    assert list(whole.recorded.outcomes) == list(together.recorded.outcomes)
    assert () == missing_of(together)


@settings(max_examples=60, deadline=None)
@given(
    held=st.lists(st.sets(st.integers(0, 2)), min_size=12, max_size=12),
    fails=st.lists(st.sets(st.integers(0, 2)), min_size=12, max_size=12),
    order=st.permutations([0, 1, 2]),
)
def test_any_cut_by_answers_keeps_each_once_and_prefers_answers_to_failures(
    held: list[set[int]], fails: list[set[int]], order: list[int]
):
    parts = []
    for which in range(3):
        outcomes: dict[str, Outcome] = {}
        for number, one in enumerate(SAMPLES):
            if which in held[number]:
                is_failed = which in fails[number]
                outcomes[f"m/{one.id}"] = failed() if is_failed else WHOLE[f"m/{one.id}"]
        parts.append(part(f"part{which}", outcomes))

    together = merge([parts[which] for which in order])

    names = request_ids((model(),), (TASK,))
    kinds = {names[name]: type(one) for name, one in together.recorded.outcomes.items()}
    expected = {
        f"m/{one.id}": Answer if held[number] - fails[number] else FailedAnswer
        for number, one in enumerate(SAMPLES)
        if held[number]
    }
    assert expected == kinds
    total = sum(map(len, held))
    assert total == len(kinds) + together.repeated + together.superseded
    missing = {one for each in missing_of(together) for one in each.not_answered}
    assert {one.id for number, one in enumerate(SAMPLES) if not held[number]} == missing


@settings(max_examples=30, deadline=None)
@given(cut=st.lists(st.integers(0, 2), min_size=12, max_size=12).filter(lambda c: len({*c}) == 3))
def test_a_merge_of_merges_is_the_merge_of_all(cut: list[int]):
    first, second, third = (
        of_samples(f"part{which}", [number for number in range(12) if cut[number] == which])
        for which in range(3)
    )
    inner = merge((first, second))

    outer = merge((replace(first, name="inner", recorded=inner.recorded), third))

    assert merge((first, second, third)).recorded == outer.recorded
    assert ["part0", "part1", "part2"] == [one.folder for one in outer.recorded.manifest.parts]


def test_models_of_several_runs_stand_side_by_side():
    a = part("a", WHOLE)
    b = part("b", {f"n/{one.id}": answer(text="n") for one in SAMPLES}, models=(model("n"),))

    together = merge((a, b))

    assert ["m", "n"] == [one.name for one in together.recorded.manifest.models]
    assert {"m/fields": 12, "n/fields": 12} == {
        one.id: len(one.requests) for one in together.plan.evaluations
    }
    assert 24 == len(together.recorded.outcomes)
    assert {0, 1} == {one.segment for one in together.recorded.outcomes.values()}
    assert ["a", "b"] == [one.host for one in together.recorded.manifest.segments]
    assert [("m", 0), ("n", 1)] == [(one.model, one.segment) for one in together.recorded.telemetry]
    assert [(0,), (1,)] == [one.segments for one in together.recorded.manifest.parts]


def test_a_model_is_evaluated_on_what_any_run_evaluates_it_on():
    other = replace(TASK, task=replace(TASK.task, name="other"))
    a = part("a", WHOLE, tasks=(TASK,))
    b = part("b", {}, models=(model("n"),), tasks=(TASK, other))

    together = merge((a, b))

    assert {"m": ("fields",), "n": ()} == {
        one.name: one.tasks for one in together.recorded.manifest.models
    }


def test_samples_without_an_answer_in_any_run_are_named():
    a = part("a", {"m/1": answer()}, tasks=(some([0, 1]),))
    b = part("b", {"m/3": failed()}, tasks=(some([2, 3]),))

    (missing,) = missing_of(merge((a, b)))

    assert (("2", "4"), ("3",)) == (missing.not_answered, missing.failed)


def test_places_put_samples_back_whatever_they_are_called():
    names = ["z", "b", "a", "y", "c"]
    task = replace(TASK, samples=tuple(replace(sample(), id=name) for name in names))

    together = merge(
        (part("a", {}, tasks=(some([1, 3], task),)), part("b", {}, tasks=(some([0, 2, 4], task),)))
    )

    assert names == [one.id for one in together.recorded.tasks[0].samples]
    assert LeftOut() == together.recorded.tasks[0].left_out


def test_without_places_each_runs_order_is_kept_and_numbers_decide_the_rest():
    def unplaced(*numbers: int) -> Part:
        return part("x", {}, tasks=(replace(some(list(numbers)), places=()),))

    together = merge((unplaced(0, 9, 2), unplaced(1, 10), unplaced(10, 3)))

    ids = [one.id for one in together.recorded.tasks[0].samples]
    assert ["1", "2", "10", "3", "11", "4"] == ids


def test_what_any_models_prompts_were_tuned_on_is_left_out_for_all():
    own = replace(one_prompt("own", "1", "Read."), tuned_on=TunedOn(samples=("2",)))
    tuned = model("n", prompts={"fields": own})
    a = part("a", WHOLE)
    b = part("b", {}, models=(tuned,), tasks=(replace(some([0, 2]), left_out=LeftOut(tuned=1)),))

    together = merge((a, b))

    (task,) = together.recorded.tasks
    assert "2" not in [one.id for one in task.samples]
    assert (11, 1) == (len(task.samples), task.left_out.tuned)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"params": {"beams": 2}}, "model m: params.beams: none in a; 2 in b"),
        ({"backend": "x:Y"}, "model m: backend"),
        ({"answers": AnswerKind.PAGE_TEXT}, "model m: answers: reply in a; page_text in b"),
        ({"trust_remote_code": True}, "model m: trust_remote_code: False in a; True in b"),
        ({"weights": WeightsRef("Org/Name")}, "model m: weights"),
        ({"prompts": {"*": one_prompt("p", "2", "?")}}, "model m: prompts.*: none in a; p@2 ("),
    ],
)
def test_another_model_of_the_same_name_is_refused_and_what_differs_named(
    changes: dict[str, object], told: str
):
    assert told in refusal(part("a", {}), part("b", {}, models=(model(**changes),)))  # type: ignore[arg-type]


def test_another_env_and_other_weights_are_refused():
    def loaded_from(sha256: str) -> object:
        first = started("2026-01-02T03:04:05Z", "m")
        weights = LoadedWeights("Org/Name", "c" * 40, sha256)
        return (replace(first, workers=(replace(first.workers[0], weights=weights),)),)

    a = part("a", {}, segments=loaded_from("1" * 64))
    b = part("b", {}, segments=loaded_from("2" * 64), fingerprint={"models.m.env": "f" * 64})

    text = refusal(a, b)

    assert "model m: loaded weights: 111111111111 in a; 222222222222 in b" in text
    assert "model m: what its env holds" in text


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (replace(TASK, dataset_sha256="e" * 64), "task fields: dataset: dddddddddddd in a; eeeeee"),
        (
            replace(TASK, task=replace(TASK.task, prompts=one_prompt("fields", "2", "What?"))),
            "task fields: prompts: fields@1 (",
        ),
        (
            replace(TASK, task=replace(TASK.task, metrics={AnswerKind.REPLY: ("anls",)})),
            "task fields: metrics.reply: [cer] in a; [anls] in b",
        ),
        (
            replace(TASK, samples=(replace(SAMPLES[0], targets=("other",)), *SAMPLES[1:])),
            "task fields: sample 1 of b is another one in a",
        ),
    ],
)
def test_another_task_of_the_same_name_is_refused_and_what_differs_named(other: object, told: str):
    assert told in refusal(part("a", {}), part("b", {}, tasks=(other,)))  # type: ignore[arg-type]


def test_where_data_lies_makes_no_other_task():
    dataset = replace(TASK.task.dataset, root="/elsewhere")
    moved = replace(TASK, task=replace(TASK.task, dataset=dataset))

    assert () == missing_of(merge((part("a", WHOLE), part("b", WHOLE, tasks=(moved,)))))


def test_two_answers_to_one_question_are_refused_and_named():
    text = refusal(
        part("a", {"m/3": answer(text="one"), "m/4": answer()}),
        part("b", {"m/3": answer(text="two"), "m/4": answer()}),
    )

    assert "m/fields: sample 3" in text
    assert "another answer in b than in a" in text
    assert "sample 4" not in text


def test_everything_that_differs_is_named_at_once():
    other = replace(TASK, dataset_sha256="e" * 64)

    text = refusal(
        part("a", {}), part("b", {}, models=(model(backend="x:Y"),), tasks=(other,), seed=1)
    )

    assert all(word in text for word in ("seed: 0 in a; 1 in b", "model m: backend", "dataset"))


def test_what_was_tuned_on_counts_once():
    own = replace(one_prompt("own", "1", "Read."), tuned_on=TunedOn(samples=("2",)))
    tuned = model("n", prompts={"fields": own})
    a = part("a", {}, tasks=(some([0, 1, 2]),))
    left = replace(some([3, 4]), left_out=LeftOut(tuned=1, filtered=9))
    b = part("b", {}, models=(tuned,), tasks=(left,))

    together = merge((a, b))

    (task,) = together.recorded.tasks
    assert ["1", "3", "4", "5"] == [one.id for one in task.samples]
    assert (1, 7) == (task.left_out.tuned, task.left_out.filtered)


def test_starts_that_a_part_of_a_merged_run_does_not_have_are_passed_over():
    inner = merge((part("a", {"m/1": answer()}), part("b", {"m/2": answer()}))).recorded
    first, second = inner.manifest.parts
    damaged = replace(inner.manifest, parts=(replace(first, segments=(99, -1, 0)), second))
    holder = part("inner", {})
    holder = replace(holder, recorded=replace(inner, manifest=damaged))

    together = merge((holder, part("c", {"m/3": answer()})))

    assert [(0,), (1,), (2,)] == [one.segments for one in together.recorded.manifest.parts]


def test_a_model_is_unavailable_only_where_no_run_could_evaluate_it():
    gone = {"m": "no GPU", "n": "no GPU"}
    models = (model(), model("n"))
    a = part("a", {}, models=models, unavailable=gone)
    b = part("b", WHOLE)

    assert {"n": "no GPU"} == dict(merge((a, b)).recorded.manifest.unavailable)


def test_decisions_and_scoring_are_those_of_all_parts():
    early, late = (Decision("m", Decided.CHOSEN, "", f"2026-01-0{day}T00:00:00Z") for day in (1, 2))
    a, b = part("a", WHOLE), part("b", WHOLE)
    a = replace(a, recorded=replace(a.recorded, decisions=(late,), scoring=Scoring(("anls",))))
    b = replace(b, recorded=replace(b.recorded, decisions=(early, late)))

    together = merge((a, b))

    assert (early, late) == together.recorded.decisions
    assert ("anls",) == together.recorded.scoring.metrics
    assert "scored in another way" in together.notes[0]


def test_prices_that_differ_are_dropped_and_said():
    together = merge((part("a", WHOLE, price_per_hour=1.0), part("b", WHOLE, price_per_hour=2.5)))

    assert None is together.recorded.manifest.price_per_hour
    assert "1, 2.5" in together.notes[0]


def test_a_copy_that_went_on_counts_its_starts_and_workers_once():
    a = part("a", {"m/1": WHOLE["m/1"]})
    began = replace(a.recorded.manifest.segments[0], finished_at=None, workers=())
    a = replace(
        a, recorded=replace(a.recorded, manifest=replace(a.recorded.manifest, segments=(began,)))
    )
    more = started("2026-01-03T00:00:00Z", "m", host="a")
    full = part("a", WHOLE)
    b = replace(
        full,
        name="b",
        recorded=replace(
            full.recorded,
            manifest=replace(
                full.recorded.manifest, segments=(*full.recorded.manifest.segments, more)
            ),
        ),
    )

    together = merge((a, b))

    assert b.recorded.manifest.segments == together.recorded.manifest.segments
    assert 1 == len(together.recorded.telemetry)
    assert 1 == together.repeated


def test_a_start_that_run_json_does_not_tell_of_is_no_other_parts():
    a = part("a", {"m/1": answer()}, segments=())
    b = part("b", {"m/2": answer()})

    together = merge((a, b))

    assert [None, 0] == [one.segment for one in together.recorded.outcomes.values()]


def test_of_one_worker_that_two_parts_tell_of_the_longer_life_counts():
    lives = []
    for name, alive_s in (("a", 3.0), ("b", 7.0), ("c", 5.0)):
        one = part("same", WHOLE)
        (worker,) = one.recorded.telemetry
        longer = replace(worker, totals=replace(worker.totals, alive_s=alive_s))
        lives.append(replace(one, name=name, recorded=replace(one.recorded, telemetry=(longer,))))

    (told,) = merge(lives).recorded.telemetry

    assert 7.0 == told.totals.alive_s


def test_a_whole_dataset_tells_the_places_of_all_samples():
    names = ["z", "b", "a", "y", "c"]
    task = replace(TASK, samples=tuple(replace(sample(), id=name) for name in names))

    together = merge((part("a", {}, tasks=(some([4, 0], task),)), part("b", {}, tasks=(task,))))

    assert names == [one.id for one in together.recorded.tasks[0].samples]
    assert task == replace(together.recorded.tasks[0], places=())


@pytest.mark.parametrize(("limits", "kept"), [(("x", "x"), True), (("x", "y"), False)])
def test_the_limit_that_all_parts_had_stays_in_the_fingerprint(limits: tuple[str, str], kept: bool):
    parts = [part(name, WHOLE) for name in limits]
    for number, limit in enumerate(limits):
        fingerprint = {**parts[number].recorded.manifest.fingerprint, "limit": limit}
        manifest = replace(parts[number].recorded.manifest, fingerprint=fingerprint)
        recorded = replace(parts[number].recorded, manifest=manifest)
        parts[number] = replace(parts[number], name=str(number), recorded=recorded)

    assert kept is ("x" == merge(parts).recorded.manifest.fingerprint["limit"])


def test_verdicts_are_those_of_all_parts_and_may_not_differ():
    parts = []
    for name, verdicts in (("a", {"v1": "yes"}), ("b", {"v2": "no", "v1": "yes"})):
        one = part(name, WHOLE)
        said = {each: answer(each, text) for each, text in verdicts.items()}
        parts.append(replace(one, recorded=replace(one.recorded, verdicts=said)))
    other = replace(
        parts[1], recorded=replace(parts[1].recorded, verdicts={"v1": answer("v1", "no")})
    )

    assert ["v1", "v2"] == list(merge(parts).recorded.verdicts)
    assert "verdicts of the judge are others in b than in a: 1" in refusal(parts[0], other)


def test_two_judges_are_refused_and_one_judges_all():
    def judged(name: str, judge: str) -> Part:
        one = part(name, WHOLE)
        return replace(one, recorded=replace(one.recorded, scoring=Scoring(judge=model(judge))))

    assert "judge: x in a; y in b" in refusal(judged("a", "x"), judged("b", "y"))
    judge = merge((part("a", WHOLE), judged("b", "y"))).recorded.scoring.judge
    assert "y" == (judge.name if judge else "")


def test_a_judge_of_one_name_is_told_apart_by_what_may_change_its_verdicts():
    def judged(name: str, **changes: object) -> Part:
        one = part(name, WHOLE)
        return replace(one, recorded=replace(one.recorded, scoring=Scoring(judge=model(**changes))))  # type: ignore[arg-type]

    a = judged("a", description="One.", answer_timeout_s=9.0)

    assert "m" == getattr(merge((a, judged("b"))).recorded.scoring.judge, "name", "")
    assert "judge m: params.beams: none in a; 2 in b" in refusal(
        a, judged("b", params={"beams": 2})
    )


def test_imported_answers_can_be_merged_again():
    human = model("human", backend=IMPORTED, env="", params={"sha256": "1", "imported_at": "now"})
    first = part("a", {f"human/{one.id}": answer() for one in SAMPLES}, (human,), fingerprint={})
    later = replace(human, params={"sha256": "1", "imported_at": "later"})
    again = part("b", {}, (later,), fingerprint={})
    inner = merge((first, again))

    outer = merge((replace(first, name="inner", recorded=inner.recorded), again))

    assert 12 == len(outer.recorded.outcomes)
    other = part("c", {}, (replace(human, params={"sha256": "2"}),), fingerprint={})
    assert "model human: params.sha256: 1 in a; 2 in c" in refusal(first, other)
