"""Connections that another thread ends."""

import socket
import threading

import pytest

from vlmhb.system.opener import Line
from vlmhb.system.web import Asked, PassingError, ask


def test_a_cut_line_ends_a_wait_for_an_answer():
    line = Line()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def take_and_cut() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1 << 16)
                line.cut()
                connection.recv(1 << 16)

        thread = threading.Thread(target=take_and_cut)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"

        with pytest.raises(PassingError):
            ask(Asked(url, silence_s=30.0, line=line))
        thread.join(20)

    assert not thread.is_alive()


def test_a_line_that_is_cut_already_ends_what_begins_later():
    line = Line()
    line.cut()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        line.add(ours)

        assert b"" == theirs.recv(1)


def test_a_connection_that_is_closed_does_not_keep_a_line_from_being_cut():
    line = Line()
    ours, theirs = socket.socketpair()
    theirs.close()
    ours.close()
    line.add(ours)

    line.cut()
