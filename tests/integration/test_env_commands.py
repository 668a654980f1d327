"""`vlmhb env list|show|verify|remove|prune`, on envs that the real uv builds."""

import json
import os
import shutil
import sys
from pathlib import Path

import pytest
import yaml

from tests.workspace import Workspace
from vlmhb.env.holds import Holds

pytestmark = pytest.mark.uv

ENVSPECS = Path(__file__).parents[2] / "envspecs"


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    """A user's folder with a store of its own and the envspecs `one` and `two`."""
    space = Workspace.create(tmp_path / "user", tmp_path / "envs")
    write_envspec(space, "one", ["msgpack", "msgpack.exceptions"])
    write_envspec(space, "two", ["msgpack", "msgpack.fallback"])
    return space


def write_envspec(space: Workspace, name: str, imports: list[str]) -> Path:
    """What the built-in `toy` installs; other imports make it another env."""
    folder = space.path / "envspecs" / name
    shutil.copytree(ENVSPECS / "toy", folder)
    spec = yaml.safe_load((folder / "envspec.yaml").read_text())
    spec |= {"imports": imports, "notes": f"About {name}."}
    space.write_yaml(f"envspecs/{name}/envspec.yaml", spec)
    return folder


def build(space: Workspace, *names: str) -> None:
    end = space.vlmhb("env", "build", *names)
    assert 0 == end.code, end.err


def folder_of(space: Workspace, name: str) -> Path:
    shown = space.vlmhb("env", "show", name, "--json").json
    return Path(shown["envs"][0]["folder"])


def listed(space: Workspace) -> list[str]:
    return [env["name"] for env in space.vlmhb("env", "list", "--json").json["envs"]]


def file_in(space: Workspace, name: str) -> Path:
    (file,) = folder_of(space, name).glob("venv/lib/*/site-packages/msgpack/fallback.py")
    return file


def test_build_says_what_an_env_takes_and_goes_on_after_a_failure(space):
    write_envspec(space, "three", ["no_such_module"])

    end = space.vlmhb("env", "build", "three", "one")

    assert 4 == end.code
    assert "import of no_such_module failed" in end.err
    assert "one: python 3" in end.out
    assert "MB of its own" in end.out


def test_list_shows_what_is_there_and_what_it_costs(space):
    empty = space.vlmhb("env", "list")
    build(space, "one", "two")
    holds = Holds()
    holds.take(folder_of(space, "two"))

    text = space.vlmhb("env", "list").out
    table = space.vlmhb("env", "list", "--json").json

    assert "no env is built" in empty.out
    assert [["one", "no"], ["two", "yes"]] == [
        [words[0], words[-1]] for words in map(str.split, text.splitlines()[1:3])
    ]
    assert [False, True] == [env["in_use"] for env in table["envs"]]
    assert [True, True] == [env["locked"] for env in table["envs"]]
    assert sum(env["unique_bytes"] for env in table["envs"]) <= table["unique_bytes"]
    assert "2 in " in text


def test_show_tells_everything_of_a_built_env(space):
    build(space, "one")

    text = space.vlmhb("env", "show", "one", "--packages").out
    (env,) = space.vlmhb("env", "show", "one", "--json").json["envs"]
    by_fingerprint = space.vlmhb("env", "show", env["fingerprint"][:8]).out

    assert (True, False) == (env["built"], env["in_use"])
    assert os.path.realpath(env["python"]) == env["interpreter"]["path"]
    assert {"point", "type"} == set(env["mount"])
    for expected in (
        env["lock_sha256"],
        env["uv_version"],
        "msgpack==",
        "About one.",
        "of its own",
    ):
        assert expected in text
    assert env["fingerprint"] in by_fingerprint
    assert "About one." in by_fingerprint


def test_show_says_how_to_build_what_is_not_built(space):
    end = space.vlmhb("env", "show", "one", "--packages")

    assert 4 == end.code
    assert "Next: vlmhb env build one" in end.err
    assert "msgpack==" in end.out


def test_show_inspects_a_lent_interpreter(space):
    (space.path / "envspecs/mine").mkdir()
    space.write_yaml(
        "envspecs/mine/envspec.yaml", {"interpreter": sys.executable, "imports": ["msgpack"]}
    )

    end = space.vlmhb("env", "show", "mine", "--packages")

    assert 0 == end.code, end.err
    assert "nothing is installed there" in end.out
    assert "unlocked" in end.out
    assert "pytest==" in end.out


def test_an_unknown_name_is_answered_with_those_that_are_built(space):
    build(space, "one")

    for command in ("show", "verify", "remove"):
        end = space.vlmhb("env", command, "no-such-env")
        assert 2 == end.code
        assert "Expected: one " in end.err


def test_verify_finds_a_changed_file_that_a_run_finds_too(space):
    build(space, "one", "two")
    file_in(space, "one").unlink()
    (folder_of(space, "one") / "venv/evil.pth").write_text("import os\n")

    end = space.vlmhb("env", "verify")

    assert 4 == end.code
    assert "extra: evil.pth" in end.out
    assert "missing: lib/" in end.out
    assert "vlmhb env build one" in end.out
    assert "as it was built" in space.vlmhb("env", "verify", "two").out
    assert 0 == space.vlmhb("env", "verify", "two").code
    build(space, "one")
    assert 0 == space.vlmhb("env", "verify").code


