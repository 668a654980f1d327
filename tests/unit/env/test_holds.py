"""An env in use is not removed, by whatever the user's life ends."""

import contextlib
import errno
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.workers import PATIENCE_S, toy
from tests.unit.env.toy_store import env_called, names, put_env
from vlmhb.env.holds import GoneError, Holds, InUseError, in_use, unused
from vlmhb.env.inventory import StoredEnv
from vlmhb.env.prune import remove
from vlmhb.worker import Died, Launch, Loaded, LoadOrder, Worker, WorkerEvent

USER = """
import subprocess, sys
from pathlib import Path
from vlmhb.env.holds import Holds
holds = Holds()
holds.take(Path(sys.argv[1]))
held = holds.descriptor(Path(sys.argv[1]))
words = [sys.executable, "-c", "import sys; sys.stdin.read()"]
child = subprocess.Popen(words, pass_fds=[held])
print("ready", flush=True)
child.wait()
"""
"""A host whose worker inherits the lock, lives as long as its stdin and does not die with it."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    put_env(tmp_path, "env", {"file": b"1"})
    return tmp_path


def test_an_env_that_a_living_worker_uses_is_not_removed(root, tmp_path_factory):
    env, host = env_called(root, "env"), Holds()
    host.take(env.folder)
    events: queue.SimpleQueue[WorkerEvent] = queue.SimpleQueue()
    folder = tmp_path_factory.mktemp("worker")
    descriptor = host.descriptor(env.folder)
    assert descriptor is not None
    log = folder / "log"
    launch = Launch(sys.executable, {}, folder / "scratch", log, "toy", holds=(descriptor,))
    worker = Worker(launch, events.put)
    worker.start()
    host.drop(env.folder)  # from here on only the worker's guard has the file open

    with pytest.raises(InUseError, match="a run is using it"):
        remove(env)
    worker.load(LoadOrder(toy(), seed=0))
    _wait_for(events, Loaded)
    assert in_use(env.folder)
    worker.shutdown(grace_s=PATIENCE_S)
    _wait_for(events, Died)
    assert worker.join(PATIENCE_S)

    assert remove(env)
    assert [] == names(root)


def _wait_for(events: "queue.SimpleQueue[WorkerEvent]", kind: type[WorkerEvent]) -> None:
    while not isinstance(events.get(timeout=PATIENCE_S), kind):
        pass


def test_an_env_stays_in_use_until_the_last_process_that_inherited_it_is_gone(root):
    env = env_called(root, "env")
    read_end, write_end = os.pipe()
    host = subprocess.Popen(
        [sys.executable, "-c", USER, str(env.folder)],
        stdin=read_end,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    os.close(read_end)
    assert host.stdout is not None
    with host.stdout:
        assert b"ready\n" == host.stdout.readline()
        host.send_signal(signal.SIGKILL)
        host.wait()

        with pytest.raises(InUseError):
            remove(env)
        os.close(write_end)
        host.stdout.read()  # to its end: the worker had that pipe too, and is gone

    assert remove(env)


def test_asking_whether_an_env_is_in_use_changes_nothing(root):
    env = env_called(root, "env")

    used = in_use(env.folder)

    assert used is False
    assert env == env_called(root, "env")


def test_an_env_that_was_never_asked_for_is_not_in_use(tmp_path):
    assert in_use(tmp_path) is False
    assert [] == list(tmp_path.iterdir())


def test_using_an_env_is_remembered(root):
    env = env_called(root, "env")

    Holds().take(env.folder)

    assert env_called(root, "env").last_used_s > env.last_used_s


def test_an_env_that_is_being_removed_cannot_be_taken(root):
    env = env_called(root, "env")

    with unused(env.folder, "env"), pytest.raises(GoneError):
        Holds().take(env.folder)


def test_one_who_only_asks_does_not_keep_an_env_from_being_taken(root):
    """`env list` locks for a moment; a run that begins in it must not build the env again."""
    env, holds = env_called(root, "env"), Holds()
    inside, begun = threading.Event(), threading.Event()

    def ask() -> None:
        with unused(env.folder, "env"):
            inside.set()
            begun.wait()

    asking = threading.Thread(target=ask)
    asking.start()
    inside.wait()
    letting_go = threading.Timer(0.02, begun.set)
    letting_go.start()
    holds.take(env.folder)
    asking.join()

    assert in_use(env.folder)


def test_what_is_held_is_never_removed_however_often_it_is_replaced(root, tmp_path_factory):
    """A remover that opened the file of an env before it was replaced must not take the new one."""
    env = env_called(root, "env")
    template = tmp_path_factory.mktemp("templates") / "env"
    shutil.copytree(env.folder, template)
    stop = threading.Event()
    removers = [threading.Thread(target=_remove_until, args=(env, stop)) for _ in range(3)]
    for remover in removers:
        remover.start()

    violations = 0
    for _ in range(200):
        holds = Holds()
        with contextlib.suppress(GoneError):
            holds.take(env.folder)
            violations += not all((env.folder / "env.json").exists() for _ in range(500))
            holds.drop(env.folder)
        if not env.folder.exists():
            fresh = root / ".fresh"
            shutil.copytree(template, fresh)
            fresh.rename(env.folder)
    stop.set()
    for remover in removers:
        remover.join()

    assert 0 == violations


def _remove_until(env: StoredEnv, stop: threading.Event) -> None:
    while not stop.is_set():
        with contextlib.suppress(InUseError):
            remove(env)


def test_a_hold_follows_an_env_that_gets_its_name(root):
    env, holds = env_called(root, "env"), Holds()
    holds.take(env.folder)
    env.folder.rename(root / "published")

    holds.move(env.folder, root / "published")

    assert holds.descriptor(env.folder) is None
    assert holds.descriptor(root / "published") is not None
    assert in_use(root / "published")


def test_removing_what_is_gone_says_so(root):
    env = env_called(root, "env")

    assert remove(env)
    assert not remove(env)


@contextlib.contextmanager
def another_user() -> Iterator[None]:
    """Whoever owns nothing here."""
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_an_env_of_another_user_can_be_used_and_stays_as_long():
    with tempfile.TemporaryDirectory() as name:
        root, holds = Path(name), Holds()
        root.chmod(0o755)
        put_env(root, "env", {"file": b"1"})
        before = env_called(root, "env")

        with another_user():
            holds.take(before.folder)

        assert in_use(before.folder)
        assert before == env_called(root, "env")


TAKE_READ_ONLY = """
import sys
from pathlib import Path
from vlmhb.env.holds import Holds
folder, holds = Path(sys.argv[1]), Holds()
try:
    (folder / "new").touch()
except OSError as error:
    print(error.errno)
holds.take(folder)
print(holds.descriptor(folder) is not None)
"""


def test_an_env_in_a_store_that_is_mounted_read_only_can_be_used(root):
    env = env_called(root, "env")
    script = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" || exit 77; shift; exec "$@"'
    try:
        ended = subprocess.run(
            [
                *("unshare", "--mount", "sh", "-c", script, "sh", str(root)),
                *(sys.executable, "-c", TAKE_READ_ONLY, str(env.folder)),
            ],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        pytest.skip("no unshare here")
    if ended.returncode == 77 or ended.stderr.startswith("unshare:"):
        pytest.skip("mounting is not allowed here")

    assert f"{errno.EROFS}\nTrue\n" == ended.stdout, ended.stderr


def test_the_first_use_of_an_env_makes_what_it_is_held_by(tmp_path):
    holds = Holds()

    holds.take(tmp_path)

    assert in_use(tmp_path)


def test_what_cannot_be_remembered_for_another_reason_is_told(tmp_path):
    (tmp_path / "in-use").symlink_to(tmp_path / "in-use")

    with pytest.raises(OSError, match="Too many levels"):
        Holds().take(tmp_path)
