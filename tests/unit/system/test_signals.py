"""What a signal does to a command, and how long that may take."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
from contextlib import suppress

import pytest

from vlmhb.errors import Interrupted, StorageError, UsageError
from vlmhb.system.early_signals import HANDLED
from vlmhb.system.signals import StopSignals

PATIENCE_S = 60


def ended(code: str, number: signal.Signals = signal.SIGTERM) -> "subprocess.CompletedProcess[str]":
    """A program, and how it ends after a signal that it gets once it has said "ready"."""
    script = textwrap.dedent(code)
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(number)
        out, err = process.communicate(timeout=PATIENCE_S)
    return subprocess.CompletedProcess(script, process.returncode, out, err)


def signalled(number: signal.Signals) -> None:
    """Wait for something when the signal comes."""
    os.kill(os.getpid(), number)
    threading.Event().wait(PATIENCE_S)


@pytest.mark.parametrize("number", HANDLED)
def test_without_a_listener_a_signal_is_raised_wherever_the_program_is(number: signal.Signals):
    with pytest.raises(Interrupted) as caught, StopSignals("vlmhb run again"):
        signalled(number)

    assert 128 + number == caught.value.exit_code
    assert f"stopped by {number.name}; to go on: vlmhb run again" == str(caught.value)


def test_nobody_takes_it_for_a_failure_of_one_thing_among_several():
    with pytest.raises(Interrupted), StopSignals(), suppress(Exception):
        signalled(signal.SIGTERM)


def test_who_listens_is_called_at_each_signal_and_the_first_one_counts():
    calls: list[str] = []
    with StopSignals() as stop:
        stop.listen(lambda: calls.append("heard"))
        os.kill(os.getpid(), signal.SIGHUP)
        os.kill(os.getpid(), signal.SIGINT)

    assert ["heard", "heard"] == calls
    assert "SIGHUP" == stop.interrupted().signal_name
    assert 129 == stop.interrupted().exit_code


def test_afterwards_signals_do_what_they_did_before():
    before = [signal.getsignal(one) for one in HANDLED]

    with StopSignals(), StopSignals():
        threads = [one for one in threading.enumerate() if one.name == "stop"]

    assert before == [signal.getsignal(one) for one in HANDLED]
    assert 2 <= len(threads)
    assert -1 == signal.set_wakeup_fd(-1)
    for thread in threads:
        thread.join(PATIENCE_S)
        assert not thread.is_alive()


def test_what_is_ignored_stays_ignored():
    end = ended(
        """
        import signal, time
        from vlmhb.system.signals import StopSignals
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        with StopSignals():
            print("ready", flush=True)
            time.sleep(1)
        """,
        signal.SIGHUP,
    )

    assert 0 == end.returncode, end.stderr


def test_its_last_line_has_no_login():
    end = ended(
        """
        import threading
        from vlmhb.system import signals
        signals.STOP_S = 0.1
        with signals.StopSignals("vlmhb models pin https://me:pw@h/a") as stop:
            stop.listen(lambda: None)
            print("ready", flush=True)
            while True:
                threading.Event().wait(0.1)
        """
    )

    assert "vlmhb: stopped by SIGTERM; to go on: vlmhb models pin https://...@h/a\n" == end.stderr


def test_a_terminal_has_its_cursor_afterwards():
    terminal, program = os.openpty()
    code = "from vlmhb.system import signals; signals._leave(signals.signal.SIGTERM, 'again')"
    try:
        ended = subprocess.run([sys.executable, "-c", code], stderr=program, check=False)

        shown = os.read(terminal, 1000)
    finally:
        os.close(terminal)
        os.close(program)

    assert 143 == ended.returncode
    assert b"\x1b[?25hvlmhb: stopped by SIGTERM; to go on: again\r\n" == shown


HELD_UP = {
    "a step that takes long": """
        import ctypes, threading
        libc, mutex = ctypes.CDLL(None), ctypes.create_string_buffer(64)
        libc.pthread_mutex_lock(mutex)
        threading.Timer(0.5, lambda: print("ready", flush=True)).start()
        libc.pthread_mutex_lock(mutex)  # which no signal ends
        """,
    "clearing up": """
        try:
            print("ready", flush=True)
            os.read(reader, 1)
        finally:
            os.read(reader, 1)
        """,
    "a listener that forgets": """
        stop.listen(lambda: None)
        print("ready", flush=True)
        while True:
            os.read(reader, 1)
        """,
}


@pytest.mark.parametrize("held_up", HELD_UP)
def test_a_stop_that_takes_too_long_ends_the_process(held_up: str):
    end = ended(
        textwrap.dedent(
            """
            import os, signal
            from vlmhb.system import signals
            signals.STOP_S = 0.2
            reader, writer = os.pipe()
            stop = signals.StopSignals("vlmhb run 'my run'")
            stop.__enter__()
            """
        )
        + textwrap.dedent(HELD_UP[held_up])
    )

    assert 143 == end.returncode
    assert "vlmhb: stopped by SIGTERM; to go on: vlmhb run 'my run'\n" == end.stderr


class Dying:
    """Gets a signal while it is deleted, where nobody hears what is raised."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGTERM)