def test_verify_says_what_to_do_about_a_change_that_no_run_would_notice(space):
    build(space, "one")
    file = file_in(space, "one")
    content, before = file.read_bytes(), file.stat()
    file.unlink()  # the name in this env alone: uv's cache has another for the same file
    file.write_bytes(b"#" + content[1:])
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    folder = file.parent
    manifest = folder_of(space, "one") / "manifest.json"
    _keep_time(folder, manifest)

    end = space.vlmhb("env", "verify")

    assert 4 == end.code
    assert "changed: " in end.out
    assert "fallback.py" in end.out
    assert "env remove" in end.out
    assert not (space.envs / "receipts").exists()


def _keep_time(folder: Path, manifest: Path) -> None:
    """As one who hides a change would."""
    known = json.loads(manifest.read_bytes())
    name = str(folder.relative_to(manifest.parent / "venv"))
    mtime_ns = known["folder_mtimes_ns"][known["folders"].index(name)]
    os.utime(folder, ns=(mtime_ns, mtime_ns))


def test_verify_finds_an_interpreter_that_does_not_run(space):
    build(space, "one")
    python = folder_of(space, "one") / "venv/bin/python"
    python.unlink()
    python.symlink_to("/bin/false")

    end = space.vlmhb("env", "verify")

    assert 4 == end.code
    assert "changed: bin/python" in end.out
    assert "interpreter: " in end.out


def test_remove_frees_an_env_and_leaves_one_in_use(space):
    build(space, "one", "two")
    holds, folder = Holds(), folder_of(space, "one")
    holds.take(folder)

    dry = space.vlmhb("env", "remove", "two", "--dry-run")
    end = space.vlmhb("env", "remove", "one", "two")

    assert "would free" in dry.out
    assert 4 == end.code
    assert "a run is using it" in end.err
    assert "two " in end.out
    assert ["one"] == listed(space)
    assert "uv cache clean" not in end.out  # the other env still has what is cached
    holds.drop(folder)
    last = space.vlmhb("env", "remove", folder.name[:12])
    assert 0 == last.code
    assert "uv cache clean" in last.out
    assert [] == listed(space)


def test_prune_wants_to_know_what_for(space):
    end = space.vlmhb("env", "prune")

    assert 2 == end.code
    assert "--older-than" in end.err


@pytest.mark.parametrize("days", ["nan", "inf", "-inf", "-1", "a month", ""])
def test_an_age_is_a_number_of_days(space, days):
    end = space.vlmhb("env", "prune", f"--older-than={days}")

    assert 2 == end.code
    assert "a number of days such as 30" in end.err


@pytest.mark.parametrize("size", ["", "20X", "-1G", "G", "1.G"])
def test_a_budget_is_a_size(space, size):
    end = space.vlmhb("env", "prune", "--budget", size)

    assert 2 == end.code
    assert "20G" in end.err


def test_a_budget_that_no_disk_has_is_refused(space):
    end = space.vlmhb("env", "prune", "--budget", "9" * 400)

    assert 2 == end.code
    assert "that a disk can have" in end.err


def test_prune_removes_what_no_envspec_asks_for(space):
    build(space, "one", "two", "toy")
    shutil.rmtree(space.path / "envspecs/two")

    dry = space.vlmhb("env", "prune", "--unnamed", "--dry-run")
    end = space.vlmhb("env", "prune", "--unnamed", "--json")

    assert "two " in dry.out
    assert "no envspec asks for it" in dry.out
    assert [("two", "unnamed")] == [(gone["name"], gone["why"]) for gone in end.json["removed"]]
    assert ["one", "toy"] == listed(space)


def test_an_env_that_two_envspecs_share_is_found_and_kept_for_the_second(space):
    build(space, "one")
    write_envspec(space, "other", ["msgpack", "msgpack.exceptions"])
    shutil.rmtree(space.path / "envspecs/one")

    verified = space.vlmhb("env", "verify", "other")
    pruned = space.vlmhb("env", "prune", "--unnamed", "--json")

    assert 0 == verified.code, verified.err
    assert "1 verified" in verified.out
    assert [] == pruned.json["removed"]


def test_prune_keeps_the_envs_of_an_envspec_it_cannot_judge(space):
    build(space, "one", "two")
    lock = next((space.path / "envspecs/one").glob("*.lock"))
    lock.write_text(lock.read_text().replace("envspec-sha256: ", "envspec-sha256: 0"))
    (space.path / "envspecs/two/envspec.yaml").write_text("imports: [")

    end = space.vlmhb("env", "prune", "--unnamed")

    assert 0 == end.code
    assert "one: its envs are kept" in end.out
    assert "two: its envs are kept" in end.out
    assert ["one", "two"] == listed(space)


def test_prune_by_age_and_budget(space):
    build(space, "one", "two", "toy")
    in_use = folder_of(space, "one") / "in-use"
    long_ago = in_use.stat().st_mtime - 40 * 86400
    os.utime(in_use, (long_ago, long_ago))

    aged = space.vlmhb("env", "prune", "--older-than", "30", "--json").json
    fits = space.vlmhb("env", "prune", "--budget", "20GiB", "--json").json
    all_of_it = space.vlmhb("env", "prune", "--budget", "0").out

    assert [("one", "age")] == [(gone["name"], gone["why"]) for gone in aged["removed"]]
    assert [] == fits["removed"]
    assert "over the budget" in all_of_it
    assert "uv cache clean" in all_of_it
    assert [] == listed(space)
    assert [] == list((space.envs / "index").iterdir())
    assert [] == list((space.envs / "locks").iterdir())
