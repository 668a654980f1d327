"""Logs keep the beginning and the end of a stream, and never stop it."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from vlmhb.worker.stderr import CappedLog, Tail


@given(pieces=st.lists(st.binary(max_size=20)), limit=st.integers(0, 30))
def test_a_tail_holds_the_last_bytes_and_counts_the_rest(pieces: list[bytes], limit: int) -> None:
    tail = Tail(limit)
    for piece in pieces:
        tail.add(piece)
    whole = b"".join(pieces)
    kept = whole[max(0, len(whole) - limit) :]

    assert kept == tail.content()
    assert len(whole) - len(kept) == tail.dropped


def log(path: Path, *pieces: bytes) -> bytes:
    capped = CappedLog(path, head=10, tail=10)
    for piece in pieces:
        capped.add(piece)
    capped.close()
    return path.read_bytes()


def test_a_short_log_is_whole(tmp_path: Path) -> None:
    assert b"abcdefghijklmno" == log(tmp_path / "logs" / "a.log", b"abcdefgh", b"ijklmno")


def test_a_long_log_says_what_is_missing(tmp_path: Path) -> None:
    content = log(tmp_path / "a.log", b"0123456789", b"x" * 25, b"0123456789")

    assert b"0123456789\n[vlmhb: 25 bytes left out]\n0123456789" == content


def test_the_beginning_is_on_disk_before_the_end(tmp_path: Path) -> None:
    capped = CappedLog(tmp_path / "a.log", head=10, tail=10)
    capped.add(b"now")

    assert b"now" == (tmp_path / "a.log").read_bytes()
    capped.close()


def test_a_log_that_exists_is_continued(tmp_path: Path) -> None:
    log(tmp_path / "a.log", b"first ")

    assert b"first second" == log(tmp_path / "a.log", b"second")


def test_a_disk_that_refuses_stops_nothing(tmp_path: Path) -> None:
    for path in (Path("/dev/full"), tmp_path / "file" / "below"):
        (tmp_path / "file").write_bytes(b"")
        capped = CappedLog(path, head=10, tail=10)
        capped.add(b"x" * 100)

        assert capped.close() is None  # type: ignore[func-returns-value]
