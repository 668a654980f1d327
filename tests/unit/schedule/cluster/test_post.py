"""One worker on a node, told by a driver that hears everything a little late."""

import hashlib
import queue
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from tests.build import model, request
from tests.clusters import FakeNode, an_order, config_of, prompts
from tests.fakes import FakeGpus, ReadyEnvs, gpu
from vlmhb.domain.answer import Answer
from vlmhb.domain.envspec import Env, EnvSpec
from vlmhb.domain.model import ModelSpec, WeightsRef
from vlmhb.domain.sample import PageContent, PageImage
from vlmhb.errors import EnvError
from vlmhb.schedule import events, machine, progress
from vlmhb.schedule.cluster import post as post_module
from vlmhb.schedule.cluster.answers_file import kept_outcomes
from vlmhb.schedule.cluster.order import NodeOrder
from vlmhb.schedule.cluster.post import (
    Given,
    LogKept,
    Ordered,
    PagesWanted,
    Post,
    Report,
    Sent,
)
from vlmhb.schedule.gpus.desk import GpuRules
from vlmhb.system.gpu_lease import GpuLease, take_lease
from vlmhb.system.host import host_name
from vlmhb.weights import FetchedWeights

PATIENCE_S = 30.0
TORCH = (("torch", "2.5.0"),)


class Station:
    """A post whose reports are waited for."""

    def __init__(self, order: NodeOrder, gpus: int = 0) -> None:
        self.post = Post(order, "m", "0-1", gpus)
        self.reports: queue.SimpleQueue[list[Report] | Exception | None] = queue.SimpleQueue()
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        try:
            for reports in self.post.reports():
                self.reports.put(reports)
            self.reports.put(None)
        except Exception as error:  # noqa: BLE001 - raised where the test waits
            self.reports.put(error)

    def until(self, kind: type[Report]) -> Report:
        while True:
            told = self.reports.get(timeout=PATIENCE_S)
            assert told is not None, "it ended"
            if isinstance(told, Exception):
                raise told
            for one in told:
                if isinstance(one, kind):
                    return one

    def told_until(self, kind: type[Report]) -> list[Report]:
        """Everything up to the reports that one of these comes with."""
        found: list[Report] = []
        while not any(isinstance(one, kind) for one in found):
            told = self.reports.get(timeout=PATIENCE_S)
            assert isinstance(told, list), told
            found += told
        return found

    def rest(self) -> list[Report]:
        found: list[Report] = []
        while (told := self.reports.get(timeout=PATIENCE_S)) is not None:
            if isinstance(told, Exception):
                raise told
            found += told
        return found


@contextmanager
def station(order: NodeOrder, gpus: int = 0) -> Iterator[Station]:
    made = Station(order, gpus)
    try:
        yield made
    finally:
        made.post.take(Ordered("kill"))
        made.thread.join()


def order_on(node: FakeNode, spec: ModelSpec | None = None) -> NodeOrder:
    return an_order(config_of(spec or model("m")), node.look_around(node.gpus))


@pytest.fixture
def node(tmp_path: Path) -> FakeNode:
    return FakeNode("one", tmp_path)


class SlowEnvs(ReadyEnvs):
    """A build that takes until somebody says so."""

    def __init__(self) -> None:
        super().__init__()
        self.may_end = threading.Event()
        self.folder = ""
        """Of the envspec."""

    def ensure(
        self, spec: EnvSpec, *, cancelled: threading.Event, on_progress: Callable[[str], None]
    ) -> Env:
        self.folder = spec.folder
        assert self.may_end.wait(PATIENCE_S)
        return super().ensure(spec, cancelled=cancelled, on_progress=on_progress)


def test_a_post_says_that_it_is_there_before_anything_is_ready(tmp_path: Path):
    envs = SlowEnvs()
    with station(order_on(FakeNode("one", tmp_path, envs=envs))) as post:
        first = post.reports.get(timeout=PATIENCE_S)
        envs.may_end.set()

    assert [] == first


def test_a_worker_that_is_to_end_before_its_env_is_ready_is_not_started(tmp_path: Path):
    envs = SlowEnvs()
    with station(order_on(FakeNode("one", tmp_path, envs=envs))) as post:
        post.post.take(Ordered("stop"))
        gone = post.until(events.WorkerGone)
        envs.may_end.set()
        rest = post.rest()

    assert isinstance(gone, events.WorkerGone)
    assert "not started" == gone.reason
    assert [] == [one for one in rest if isinstance(one, progress.ModelStarting)]


