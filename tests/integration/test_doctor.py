"""`vlmhb doctor` as a user meets it."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.workspace import Finished, Workspace

ALWAYS = (
    *("machine", "memory", "shared memory", "clock", "gpu", "driver", "sandbox", "uv"),
    *("folder envs", "folder runs", "folder temp", "folder uv cache", "hardlinks", "reflinks"),
    *("locks envs", "locks runs", "hf home", "hf token", "pythons"),
)
SECRET = "hf_canary_91c0"


def by_name(end: Finished) -> dict[str, Any]:
    return {check["name"]: check for check in end.json["checks"]}


def test_every_subject_has_a_line_and_what_is_not_ok_a_fix(workspace: Workspace):
    end = workspace.vlmhb("doctor", "--json")

    checks = by_name(end)
    assert [] == [name for name in ALWAYS if name not in checks]
    assert [] == [c for c in checks.values() if c["status"] != "ok" and not c["fix"]]
    assert [] == [c for c in checks.values() if set(c) != {"name", "status", "found", "fix"}]
    assert any(name.startswith("disk /") for name in checks)


def test_nothing_is_left_in_the_user_s_folder(workspace: Workspace):
    workspace.vlmhb("doctor")

    assert ["configs", "data"] == sorted(entry.name for entry in workspace.path.iterdir())


@pytest.mark.parametrize(
    ("variable", "name"),
    [
        ("VLMHB_ENVS", "folder envs"),
        ("VLMHB_RUNS", "folder runs"),
        ("TMPDIR", "folder temp"),
        ("UV_CACHE_DIR", "uv"),
    ],
)
@pytest.mark.parametrize("place", ["/proc/nowhere", "configs/runs/run.yaml", "x" * 300])
def test_a_folder_that_cannot_be_used_fails_with_the_variable_that_moves_it(
    workspace: Workspace, variable: str, name: str, place: str
):
    end = workspace.vlmhb("doctor", "--json", **{variable: place})

    check = by_name(end)[name]
    assert (4, "fail") == (end.code, check["status"]), end.err
    assert variable in check["fix"]


def test_a_machine_where_nothing_can_be_written_still_gets_its_answer(workspace: Workspace):
    places = ("VLMHB_ENVS", "VLMHB_RUNS", "TMPDIR", "UV_CACHE_DIR", "HF_HOME", "HOME")
    end = workspace.vlmhb("doctor", "--model", "model", **dict.fromkeys(places, "/proc/nowhere"))

    assert (4, "") == (end.code, end.err)
    assert "fail  model model: not looked at\n      fix: mend uv first" in end.out
    # What cannot be known for that reason is not said again.
    assert "locks" not in end.out


def test_settings_that_mean_nothing_are_taken_as_they_are(workspace: Workspace):
    names = (
        "VLMHB_ENVS",
        "VLMHB_RUNS",
        "TMPDIR",
        "UV_CACHE_DIR",
        "HF_HOME",
        "CUDA_VISIBLE_DEVICES",
    )
    end = workspace.vlmhb("doctor", "--json", **dict.fromkeys(names, "nan"))

    assert 0 == end.code, end.out + end.err
    assert ["configs", "data"] == sorted(
        p.name for p in workspace.path.iterdir() if p.name != "nan"
    )


def test_a_missing_uv_binary_fails_and_the_rest_is_still_checked(
    workspace: Workspace, tmp_path: Path
):
    fake = tmp_path / "fake"
    fake.mkdir()
    (fake / "uv.py").write_text("def find_uv_bin():\n    raise FileNotFoundError('no binary')\n")
    end = workspace.vlmhb("doctor", "--json", PYTHONPATH=str(fake))

    checks = by_name(end)
    assert (4, "fail") == (end.code, checks["uv"]["status"]), end.err
    assert "--force-reinstall uv" in checks["uv"]["fix"]
    assert "ok" == checks["locks runs"]["status"]


def test_a_current_folder_that_is_gone_is_said(workspace: Workspace, tmp_path: Path):
    gone = tmp_path / "gone"
    gone.mkdir()
    script = f'cd "{gone}" && rmdir "{gone}" && exec {sys.executable} -m vlmhb doctor'
    environment = {
        "PYTHONPATH": os.pathsep.join(sys.path),
        "PATH": os.defpath,
        "HOME": str(tmp_path),
    }
    end = subprocess.run(
        ["sh", "-c", script], env=environment, capture_output=True, text=True, check=False
    )

    assert 2 == end.returncode
    assert "change to a folder that exists" in end.stderr
    assert "Traceback" not in end.stderr


@pytest.mark.parametrize("json", [True, False])
def test_a_token_is_found_and_never_shown(workspace: Workspace, tmp_path: Path, json: bool):
    (tmp_path / "token").write_text(SECRET)
    flags = ["--json"] if json else []
    in_variable = workspace.vlmhb("doctor", *flags, HF_TOKEN=SECRET)
    in_file = workspace.vlmhb("doctor", *flags, HF_HOME=str(tmp_path), HF_TOKEN="")

    assert "present in HF_TOKEN" in in_variable.out
    assert f"present in {tmp_path}/token" in in_file.out
    assert SECRET not in in_variable.out + in_variable.err + in_file.out + in_file.err


def test_without_a_model_each_known_one_has_a_line(workspace: Workspace):
    checks = by_name(workspace.vlmhb("doctor", "--json"))

    assert {"model model", "model toy"} <= checks.keys()


@pytest.mark.uv
def test_a_model_is_looked_at_closely_and_others_are_not(workspace: Workspace):
    end = workspace.vlmhb("doctor", "--model", "model", "--json")

    checks = by_name(end)
    subjects = ("lock", "env", "python", "wheels", "disk", "driver", "files")
    assert [] == [s for s in subjects if checks[f"model model: {s}"]["status"] != "ok"]
    assert not [name for name in checks if name.startswith("model toy")]
    assert 0 == end.code


def test_a_model_whose_files_are_missing_fails(workspace: Workspace):
    need = {"path": "/nonexistent/file", "install": "apt-get install -y something"}
    workspace.write_model("model", {}, files=[need])
    end = workspace.vlmhb("doctor", "--model", "model")

    assert 4 == end.code
    assert "fail  model model: files: /nonexistent/file not found" in end.out
    assert "fix: apt-get install -y something" in end.out


def test_a_model_that_does_not_exist_is_wrong_usage(workspace: Workspace):
    end = workspace.vlmhb("doctor", "--model", "modle")

    assert (2, "") == (end.code, end.out)
    assert "did you mean 'model'" in end.err


def test_a_model_for_a_gpu_fails_without_one_and_names_the_driver(workspace: Workspace):
    (workspace.path / "envspecs/gpu-only").mkdir(parents=True)
    variants = {"cu124": {"requirements": ["torch==2.6.0"], "min_driver": "525.60.13"}}
    spec = {"python": ">=3.10", "imports": ["torch"], "variants": variants}
    workspace.write_yaml("envspecs/gpu-only/envspec.yaml", spec)
    model = workspace.path / "configs/models/model.yaml"
    model.write_text(re.sub("env: .*", "env: gpu-only", model.read_text()))
    short = by_name(workspace.vlmhb("doctor", "--json", CUDA_VISIBLE_DEVICES=""))["model model"]
    end = workspace.vlmhb("doctor", "--model", "model", "--json", CUDA_VISIBLE_DEVICES="")

    check = by_name(end)["model model: driver"]
    assert (4, "fail", "warn") == (end.code, check["status"], short["status"])
    assert "needs an NVIDIA driver (525.60.13 or newer)" in check["found"]
    assert "gpu-only@cu124 needs an NVIDIA GPU, none was found" in short["found"]


def test_a_broken_envspec_is_told_with_its_line_beside_all_other_checks(workspace: Workspace):
    (workspace.path / "envspecs/broken").mkdir(parents=True)
    workspace.write_yaml("envspecs/broken/envspec.yaml", {"pyhton": ">=3.10"})
    model = workspace.path / "configs/models/model.yaml"
    model.write_text(re.sub("env: .*", "env: broken", model.read_text()))
    short = by_name(workspace.vlmhb("doctor", "--json"))["model model"]
    long = by_name(workspace.vlmhb("doctor", "--model", "model", "--json"))["model model: env"]

    assert ("warn", "fail") == (short["status"], long["status"])
    assert "envspecs/broken/envspec.yaml:1:1 pyhton" in short["found"]


def test_a_model_of_another_tree_is_looked_at_with_its_own_env(
    workspace: Workspace, tmp_path: Path
):
    other = Workspace.create(tmp_path / "other", workspace.envs)
    other.write_model("theirs", {}, env="mine")
    (other.path / "envspecs/mine").mkdir(parents=True)
    spec = {"interpreter": sys.executable, "imports": ["msgpack"]}
    other.write_yaml("envspecs/mine/envspec.yaml", spec)
    model = str(other.path / "configs/models/theirs.yaml")

    end = workspace.vlmhb("doctor", "--model", model, "--json")

    check = by_name(end)["model theirs: env"]
    assert ("ok", True) == (check["status"], sys.executable in check["found"])
