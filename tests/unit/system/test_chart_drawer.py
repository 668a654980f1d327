import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import psutil
import pytest

from vlmhb.system.chart_drawer import ChartDrawer, NotDrawn, draw_all

GOOD: dict[str, Any] = {
    "data": {"values": [{"x": 1, "y": 2}]},
    "mark": "point",
    "encoding": {"x": {"field": "x", "type": "quantitative"}},
}
WRONG: dict[str, Any] = {"mark": 7}


class Counting(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        self.send_error(404)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server():
    with HTTPServer(("127.0.0.1", 0), Counting) as made:
        made.asked = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=made.serve_forever)
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def test_a_chart_that_cannot_be_drawn_costs_no_other_one_and_none_loads_anything(server):
    address = f"http://127.0.0.1:{server.server_port}/data.json"
    loading = {**GOOD, "data": {"url": address}}
    pictured = {**GOOD, "mark": {"type": "image", "url": address}}

    first, wrong, _, _, last = draw_all([GOOD, WRONG, loading, pictured, GOOD])

    assert isinstance(first, str)
    assert first.startswith("<svg")
    assert first == last
    assert isinstance(wrong, NotDrawn)
    assert [] == server.asked


@pytest.mark.parametrize("python", ["/bin/false", "/bin/true", "/no/such/python"])
def test_a_process_that_draws_nothing_raises_nothing(python: str):
    one, other = draw_all([GOOD, GOOD], python=python)

    assert one == other
    assert isinstance(one, NotDrawn)
    assert "the process that draws charts" in one.reason


def test_nothing_is_started_for_no_chart():
    assert () == draw_all([], python="/no/such/python")


def drawing() -> list[psutil.Process]:
    """The processes that draw for this one."""
    children = psutil.Process().children()
    return [child for child in children if any("chart_child" in word for word in child.cmdline())]


def test_one_that_was_started_before_draws_the_same():
    with ChartDrawer() as drawer:
        drawer.start()
        drawer.start()
        (started,) = drawing()
        drawer.take([GOOD, WRONG])
        assert [started] == drawing()
        drawn = drawer.drawn()

    assert draw_all([GOOD, WRONG]) == drawn


def test_one_that_nobody_needs_leaves_nothing():
    with ChartDrawer() as drawer:
        drawer.start()
        (started,) = drawing()
        drawer.take([])
        assert () == drawer.drawn()

    assert not started.is_running()


def test_without_a_thread_to_be_had_no_chart_is_drawn_and_nothing_raised(
    monkeypatch: pytest.MonkeyPatch,
):
    def no_more(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with ChartDrawer() as drawer:
        monkeypatch.setattr(threading.Thread, "start", no_more)
        drawer.start()
        drawer.take([GOOD])
        (only,) = drawer.drawn()

    assert isinstance(only, NotDrawn)
    assert "cannot be started: can't start new thread" in only.reason
    assert [] == drawing()
