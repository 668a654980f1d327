"""Modules are there when they are needed, or it is told why not."""

import errno
import os
import sys
import threading
from pathlib import Path

import pytest

from vlmhb.errors import UnusableError
from vlmhb.system.preload import Preload


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    name = f"preloaded_{len(request.node.name)}_{tmp_path.name}".replace("-", "_")
    monkeypatch.syspath_prepend(tmp_path)
    return name


def write(tmp_path: Path, module: str, code: str) -> None:
    (tmp_path / f"{module}.py").write_text(code, encoding="utf-8")


def test_a_module_is_imported_once_that_is_waited_for(tmp_path: Path, module: str):
    write(tmp_path, module, "")

    Preload(module).join()

    assert module in sys.modules


def test_a_function_is_called_once_its_module_is_there(tmp_path: Path, module: str):
    write(tmp_path, module, "calls = []\ndef warm():\n    calls.append('warm')")

    preload = Preload(f"{module}:warm")
    preload.start()
    preload.start()
    preload.join()

    assert ["warm"] == sys.modules[module].calls


def test_without_a_thread_to_be_had_it_is_done_at_the_end(
    tmp_path: Path, module: str, monkeypatch: pytest.MonkeyPatch
):
    def no_more(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    write(tmp_path, module, "")
    monkeypatch.setattr(threading.Thread, "start", no_more)
    preload = Preload(module)

    preload.start()
    early = module in sys.modules
    preload.join()

    assert not early
    assert module in sys.modules


def test_nothing_is_imported_before_the_start(tmp_path: Path, module: str):
    write(tmp_path, module, "")

    Preload(module)

    assert "preload" not in {thread.name for thread in threading.enumerate()}
    assert module not in sys.modules


@pytest.mark.parametrize(
    "code",
    [
        f"raise OSError({errno.EMFILE}, {os.strerror(errno.EMFILE)!r})",
        f"raise ImportError('x.so: cannot open: {os.strerror(errno.EMFILE)}')",
        f"try:\n    open('/proc/self/nowhere/x')\nexcept OSError as error:\n"
        f"    error.errno, error.strerror = {errno.EMFILE}, {os.strerror(errno.EMFILE)!r}\n"
        f"    raise ImportError('see above') from error",
    ],
    ids=["refused", "loader", "cause"],
)
def test_what_the_machine_refused_is_told_with_its_remedy(tmp_path: Path, module: str, code: str):
    write(tmp_path, module, code)

    with pytest.raises(UnusableError) as raised:
        Preload(module).join()

    assert module in str(raised.value)
    assert "Too many open files" in str(raised.value)
    assert "ulimit -n" in str(raised.value)


def test_a_mistake_in_a_module_is_its_own(tmp_path: Path, module: str):
    write(tmp_path, module, "1 / 0")

    with pytest.raises(ZeroDivisionError):
        Preload(module).join()
