"""Completion: what Tab offers in a real shell."""

import os
import select
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.store.runs import start_run
from tests.workspace import PATIENCE_S, Workspace

BIN = Path(sys.executable).parent


def offered(space: Workspace, *words: str, **more: str) -> list[str]:
    """What is offered for the last of the words, in bash's terms."""
    environment = space.environment(
        _VLMHB_COMPLETE="bash_complete",
        COMP_WORDS=" ".join(["vlmhb", *words]),
        COMP_CWORD=str(len(words)),
        **more,
    )
    ended = subprocess.run(
        [BIN / "vlmhb"], cwd=space.path, env=environment, capture_output=True, text=True, check=True
    )
    assert "" == ended.stderr
    return ended.stdout.split()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("run", "qui"), ["plain,quickstart"]),
        (("run", "ru"), ["plain,run"]),
        (("plan", "ru"), ["plain,run"]),
        (("validate", "qui"), ["plain,quickstart"]),
        (("run", "x", "--models", "mod"), ["plain,model"]),
        (
            ("run", "x", "--models", "model,tesseract-psm3,tess"),
            ["plain,model,tesseract-psm3,tesseract-psm4"],
        ),
        (("run", "x", "-t", "numb"), ["plain,numbers"]),
        (("run", "x", "--max-w"), ["plain,--max-workers"]),
        (("run", "x", "--device", "cu"), ["plain,cuda"]),
        (("try", "mod"), ["plain,model"]),
        (("doctor", "--model", "mod"), ["plain,model"]),
        (("score", "x", "--metrics", "cer,wer_n"), ["plain,cer,wer_norm"]),
        (("score", "x", "--judge", "mod"), ["plain,model"]),
        (("import", "x", "--task", "numb"), ["plain,numbers"]),
        (("models", "fetch", "mod"), ["plain,model"]),
        (("env", "build", "rapidocr-1"), ["plain,rapidocr-1.4"]),
        (("list", "data"), ["plain,datasets"]),
        (("vi",), ["plain,view"]),
        (("run", "configs/runs/run.ya"), ["file,configs/runs/run.ya"]),
    ],
)
def test_names_that_are_here_are_offered(
    workspace: Workspace, words: tuple[str, ...], expected: list[str]
):
    assert expected == offered(workspace, *words)


@pytest.mark.parametrize("command", ["score", "report", "view", "export", "compare", "mark"])
def test_run_folders_are_offered_newest_first(workspace: Workspace, command: str):
    for name in ("20260101T000000Z_a_1", "20260102T000000Z_a_1"):
        start_run(workspace.path / "runs" / name)
    (workspace.path / "runs/other").mkdir()

    found = offered(workspace, command, "ru")

    newest = [f"plain,runs/2026010{day}T000000Z_a_1" for day in (2, 1)]
    assert newest == found
    assert newest[:1] == offered(workspace, command, "runs/20260102")
    assert ["dir,elsewh"] == offered(workspace, command, "elsewh")


def test_run_folders_are_looked_for_where_they_are_made(workspace: Workspace, tmp_path: Path):
    start_run(tmp_path / "mine/a")

    assert [f"plain,{tmp_path}/mine/a"] == offered(
        workspace, "report", str(tmp_path), VLMHB_RUNS=str(tmp_path / "mine")
    )


def test_a_folder_that_is_gone_breaks_nothing(workspace: Workspace, tmp_path: Path):
    gone = Workspace(tmp_path / "gone", workspace.envs)
    gone.path.mkdir()
    script = f"rmdir {gone.path}; exec {BIN}/vlmhb"
    environment = gone.environment(
        _VLMHB_COMPLETE="bash_complete", COMP_WORDS="vlmhb try tesseract-psm3", COMP_CWORD="2"
    )

    ended = subprocess.run(
        ["bash", "-c", script],
        cwd=gone.path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )

    assert ("plain,tesseract-psm3\n", "") == (ended.stdout, ended.stderr)


