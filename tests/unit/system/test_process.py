import os
import re
import select
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from vlmhb.system.process import (
    Command,
    CommandCancelledError,
    Completed,
    inherited_environment,
    run,
)

HERE = Path("/")


def python(code: str, **options) -> Completed:
    return run([sys.executable, "-c", code], environment={}, cwd=HERE, **options)


def has_ended(pid: int) -> bool:
    """Also true for a zombie: the first process of a container may not reap."""
    try:
        pidfd = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    ready, _, _ = select.select([pidfd], [], [], 10)
    os.close(pidfd)
    return bool(ready)


def test_a_command_returns_what_it_wrote_and_how_it_ended():
    completed = python("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)")

    assert (3, "out\n", "err\n") == (completed.returncode, completed.stdout, completed.stderr)


def test_a_child_that_fills_both_pipes_does_not_hang():
    noise = "import sys\nfor pipe in (sys.stderr, sys.stdout, sys.stderr): pipe.write('x' * 2**21)"

    completed = python(noise)

    assert (2**21, 2**22) == (len(completed.stdout), len(completed.stderr))


def test_a_child_sees_the_given_environment_its_mark_and_nothing_else(monkeypatch):
    monkeypatch.setenv("VLMHB_SECRET", "x")

    completed = run(["/usr/bin/env"], environment={"ONLY": "this"}, cwd=HERE)

    assert re.fullmatch("ONLY=this\nVLMHB_COMMAND=[0-9a-f]{32}[.][0-9]+\n", completed.stdout)


KILLED_HOST = """
from pathlib import Path
from vlmhb.system.process import run
print("ready", flush=True)
run(["/bin/sh", "-c", {script!r}], environment={{}}, cwd=Path("/"))
"""
LEAVES_ALL_KINDS = "setsid sh -c 'sleep 600; true' & sleep 600 & echo run > {pipe}; sleep 600; true"


def test_a_killed_host_leaves_nothing_of_a_command_running(tmp_path):
    """Each process of it holds the pipe open, those that left its session included."""
    pipe = tmp_path / "held"
    os.mkfifo(pipe)
    script = f"exec 3<>{pipe}; {LEAVES_ALL_KINDS.format(pipe=pipe)}"
    host = subprocess.Popen(
        [sys.executable, "-c", KILLED_HOST.format(script=script)], stdout=subprocess.PIPE
    )
    with pipe.open("rb") as reader:
        assert b"run\n" == reader.readline()

        host.kill()
        host.communicate()

        assert b"" == reader.read()


def test_what_left_the_group_of_a_command_goes_with_it_when_it_is_given_up(tmp_path):
    pids = tmp_path / "pids"
    script = f"setsid sleep 600 & echo $! > {pids}; mv {pids} {pids}.done; wait"

    with pytest.raises(TimeoutError):
        run(["/bin/sh", "-c", script], environment={}, cwd=HERE, timeout_s=1.0)

    assert has_ended(int(Path(f"{pids}.done").read_text()))


def test_inherited_environment_holds_the_named_variables_that_are_set(monkeypatch):
    monkeypatch.setenv("VLMHB_A", "1")
    monkeypatch.delenv("VLMHB_B", raising=False)

    assert {"VLMHB_A": "1"} == inherited_environment(("VLMHB_A", "VLMHB_B"))


ESCAPED_DAEMON = """
import os, time
reading, writing = os.pipe()
if os.fork():
    os.read(reading, 1)
    os._exit(0)
os.setsid()
os.write(2, b"early\\n")
os.write(writing, b"x")
time.sleep(0.2)
os.write(2, b"late\\n")
"""


def test_every_line_of_stderr_is_told_also_what_comes_after_the_end():
    lines: list[str] = []

    completed = python(ESCAPED_DAEMON, on_line=lines.append)

    assert ["early", "late"] == lines
    assert "early\nlate\n" == completed.stderr


