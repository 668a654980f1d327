"""What a user gets for a mistake: one clear message, its exit code, no traceback, nothing lost."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.env.toy_store import put_env
from tests.workspace import Finished, Workspace
from vlmhb.env.holds import Holds
from vlmhb.store import read_journal
from vlmhb.store.journal import recover

pytestmark = pytest.mark.uv

HELD = "held\x1b[2J"
HELD_SHA256 = hashlib.sha256(HELD.encode()).hexdigest()


def refused(end: Finished, code: int, *said: str) -> None:
    """The command ended with `code`, said all of `said`, and showed no traceback."""
    assert code == end.code, end.err
    assert "Traceback" not in end.err
    for words in said:
        assert words in end.err


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_broken_yaml(workspace: Workspace):
    (workspace.path / "configs/runs/run.yaml").write_text("models: [model\ntasks: [numbers]\n")

    refused(workspace.vlmhb("run", "run"), 2, "run.yaml:2:")


def test_an_unknown_model(workspace: Workspace):
    end = workspace.vlmhb("run", "run", "--models", "modle")

    refused(end, 2, "'modle'", "did you mean 'model'")


def test_unknown_keys_are_all_named_at_once_with_their_places(workspace: Workspace):
    workspace.write_yaml(
        "configs/runs/run.yaml",
        {"models": ["model"], "tasks": ["numbers"], "max_worker": 2, "sed": 1},
    )

    refused(workspace.vlmhb("run", "run"), 2, "did you mean 'max_workers'", "did you mean 'seed'")


def test_an_unknown_metric(workspace: Workspace):
    edit(workspace.path / "configs/tasks/numbers.yaml", "exact_match", "exact_mtach")

    refused(workspace.vlmhb("run", "run"), 2, "did you mean 'exact_match'")


def test_a_missing_image(workspace: Workspace):
    (workspace.path / "data/images/page4.png").unlink()

    end = workspace.vlmhb("run", "run")

    refused(end, 2, "images/page4.png", "annotation.csv: line 6")
    assert not (workspace.path / "runs").exists()


def test_a_path_out_of_the_dataset(workspace: Workspace):
    edit(workspace.path / "data/annotation.csv", "images/page4.png", "../../../etc/passwd")

    refused(workspace.vlmhb("run", "run"), 2, "../../../etc/passwd")


def test_an_unreadable_image_fails_its_samples_and_no_others(workspace: Workspace):
    (workspace.path / "data/images/page4.png").write_text("this is no image")

    end = workspace.vlmhb("run", "run", "--out", "out")

    refused(end, 3)
    assert "5/6" in end.out
    outcomes = read_journal(workspace.path / "out/answers.jsonl").outcomes
    assert 6 == len(outcomes)


def test_a_folder_that_holds_no_run(workspace: Workspace):
    refused(workspace.vlmhb("score", "data"), 2, "no run.json")


def test_a_damaged_journal_stops_everything_and_names_the_line(workspace: Workspace):
    workspace.write_model("model", {"delay_s": 0.05})  # so each is synced before the next one
    workspace.vlmhb("run", "run", "--out", "out")
    journal = workspace.path / "out/answers.jsonl"
    content = journal.read_bytes()

    journal.write_bytes(content.replace(b"toy ", b"t0y ", 1))

    refused(workspace.vlmhb("run", "run", "--out", "out"), 2, "answers.jsonl", "line 2 is damaged")


def test_an_env_that_cannot_be_built_leaves_no_model_to_run(workspace: Workspace, tmp_path: Path):
    """No network and nothing cached: uv names the package, and nothing of the env is left."""
    envs = tmp_path / "envs"

    end = workspace.vlmhb(
        "run", "run", "--offline", VLMHB_ENVS=str(envs), UV_CACHE_DIR=str(tmp_path / "cache")
    )

    assert 4 == end.code
    assert "msgpack" in end.out
    assert "Traceback" not in end.err
    assert [] == [entry.name for entry in envs.iterdir() if entry.name.startswith(".staging")]


@pytest.mark.skipif(
    subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False).returncode != 0,
    reason="this machine allows no user namespaces, so no small disk can be mounted",
)
def test_a_full_disk_loses_no_answer_and_the_run_goes_on_elsewhere(workspace: Workspace):
    workspace.write_model("model", {"answers": {"page": "x" * 150_000}})
    workspace.vlmhb("env", "build", "toy")
    (workspace.path / "small").mkdir()
    script = (
        "mount -t tmpfs -o size=640k none small; "
        f"{sys.executable} -m vlmhb run run --out small/out --ui none --full-disk-wait 0; code=$?; "
        "cp -r small/out kept; exit $code"
    )

    ended = subprocess.run(
        ["unshare", "-rm", "sh", "-c", script],
        cwd=workspace.path,
        env=workspace.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    kept = workspace.path / "kept"
    recover(kept / "answers.jsonl")
    before = read_journal(kept / "answers.jsonl").outcomes
    shutil.rmtree(kept / "derived", ignore_errors=True)
    again = workspace.vlmhb("run", "run", "--out", "kept")

    refused(
        Finished(ended.returncode, ended.stdout, ended.stderr), 4, "No space left", "free at least"
    )
    assert 0 < len(before) < 6
    assert 0 == again.code
    after = read_journal(kept / "answers.jsonl").outcomes
    assert before.items() <= after.items()
    assert 6 == len(after)


def test_a_folder_that_cannot_be_written(workspace: Workspace):
    (workspace.path / "file").write_text("")

    refused(workspace.vlmhb("run", "run", "--out", "file/out"), 4, "cannot make the run folder")


def test_wrong_usage_is_exit_code_2(workspace: Workspace):
    refused(workspace.vlmhb("run", "run", "--limit", "0"), 2, "--limit")
    refused(workspace.vlmhb("rnu"), 2, "rnu")


def test_a_closed_terminal_does_not_end_a_run(workspace: Workspace):
    read_end, write_end = os.pipe()
    os.close(read_end)
    ended = subprocess.run(
        [sys.executable, "-m", "vlmhb", "run", "run", "--out", "out", "--ui", "plain"],
        cwd=workspace.path,
        env=workspace.environment(),
        stdout=write_end,
        stderr=write_end,
        check=False,
    )
    os.close(write_end)

    assert 6 == len(read_journal(workspace.path / "out/answers.jsonl").outcomes)
    assert (workspace.path / "out/derived/report.html").is_file()
    assert 0 == ended.returncode


@pytest.mark.parametrize(
    "words",
    [
        ("env", "build", "mine"),
        ("env", "lock", "--check", "mine"),
        ("env", "diff", "mine", "mine"),
        ("env", "remove", HELD_SHA256[:8]),
        ("env", "prune", "--unnamed"),
    ],
    ids=lambda words: words[1],
)
def test_an_error_does_to_the_terminal_nothing_that_it_quotes(tmp_path: Path, words):
    folder = tmp_path / "a\x1b[2Jb"
    space = Workspace.create(folder, tmp_path / "envs")
    (folder / "envspecs/mine").mkdir(parents=True)
    space.write_yaml("envspecs/mine/envspec.yaml", {"python": ">=3.8", "imports": ["x"]})
    holds = Holds()
    holds.take(put_env(space.envs, HELD, {}))

    end = space.vlmhb(*words)

    assert "\x1b" not in end.out + end.err
    assert "\\u001b[2J" in end.err + end.out
    assert "Traceback" not in end.err
