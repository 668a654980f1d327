"""Files below a folder: nothing outside it can be named."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlmhb.system.inside import Inside, NotInsideError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder, and a secret beside it."""
    (tmp_path / "secret").write_text("outside")
    made = tmp_path / "run"
    (made / "logs").mkdir(parents=True)
    (made / "run.json").write_text("{}")
    (made / "logs/a.log").write_text("line")
    return made


@pytest.fixture
def inside(folder: Path) -> Iterator[Inside]:
    with Inside(folder) as opened:
        yield opened


def read(inside: Inside, *names: bytes) -> bytes:
    with inside.open(names) as found:
        return os.read(found.fd, 100)


def test_a_file_is_found_by_its_names(inside: Inside):
    assert b"line" == read(inside, b"logs", b"a.log")


@pytest.mark.parametrize(
    "names",
    [
        (b"..", b"secret"),
        (b"logs", b"..", b"..", b"secret"),
        (b"../secret",),
        (b"logs/../../secret",),
        (b".",),
        (b"",),
        (b"/etc/passwd",),
        (b"run.json\0.html",),
        (b"run.json", b"x"),
        (b"run.json", b""),
        (b"n" * 5000,),
        (b"missing",),
    ],
)
def test_what_is_no_name_of_a_file_inside_is_refused(inside: Inside, names: tuple[bytes, ...]):
    with pytest.raises(NotInsideError):
        read(inside, *names)


@pytest.mark.parametrize("target", ["../secret", "/etc/passwd", "run.json", "logs", "link"])
def test_no_link_is_followed_wherever_it_leads(inside: Inside, folder: Path, target: str):
    (folder / "link").symlink_to(target)

    with pytest.raises(NotInsideError):
        read(inside, b"link")


def test_no_folder_that_is_a_link_is_passed(inside: Inside, folder: Path):
    (folder / "up").symlink_to("..")

    with pytest.raises(NotInsideError):
        read(inside, b"up", b"secret")


def test_a_pipe_is_refused_and_not_waited_for(inside: Inside, folder: Path):
    os.mkfifo(folder / "pipe")

    with pytest.raises(NotInsideError):
        read(inside, b"pipe")


def test_hidden_files_are_neither_listed_nor_opened(inside: Inside, folder: Path):
    (folder / ".hidden").write_text("x")

    with inside.open(()) as found:
        names = [entry.name for entry in found.entries()]

    assert [b"logs", b"run.json"] == names
    with pytest.raises(NotInsideError):
        read(inside, b".hidden")


def test_a_list_leaves_out_links_and_pipes(inside: Inside, folder: Path):
    (folder / "link").symlink_to("run.json")
    os.mkfifo(folder / "pipe")

    with inside.open(()) as found:
        assert [b"logs", b"run.json"] == [entry.name for entry in found.entries()]


def test_the_same_folder_is_listed_whole_each_time(inside: Inside):
    with inside.open(()) as first, inside.open(()) as second:
        assert first.entries() == second.entries()
        assert first.entries() == second.entries()


def test_a_folder_that_is_swapped_for_another_one_does_not_change_what_is_shown(
    inside: Inside, folder: Path
):
    folder.rename(folder.with_name("moved"))
    folder.symlink_to("/etc")

    assert b"{}" == read(inside, b"run.json")


def test_no_file_stays_open(inside: Inside):
    before = sorted(Path("/proc/self/fd").iterdir())
    for names in ((b"run.json",), (b"logs", b"missing"), (b"..",), (b"logs", b"a.log", b"x")):
        with contextlib.suppress(NotInsideError):
            read(inside, *names)

    assert before == sorted(Path("/proc/self/fd").iterdir())


@given(names=st.lists(st.binary(max_size=12) | st.sampled_from([b"..", b"logs", b"."]), max_size=5))
def test_no_names_lead_outside(tmp_path_factory: pytest.TempPathFactory, names: list[bytes]):
    root = tmp_path_factory.getbasetemp() / "fixed"
    (root / "run/logs").mkdir(parents=True, exist_ok=True)
    (root / "secret").write_text("outside")
    known = {(root / name).stat().st_ino for name in ("run", "run/logs")}

    try:
        with Inside(root / "run") as inside, inside.open(names) as found:
            shown = os.fstat(found.fd).st_ino
    except NotInsideError:
        return

    assert shown in known
