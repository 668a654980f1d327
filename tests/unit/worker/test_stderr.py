"""Logs keep the beginning and the end of a stream, and never stop it."""

import os
import select
import tracemalloc
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from vlmhb.worker.stderr import CappedLog, StderrDrain, Tail, harmless


@given(pieces=st.lists(st.binary(max_size=20)), limit=st.integers(0, 30))
def test_a_tail_holds_the_last_bytes_and_counts_the_rest(pieces: list[bytes], limit: int) -> None:
    tail = Tail(limit)
    for piece in pieces:
        tail.add(piece)
    whole = b"".join(pieces)
    kept = whole[max(0, len(whole) - limit) :]

    assert kept == tail.content()
    assert len(whole) - len(kept) == tail.dropped


def test_many_small_pieces_take_little_more_than_their_bytes() -> None:
    tail = Tail(100_000)
    tracemalloc.start()
    try:
        for _ in range(200_000):
            tail.add(b".")
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert held < 400_000


def test_what_a_terminal_would_obey_is_spelled_out() -> None:
    hostile = "\x1b]52;c;YQ==\x07 \x9b2J \0 \x7f Счёт 合計\tbar 10%\rbar 20%\r\n"

    shown = harmless(hostile.encode()).decode()

    expected = "\\x1b]52;c;YQ==\\x07 \\x9b2J \\x00 \\x7f Счёт 合計\tbar 10%\rbar 20%\r\n"
    assert expected == shown


def test_so_is_what_comes_in_two_halves(tmp_path: Path) -> None:
    """U+009B begins a command for a terminal, as ESC [ does."""
    errors, printing = os.pipe()
    death, dead = os.pipe()
    drain = StderrDrain(errors, death, CappedLog(tmp_path / "a.log"), "a")
    drain.start()
    for half in (b"a\xc2", b"\x9b2J \xc2", b"\xa9 \xc2"):
        os.write(printing, half)
        while select.select([errors], [], [], 0)[0]:
            pass
    os.close(printing)
    os.close(dead)

    said = drain.finish()

    assert b"a\\x9b2J \xc2\xa9 \xc2" == (tmp_path / "a.log").read_bytes()
    assert "a\x9b2J ©" in said
    os.close(errors)
    os.close(death)


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


def test_of_a_full_log_only_the_end_is_continued(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(b"x" * 95)
    for letter in (b"a", b"b"):
        capped = CappedLog(path, head=10, tail=1 << 20, full=100)
        capped.add(letter * (1 << 17))
        capped.close()

    content = path.read_bytes()
    assert content.startswith(b"x" * 95 + b"aaaaa\n[vlmhb: 65531 bytes left out]\naaa")
    assert content.endswith(b"aaa\n[vlmhb: 65536 bytes left out]\n" + b"b" * (64 << 10))
    assert len(content) < 100 + 2 * ((64 << 10) + 50)


def test_a_disk_that_refuses_stops_nothing(tmp_path: Path) -> None:
    for path in (Path("/dev/full"), tmp_path / "file" / "below"):
        (tmp_path / "file").write_bytes(b"")
        capped = CappedLog(path, head=10, tail=10)
        capped.add(b"x" * 100)

        assert capped.close() is None  # type: ignore[func-returns-value]
