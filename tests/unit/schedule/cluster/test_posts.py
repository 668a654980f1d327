"""What the driver makes of what posts report, and of posts that report nothing."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from tests.build import answer, model, page, request
from tests.clusters import GONE, Posted, ScriptedCluster, an_order, config_of
from vlmhb.domain.answer import FailedAnswer
from vlmhb.domain.loaded_weights import LoadedWeights
from vlmhb.domain.model import WeightsRef
from vlmhb.schedule import commands, events, progress
from vlmhb.schedule.cluster.nodes import Node, PostPlace
from vlmhb.schedule.cluster.post import Given, LogKept, Ordered, PagesWanted, Report, Sent
from vlmhb.schedule.cluster.posts import PATIENCE_S, PostEnded, Posts, Reported
from vlmhb.schedule.machine import Told
from vlmhb.system.page_bytes import read_bytes

NODE = Node("1", "one", 1, 2)
OTHER_NODE = Node("2", "two", 1, 2)
START = commands.StartWorker("m", "m", ("one/GPU-a",))
OTHER = commands.StartWorker("n", "n", ("one/GPU-b",))


class Driver:
    """Posts of one worker, and a clock that stands still."""

    def __init__(self, folder: Path) -> None:
        self.cluster = ScriptedCluster(NODE)
        self.told: list[Reported | PostEnded] = []
        self.now_s = 0.0
        self.logs = folder / "logs"
        self.posts = Posts(
            replace(an_order(config_of(model("m"), model("n"))), segment=3),
            self.cluster,
            folder,
            self.told.append,
            lambda: self.now_s,
        )

    def start(self, command: commands.StartWorker = START, node: Node = NODE) -> Posted:
        self.posts.start(command, node, 1, {})
        return self.cluster.posted[-1]

    def hear(self, post: Posted, *reports: Report) -> list[Told]:
        post.tell(list(reports))
        item = self.told.pop()
        assert isinstance(item, Reported)
        return list(self.posts.hear(item))

    def end(self, post: Posted, problem: str = "") -> list[Told]:
        post.on_end(problem)
        item = self.told.pop()
        assert isinstance(item, PostEnded)
        return list(self.posts.ended(item))


@pytest.fixture
def driver(tmp_path: Path) -> Driver:
    return Driver(tmp_path)


def gone(reason: str = "ended") -> events.WorkerGone:
    return events.WorkerGone("m", reason, by_itself=True)


def test_a_post_is_told_of_its_own_model_and_of_the_weights_that_all_load(driver: Driver):
    began = {WeightsRef("Org/Model"): LoadedWeights("Org/Model", "c" * 40, "d" * 64)}
    for command in (START, OTHER):
        driver.posts.start(command, NODE, 1, began)

    first, second = driver.cluster.posted
    assert PostPlace("1", "m", "3-1", 1) == first.place
    assert PostPlace("1", "n", "3-2", 1) == second.place
    assert ["m"] == [one.name for one in first.order.config.models]
    assert began == first.order.began


def test_each_worker_is_sent_its_own(driver: Driver):
    first, second = driver.start(), driver.start(OTHER)

    driver.posts.send("n", request())
    driver.posts.drain()

    drain = Ordered("drain")
    assert ([drain], [Sent(request()), drain]) == (first.taken, second.taken)


def test_a_worker_of_the_same_name_is_not_taken_for_the_one_that_is_settling(driver: Driver):
    old = driver.start()
    driver.hear(old, gone())
    new = driver.start()
    driver.hear(new)

    driver.posts.send("m", request())
    late = driver.hear(old, events.WorkerAnswered("m", answer()), gone("twice"))
    ended = driver.end(old)
    stopped = list(driver.posts.stop("m"))

    assert ([], [], []) == (late, ended, stopped)
    assert [] == old.taken
    assert [Sent(request()), Ordered("stop")] == new.taken


def test_what_a_post_that_ended_reports_beside_events_is_still_taken(driver: Driver):
    post = driver.start()
    driver.hear(post, gone())
    noted = progress.Noted("its GPU is back")

    assert [noted] == driver.hear(post, noted)


@pytest.mark.parametrize(
    "end",
    [
        gone(),
        events.SlotsBusy("m", "GPU-a"),
        events.SlotRefused("m", "GPU-a", "full"),
        events.HostFull("m"),
        events.StartRefused("m", "no such Python"),
    ],
    ids=lambda end: type(end).__name__,
)
def test_a_worker_ends_once_whatever_becomes_of_its_post(driver: Driver, end: events.Event):
    killed, ended = driver.start(), driver.start()
    for post in (killed, ended):
        driver.hear(post, end)

    assert [] == driver.end(ended, GONE)
    assert [] == list(driver.posts.kill())
    assert killed.is_removed
    assert [] == driver.hear(killed, progress.Noted("too late"))


def test_the_end_of_a_worker_says_where_that_was(driver: Driver):
    (event,) = driver.hear(driver.start(), gone("SIGSEGV"))

    assert gone("one: SIGSEGV") == event


def test_a_post_that_ends_before_its_worker_was_told_of_leaves_no_doubt(driver: Driver):
    (event,) = driver.end(driver.start())

    assert events.WorkerGone("m", "one: it ended", by_itself=False) == event


def test_a_post_that_vanishes_leaves_its_place_in_doubt(driver: Driver):
    post = driver.start()

    (event,) = driver.end(post, GONE)

    assert events.WorkerGone("m", f"one: {GONE}", by_itself=False, place_in_doubt=True) == event
    assert not driver.posts.are_left


def test_a_worker_that_was_refused_before_it_could_be_stopped_is_not_looked_for(driver: Driver):
    assert [] == list(driver.posts.stop("m"))


def test_a_post_that_was_never_heard_of_is_removed_when_its_worker_is_to_end(driver: Driver):
    post = driver.start()

    (event,) = driver.posts.stop("m")

    assert events.WorkerGone("m", "one: not started", by_itself=False) == event
    assert post.is_removed
    assert not driver.posts.are_left
    driver.now_s = PATIENCE_S
    assert [] == list(driver.posts.look_after())
    post.on_end(GONE)
    assert driver.posts.node_of(1) is None  # nothing is the matter with its node


def test_gpus_that_others_have_are_waited_for_so_long_and_that_is_said(driver: Driver):
    post = driver.start()
    driver.now_s = PATIENCE_S - 1
    early = list(driver.posts.look_after())
    driver.now_s = PATIENCE_S

    awaited, busy = driver.posts.look_after()

    assert [] == early
    assert isinstance(awaited, progress.GpuAwaited)
    assert "one has had no room for its worker for 60 s" in awaited.reason
    assert events.SlotsBusy("m") == busy
    assert post.is_removed
    assert [] == driver.end(post, GONE)
    driver.start()
    assert [] == list(driver.posts.look_after())  # from its own start on


def test_a_post_that_is_there_may_take_its_time(driver: Driver):
    post = driver.start()
    driver.hear(post)
    driver.now_s = 100 * PATIENCE_S

    assert [] == list(driver.posts.look_after())


def test_a_gpu_of_another_run_is_told_of_once(driver: Driver):
    busy = events.SlotsBusy("m", "GPU-a")

    awaited, first = driver.hear(driver.start(), busy)
    again = driver.hear(driver.start(), busy)

    assert isinstance(awaited, progress.GpuAwaited)
    assert "a GPU of one is used by another run" == awaited.reason
    assert [first] == again == [events.SlotsBusy("m")]


def test_that_is_told_of_each_model_and_each_node(driver: Driver):
    told = [
        driver.hear(driver.start(command, node), events.SlotsBusy(command.worker))
        for command, node in ((START, NODE), (OTHER, NODE), (START, OTHER_NODE))
    ]

    assert [progress.GpuAwaited, events.SlotsBusy] * 3 == [type(one) for two in told for one in two]


def test_a_start_that_a_node_refuses_says_nothing_of_other_nodes(driver: Driver):
    post = driver.start()

    (refused,) = driver.hear(post, events.StartRefused("m", "uv: no wheel fits"))

    assert events.SlotRefused("m", "one/GPU-a", "one: uv: no wheel fits") == refused


def test_a_node_that_is_lost_takes_its_posts_with_it(driver: Driver):
    post = driver.start()

    (event,) = driver.posts.lost("1")

    assert isinstance(event, events.WorkerGone)
    assert post.is_removed
    assert [] == list(driver.posts.lost("1"))


def test_a_node_that_is_lost_takes_no_posts_of_others_with_it(driver: Driver):
    post = driver.start()

    assert [] == list(driver.posts.lost("2"))
    assert not post.is_removed
    assert NODE == driver.posts.node_of(1)


def test_all_workers_are_killed_whether_they_can_be_told_or_not(driver: Driver):
    post = driver.start()
    driver.hear(post)

    (event,) = driver.posts.kill()

    assert events.WorkerGone("m", "one: killed", by_itself=False) == event
    assert post.is_removed
    assert not driver.posts.are_left


def test_what_workers_print_cannot_leave_the_logs(driver: Driver):
    post = driver.start()
    outside = driver.logs.parent / "outside.log"

    driver.hear(post, LogKept(str(outside), b"a"), LogKept("../outside.log", b"b\n"))

    assert not outside.exists()
    kept = (driver.logs / "outside.log").read_text()
    assert "== m on one\na\n== m on one\nb\n" == kept


def test_a_log_that_cannot_be_kept_is_no_reason_to_end(driver: Driver):
    post = driver.start()
    (driver.logs / "m.log").mkdir(parents=True)

    (noted,) = driver.hear(post, LogKept("m.log", b"text"))

    assert isinstance(noted, progress.Noted)
    assert "cannot keep what m printed" in noted.text


def wanted(folder: Path, content: bytes) -> PagesWanted:
    """A page that a node has not."""
    file = folder / "images/r1.png"
    file.parent.mkdir()
    file.write_bytes(content)
    shown = replace(page("r1"), sha256=hashlib.sha256(content).hexdigest())
    assert content == read_bytes(str(folder), shown)
    return PagesWanted("m", "r1", str(folder), (shown,))


def test_pages_that_a_node_has_not_are_given_to_it(driver: Driver, tmp_path: Path):
    post = driver.start()

    assert [] == driver.hear(post, wanted(tmp_path, b"content"))
    (given,) = post.taken
    assert isinstance(given, Given)
    assert ("r1", [b"content"]) == (given.request_id, [one.content for one in given.pages])


def test_a_request_fails_whose_pages_nobody_has_any_more(driver: Driver, tmp_path: Path):
    post = driver.start()
    asked = wanted(tmp_path, b"content")
    (tmp_path / "images/r1.png").write_bytes(b"changed")

    (event,) = driver.hear(post, asked)

    assert isinstance(event, events.WorkerAnswered)
    assert isinstance(event.outcome, FailedAnswer)
    assert "images/r1.png: its file has changed" in event.outcome.error.message
    assert [] == post.taken


def test_pages_that_a_worker_wanted_which_is_gone_by_now_fail_nobody(
    driver: Driver, tmp_path: Path
):
    post = driver.start()
    asked = wanted(tmp_path, b"content")
    (tmp_path / "images/r1.png").unlink()
    driver.hear(post, gone())

    assert [] == driver.hear(post, asked)
