"""The worker runs inside any model's venv: old and new Pythons, with msgpack and nothing else."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
import vlmhb_worker

from tests.contract.workers import Session, ask, session, toy
from vlmhb.domain.answer import Answer
from vlmhb.worker import DeathKind, Hello, Loaded, LoadOrder

VERSIONS = ("3.8", "3.9", "3.12", "3.13", "3.14")

PROBE = '''
"""Tells what the worker's interpreter holds once a backend is loaded."""
import json, sys
from vlmhb_worker.backend import Backend, Reply

class Probe(Backend):
    def load(self, job, progress):
        return {}

    def answer(self, request):
        return Reply(json.dumps({"path": sys.path, "modules": sorted(sys.modules)}))
'''


def interpreters() -> Iterable[tuple[str, str]]:
    """(version, path) of the Pythons at hand: uv's discovery, then pyenv's folder."""
    uv = Path(sys.executable).with_name("uv")
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for version in VERSIONS:
        candidates = [str(path / "bin" / "python") for path in sorted(pyenv.glob(f"{version}.*"))]
        if uv.exists():
            found = subprocess.run(
                [uv, "python", "find", "--system", "--no-python-downloads", version],
                capture_output=True,
                text=True,
                check=False,
            )
            candidates.insert(0, found.stdout.strip())
        path = next((path for path in candidates if path and Path(path).exists()), None)
        if path is not None:
            yield version, path


FOUND = dict(interpreters())

pytestmark = [
    pytest.mark.uv,
    pytest.mark.skipif(not FOUND, reason="no other Python at hand"),
]


@pytest.fixture(scope="session", params=list(dict.fromkeys([*FOUND][:1] + [*FOUND][-1:])))
def venv_python(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The interpreter of a venv that holds msgpack and a probe."""
    folder = tmp_path_factory.mktemp(f"venv{request.param}")
    uv = Path(sys.executable).with_name("uv")
    python = folder / "bin" / "python"
    subprocess.run([uv, "venv", "-q", "-p", FOUND[request.param], folder, "--clear"], check=True)
    subprocess.run([uv, "pip", "install", "-q", "-p", python, "msgpack"], check=True)
    purelib = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = subprocess.run(
        [python, "-c", purelib], check=True, capture_output=True, text=True
    ).stdout.strip()
    Path(site, "probe_backend.py").write_text(PROBE)
    Path(site, "noisy.pth").write_text("import sys; print('noise at start')\n")
    return str(python)


def loaded(running: Session, backend: str) -> None:
    running.worker.start()
    running.expect(Hello)
    running.worker.load(LoadOrder(toy(backend), seed=0))
    running.until(Loaded)


def test_a_worker_answers_on_this_python(tmp_path: Path, venv_python: str) -> None:
    with session(tmp_path, venv_python) as running:
        running.load(faults={"noise": "print"})
        answers = [running.answer(prompt) for prompt in ("one", "noise", "two")]
        running.worker.shutdown(grace_s=20)
        death = running.death()

        assert [Answer] * 3 == [type(answer) for answer in answers]
        assert "exit code 0" == death.detail
        assert "noise at start" in death.stderr_tail


@pytest.mark.parametrize("fault", ["segv", "fork_daemon", "wrong_id"])
def test_faults_are_told_on_this_python(tmp_path: Path, venv_python: str, fault: str) -> None:
    expected = {
        "segv": DeathKind.SIGNAL,
        "wrong_id": DeathKind.PROTOCOL,
        "fork_daemon": DeathKind.CLOSED,
    }
    with session(tmp_path, venv_python) as running:
        running.load(faults={"bad": fault})
        running.worker.send(ask("bad"))
        if fault == "fork_daemon":
            running.worker.kill()

        assert expected[fault] == running.death().kind


def test_the_greeting_waits_for_no_more_than_it_needs(tmp_path: Path, venv_python: str) -> None:
    """`signal` and `threading` alone would cost it half of a bare interpreter's start.

    The guard writes to the same stderr; it needs `ctypes`, which the worker imports later.
    """
    entry = Path(vlmhb_worker.__file__).with_name("__main__.py")
    done = subprocess.run(
        [venv_python, "-s", "-X", "importtime", entry, str(os.getpid()), "", "", "-1"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        cwd=tmp_path,
    )
    lines = [line.rpartition("|")[2].strip() for line in done.stderr.decode().splitlines()]
    ours = lines[lines.index("vlmhb_worker.stdio") : lines.index("vlmhb_worker.probe") + 1]

    tops = {name.partition(".")[0] for name in ours}
    known = {"msgpack", "vlmhb_worker", *sys.stdlib_module_names}
    assert set() == {top for top in tops - known if not top.startswith("_")}
    assert set() == tops & {"dataclasses", "enum", "signal", "threading", "typing"}
    assert b"hello" in done.stdout


def test_an_idle_worker_imports_the_standard_library_msgpack_and_itself(
    tmp_path: Path, venv_python: str
) -> None:
    bare = subprocess.run(
        [venv_python, "-s", "-c", "import msgpack, sys; print(*sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    with session(tmp_path, venv_python) as running:
        loaded(running, "probe_backend:Probe")
        answer = running.answer("?")

        assert isinstance(answer, Answer)
        held = json.loads(answer.text)
        known = {"msgpack", "vlmhb_worker", "probe_backend", *bare, *sys.stdlib_module_names}
        foreign = [
            name
            for name in held["modules"]
            if name.partition(".")[0] not in known and not name.startswith("_")
        ]
        assert [] == foreign
        folder = Path(vlmhb_worker.__file__).parent
        assert not {str(folder), str(folder.parent)} & set(held["path"])
