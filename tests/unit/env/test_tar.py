import io
import tarfile

import pytest

from vlmhb.env.tar import TarError, members, new_tar, write_member


def tar_of(*entries: tuple[tarfile.TarInfo, bytes], **options) -> io.BytesIO:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:", **options) as tar:
        for info, content in entries:
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    file.seek(0)
    return file


def entry(name: str, kind: bytes = tarfile.REGTYPE, linkname: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, linkname
    return info


def read(file: io.BytesIO) -> list[tuple[str, bytes]]:
    return [(member.name, b"".join(member.chunks())) for member in members(file)]


def test_files_come_back_with_names_of_any_length(tmp_path):
    names = ["a", "wheels/" + "x" * 200 + ".whl", "wheels/" + "é" * 90, "b" * 513]
    contents = {name: name.encode() * 50 for name in names}
    with new_tar(tmp_path / "x.tar") as tar:
        for name, content in contents.items():
            write_member(tar, name, io.BytesIO(content), len(content))

    with (tmp_path / "x.tar").open("rb") as file:
        assert list(contents.items()) == read(file)


def test_a_file_that_nobody_read_is_passed_over():
    file = tar_of((entry("first"), b"x" * 5000), (entry("second"), b"y"))

    assert ["first", "second"] == [member.name for member in members(file)]


@pytest.mark.parametrize(
    "odd",
    [
        entry("link", tarfile.SYMTYPE, "/etc/passwd"),
        entry("link", tarfile.LNKTYPE, "first"),
        entry("device", tarfile.CHRTYPE),
        entry("device", tarfile.BLKTYPE),
        entry("pipe", tarfile.FIFOTYPE),
        entry("folder", tarfile.DIRTYPE),
        entry("sparse", tarfile.GNUTYPE_SPARSE),
        entry("contiguous", tarfile.CONTTYPE),
        entry("old", tarfile.AREGTYPE),
        entry("long link", tarfile.GNUTYPE_LONGLINK),
        entry("extended", tarfile.XHDTYPE),
        entry("global", tarfile.XGLTYPE),
    ],
    ids=lambda info: info.name,
)
def test_anything_but_a_regular_file_is_refused(odd):
    file = io.BytesIO(odd.tobuf(tarfile.USTAR_FORMAT) + bytes(1024))

    with pytest.raises(TarError, match="is not a regular file"):
        read(file)


def header(size: int, kind: bytes = tarfile.REGTYPE) -> bytes:
    info = entry("file", kind)
    info.size = size
    return info.tobuf(tarfile.GNU_FORMAT)


@pytest.mark.parametrize("size", [-512, -(1 << 60)])
def test_a_negative_size_is_refused(size):
    with pytest.raises(TarError, match="is not a regular file"):
        read(io.BytesIO(header(size) + bytes(1024)))


def test_a_name_longer_than_any_is_not_read_into_memory():
    with pytest.raises(TarError, match="too long"):
        read(io.BytesIO(header(1 << 33, tarfile.GNUTYPE_LONGNAME) + bytes(4096)))


def test_a_name_that_is_no_text_is_refused():
    block = b"\xff\xfe".ljust(512, b"\0")
    with pytest.raises(TarError, match="not UTF-8"):
        read(io.BytesIO(header(2, tarfile.GNUTYPE_LONGNAME) + block + header(0)))


def test_two_long_names_for_one_file_are_refused():
    block = b"name".ljust(512, b"\0")
    with pytest.raises(TarError):
        read(io.BytesIO((header(4, tarfile.GNUTYPE_LONGNAME) + block) * 2))


def test_a_checksum_that_is_wrong_is_refused():
    content = bytearray(tar_of((entry("first"), b"x")).getvalue())
    content[3] ^= 1

    with pytest.raises(TarError, match="it is no tar file"):
        read(io.BytesIO(content))


@pytest.mark.parametrize("length", [0, 100, 512, 700, 1024, 1500])
def test_a_tar_that_is_cut_is_refused(length):
    content = tar_of((entry("first"), b"x" * 600), (entry("second"), b"y")).getvalue()

    with pytest.raises(TarError, match="ends"):
        read(io.BytesIO(content[:length]))