def test_an_env_is_built_from_the_envspec_as_it_was_sent(tmp_path: Path):
    envs = SlowEnvs()
    envs.may_end.set()
    with station(order_on(FakeNode("one", tmp_path, envs=envs))) as post:
        post.until(progress.EnvBuilt)

    assert Path(envs.folder).is_relative_to(tmp_path / "kept/envspecs")


class SlowWeights:
    """A fetch that takes until somebody says so."""

    def __init__(self) -> None:
        self.may_end = threading.Event()

    def ensure(
        self,
        ref: WeightsRef,
        *,
        cancelled: threading.Event,
        on_progress: Callable[[str, int, int], None],
    ) -> FetchedWeights:
        assert self.may_end.wait(PATIENCE_S)
        return FetchedWeights(Path("/weights"), ref.repo, "main", "c" * 40, "d" * 64, (), 1)


def test_a_worker_is_started_when_its_env_and_its_weights_are_there(node: FakeNode):
    weights = SlowWeights()
    order = order_on(node, model("m", weights=WeightsRef("Org/Model")))
    here = order.here()
    slow = replace(here, supplies=replace(here.supplies, weights=weights))
    with station(replace(order, look_around=lambda _order: slow)) as post:
        told = post.told_until(progress.EnvBuilt)
        weights.may_end.set()
        post.until(progress.WeightsFetched)
        post.until(events.WorkerLoaded)

    assert [] == [one for one in told if isinstance(one, progress.ModelStarting)]


class BrokenEnvs(ReadyEnvs):
    """None can be built."""

    def ensure(
        self, spec: EnvSpec, *, cancelled: threading.Event, on_progress: Callable[[str], None]
    ) -> Env:
        raise EnvError(f"cannot build {spec.name}", "no wheel fits")


def test_a_post_whose_env_cannot_be_built_refuses_its_worker_and_ends(tmp_path: Path):
    with station(order_on(FakeNode("one", tmp_path, envs=BrokenEnvs()))) as post:
        told = post.rest()

    (refused,) = told
    assert isinstance(refused, events.StartRefused)
    assert "no wheel fits" in refused.reason


def test_a_worker_for_no_gpu_has_none_wherever_it_is(tmp_path: Path):
    with station(order_on(FakeNode("one", tmp_path, (gpu(),)))) as post:
        loaded = post.until(progress.ModelLoaded)

    assert isinstance(loaded, progress.ModelLoaded)
    assert (None, host_name()) == (loaded.gpu, loaded.host)


def test_a_post_that_is_left_leaves_no_worker_and_gives_its_gpu_back(tmp_path: Path):
    post = Post(on_gpu(tmp_path, FakeGpus(gpu()), 0.0), "m", "0-1", 1)
    reports = post.reports()
    next(told for told in reports if any(isinstance(one, events.WorkerLoaded) for one in told))

    assert isinstance(reports, Generator)
    reports.close()

    lease = take_lease(tmp_path / "leases", "GPU-a")
    assert isinstance(lease, GpuLease)
    lease.release()


def test_requests_for_a_worker_that_is_gone_are_nobodys(tmp_path: Path):
    """The driver sends until it hears of the death, and GPUs settle after it."""
    gpus = FakeGpus(gpu())
    with station(on_gpu(tmp_path, gpus, PATIENCE_S), 1) as post:
        post.until(events.WorkerLoaded)
        gpus.used_gib["GPU-a"] = 20.0
        post.post.take(Ordered("stop"))
        post.until(events.WorkerGone)
        for one in prompts("m", 2):
            post.post.take(Sent(one))
        gpus.used_gib["GPU-a"] = 0.5
        rest = post.rest()

    assert 1 == len([one for one in rest if isinstance(one, progress.GpuReturned)])


