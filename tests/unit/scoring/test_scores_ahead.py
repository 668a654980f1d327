"""The process that scores a run while it goes on."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.fault.census import until
from tests.unit.scoring.runs import ScoredRun
from vlmhb.domain.score import Score
from vlmhb.metrics.scoring import KnownResults
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
        (scorer,) = scorers()
        manners = scorer.nice(), scorer.rlimit(psutil.RLIMIT_CORE)
        run.answer(*outcomes[4:])
        ahead.finish()

        assert run.scores() == ahead.known()
    assert early
    assert (10, (0, 0)) == manners
    assert [] == scorers()


def test_without_a_start_nothing_is_known(tmp_path: Path):
    run = ScoredRun.begun(tmp_path / "run")
    run.answer(*run.outcomes)
    with ScoresAhead(run.run_dir.path) as ahead:
        ahead.finish()
        ahead.start()

        assert {} == ahead.known()
        assert [] == scorers()


CHILD = """
import os, sys, threading
from pathlib import Path
from vlmhb.domain.score import SampleScore, Score
from vlmhb.scoring.scores_file import append_scores
file = Path(sys.argv[2]).open("ab")
def score(number):
    append_scores(file, [SampleScore("m", "t", str(number), "cer", Score(float(number), 1.0))])
"""
"""What scores, for tests of what may become of it."""


def known_of(folder: Path, does: str) -> KnownResults:
    """What is known at the end, where the process does so."""
    script = folder / "ahead_child.py"
    script.write_text(CHILD + does)
    with ScoresAhead(folder, script) as ahead:
        ahead.start()
        ahead.finish()
        return ahead.known()


ONE = {("m", "t", "1", "cer"): Score(1.0, 1.0)}


def test_one_that_dies_leaves_what_it_scored_before(tmp_path: Path):
    assert ONE == known_of(tmp_path, "score(1); os._exit(3); score(2)")


def test_one_that_hangs_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(scores_ahead, "SILENCE_S", 2.0)

    assert ONE == known_of(tmp_path, "score(1); threading.Event().wait(); score(2)")
    assert [] == scorers()


def test_one_that_tells_that_it_is_there_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(scores_ahead, "SILENCE_S", 2.0)
    beats = "for number in range(1, 9): threading.Event().wait(0.5); print('.', file=sys.stderr)"

    assert ONE == known_of(tmp_path, f"{beats}\nscore(1)")


def test_nobody_sees_a_variable_of_the_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Others of its user could read it there."""
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    seen = tmp_path / "seen"

    known_of(tmp_path, f"Path({str(seen)!r}).write_bytes(Path('/proc/self/environ').read_bytes())")

    assert b"VLMHB" in seen.read_bytes()
    assert b"TOKEN" not in seen.read_bytes()


def test_one_who_leaves_waits_for_nothing(tmp_path: Path):
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    script = tmp_path / "ahead_child.py"
    script.write_text(f"open({str(gate)!r}).read()\nimport threading\nthreading.Event().wait()")
    with ScoresAhead(tmp_path, script) as ahead:
        ahead.start()
        with gate.open("w"):  # which waits until it is there
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


def test_code_beside_the_installed_one_makes_no_scores(tmp_path: Path):
    run = ScoredRun.begun(tmp_path / "run")
    run.answer(*run.outcomes)
    script = tmp_path / "ahead_child.py"
    script.write_bytes(scores_ahead.CHILD.read_bytes())
    with ScoresAhead(run.run_dir.path, script) as ahead:
        ahead.start()
        ahead.finish()

        assert {} == ahead.known()
