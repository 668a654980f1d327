"""The process that scores a run while it goes on."""

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.fault.census import until
from tests.unit.scoring.runs import ScoredRun, install_metric
from vlmhb.scoring import ScoresAhead, scores_ahead
from vlmhb.scoring.scores_file import read_scores


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where scratch folders are; none is left there."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    yield folder
    assert [] == list(folder.iterdir())


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which modules are found."""
    folder = tmp_path / "plugins"
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, "odd_metric", raising=False)  # that of another test
    return folder


def scorers() -> list[psutil.Process]:
    children = psutil.Process().children()
    return [one for one in children if any("ahead_child" in word for word in one.cmdline())]


def written(scratch: Path) -> Path:
    (file,) = scratch.glob("vlmhb-scores-*/scores")
    return file


def test_answers_are_scored_before_the_last_one_comes(tmp_path: Path, scratch: Path):
    run = ScoredRun.begun(tmp_path / "run")
    outcomes = run.outcomes
    run.answer(*outcomes[:4])
    with ScoresAhead(run.run_dir.path) as ahead:
        ahead.start()
        ahead.start()
        early = run.scores()
        until(lambda: len(list(scratch.glob("*/scores"))) == 1)
        until(lambda: early == read_scores(written(scratch)))
        n_scorers = len(scorers())
        run.answer(*outcomes[4:])
        ahead.finish()

        assert run.scores() == ahead.known()
    assert early
    assert 1 == n_scorers
    assert [] == scorers()


def test_without_a_start_nothing_is_known(tmp_path: Path):
    run = ScoredRun.begun(tmp_path / "run")
    run.answer(*run.outcomes)
    with ScoresAhead(run.run_dir.path) as ahead:
        ahead.finish()
        ahead.start()

        assert {} == ahead.known()
        assert [] == scorers()


def test_metrics_are_found_where_this_process_finds_them(tmp_path: Path, plugins: Path):
    install_metric(plugins, "print('words', os.read(0, 9))\nreturn Score(len(text), 7)")
    run = ScoredRun.begun(tmp_path / "run", "odd")
    run.answer(*run.outcomes)
    with ScoresAhead(run.run_dir.path) as ahead:
        ahead.start()
        ahead.finish()
        known = ahead.known()

    assert "odd" in {metric for *_, metric in known}
    assert run.scores() == known


def test_a_metric_that_ends_its_process_leaves_what_was_scored_before(
    tmp_path: Path, plugins: Path
):
    install_metric(plugins, "os._exit(3) if text.endswith('4') else None\nreturn Score(1, 1)")
    run = ScoredRun.begun(tmp_path / "run", "odd")
    outcomes = run.outcomes
    run.answer(*outcomes[:4])
    before = run.scores()
    run.answer(outcomes[4])
    with ScoresAhead(run.run_dir.path) as ahead:
        ahead.start()
        ahead.finish()

        assert before == ahead.known()


def test_nobody_waits_for_a_metric_that_hangs(
    tmp_path: Path, plugins: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(scores_ahead, "SILENCE_S", 2.0)
    install_metric(
        plugins,
        "import threading\nthreading.Event().wait() if text.endswith('4') else None\n"
        "return Score(1, 1)",
    )
    run = ScoredRun.begun(tmp_path / "run", "odd")
    outcomes = run.outcomes
    run.answer(*outcomes[:4])
    before = run.scores()
    run.answer(outcomes[4])
    with ScoresAhead(run.run_dir.path) as ahead:
        ahead.start()
        ahead.finish()

        assert before == ahead.known()
    assert [] == scorers()


def test_one_who_is_slow_is_waited_for(
    tmp_path: Path, plugins: Path, monkeypatch: pytest.MonkeyPatch
):
    """It says that it is there, however long all of it takes."""
    monkeypatch.setattr(scores_ahead, "SILENCE_S", 3.0)
    install_metric(plugins, "import threading\nthreading.Event().wait(0.6)\nreturn Score(1, 1)")
    run = ScoredRun.begun(tmp_path / "run", "odd")
    run.answer(*run.outcomes)
    with ScoresAhead(run.run_dir.path) as ahead:
        ahead.start()
        ahead.finish()
        known = ahead.known()

    n_slow = sum(
        metric == "odd" and str(result)[:5] == "Score" for (*_, metric), result in known.items()
    )
    assert n_slow * 0.6 > scores_ahead.SILENCE_S
    assert run.scores().keys() == known.keys()


def test_one_who_leaves_waits_for_nothing(tmp_path: Path, plugins: Path):
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    install_metric(plugins, f"open({str(gate)!r}).read()\nreturn Score(1, 1)")
    run = ScoredRun.begun(tmp_path / "run", "odd")
    run.answer(*run.outcomes)
    with ScoresAhead(run.run_dir.path) as ahead:
        ahead.start()
        with gate.open("w"):  # which waits until the metric is at it
            pass
    assert [] == scorers()


def test_a_machine_without_room_for_a_process_scores_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    run = ScoredRun.begun(tmp_path / "run")
    run.answer(*run.outcomes)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(scores_ahead, "scratch_folder", full)
    with ScoresAhead(run.run_dir.path) as ahead:
        ahead.start()
        ahead.finish()

        assert {} == ahead.known()
