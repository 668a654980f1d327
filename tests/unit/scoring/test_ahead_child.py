"""What the process that scores says to the one that waits for it."""

import subprocess
import sys

import pytest

BEATS = "from vlmhb.scoring.ahead_child import End; end = End(); end.beat(); end.beat()"


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
