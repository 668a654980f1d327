"""What the process that scores says to the one that waits for it, and when it ends."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.scoring.runs import ScoredRun
from vlmhb.scoring.scores_file import read_scores

BEATS = "from vlmhb.scoring.ahead_child import End; end = End(); end.beat(); end.beat()"
AT_THE_LAST_MOMENT = """
import sys
from pathlib import Path
from tests.unit.scoring.runs import ScoredRun
from vlmhb.scoring import ahead_child
from vlmhb.store import RunDir
class End(ahead_child.End):
    def has_come(self, wait_s):
        if not self._has_come:
            run = ScoredRun(RunDir(Path(sys.argv[1])))
            run.answer(*run.outcomes)
            self._has_come = True
        return True
ahead_child.End = End
ahead_child.main()
"""


@pytest.mark.parametrize(("is_over", "said"), [(True, "scoring\n"), (False, "")])
def test_it_says_that_it_is_there_each_second_once_no_more_answers_come(is_over: bool, said: str):
    with subprocess.Popen(
        [sys.executable, "-c", BEATS], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        assert child.stdin is not None
        assert child.stderr is not None
        if is_over:
            child.stdin.close()
        assert said == child.stderr.read()


def test_answers_that_came_right_before_the_end_are_scored(tmp_path: Path):
    run = ScoredRun.begun(tmp_path / "run")
    scores = tmp_path / "scores"

    words = [sys.executable, "-c", AT_THE_LAST_MOMENT, str(run.run_dir.path), str(scores)]
    subprocess.run(words, check=True, timeout=60)

    assert {} != run.scores()
    assert run.scores() == read_scores(scores)
