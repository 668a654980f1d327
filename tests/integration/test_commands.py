"""The commands around `run`."""

import json
import sys
from pathlib import Path

import click
import pytest

from tests.workspace import Workspace
from vlmhb.cli import cli

COMMANDS = sorted(cli.commands)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_what_it_does_and_what_each_option_means(name: str):
    command = cli.commands[name]

    assert command.help
    options = [param for param in command.params if isinstance(param, click.Option)]
    assert [] == [option.name for option in options if not option.help]


def test_plan_says_what_a_run_would_do_and_does_nothing(workspace: Workspace):
    end = workspace.vlmhb("plan", "run", "--limit", "4", "--json")

    assert 0 == end.code, end.err
    (task,) = end.json["tasks"]
    assert ("numbers", 4) == (task["task"], task["samples"])
    (row,) = end.json["models"]
    assert (4, 4, None) == (row["requests"], row["left"], row["unavailable"])
    assert not (workspace.path / "runs").exists()


def test_plan_knows_what_is_answered_already(workspace: Workspace):
    workspace.vlmhb("run", "run")

    end = workspace.vlmhb("plan", "run")

    assert 0 == end.code
    assert "toy (built)  6         0" in end.out


@pytest.mark.uv
def test_plan_fails_when_no_model_can_run_here(workspace: Workspace):
    need = {"path": "/nonexistent/file", "install": "apt-get install -y something"}
    workspace.write_model("model", {}, files=[need])

    end = workspace.vlmhb("plan", "run")

    assert 4 == end.code
    assert "apt-get install -y something" in end.out


def test_validate_reads_everything_and_warns_of_unreadable_pages(workspace: Workspace):
    (workspace.path / "data/images/page1.png").write_text("no image")

    end = workspace.vlmhb("validate", "run")

    assert 0 == end.code, end.err
    assert "numbers: 6 samples, 6 pages" in end.out
    assert "warning: images/page1.png" in end.out


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("run-files", "quickstart"),
        ("models", "model"),
        ("tasks", "numbers"),
        ("envspecs", "toy"),
        ("metrics", "cer_ci"),
    ],
)
def test_list_shows_own_and_built_in_names(workspace: Workspace, kind: str, name: str):
    end = workspace.vlmhb("list", kind)

    assert 0 == end.code
    assert name in end.out.splitlines()


@pytest.mark.uv
def test_try_prints_the_answer_to_one_image(workspace: Workspace):
    end = workspace.vlmhb("try", "model", "data/images/page1.png", "--prompt", "What is it?")

    assert 0 == end.code, end.err
    assert end.out.startswith("toy ")
    assert ["configs", "data"] == sorted(entry.name for entry in workspace.path.iterdir())


@pytest.mark.uv
def test_try_says_why_there_is_no_answer(workspace: Workspace):
    workspace.write_model("model", {"faults": {"page1": "raise"}})

    end = workspace.vlmhb("try", "model", "data/images/page1.png")

    assert 3 == end.code
    assert "no answer: model_error" in end.err


@pytest.mark.uv
def test_try_prints_json_even_without_an_answer(workspace: Workspace):
    workspace.write_model("model", {"faults": {"page1": "raise"}})

    end = workspace.vlmhb("try", "model", "data/images/page1.png", "--json")

    assert 3 == end.code
    assert (None, "model_error") == (end.json["text"], end.json["reason"])


@pytest.mark.uv
def test_env_build_builds_once_and_list_shows_it(workspace: Workspace):
    built = workspace.vlmhb("env", "build", "toy")
    listed = workspace.vlmhb("env", "list", "--json")

    assert 0 == built.code
    assert "toy: python 3" in built.out
    assert "toy" in [env["name"] for env in listed.json["envs"]]


def test_doctor_gives_each_check_a_status_and_what_is_not_ok_a_fix(workspace: Workspace):
    end = workspace.vlmhb("doctor", "--json")

    checks = json.loads(end.out)["checks"]
    assert {"machine", "gpu", "uv", "hardlinks"} <= {check["name"] for check in checks}
    assert {"ok", "warn", "fail"} >= {check["status"] for check in checks}
    assert (4 if any(c["status"] == "fail" for c in checks) else 0) == end.code


def test_doctor_fails_when_envs_cannot_be_kept_anywhere(workspace: Workspace):
    end = workspace.vlmhb("doctor", "--json", VLMHB_ENVS="/proc/nowhere/envs")

    assert 4 == end.code
    assert "VLMHB_ENVS" in end.out


def test_try_finds_the_env_of_a_model_s_own_tree(workspace: Workspace, tmp_path: Path):
    other = Workspace.create(tmp_path / "other", workspace.envs)
    other.write_model("theirs", {}, env="mine")
    (other.path / "envspecs/mine").mkdir(parents=True)
    spec = {"interpreter": sys.executable, "imports": ["msgpack"]}
    other.write_yaml("envspecs/mine/envspec.yaml", spec)
    model = str(other.path / "configs/models/theirs.yaml")

    end = workspace.vlmhb("try", model, "data/images/page1.png")

    assert (0, "toy ") == (end.code, end.out[:4]), end.err
