"""Asks requests on the nodes of a cluster, one worker per slot."""

import queue
from collections.abc import Generator, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

from vlmhb.domain.run import Request
from vlmhb.schedule import commands, events, progress
from vlmhb.schedule.at_once import AtOnce
from vlmhb.schedule.cluster.muster import Described, Muster, ask
from vlmhb.schedule.cluster.nodes import Node
from vlmhb.schedule.cluster.posts import PostEnded, Posts, Reported
from vlmhb.schedule.cluster.supply import ClusterSupply, SupplyEnded, SupplyTold
from vlmhb.schedule.dialogue import Dialogue
from vlmhb.schedule.inbox import Signal
from vlmhb.schedule.machine import Told
from vlmhb.schedule.progress import Progress
from vlmhb.schedule.standing import Standing
from vlmhb.schedule.state import Scheduler
from vlmhb.schedule.supply.supplies import in_turn
from vlmhb.system.clock import monotonic_s
from vlmhb.system.signals import StopSignals

LOOK_UP_S = 0.25
AGAIN_S = 15.0
"""How often GPUs that others had are tried again."""

Nodes: TypeAlias = tuple[Node, ...]
Item: TypeAlias = Signal | Nodes | Described | SupplyTold | SupplyEnded | Reported | PostEnded
"""What has to be seen to."""


def execute_on(
    found: Muster,
    left: Mapping[str, tuple[Request, ...]],
    run_folder: Path,
    stop: StopSignals,
    standings: Mapping[str, Standing],
) -> Generator[Progress]:
    """As `schedule.execute`, on the nodes of a cluster. However it ends, no worker is left.

    The same scheduler gives the same commands. Its slots are those of all nodes; a node that is
    gone is a lost slot, and what its workers owed is asked of others.
    """
    yield from (progress.Noted(note) for note in found.notes)
    asked: dict[str, tuple[Request, ...]] = {}
    for model, requests in left.items():
        for request in requests:
            if outcome := found.kept.get(request.id):
                yield progress.Answered(model, outcome, is_late=True)
        if new := tuple(one for one in requests if one.id not in found.kept):
            asked[model] = new
    for model, missing in found.roster.unavailable(list(asked)).items():
        del asked[model]
        yield progress.GaveUp(model, missing.problem)
    execution = _Execution(found, asked, run_folder, standings)
    stop.listen(execution.on_signal)
    try:
        models = {model.name: model for model in found.order.config.models}
        yield from (progress.Queued(name, models[name].env) for name in asked)
        yield from execution.steps()
    finally:
        stop.listen(None)


