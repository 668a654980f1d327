"""Models in envs of others, and in envs that use their base interpreter's packages."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from dataclasses import replace
from pathlib import Path

import msgpack
import pytest
import yaml

import vlmhb
from tests.contract.test_worker_pythons import FOUND
from tests.unit.env.test_inspection import add_hook, listing
from tests.unit.env.toy_world import VERSION, make_wheel, make_world
from tests.workspace import Finished, Workspace, derived_files
from vlmhb.domain.answer import Answer
from vlmhb.env.choices import Choices
from vlmhb.env.interpreter import ask
from vlmhb.env.records import site_packages
from vlmhb.store import read_journal, read_manifest

pytestmark = pytest.mark.uv

OWN = f"{sys.version_info.major}.{sys.version_info.minor}"
PYTHONS = {OWN: sys.executable, **FOUND}


def make_venv(folder: Path, python: str) -> Path:
    """The Python of an empty venv, made as its owner would."""
    subprocess.run([python, "-m", "venv", "--without-pip", str(folder)], check=True)
    return folder / "bin/python"


def lend(space: Workspace, python: Path | str, **more: object) -> None:
    """Let the toy model run in the env of `python`."""
    (space.path / "envspecs/lent").mkdir(parents=True, exist_ok=True)
    spec = {"interpreter": str(python), "imports": ["json"], **more}
    space.write_yaml("envspecs/lent/envspec.yaml", spec)
    space.write_model("model", {}, env="lent")


def run(space: Workspace, out: str = "out", *words: str) -> Finished:
    return space.vlmhb("run", "run", "--out", out, *words)


def answers(space: Workspace, out: str = "out") -> dict[str, str]:
    outcomes = read_journal(space.path / out / "answers.jsonl").outcomes
    return {key: outcome.text for key, outcome in outcomes.items() if isinstance(outcome, Answer)}


def add_package(python: Path, version: str) -> None:
    info = site_packages(python.parent.parent) / "toy.dist-info"
    info.mkdir(exist_ok=True)
    (info / "METADATA").write_text(f"Name: toy\nVersion: {version}\n")


@pytest.mark.parametrize("version", sorted({OWN, *[*FOUND][:1], *[*FOUND][-1:]}))
def test_an_env_of_others_answers_as_a_locked_one_and_stays_as_it_was(
    workspace: Workspace, version: str
):
    assert 0 == run(workspace, "locked").code
    python = make_venv(workspace.path / "venv", PYTHONS[version])
    add_package(python, "1.0")
    add_hook(python)
    lend(workspace, python)
    before = listing(workspace.path / "venv")

    end = run(workspace)

    assert 0 == end.code, end.err
    assert answers(workspace, "locked") == answers(workspace)
    assert 6 == len(answers(workspace))
    assert before == listing(workspace.path / "venv")
    assert "model (unlocked)" in end.out
    (env,) = json.loads((workspace.path / "out/run.json").read_text())["envs"].values()
    assert (False, [["toy", "1.0"]]) == (env["locked"], env["packages"])
    assert env["interpreter"]["version"].startswith(version)
    assert "msgpack" in env["lent"]


def test_msgpack_of_the_env_is_used_where_it_is_there(workspace: Workspace):
    python = make_venv(workspace.path / "venv", sys.executable)
    there = site_packages(workspace.path / "venv") / "msgpack"
    shutil.copytree(Path(msgpack.__file__).parent, there)
    lend(workspace, python)
    before = listing(workspace.path / "venv")

    end = run(workspace)

    assert 0 == end.code, end.err
    assert before == listing(workspace.path / "venv")
    (env,) = json.loads((workspace.path / "out/run.json").read_text())["envs"].values()
    assert "" == env["lent"]


def test_every_document_says_unlocked_and_scoring_again_changes_no_byte(workspace: Workspace):
    lend(workspace, make_venv(workspace.path / "venv", sys.executable))
    run(workspace)
    before = derived_files(workspace.path / "out")
    shutil.rmtree(workspace.path / "out/derived")
    shutil.rmtree(workspace.path / "venv")

    scored = workspace.vlmhb("score", "out")
    workspace.vlmhb("report", "out")

    assert "model (unlocked)" in scored.out
    assert before == derived_files(workspace.path / "out")
    results = json.loads(before["results.json"])
    assert [False] == [row["locked"] for row in results["leaderboard"][0]["rows"]]
    assert b"`model` (unlocked)" in before["results.md"]
    assert b">unlocked</span>" in before["report.html"]


def test_a_changed_package_refuses_the_run_and_begins_a_new_one(workspace: Workspace):
    python = make_venv(workspace.path / "venv", sys.executable)
    add_package(python, "1.0")
    lend(workspace, python)
    workspace.vlmhb("run", "run")
    run(workspace)
    add_package(python, "1.1")

    refused = run(workspace)
    again = workspace.vlmhb("run", "run")

    assert 2 == refused.code
    assert "models.model.env" in refused.err
    assert 0 == again.code
    folders = list((workspace.path / "runs").iterdir())
    kept = [next(iter(json.loads((f / "run.json").read_text())["envs"])) for f in folders]
    assert 2 == len(set(kept))


def test_models_of_one_run_are_marked_one_by_one(workspace: Workspace):
    lend(workspace, sys.executable)
    workspace.write_model("other", {}, env="toy")

    end = run(workspace, "out", "--models", "model,other")

    assert 0 == end.code, end.err
    assert "model (unlocked)" in end.out
    assert "other (unlocked)" not in end.out


def test_every_answer_leads_to_the_env_that_gave_it(workspace: Workspace):
    """Between two starts the env is built again, because its smoke test changed."""
    copy_toy(workspace, imports=["msgpack"])
    run(workspace)
    forget_last_answers(workspace.path / "out/answers.jsonl", 2)
    copy_toy(workspace, imports=["msgpack", "json"])

    end = run(workspace)

    assert 0 == end.code, end.err
    manifest = read_manifest(workspace.path / "out/run.json")
    outcomes = read_journal(workspace.path / "out/answers.jsonl").outcomes.values()
    assert [0, 0, 0, 0, 1, 1] == [outcome.segment for outcome in outcomes]
    starts = [manifest.starts("model", segment) for segment in (0, 1)]
    first, second = (manifest.envs[start.env] for (start,) in starts)
    assert first.fingerprint != second.fingerprint
    assert first.packages == second.packages
    results = json.loads((workspace.path / "out/derived/results.json").read_text())
    told = results["provenance"]["models"]["model"]["envs"]
    assert [first.fingerprint, second.fingerprint] == told


def copy_toy(space: Workspace, **changes: object) -> None:
    """The built-in toy envspec as the user's own, changed."""
    built_in = Path(__file__).parents[2] / "envspecs/toy"
    shutil.copytree(built_in, space.path / "envspecs/mine", dirs_exist_ok=True)
    spec = yaml.safe_load((built_in / "envspec.yaml").read_text())
    space.write_yaml("envspecs/mine/envspec.yaml", {**spec, **changes})
    space.write_model("model", {}, env="mine")


