"""File systems that have no locks, as the kernel tells it."""

import platform
import shlex
import subprocess
import sys

import pytest

from tests.workspace import PATIENCE_S, Finished, Workspace

FLOCK = {"x86_64": 73, "aarch64": 32}
"""Its number, by machine."""
WITHOUT_LOCKS = """
import ctypes, errno, os, struct, sys

def step(code, jump_if_not, value):
    return struct.pack("HBBI", code, 0, jump_if_not, value)

LOAD_NUMBER, UNLESS_EQUAL, RETURN, ALLOW, REFUSE = 0x20, 0x15, 0x06, 0x7FFF0000, 0x00050000
steps = (
    step(LOAD_NUMBER, 0, 0),
    step(UNLESS_EQUAL, 1, int(sys.argv[1])),
    step(RETURN, 0, REFUSE | errno.ENOLCK),
    step(RETURN, 0, ALLOW),
)
listed = ctypes.create_string_buffer(b"".join(steps))

class Program(ctypes.Structure):
    _fields_ = [("steps", ctypes.c_ushort), ("listed", ctypes.c_void_p)]

program = Program(len(steps), ctypes.addressof(listed))
NO_NEW_PRIVILEGES, SECCOMP, FILTER = 38, 22, 2
prctl = ctypes.CDLL(None, use_errno=True).prctl
if prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0) or prctl(SECCOMP, FILTER, ctypes.byref(program), 0, 0):
    sys.exit(os.strerror(ctypes.get_errno()))
os.execv(sys.argv[2], sys.argv[2:])
"""
"""Runs a command for which flock is refused, as on NFS without a lock manager."""


def refused(*words: str) -> tuple[str, ...]:
    return (sys.executable, "-c", WITHOUT_LOCKS, str(FLOCK.get(platform.machine(), 0)), *words)


def has_filters() -> bool:
    if platform.machine() not in FLOCK:
        return False
    tried = "import fcntl, sys; fcntl.flock(sys.stdin, fcntl.LOCK_EX)"
    command = refused(sys.executable, "-c", tried)
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    return "No locks available" in ended.stderr


pytestmark = [
    pytest.mark.uv,
    pytest.mark.skipif(not has_filters(), reason="nothing can be refused to a process here"),
]


def vlmhb(space: Workspace, words: str) -> Finished:
    ended = subprocess.run(
        refused(sys.executable, "-m", "vlmhb", *shlex.split(words)),
        cwd=space.path,
        env=space.environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    return Finished(ended.returncode, ended.stdout, ended.stderr)


def test_a_run_goes_on_to_its_documents_and_says_so(workspace: Workspace):
    workspace.vlmhb(
        "run", "run", "--out", "first", "--limit", "1"
    )  # uv needs locks to build an env

    ended = vlmhb(workspace, "run run --out out --ui plain")

    assert 0 == ended.code, ended.err
    assert "out lies on a file system without locks" in ended.err
    assert (workspace.path / "out/derived/report.html").is_file()


def test_a_run_can_be_read_marked_and_gone_on_with(workspace: Workspace):
    workspace.vlmhb("run", "run", "--out", "out", "--limit", "2")
    for words in (
        "score out",
        "report out",
        "mark out model chosen",
        "repair out",
        "compare out out",
        "export out --format vlmeval",
        "run run --out out --limit 2",
    ):
        ended = vlmhb(workspace, words)

        assert 0 == ended.code, (words, ended.err)