def test_lines_are_told_while_the_command_runs():
    """The child ends only after its first line was answered."""
    reading, writing = os.pipe()

    def answer(_line: str) -> None:
        os.close(writing)

    completed = run(
        ["/bin/sh", "-c", f"echo ready >&2; cat /proc/{os.getpid()}/fd/{reading}"],
        environment={},
        cwd=HERE,
        on_line=answer,
        timeout_s=20,
    )

    os.close(reading)
    assert 0 == completed.returncode


def test_bytes_that_are_not_utf8_are_kept_readable():
    completed = python("import os; os.write(1, b'\\xff\\n')")

    assert "\\xff\n" == completed.stdout


def test_a_command_that_runs_too_long_dies_with_its_children(tmp_path):
    pids = tmp_path / "pids"
    script = f"sleep 60 & echo $$ $! > {pids}; mv {pids} {pids}.done; wait"

    with pytest.raises(TimeoutError, match=r"/bin/sh was still running after 0\.5 s"):
        run(["/bin/sh", "-c", script], environment={}, cwd=HERE, timeout_s=0.5)

    assert [True, True] == [has_ended(int(pid)) for pid in Path(f"{pids}.done").read_text().split()]


def test_a_cancelled_command_is_killed_in_the_middle():
    cancelled = threading.Event()
    pids: list[int] = []

    def cancel(line: str) -> None:
        pids.append(int(line))
        cancelled.set()

    with pytest.raises(CommandCancelledError):
        run(
            ["/bin/sh", "-c", "echo $$ >&2; sleep 60; true"],
            environment={},
            cwd=HERE,
            on_line=cancel,
            cancelled=cancelled,
        )

    assert has_ended(pids[0])


def test_an_interrupted_caller_leaves_no_child_behind():
    pids: list[int] = []

    def interrupt(line: str) -> None:
        pids.append(int(line))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(
            ["/bin/sh", "-c", "echo $$ >&2; sleep 60; true"],
            environment={},
            cwd=HERE,
            on_line=interrupt,
        )

    assert has_ended(pids[0])


def test_a_background_child_that_holds_the_pipe_does_not_hold_the_caller():
    completed = run(["/bin/sh", "-c", "sleep 60 & echo $!"], environment={}, cwd=HERE, timeout_s=30)

    assert has_ended(int(completed.stdout))


def test_a_killed_command_tells_its_signal():
    completed = run(["/bin/sh", "-c", "kill -9 $$"], environment={}, cwd=HERE)

    assert -9 == completed.returncode


def test_a_command_that_does_not_exist_is_an_error_of_its_own():
    with pytest.raises(FileNotFoundError):
        run(["/nonexistent"], environment={}, cwd=HERE)


def test_no_thread_is_left_behind():
    before = threading.active_count()

    python("print('x')")

    assert before == threading.active_count()


def test_a_silent_command_is_ended_and_one_that_speaks_is_not():
    talk = "import sys, time\nfor _ in range(5): time.sleep(.5); sys.stderr.write('.\\n')"

    assert 0 == python(talk, silence_s=2.0).returncode
    with pytest.raises(TimeoutError, match=r"said nothing for 0\.3 s"):
        python("import time; time.sleep(600)", silence_s=0.3)


def test_a_command_reads_what_it_is_told_once_it_is():
    with Command(["/bin/cat"], environment={}, cwd=HERE, is_told=True) as command:
        command.tell("words")
        command.wait(timeout_s=60)

    assert "words" == command.completed().stdout


def test_a_command_that_is_left_before_it_is_told_anything_is_gone():
    with Command(["/bin/cat"], environment={}, cwd=HERE, is_told=True) as command:
        pass

    assert -signal.SIGKILL == command.completed().returncode


def test_a_command_that_ended_before_it_was_told_says_how():
    with Command(["/bin/false"], environment={}, cwd=HERE, is_told=True) as command:
        command.wait(timeout_s=60)
        command.tell("words")

    assert 1 == command.completed().returncode
