"""What goes, what stays, and what it frees."""

import os
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.env.toy_store import changes, env_called, names, put_env
from tests.unit.env.toy_world import World, make_world
from vlmhb.env.caller import Caller
from vlmhb.env.disk import Usage
from vlmhb.env.holds import Holds, InUseError, unused
from vlmhb.env.index import Index
from vlmhb.env.interpreter import ask
from vlmhb.env.inventory import inventory
from vlmhb.env.prune import Criteria, Pruned, prune, remove
from vlmhb.env.staging import discard, no_builder, only_builder

MIB = 1 << 20
FILE = b"1" * MIB

PRUNE = """
import sys
from pathlib import Path
from vlmhb.env.prune import Criteria, prune
sys.stdin.read()
pruned = prune(Path(sys.argv[1]), Criteria(budget_bytes=0))
print(*(removed.env.name for removed in pruned.removed))
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Three envs; `old` and `middle` share a file, all have one of their own."""
    root = tmp_path / "envs"
    old = put_env(root, "old", {"own": FILE, "both": FILE}, last_used_s=100)
    middle = put_env(root, "middle", {"own": FILE}, last_used_s=200)
    os.link(old / "venv/both", middle / "venv/both")
    put_env(root, "new", {"own": FILE}, last_used_s=300)
    return root


def removed(pruned: Pruned) -> list[tuple[str, str]]:
    return [(gone.env.name, gone.why) for gone in pruned.removed]