def forget_last_answers(journal: Path, count: int) -> None:
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:-count]))


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"interpreter": "/nonexistent/python"}, "/nonexistent/python does not exist"),
        ({"interpreter": "/etc"}, "/etc is a folder"),
        ({"interpreter": "/etc/passwd"}, "/etc/passwd is not executable"),
        ({"interpreter": "/bin/false"}, "did not answer as a Python does"),
        ({"imports": ["no_such_module"]}, "import of no_such_module failed"),
    ],
)
def test_an_env_that_cannot_be_used_is_one_clear_error(
    workspace: Workspace, more: dict[str, object], expected: str
):
    lend(workspace, sys.executable, **more)

    end = run(workspace)

    said = end.err + end.out
    assert 4 == end.code
    assert expected in said
    assert "envspecs/lent/envspec.yaml" in said
    assert str(Path(vlmhb.__file__).parent) not in end.err


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A Python with packages of its own, like one of conda or of a pod's image."""
    prefix = tmp_path / "base"
    library = prefix / f"lib/python{OWN}"
    (prefix / "bin").mkdir(parents=True)
    (library / "site-packages").mkdir(parents=True)
    # A copy and no link: a Python finds its library from where its program really lies.
    shutil.copy2(os.path.realpath(sys.executable), prefix / f"bin/python{OWN}")
    for path in Path(sysconfig.get_paths()["stdlib"]).iterdir():
        if path.name not in {"site-packages", "dist-packages"}:
            (library / path.name).symlink_to(path)
    return prefix


