"""What a worker leaves behind is told by the folder that was its home."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from vlmhb.system.leftovers import kill_at_home_in


@contextmanager
def at_home(home: str) -> Iterator["subprocess.Popen[bytes]"]:
    with subprocess.Popen(["sleep", "1000"], env={**os.environ, "HOME": home}) as process:
        try:
            yield process
        finally:
            process.kill()


def test_those_at_home_there_are_killed_and_no_others(tmp_path: Path):
    with ExitStack() as stack:
        own = [stack.enter_context(at_home(str(tmp_path))) for _ in range(3)]
        others = [stack.enter_context(at_home(home)) for home in (f"{tmp_path}/a", f"a{tmp_path}")]
        kill_at_home_in(tmp_path)

        assert [-9] * 3 == [process.wait(30) for process in own]
        assert [None] * 2 == [process.poll() for process in others]
