"""A disk that became read-only: what each command offers is something that it can be given."""

import subprocess
import sys

import pytest

from tests.workspace import PATIENCE_S, Workspace

NEW, OWN = "choose another folder with --out", "copy the run folder to another disk"
OFFERED = {
    "run run --out disk/new": NEW,
    "run run --out disk/out": OWN,
    "score disk/out": OWN,
    "mark disk/out model chosen": OWN,
    "repair disk/out": OWN,
    "export disk/out --format vlmeval": NEW,
    "compare disk/out disk/out": NEW,
}
SCRIPT = """
mount -t tmpfs none disk && cp -r out disk/out && mount -o remount,ro disk
"""
pytestmark = [
    pytest.mark.uv,
    pytest.mark.skipif(
        subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False).returncode
        != 0,
        reason="this machine allows no user namespaces, so no disk can be made read-only",
    ),
]


def test_each_command_says_what_it_can_be_given_instead(workspace: Workspace):
    workspace.vlmhb("run", "run", "--out", "out", "--limit", "2")
    (workspace.path / "disk").mkdir()
    calls = (
        f"{sys.executable} -m vlmhb {words} 2> err-{n}; echo $?" for n, words in enumerate(OFFERED)
    )

    ended = subprocess.run(
        ["unshare", "-rm", "sh", "-c", "\n".join((SCRIPT, *calls))],
        cwd=workspace.path,
        env=workspace.environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )

    assert ["4"] * len(OFFERED) == ended.stdout.split(), ended.stderr
    for number, (words, offered) in enumerate(OFFERED.items()):
        said = (workspace.path / f"err-{number}").read_text()
        assert "Read-only file system" in said, words
        assert f"or {offered}" in said, (words, said)