class _Execution:
    """One pass over the requests: the scheduler, and the nodes that do what it wants."""

    def __init__(
        self,
        found: Muster,
        left: Mapping[str, tuple[Request, ...]],
        run_folder: Path,
        standings: Mapping[str, Standing],
    ) -> None:
        order, cluster = found.order, found.cluster
        config = order.config
        env_of = {model.name: model.env for model in in_turn(config.models)}
        weighted = [model.name for model in config.models if model.weights is not None]
        self._cluster = cluster
        self._order = order
        self._roster = found.roster
        at_once = AtOnce(config.max_workers, config.prefetch)
        self._scheduler = Scheduler(left, env_of, found.roster.slots, weighted, standings, at_once)
        self._inbox: queue.SimpleQueue[Item] = queue.SimpleQueue()
        self._supply = ClusterSupply(order, cluster, found.roster, self._inbox.put)
        self._posts = Posts(order, cluster, run_folder, self._inbox.put)
        self._dialogue = Dialogue(self._scheduler, self._carry_out)
        self._known = set(found.asked)
        """Nodes that were asked to describe themselves."""
        self._envs: set[str] = set()
        """Fingerprints of those that were told of: every node has them once more."""
        self._signals = 0
        self._unanswered: list[Node] = []
        """Nodes in doubt that are to be asked once more."""
        self._again_s = monotonic_s() + AGAIN_S

    def on_signal(self) -> None:
        """Safe inside a signal handler."""
        self._inbox.put(Signal())

    def steps(self) -> Iterator[Progress]:
        """Everything that happens, until nothing is left to do."""
        yield from self._dialogue.begin()
        self._cluster.watch(self._inbox.put)
        while not self._is_over():
            try:
                item = self._inbox.get(timeout=LOOK_UP_S)
            except queue.Empty:
                pass
            else:
                yield from self._see(item)
            yield from self._take(self._posts.look_after())
            yield from self._try_again()

    def _is_over(self) -> bool:
        return self._scheduler.finished and (self._signals > 0 or not self._posts.are_left)

    def _see(self, item: Item) -> Iterator[Progress]:
        match item:
            case Signal():
                yield from self._stop()
            case Reported():
                yield from self._take(self._posts.hear(item))
            case PostEnded():
                self._doubt(item)
                yield from self._take(self._posts.ended(item))
            case SupplyTold() | SupplyEnded() if self._signals:
                pass  # it was stopped: that says nothing about the model
            case SupplyTold():
                yield from self._take(self._supply.hear(item))
            case SupplyEnded():
                yield from self._take(self._supply.ended(item))
            case Described():
                yield from self._take(self._admit(item))
            case nodes:
                yield from self._take(self._compare(nodes))

    def _take(self, told: Iterable[Told]) -> Iterator[Progress]:
        """Hand on what was told; of an env that several nodes have, it is shown once."""
        for step in self._dialogue.take(told):
            if isinstance(step, progress.EnvBuilt):
                if step.env.fingerprint in self._envs:
                    continue
                self._envs.add(step.env.fingerprint)
            yield step

    def _carry_out(self, command: commands.Command) -> Iterator[Told]:
        match command:
            case commands.BuildEnv() | commands.FetchWeights():
                yield from self._supply.want(command)
            case commands.StartWorker():
                yield from self._start(command)
            case commands.Send(worker, request):
                self._posts.send(worker, request)
            case commands.StopWorker(worker):
                yield from self._posts.stop(worker)
            case _:
                pass

    def _start(self, command: commands.StartWorker) -> Iterator[Told]:
        slot = command.slots[0]
        member = self._roster.of_slot(slot)
        if member is not None and member.in_doubt:
            yield events.SlotsBusy(command.worker)
            return
        why_not = "its node is gone" if member is None else member.refused.get(command.model, "")
        if member is None or why_not:
            yield events.SlotRefused(command.worker, slot, why_not)
            return
        of_gpus = {one.name for one in member.slots if one.is_gpu}
        gpus = len(of_gpus.intersection(command.slots))
        self._posts.start(command, member.node, gpus, self._supply.began)

    def _compare(self, now: Nodes) -> Iterator[Told]:
        """Ask new nodes what they have, and do without those that are gone."""
        for node in now:
            if node.id not in self._known:
                self._known.add(node.id)
                self._ask(node)
        for identity in self._known - {node.id for node in now}:
            self._known.discard(identity)
            yield from self._lose(identity)

    def _doubt(self, item: PostEnded) -> None:
        """Nothing is started on the node of a post that vanished before it has shown that it is."""
        node = self._posts.node_of(item.number)
        if item.problem and node is not None and node.id in self._roster:
            member = self._roster[node.id]
            if not member.in_doubt:
                member.in_doubt = True
                self._ask(node)

    def _ask(self, node: Node) -> None:
        ask(self._cluster, self._order, node, self._inbox.put)

    def _lose(self, identity: str) -> Iterator[Told]:
        member = self._roster.drop(identity)
        if member is not None:
            yield progress.Noted(f"{member.node.name} is gone; others take what it had left")
            for slot in member.slots:
                yield events.SlotLost(slot.name, f"{member.node.name} is gone")
        yield from self._posts.lost(identity)
        yield from self._supply.lost(identity)

    def _admit(self, answer: Described) -> Iterator[Told]:
        """A node that came while the run was under way, or was in doubt."""
        if answer.node.id not in self._known:
            return  # it is gone by now
        if answer.node.id in self._roster:
            if answer.facts is None:
                self._unanswered.append(answer.node)
            else:
                self._roster[answer.node.id].in_doubt = False
                yield events.SlotsMayBeFree()
        elif answer.facts is None or answer.why_not:
            yield progress.Noted(answer.why_not)
        else:
            yield from (progress.Noted(note) for note in answer.unseen)
            member = self._roster.add(answer.node, answer.facts)
            yield progress.Noted(f"{answer.node.name} has come, with {len(member.slots)} slots")
            self._supply.joined(member)
            for slot in member.slots:
                yield events.SlotJoined(slot)

    def _try_again(self) -> Iterator[Progress]:
        """Slots that others had, now and then."""
        if monotonic_s() < self._again_s:
            return
        self._again_s = monotonic_s() + AGAIN_S
        nodes, self._unanswered = self._unanswered, []
        for node in nodes:
            if node.id in self._roster:
                self._ask(node)
        if self._scheduler.may_try_again:
            yield from self._dialogue.handle(events.SlotsMayBeFree())

    def _stop(self) -> Iterator[Progress]:
        """The first signal lets answers arrive; the second one does not."""
        self._signals += 1
        if self._signals > 1:
            yield from self._take(self._posts.kill())
            return
        yield from self._dialogue.handle(events.StopRequested())
        self._posts.drain()