def install(base: Path, name: str, version: str) -> None:
    """As pip would, without pip."""
    packages = base / f"lib/python{OWN}/site-packages"
    make_wheel(base, name, version, {f"{name}.py": f"VERSION = {version!r}\n"})
    with zipfile.ZipFile(base / f"{name}-{version}-py3-none-any.whl") as wheel:
        wheel.extractall(packages)


def only(base: Path, tmp_path: Path) -> dict[str, str]:
    """The settings with which uv sees no other Python."""
    return {"PATH": str(base / "bin"), "UV_PYTHON_INSTALL_DIR": str(tmp_path / "no-pythons")}


def test_an_env_records_what_it_inherits_and_does_not_bring_itself(tmp_path: Path, base: Path):
    install(base, "msgpack", "1.0")
    install(base, "heavy", "2.0")
    world = replace(make_world(tmp_path / "world"), settings=only(base, tmp_path))
    spec = replace(world.spec, system_site_packages=True)

    env = world.store.ensure(spec)

    assert (("heavy", "2.0"),) == env.inherited
    assert ("msgpack", VERSION) in env.packages
    assert not env.locked
    assert env == world.store.find(spec)
    words = [env.python, "-c", "import heavy, msgpack; print(heavy.VERSION, msgpack.version)"]
    seen = subprocess.run(words, check=True, capture_output=True, text=True)
    assert "2.0 toy\n" == seen.stdout


def test_the_packages_and_the_interpreter_of_an_env_are_of_one_python(tmp_path: Path, base: Path):
    install(base, "heavy", "2.0")
    world = replace(make_world(tmp_path / "world"), settings=only(base, tmp_path))
    spec = replace(world.spec, system_site_packages=True)
    choices = Choices(world.store.root / "interpreters", world.uv.environment)
    choices.put(spec.python, ask(Path(sys.executable)))

    env = world.store.ensure(spec)

    assert str(base) in env.interpreter.path
    assert (("heavy", "2.0"),) == env.inherited


def test_a_run_with_inherited_packages_is_unlocked_and_knows_them(
    workspace: Workspace, tmp_path: Path, base: Path
):
    install(base, "heavy", "2.0")
    copy_toy(workspace, system_site_packages=True, imports=["msgpack", "heavy"])
    words, settings = ("run", "run", "--out", "out"), only(base, tmp_path)

    first = workspace.vlmhb(*words, **settings)
    shutil.rmtree(base / f"lib/python{OWN}/site-packages/heavy-2.0.dist-info")
    install(base, "heavy", "2.1")
    second = workspace.vlmhb(*words, **settings)

    assert 0 == first.code, first.err
    assert "model (unlocked)" in first.out
    (env,) = read_manifest(workspace.path / "out/run.json").envs.values()
    assert (("heavy", "2.0"),) == env.inherited
    assert 2 == second.code
    assert "models.model.env" in second.err
    assert b"inherited: `heavy 2.0`" in derived_files(workspace.path / "out")["results.md"]
