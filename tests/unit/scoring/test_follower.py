"""What is scored while a run goes on is what is scored afterwards."""

from pathlib import Path

from tests.build import answer
from tests.unit.metrics.foreign import installed
from tests.unit.scoring.runs import ScoredRun, key
from vlmhb.domain.scoring import Scoring
from vlmhb.scoring.follower import Follower
from vlmhb.store import write_scoring


def scored(follower: Follower) -> dict[tuple[str, str, str, str], object]:
    return {key(score): score.result for scores in follower.scores() for score in scores}


def test_each_outcome_gets_the_scores_that_it_gets_afterwards_once(tmp_path: Path):
    run = ScoredRun.begun(tmp_path)
    outcomes = run.outcomes
    run.answer(*outcomes[:3])
    follower = Follower(run.run_dir)

    first, afterwards = scored(follower), run.scores()
    nothing = scored(follower)
    run.answer(*outcomes[3:])
    rest = scored(follower)

    assert first
    assert afterwards == first
    assert {} == nothing
    assert run.scores() == first | rest
    assert not first.keys() & rest.keys()
    assert {"cer", "exact_match", "wer"} == {metric for *_, metric in first | rest}


def test_a_request_of_two_tasks_is_scored_for_both(tmp_path: Path):
    run = ScoredRun.begun(tmp_path)
    run.answer(run.outcomes[1])

    assert {"numbers", "again"} == {task for _, task, *_ in scored(Follower(run.run_dir))}


def test_metrics_are_those_that_the_run_was_scored_with_last(tmp_path: Path):
    run = ScoredRun.begun(tmp_path)
    write_scoring(run.run_dir.scoring, Scoring(metrics=("chrf",)))
    run.answer(*run.outcomes)

    assert {"chrf"} == {metric for *_, metric in scored(Follower(run.run_dir))}


def test_an_outcome_that_nothing_asks_for_has_no_score(tmp_path: Path):
    run = ScoredRun.begun(tmp_path)
    run.answer(answer("somebody else's"))

    assert {} == scored(Follower(run.run_dir))


def test_metrics_of_other_packages_are_left_to_the_run(tmp_path: Path):
    with installed(tmp_path):
        run = ScoredRun.begun(tmp_path / "run", "rms", "cer")
        run.answer(*run.outcomes)
        by_task = {metric for *_, metric in scored(Follower(run.run_dir))}
        write_scoring(run.run_dir.scoring, Scoring(metrics=("pairs", "chrf")))
        chosen = {metric for *_, metric in scored(Follower(run.run_dir))}

    assert ({"cer", "wer"}, {"chrf"}) == (by_task, chosen)
