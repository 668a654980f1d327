"""Archives that somebody made to harm, or that came broken."""

import io
import stat
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vlmhb.datasets.source_archive import ArchiveProblem, Bounds, unpack

Files = list[tuple[str, bytes]]


def take_all(_size_bytes: int) -> None:
    pass


def as_zip(files: Files, target: Path) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)


def as_tar(mode: Literal["w", "w:gz", "w:bz2", "w:xz"]) -> Callable[[Files, Path], None]:
    def write(files: Files, target: Path) -> None:
        with tarfile.open(target, mode) as archive:
            for name, content in files:
                info = tarfile.TarInfo(name)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))

    return write


Write = Callable[[Files, Path], None]
KINDS = {
    "zip": as_zip,
    "tar": as_tar("w"),
    "gz": as_tar("w:gz"),
    "bz2": as_tar("w:bz2"),
    "xz": as_tar("w:xz"),
}


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    return folder / "archive"


@pytest.fixture(params=list(KINDS.values()), ids=list(KINDS))
def write(request: pytest.FixtureRequest) -> Write:
    kind: Write = request.param
    return kind


def test_files_go_beside_the_archive(archive, write):
    write([("b/два.txt", b"two"), ("./a.txt", b"one"), ("empty", b"")], archive)

    names = unpack(archive, take_all)

    assert ("a.txt", "b/два.txt", "empty") == names
    assert b"two" == (archive.parent / "b/два.txt").read_bytes()
    assert b"" == (archive.parent / "empty").read_bytes()


def test_what_was_unpacked_before_is_replaced(archive, write):
    write([("a.txt", b"one")], archive)
    (archive.parent / "a.txt").write_bytes(b"half of an earlier try")

    unpack(archive, take_all)

    assert b"one" == (archive.parent / "a.txt").read_bytes()


@pytest.mark.parametrize("name", ["../out", "a/../../out", "/tmp/out", "a\\..\\out", "a//b", ".."])
def test_a_path_that_leads_out_is_refused(archive, write, name):
    write([("good", b"1"), (name, b"x")], archive)

    with pytest.raises(ArchiveProblem, match="leads out"):
        unpack(archive, take_all)

    assert {"archive", "good"} == {path.name for path in archive.parent.iterdir()}
    assert ["root"] == [path.name for path in archive.parent.parent.iterdir()]


def test_a_name_that_is_there_twice_is_refused(archive, write):
    if write is as_zip:
        with pytest.warns(UserWarning, match="Duplicate"):
            write([("a", b"1"), ("a", b"2")], archive)
    else:
        write([("a", b"1"), ("./a", b"2")], archive)

    with pytest.raises(ArchiveProblem, match="twice"):
        unpack(archive, take_all)


def test_a_file_that_is_a_folder_too_is_refused(archive, write):
    write([("a", b"1"), ("a/b", b"2")], archive)

    with pytest.raises(ArchiveProblem, match="a file and a folder"):
        unpack(archive, take_all)


def test_an_archive_never_replaces_itself(archive, write):
    write([("archive", b"1")], archive)

    with pytest.raises(ArchiveProblem, match="its own name"):
        unpack(archive, take_all)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
def test_a_tar_with_anything_but_files_is_refused(archive, kind):
    with tarfile.open(archive, "w") as made:
        info = tarfile.TarInfo("link")
        info.type, info.linkname = kind, "../../secret"
        made.addfile(info)

    with pytest.raises(ArchiveProblem, match="no regular file"):
        unpack(archive, take_all)

    assert not (archive.parent / "link").is_symlink()


def test_a_zip_with_a_link_is_refused(archive):
    info = zipfile.ZipInfo("link")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr(info, "/etc/passwd")

    with pytest.raises(ArchiveProblem, match="no regular file"):
        unpack(archive, take_all)


@pytest.mark.parametrize("kind", ["zip", "gz", "bz2", "xz"])
def test_more_than_an_honest_archive_holds_is_refused(archive, kind):
    KINDS[kind]([(f"{number}", bytes(5_000)) for number in range(9)], archive)

    with pytest.raises(ArchiveProblem, match="more than is ever taken"):
        unpack(archive, take_all, Bounds(growth=1, always_bytes=0))


def test_more_files_than_anybody_needs_are_refused(archive, write):
    write([("a", b""), ("b", b"")], archive)

    with pytest.raises(ArchiveProblem, match="more than is ever taken"):
        unpack(archive, take_all, Bounds(members=1))


def test_room_is_asked_for_before_a_file_is_written(archive, write):
    write([("a", bytes(500)), ("b", bytes(700))], archive)
    asked: list[int] = []

    unpack(archive, asked.append)

    assert [500, 700] == asked


def test_a_cut_archive_is_refused(archive, write):
    write([("a", bytes(range(256)) * 300), ("b", b"2" * 70_000)], archive)
    content = archive.read_bytes()
    archive.write_bytes(content[: len(content) // 2])

    with pytest.raises(ArchiveProblem, match="damaged"):
        unpack(archive, take_all)


def test_a_zip_that_names_a_place_before_its_beginning_is_refused(archive):
    as_zip([("a", b"1")], archive)
    content = bytearray(archive.read_bytes())
    content[-5] += 1  # where its list of files begins: 256 bytes later
    archive.write_bytes(content)

    with pytest.raises(ArchiveProblem, match="damaged"):
        unpack(archive, take_all)


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\3\4 and no more", b"\x1f\x8b\x08"])
def test_what_is_no_archive_is_refused(archive, content):
    archive.write_bytes(content)

    with pytest.raises(ArchiveProblem, match="damaged or no zip or tar"):
        unpack(archive, take_all)


def test_a_tar_that_ends_with_a_zip_is_a_tar(archive):
    """A zip is found by its end, so Python takes such a tar for the zip in it."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as made:
        made.writestr("wrong", b"1")
    as_tar("w")([("right.zip", inner.getvalue())], archive)

    assert zipfile.is_zipfile(archive)
    assert ("right.zip",) == unpack(archive, take_all)


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_a_damaged_archive_is_a_problem_and_nothing_else(data):
    kind = data.draw(st.sampled_from(sorted(KINDS)))
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder, "root", "archive")
        archive.parent.mkdir()
        KINDS[kind]([("a.txt", b"one" * 50), ("b/c.txt", b"two" * 50)], archive)
        content = bytearray(archive.read_bytes())
        for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=4)):
            content[place] = data.draw(st.integers(0, 255))
        archive.write_bytes(content)

        with suppress(ArchiveProblem):
            unpack(archive, take_all)

        assert ["root"] == [path.name for path in Path(folder).iterdir()]
