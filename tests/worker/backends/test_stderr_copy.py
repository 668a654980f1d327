"""What an engine's processes print becomes the error of their end; in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import vlmhb_worker
from vlmhb_worker.backends.stderr_copy import KEPT_BYTES, errors_in

PROGRAM = """
import json, subprocess, sys, threading
from vlmhb_worker.backends.stderr_copy import StderrCopy

told = threading.Event()
printed = StderrCopy(told.set)
with printed:
    child = subprocess.Popen([sys.executable, "-c", sys.argv[1]], stdin=subprocess.PIPE)
    if "READ" not in sys.argv[1]:
        if child.wait() == 1:  # it printed a traceback
            told.wait(30)  # another thread tells, and only within the context
if "READ" in sys.argv[1]:
    printed.forget()
    child.communicate(b"go")
error = printed.failure(RuntimeError("see above"))
print(json.dumps([type(error).__name__, str(error), told.is_set()]))
print("after", file=sys.stderr)
"""


def run(child: str) -> tuple[list[object], str]:
    """(type and text of the failure and whether it was told, what came out of file 2)."""
    folder = Path(vlmhb_worker.__file__).parents[1]
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, child],
        env={"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(ended.stdout), ended.stderr


def test_the_first_error_of_a_process_is_the_cause_and_everything_is_passed_on():
    failure, printed = run("raise ValueError('no such layer')")

    assert ["EngineFailedError", "ValueError: no such layer", True] == failure
    assert printed.startswith("Traceback")
    assert printed.endswith("ValueError: no such layer\nafter\n")


FULL = "class OutOfMemoryError(Exception): pass\nraise OutOfMemoryError('tried 2 GiB')"


@pytest.mark.parametrize(
    "before", ["", "import traceback\ntraceback.print_exception(KeyError(1))\n"]
)
def test_a_full_gpu_is_told_as_such_whatever_was_printed_before(before: str):
    failure, _ = run(before + FULL)

    assert "MemoryError" == failure[0]
    assert str(failure[1]).endswith("OutOfMemoryError: tried 2 GiB")


def test_an_error_that_was_handled_does_not_hide_the_one_that_was_not():
    failure, _ = run(
        "import traceback\ntraceback.print_exception(ImportError('no flashinfer'))\n"
        "raise KeyError(7)"
    )

    assert "ImportError: no flashinfer (the last error printed: KeyError: 7)" == failure[1]


def test_only_the_end_of_what_was_printed_is_kept():
    failure, _ = run(
        "import sys, traceback\ntraceback.print_exception(ImportError('long ago'))\n"
        f"sys.stderr.write('a line\\n' * {KEPT_BYTES // 7 + 1})\nraise KeyError(7)"
    )

    assert "KeyError: 7" == failure[1]


def test_a_process_that_says_nothing_leaves_the_error_as_it_is():
    failure, _ = run("pass")

    assert ["RuntimeError", "see above", False] == failure


def test_a_process_that_fails_later_is_heard_too():
    failure, _ = run("input()  # READ\nraise KeyError('late')")

    assert ["EngineFailedError", "KeyError: 'late'"] == failure[:2]


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        (
            "(Worker pid=2) ERROR 11-21 10:01:43 [executor.py:953] ValueError: no module",
            "ValueError: no module",
        ),
        (
            "torch.OutOfMemoryError: CUDA out of memory.",
            "torch.OutOfMemoryError: CUDA out of memory.",
        ),
        ("(Worker pid=2) ERROR 11-21 [executor.py:953]     raise ValueError(msg)", None),
        ("INFO: an Error: was avoided", None),
        ("(Worker pid=2) WARNING 11-21 10:01:43 [a.py:9] ImportError: no flashinfer", None),
        ("(Worker pid=2) INFO 11-21 10:01:43 [a.py:9] ImportError: no flashinfer", None),
        ("[rank0]:W1121 10:01:43.123456 77 torch/x.py:5] RuntimeError: slow", None),
        ("[rank0]: RuntimeError: bad", None),
        ("[2026-11-21 10:01:43 TP0] RuntimeError: bad", "RuntimeError: bad"),
    ],
)
def test_an_error_is_known_by_its_line(line: str, cause: str | None):
    assert [cause] * (cause is not None) == list(errors_in(["INFO loading", line]))