def mib(pruned: Pruned) -> list[int]:
    """Of each removed env, without the few blocks of what the host keeps beside it."""
    return [gone.freed_bytes // MIB for gone in pruned.removed]


def test_what_was_not_asked_for_since_then_goes(root):
    pruned = prune(root, Criteria(unused_since_s=250))

    assert [("old", "age"), ("middle", "age")] == removed(pruned)
    assert ["new"] == names(root)


def test_an_env_that_was_never_asked_for_is_as_old_as_its_folder(root):
    folder = env_called(root, "old").folder
    (folder / "in-use").unlink()
    os.utime(folder, (100, 100))

    pruned = prune(root, Criteria(unused_since_s=150))

    assert [("old", "age")] == removed(pruned)


def test_a_file_that_two_envs_share_is_freed_with_the_second(root):
    pruned = prune(root, Criteria(unused_since_s=250))

    assert [1, 2] == mib(pruned)
    assert (4, 1) == (pruned.before.unique_bytes // MIB, pruned.after.unique_bytes // MIB)


@pytest.mark.parametrize(
    ("budget_mib", "gone"),
    [(5, []), (4, ["old"]), (2, ["old", "middle"]), (0, ["old", "middle", "new"])],
)
def test_the_longest_unused_go_until_the_others_fit(root, budget_mib, gone):
    """Each env takes a little more than its files: its manifest and what else describes it."""
    pruned = prune(root, Criteria(budget_bytes=budget_mib * MIB))

    assert [(name, "budget") for name in gone] == removed(pruned)
    assert pruned.after.unique_bytes <= budget_mib * MIB


def test_files_with_a_name_in_the_cache_do_not_count_against_the_budget(root, tmp_path):
    os.link(env_called(root, "old").published.venv / "both", tmp_path / "cached")

    pruned = prune(root, Criteria(budget_bytes=3 * MIB + MIB // 2))

    assert [] == removed(pruned)
    assert MIB == pruned.after.shared_bytes


def test_what_no_envspec_asks_for_goes(root):
    pruned = prune(root, Criteria(is_wanted=lambda env: env.name == "middle"))

    assert [("old", "unnamed"), ("new", "unnamed")] == removed(pruned)
    assert ["middle"] == names(root)


def test_an_env_that_is_in_use_stays_and_is_named(root):
    holds = Holds()
    holds.take(env_called(root, "old").folder)
    os.utime(env_called(root, "old").folder / "in-use", (100, 100))

    pruned = prune(root, Criteria(unused_since_s=250))

    assert ["old"] == [env.name for env in pruned.in_use]
    assert [("middle", "age")] == removed(pruned)
    assert ["new", "old"] == names(root)


def test_the_budget_is_met_with_others_when_the_oldest_is_in_use(root):
    holds = Holds()
    holds.take(env_called(root, "old").folder)
    os.utime(env_called(root, "old").folder / "in-use", (100, 100))

    pruned = prune(root, Criteria(budget_bytes=4 * MIB))

    assert [("middle", "budget")] == removed(pruned)


@pytest.mark.parametrize("criteria", [Criteria(unused_since_s=250), Criteria(budget_bytes=MIB)])
def test_a_dry_run_says_the_same_and_changes_nothing(root, criteria):
    (root / "locks").mkdir()
    (root / "locks/idle.lock").touch()
    before = sorted(root.rglob("*"))
    foreseen = prune(root, criteria, dry_run=True)
    after = sorted(root.rglob("*"))

    done = prune(root, criteria)

    assert before == after
    assert done == foreseen


def test_an_env_that_cannot_be_read_can_go(root):
    (env_called(root, "old").folder / "env.json").write_text("{")

    pruned = prune(root, Criteria(is_wanted=lambda env: env.facts is not None))

    assert [("(unreadable)", "unnamed")] == removed(pruned)


def test_pruning_where_nothing_is_does_nothing(tmp_path):
    pruned = prune(tmp_path / "envs", Criteria(budget_bytes=0))

    assert Pruned((), (), Usage(0, 0), Usage(0, 0)) == pruned
    assert not (tmp_path / "envs").exists()


def test_pruning_forgets_where_removed_envs_were_and_idle_locks(root):
    python = ask(Path(sys.executable))
    index = Index(root / "index")
    for name in ("old", "new"):
        index.put(f"{name}-recipe", env_called(root, name).fingerprint, python)
    locks = root / "locks"
    with (
        only_builder(locks / "idle.lock", "idle", Caller()),
        only_builder(locks / "busy.lock", "busy", Caller()),
    ):
        pass
    with only_builder(locks / "busy.lock", "busy", Caller()):
        prune(root, Criteria(unused_since_s=150))

    assert ["new-recipe"] == list(index.entries())
    assert ["busy.lock"] == [path.name for path in locks.iterdir()]


def test_a_builder_who_waits_for_a_lock_that_is_tidied_away_takes_the_new_one(tmp_path):
    lock = tmp_path / "env.lock"
    waits, has_it, done = threading.Event(), threading.Event(), threading.Event()

    def build() -> None:
        with only_builder(lock, "env", Caller(lambda _line: waits.set())):
            has_it.set()
            done.wait()

    builder = threading.Thread(target=build)
    with no_builder(lock):
        builder.start()
        waits.wait()
    has_it.wait()

    with no_builder(lock) as is_idle:
        done.set()
    builder.join()

    assert not is_idle


def test_four_that_prune_at_once_remove_each_env_once(root):
    for number in range(20):
        put_env(root, f"env-{number}", {"own": b"1"}, last_used_s=number)
    pruners = [
        subprocess.Popen(
            [sys.executable, "-c", PRUNE, str(root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        for _ in range(4)
    ]
    for pruner in pruners:
        assert pruner.stdin is not None
        pruner.stdin.close()
        pruner.stdin = None

    said = [pruner.communicate()[0].split() for pruner in pruners]

    assert [0] * 4 == [pruner.returncode for pruner in pruners]
    assert 23 == len([name for words in said for name in words])
    assert [] == [path.name for path in root.iterdir() if path.name not in {"locks", "index"}]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path / "world")


@pytest.mark.uv
def test_an_env_that_is_being_removed_is_not_found_but_built(world):
    built = world.store.ensure(world.spec)
    folder = Path(built.python).parents[2]
    world.holds.drop(folder)
    other = replace(world.store, holds=Holds())
    with unused(folder, "toy-world"):
        found_before = other.find(world.spec)
        discard(folder)
        found_after = other.find(world.spec)
        lines: list[str] = []
        again = other.ensure(world.spec, on_progress=lines.append)

    assert (None, None) == (found_before, found_after)
    assert 'building env "toy-world"' == lines[0]
    assert () == changes(again)


@pytest.mark.uv
def test_a_fresh_env_cannot_be_removed_before_its_builder_has_it(world):
    refused = []

    def remove_at_once(_line: str) -> None:
        for env in inventory(world.store.root):
            with pytest.raises(InUseError):
                remove(env_called(world.store.root, env.name))
            refused.append(env.name)

    env = world.store.ensure(world.spec, on_progress=remove_at_once)

    assert ["toy-world"] == refused
    assert () == changes(env)


@pytest.mark.uv
def test_an_env_is_known_to_belong_to_its_spec_without_the_index(world):
    env = world.store.ensure(world.spec)
    indexed = world.store_without_uv.built_for(world.spec)
    for path in (world.store.root / "index").iterdir():
        path.unlink()

    again = world.store_without_uv.built_for(world.spec)
    of_another = world.store_without_uv.built_for(replace(world.spec, imports=("msgpack",)))

    assert [env.fingerprint] == [built.fingerprint for built in again]
    assert indexed == again
    assert () == of_another