def test_a_worker_that_is_drained_is_not_waited_for_longer_than_a_while(
    node: FakeNode, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(machine, "DRAIN_GRACE_S", 0.1)
    (first,) = prompts("m", 1)
    with station(order_on(node, model("m", params={"delay_s": 1000.0}))) as post:
        post.until(events.WorkerLoaded)
        post.post.take(Sent(first))
        post.post.take(Ordered("drain"))
        post.until(events.WorkerGone)


def test_a_post_tells_what_there_is_at_once_and_else_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(post_module, "LOOK_UP_S", 0.001)
    post = Post(order_on(FakeNode("one", tmp_path)), "m", "0-1", 0)
    for name in ("r1", "r2"):
        post.take(Sent(request(name)))
    told = []
    for reports in post.reports():
        told.append(reports)
        if any(isinstance(one, events.WorkerLoaded) for one in reports):
            post.take(Ordered("stop"))

    there, first, *others, _ = told
    assert [] == there
    assert ["r1", "r2"] == [one.request_id for one in first if isinstance(one, PagesWanted)]
    assert all(others)


def test_each_outcome_is_kept_on_the_node_with_the_start_it_is_of(node: FakeNode):
    order = replace(order_on(node), segment=4)
    (first,) = prompts("m", 1)
    with station(order) as post:
        post.until(events.WorkerLoaded)
        post.post.take(Sent(first))
        told = post.until(events.WorkerAnswered)
        post.post.take(Ordered("stop"))
        post.rest()

    kept, problems = kept_outcomes(order.folder(order.here()))
    assert isinstance(told, events.WorkerAnswered)
    assert {"m-0": told.outcome} == kept
    assert (4, ()) == (told.outcome.segment, problems)


def test_a_page_that_only_the_driver_has_is_wanted_and_answered(node: FakeNode, tmp_path: Path):
    content = Image.new("RGB", (40, 20)).tobytes()
    shown = PageImage("images/p.png", hashlib.sha256(content).hexdigest(), 40, 20)
    asked = replace(request("r1"), root=str(tmp_path / "not here"), pages=(shown,))
    with station(order_on(node)) as post:
        post.until(events.WorkerLoaded)
        post.post.take(Sent(asked))
        wanted = post.until(PagesWanted)
        given = PageContent(shown.path, shown.sha256, 40, 20, content)
        post.post.take(Given("r1", (given,)))
        answered = post.until(events.WorkerAnswered)

    assert PagesWanted("m", "r1", asked.root, (shown,)) == wanted
    assert isinstance(answered, events.WorkerAnswered)
    assert isinstance(answered.outcome, Answer)


@pytest.mark.parametrize(("faults", "kept"), [({}, []), ({"m-0": "print"}, [4])], ids=str)
def test_the_end_of_what_a_worker_printed_is_told_last(
    node: FakeNode, monkeypatch: pytest.MonkeyPatch, faults: dict[str, str], kept: list[int]
):
    monkeypatch.setattr(post_module, "LOG_BYTES", 4)
    with station(order_on(node, model("m", params={"faults": faults}))) as post:
        post.until(events.WorkerLoaded)
        post.post.take(Sent(prompts("m", 1)[0]))
        post.until(events.WorkerAnswered)
        post.post.take(Ordered("stop"))
        told = post.rest()

    assert kept == [len(one.content) for one in told if isinstance(one, LogKept)]


def test_a_post_whose_gpu_another_run_has_ends(tmp_path: Path):
    lease = take_lease(tmp_path / "leases", "GPU-a")
    assert isinstance(lease, GpuLease)
    with station(on_gpu(tmp_path, FakeGpus(gpu()), 0.0), 1) as post:
        told = post.rest()
    lease.release()

    assert events.SlotsBusy("m", "GPU-a") in told


def on_gpu(folder: Path, gpus: FakeGpus, occupied_s: float) -> NodeOrder:
    node = FakeNode("one", folder, (gpu(),), envs=ReadyEnvs(TORCH))
    order = order_on(node, model("m", min_gpu_memory_gib=20.0))
    here = node.look_around(())(order)
    rules = GpuRules(folder / "leases", occupied_s=occupied_s)
    full = replace(here, supplies=replace(here.supplies, gpus=gpus, rules=rules))
    return replace(order, look_around=lambda _order: full)


def test_a_gpu_that_stays_full_is_refused_for_good(tmp_path: Path):
    gpus = FakeGpus(gpu())
    gpus.used_gib["GPU-a"] = 23.0
    with station(on_gpu(tmp_path, gpus, 0.5), 1) as post:
        refused = post.until(events.SlotRefused)

    assert isinstance(refused, events.SlotRefused)
    assert not refused.for_now


def test_a_gpu_that_was_full_for_a_while_is_used(tmp_path: Path):
    gpus = FakeGpus(gpu())
    gpus.used_gib["GPU-a"] = 23.0
    with station(on_gpu(tmp_path, gpus, PATIENCE_S), 1) as post:
        awaited = post.until(progress.GpuAwaited)
        gpus.used_gib["GPU-a"] = 0.5
        post.until(events.WorkerLoaded)

    assert isinstance(awaited, progress.GpuAwaited)


def test_a_worker_is_not_started_without_the_gpus_that_were_promised(tmp_path: Path):
    node = FakeNode("one", tmp_path, (gpu(),), envs=ReadyEnvs(TORCH))
    with station(order_on(node), 2) as post:
        refused = post.until(events.StartRefused)

    assert isinstance(refused, events.StartRefused)
    assert "Ray gives it 2 GPUs, of which vlmhb sees 1" == refused.reason
