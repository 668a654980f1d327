"""Envs and weights on the nodes of a cluster, as the driver knows of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from vlmhb.domain.envspec import Env
from vlmhb.domain.loaded_weights import LoadedWeights
from vlmhb.domain.model import ModelSpec, WeightsRef
from vlmhb.schedule import commands, events, progress
from vlmhb.schedule.cluster.node import prepare
from vlmhb.schedule.cluster.nodes import Cluster
from vlmhb.schedule.cluster.order import NodeOrder
from vlmhb.schedule.cluster.roster import Member, Roster
from vlmhb.schedule.gpus.placement import need_of
from vlmhb.schedule.machine import Told
from vlmhb.schedule.slots import Need

Wish: TypeAlias = commands.BuildEnv | commands.FetchWeights


@dataclass(frozen=True, slots=True)
class SupplyTold:
    """What a node says while it makes something ready."""

    node: str
    wish: Wish
    told: Told


@dataclass(frozen=True, slots=True)
class SupplyEnded:
    """A node has done with it."""

    node: str
    wish: Wish
    problem: str
    """What broke; empty when it came to its end, well or badly."""


@dataclass(slots=True)
class _State:
    """One env, or the weights of one model."""

    asked: set[str] = field(default_factory=set)
    """Nodes that are at it."""
    is_ready: bool = False
    """On one of the nodes, at least."""
    is_failed: bool = False
    problems: list[str] = field(default_factory=list)
    speaker: str = ""
    """The node whose steps are shown: what all say at once nobody could read."""


class ClusterSupply:
    """Has every node that may need it make an env or weights ready.

    The first one that has it decides that models can start; on another one, a worker waits for it.
    Where it is not to be had, none of its models is started; it has failed once it has everywhere.
    """

    def __init__(
        self,
        order: NodeOrder,
        cluster: Cluster,
        roster: Roster,
        tell: Callable[[SupplyTold | SupplyEnded], None],
    ) -> None:
        self._order = order
        self._cluster = cluster
        self._roster = roster
        self._tell = tell
        self._states: dict[Wish, _State] = {}
        self.began: dict[WeightsRef, LoadedWeights] = dict(order.began)
        """What the weights are that workers are to be loaded from."""

    def want(self, wish: Wish) -> Iterator[Told]:
        """Have it made ready."""
        self._states[wish] = _State()
        for member in self._roster.that_may_run(self._models(wish)):
            self._ask(member, wish)
        yield from self._failed(wish)

    def joined(self, member: Member) -> None:
        """There is one more node: it needs what the others have."""
        for wish in self._states if member.slots else ():
            if any(model not in member.refused for model in self._models(wish)):
                self._ask(member, wish)

    def lost(self, node: str) -> Iterator[Told]:
        """The node is gone."""
        for wish, state in self._states.items():
            state.asked.discard(node)
            state.speaker = "" if state.speaker == node else state.speaker
            yield from self._failed(wish)

    def hear(self, item: SupplyTold) -> Iterator[Told]:
        """What of it is for others."""
        state = self._states[item.wish]
        match item.told:
            case progress.EnvStep() | progress.WeightsStep():
                state.speaker = state.speaker or item.node
                if item.node == state.speaker and not state.is_ready:
                    yield item.told
            case events.EnvFailed(_, error) | events.WeightsFailed(_, error):
                yield from self._refuse(item.node, item.wish, error)
            case _ if state.is_ready:
                pass
            case progress.EnvBuilt(env):
                state.is_ready = True
                yield item.told
                yield events.EnvReady(env.name, self._needs(env))
            case progress.WeightsFetched(model, weights):
                state.is_ready = True
                if (ref := self._model(model).weights) is not None:
                    self.began.setdefault(ref, weights)
                yield item.told
                yield events.WeightsReady(model)
            case _:
                pass  # what it says to the scheduler is said here, for all nodes

    def ended(self, item: SupplyEnded) -> Iterator[Told]:
        """The node is free of it."""
        if item.problem:
            yield from self._refuse(item.node, item.wish, item.problem)
        self._states[item.wish].asked.discard(item.node)
        yield from self._failed(item.wish)

    def _ask(self, member: Member, wish: Wish) -> None:
        node = member.node.id
        self._states[wish].asked.add(node)
        self._cluster.ask(
            node,
            prepare,
            (self._order, wish),
            lambda told: self._tell(SupplyTold(node, wish, told)),
            lambda problem: self._tell(SupplyEnded(node, wish, problem)),
        )

    def _refuse(self, node: str, wish: Wish, error: str) -> Iterator[Told]:
        """None of its models is started on this node."""
        if node not in self._roster:
            return
        member = self._roster[node]
        reason = f"{member.node.name}: {error}"
        for model in self._models(wish):
            member.refused.setdefault(model, reason)
        state = self._states[wish]
        state.problems.append(reason)
        state.speaker = "" if state.speaker == node else state.speaker
        if state.asked - {node} or state.is_ready:
            yield progress.Noted(f"{', '.join(self._models(wish))}: not on {reason}")

    def _failed(self, wish: Wish) -> Iterator[Told]:
        """What that means, once nobody is left who might make it ready."""
        state = self._states[wish]
        if state.is_ready or state.is_failed or state.asked:
            return
        state.is_failed = True
        why = "\n".join(state.problems) or "no node of the cluster is left for it"
        match wish:
            case commands.BuildEnv(env):
                yield events.EnvFailed(env, why)
            case commands.FetchWeights(model):
                yield events.WeightsFailed(model, why)

    def _needs(self, env: Env) -> Mapping[str, Need]:
        spec = self._order.config.envspecs[env.name]
        models = [model for model in self._order.config.models if model.env == env.name]
        return {model.name: need_of(model, spec, env, self._roster.usable) for model in models}

    def _models(self, wish: Wish) -> Sequence[str]:
        match wish:
            case commands.BuildEnv(env):
                return [model.name for model in self._order.config.models if model.env == env]
            case commands.FetchWeights(model):
                return [model]

    def _model(self, name: str) -> ModelSpec:
        return next(model for model in self._order.config.models if model.name == name)