def test_a_stop_that_was_stopped_itself_goes_on():
    """As a frozen container is; whoever does not want to wait for it kills it anyway."""
    script = """
import os, sys
from vlmhb.system import signals
signals.STOP_S = 3.0
with signals.StopSignals() as stop:
    stop.listen(lambda: os.write(1, b"stopping\\n"))
    print("ready", flush=True)
    sys.stdin.readline()
    print("cleared away", flush=True)
"""
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert "ready\n" == process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        assert "stopping\n" == process.stdout.readline()
        process.send_signal(signal.SIGSTOP)
        threading.Event().wait(3.5)
        process.send_signal(signal.SIGCONT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.5)
        out, _ = process.communicate("\n", timeout=PATIENCE_S)

    assert (0, "cleared away\n") == (process.returncode, out)


def test_a_signal_that_is_raised_where_nobody_hears_it_is_raised_again():
    def go_on() -> None:
        Dying()
        threading.Event().wait(PATIENCE_S)

    with pytest.raises(Interrupted) as raised, StopSignals() as stop:
        go_on()

    assert signal.SIGTERM is stop.received
    assert 143 == raised.value.exit_code


def test_it_is_raised_at_the_end_if_that_comes_first():
    before = sys.unraisablehook

    with pytest.raises(Interrupted), StopSignals():
        Dying()

    assert before is sys.unraisablehook


@pytest.mark.parametrize("words", [ValueError("no such model"), UsageError("read x", "stopped")])
def test_what_a_library_made_of_it_is_a_stop_all_the_same(words: Exception):
    def told_in_other_words() -> None:
        try:
            signal.raise_signal(signal.SIGTERM)
        except Interrupted:
            raise words from None

    with pytest.raises(Interrupted) as raised, StopSignals():
        told_in_other_words()

    assert 143 == raised.value.exit_code
    assert words is raised.value.__cause__


def test_a_library_that_drops_it_puts_it_off_and_no_more():
    with pytest.raises(Interrupted), StopSignals(), suppress(Interrupted):
        signal.raise_signal(signal.SIGTERM)


def test_a_disk_that_fails_while_a_program_stops_is_told():
    def full() -> None:
        try:
            signal.raise_signal(signal.SIGTERM)
        except Interrupted:
            raise StorageError("cannot write x", "no space") from None

    with pytest.raises(StorageError), StopSignals():
        full()


def test_an_error_after_a_signal_that_somebody_listened_to_is_an_error():
    def fail(stop: StopSignals) -> None:
        stop.listen(lambda: None)
        signal.raise_signal(signal.SIGTERM)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"), StopSignals() as stop:
        fail(stop)


def test_a_listener_hears_of_it_wherever_it_came():
    heard: list[int] = []

    with StopSignals() as stop:
        stop.listen(lambda: heard.append(1))
        Dying()

    assert [1] == heard


def test_other_mistakes_in_such_places_are_told_as_ever(monkeypatch: pytest.MonkeyPatch):
    class Broken:
        def __del__(self) -> None:
            raise ValueError("no")

    told: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda what: told.append(what.exc_value))

    with StopSignals():
        Broken()

    assert ["no"] == [str(error) for error in told]
