"""How a fetch shows how far it is."""

import io

from vlmhb.cli.fetch_progress import FetchDisplay, LiveFetch, in_bytes


def test_a_stage_is_said_once_and_not_at_every_step():
    stream = io.StringIO()

    with FetchDisplay(stream) as display:
        for done in range(100):
            display.see("fetching Org/Name", done * 1_000_000, 100_000_000)

    assert "fetching Org/Name: 0.0 of 100.0 MB, 0 MB/s\n" == stream.getvalue()


def test_each_stage_is_said_with_what_no_terminal_should_see_spelled_out():
    stream = io.StringIO()

    with FetchDisplay(stream) as display:
        display.see("waiting for \x1b[31mOrg/Name", 0, 0)
        display.see("fetching Org/Name", 5_000_000, 10_000_000)

    expected = "waiting for \\u001b[31mOrg/Name\nfetching Org/Name: 5.0 of 10.0 MB, 0 MB/s\n"
    assert expected == stream.getvalue()


def test_bytes_are_said_with_their_rate():
    assert ": 1,250.0 of 15,200.0 MB, 312 MB/s" == in_bytes(1_250_000_000, 15_200_000_000, 312e6)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_bar_shows_the_last_that_it_heard():
    stream = Terminal()

    with LiveFetch(stream) as display:
        display.see("fetching Org/Name", 1_000_000, 10_000_000)
        display.see("fetching Org/Name", 9_000_000, 10_000_000)

    assert "fetching Org/Name" in stream.getvalue()
    assert "9.0/10.0 MB" in stream.getvalue()
