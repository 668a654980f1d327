"""scoring.json is there only when a run is not scored as its tasks say."""

from pathlib import Path

from tests.build import model
from vlmhb.domain.scoring import AS_THE_TASKS_SAY, Scoring
from vlmhb.store.scoring import read_scoring, write_scoring


def test_what_is_written_is_read_back(tmp_path: Path):
    scoring = Scoring(("wer", "cer"), model("judge", params={"prompt": "Верно?"}))

    write_scoring(tmp_path / "scoring.json", scoring)

    assert scoring == read_scoring(tmp_path / "scoring.json")


def test_a_run_scored_as_its_tasks_say_again_has_no_such_file(tmp_path: Path):
    file = tmp_path / "scoring.json"
    write_scoring(file, Scoring(("wer",)))

    write_scoring(file, AS_THE_TASKS_SAY)
    write_scoring(file, AS_THE_TASKS_SAY)

    assert not file.exists()