def test_bash_completes_after_the_line_of_the_guide(workspace: Workspace):
    """As in ~/.bashrc, and as Tab calls it."""
    script = (
        'eval "$(_VLMHB_COMPLETE=bash_source vlmhb)"\n'
        "complete -p vlmhb\n"
        "COMP_WORDS=(vlmhb run x --models tesseract-psm); COMP_CWORD=4\n"
        "_vlmhb_completion vlmhb\n"
        'printf "%s\\n" "${COMPREPLY[@]}"\n'
    )

    ended = subprocess.run(
        ["bash", "-c", script],
        cwd=workspace.path,
        env=workspace.environment(PATH=f"{BIN}:{os.environ['PATH']}"),
        capture_output=True,
        text=True,
        check=True,
    )

    how, *names = ended.stdout.splitlines()
    assert "-F _vlmhb_completion vlmhb" in how
    assert ["tesseract-psm3", "tesseract-psm4"] == names
    assert "" == ended.stderr


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_other_shells_get_their_scripts(workspace: Workspace, shell: str):
    ended = subprocess.run(
        [BIN / "vlmhb"],
        env=workspace.environment(_VLMHB_COMPLETE=f"{shell}_source"),
        capture_output=True,
        text=True,
        check=True,
    )

    assert f"_VLMHB_COMPLETE={shell}_complete" in ended.stdout
    assert (shell == "fish") == ("string split -m 1" in ended.stdout)


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed")
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("vlmhb run qui", ["quickstart"]),
        ("vlmhb run x --models tesseract-psm3,tess", ["tesseract-psm3,tesseract-psm4"]),
        ("vlmhb list data", ["datasets"]),
        ("vlmhb vie", ["view"]),
    ],
)
def test_fish_completes_after_the_line_of_the_guide(
    workspace: Workspace, line: str, expected: list[str]
):
    script = f"_VLMHB_COMPLETE=fish_source vlmhb | source; complete -C {shlex.quote(line)}"

    ended = subprocess.run(
        ["fish", "--no-config", "-c", script],
        cwd=workspace.path,
        env=workspace.environment(PATH=f"{BIN}:{os.environ['PATH']}", HOME=str(workspace.path)),
        capture_output=True,
        text=True,
        check=True,
    )

    assert expected == [found.partition("\t")[0] for found in ended.stdout.splitlines()]


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")
@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("vlmhb run quic", "vlmhb run quickstart"),
        (
            "vlmhb run x --models tesseract-psm3,tess",
            "vlmhb run x --models tesseract-psm3,tesseract-psm4",
        ),
        ("vlmhb vie", "vlmhb view"),
    ],
)
def test_zsh_completes_after_the_line_of_the_guide(workspace: Workspace, typed: str, expected: str):
    """Typed into a shell on a terminal; Ctrl-A and `echo` show what Tab made of the line."""
    terminal, program = os.openpty()
    environment = workspace.environment(
        PATH=f"{BIN}:{os.environ['PATH']}", HOME=str(workspace.path), TERM="xterm", PS1="ready> "
    )
    shell = subprocess.Popen(
        ["zsh", "-f", "-i"],
        cwd=workspace.path,
        env=environment,
        stdin=program,
        stdout=program,
        stderr=program,
        start_new_session=True,
    )
    os.close(program)
    try:
        type_into(terminal, "autoload -Uz compinit && compinit -u\n", "ready> ")
        type_into(terminal, 'eval "$(_VLMHB_COMPLETE=zsh_source vlmhb)" && echo be"gun"\n', "begun")
        shown = type_into(terminal, f"{typed}\t\x01echo it is: \n", "it is: vlmhb")
        shown += type_into(terminal, 'echo en"ded"\n', "ended")
    finally:
        shell.kill()
        shell.wait()
        os.close(terminal)

    assert f"it is: {expected}" in [line.strip() for line in shown.splitlines()]


def type_into(terminal: int, keys: str, until: str) -> str:
    """What the terminal shows until `until`."""
    os.write(terminal, keys.encode())
    shown = ""
    while until not in shown.replace("\r", ""):
        assert select.select([terminal], [], [], PATIENCE_S)[0], shown
        shown += os.read(terminal, 65536).decode("utf-8", "replace")
    return shown
