"""The workers that run, and what each is expected to do next."""

import signal
from collections.abc import Callable
from dataclasses import dataclass

from vlmhb.domain.answer import ErrorInfo
from vlmhb.domain.model import ModelSpec
from vlmhb.domain.run import Request
from vlmhb.schedule import events
from vlmhb.schedule.workers.deadlines import Deadlines, Silence, Stage
from vlmhb.schedule.workers.monitor import Worry
from vlmhb.schedule.workers.out_of_memory import OomKills, kernel_count
from vlmhb.schedule.workers.reasons import death_reason, end_of
from vlmhb.system.clock import monotonic_s
from vlmhb.system.leftovers import kill_at_home_in
from vlmhb.worker import Death, DeathKind, LoadOrder, Worker

DUMP_GRACE_S = 1.0
"""What a silent worker gets to write down where it hangs."""
BURIAL_S = 10.0
"""How long the end of a killed worker is waited for."""


@dataclass(slots=True)
class _Member:
    """One worker."""

    model: ModelSpec
    worker: Worker
    stage: Stage = Stage.START
    silence: Silence | None = None
    """Set when it was ended because it said nothing."""
    load_error: ErrorInfo | None = None
    worry: Worry | None = None
    """Set when it takes too much."""
    oom_kills_before: int = 0
    owed: int = 0
    """Requests that it has to answer."""


class Crew:
    """The workers that run, by name.

    A worker that is silent for too long is told to write down its stacks, and ended.
    """

    def __init__(
        self,
        clock: Callable[[], float] = monotonic_s,
        oom_kills: Callable[[], int | None] | None = None,
    ) -> None:
        """`oom_kills` is what the kernel counts, where it is not the kernel that is asked."""
        self._members: dict[str, _Member] = {}
        self._deadlines = Deadlines(clock)
        self._oom_kills = OomKills(oom_kills or kernel_count())

    def add(self, name: str, model: ModelSpec, worker: Worker) -> None:
        """A worker that was just started."""
        before = self._oom_kills.now()
        self._members[name] = _Member(model, worker, oom_kills_before=before)
        self._deadlines.expect(name, model, Stage.START)

    def model(self, name: str) -> ModelSpec:
        """What it runs."""
        return self._members[name].model

    def has(self, name: str) -> bool:
        """Whether it runs."""
        return name in self._members

    def pids_of(self, model: str) -> list[int]:
        """Those of the guards of all its workers."""
        return [one.worker.pid for one in self._members.values() if one.model.name == model]

    @property
    def answers(self) -> bool:
        """Whether there are workers, and none that still starts or loads."""
        stages = {member.stage for member in self._members.values()}
        return stages == {Stage.ANSWER}

    def load(self, name: str, order: LoadOrder) -> None:
        """It has greeted: have it load its model."""
        self._members[name].worker.load(order)
        self._members[name].stage = Stage.LOAD

    def loaded(self, name: str) -> None:
        """It takes requests."""
        self._members[name].stage = Stage.ANSWER

    def load_failed(self, name: str, error: ErrorInfo) -> None:
        """It has nothing more to do."""
        self._members[name].load_error = error
        self._members[name].stage = Stage.ANSWER

    def send(self, name: str, request: Request) -> None:
        """Order an answer.

        Raises:
            WorkerError: the request cannot be sent.
        """
        self._members[name].worker.send(request)
        self._members[name].owed += 1

    def settled(self, name: str) -> None:
        """It owes one answer less."""
        self._members[name].owed -= 1

    def expect(self, name: str) -> None:
        """It showed a sign of life, or was asked for one: its silence counts from now."""
        member = self._members[name]
        if member.stage is Stage.ANSWER and not member.owed:
            self._deadlines.forget(name)
        else:
            self._deadlines.expect(name, member.model, member.stage)

    def wait_s(self, longest_s: float) -> float:
        """How long nobody can be late, at most `longest_s`."""
        return self._deadlines.wait_s(longest_s)

    def end_late(self) -> list[str]:
        """The workers that were silent for too long; each is being ended."""
        late = self._deadlines.take_late()
        for name, silence in late.items():
            self._members[name].silence = silence
            self._members[name].worker.dump_stacks()
            self._members[name].worker.shutdown(DUMP_GRACE_S)
        return list(late)

    def take(self, worry: Worry) -> bool:
        """Remember why the worker it is about goes; False when that one is gone.

        One that is over is killed now, any other is for the caller to end.
        """
        member = self._members.get(worry.worker)
        if member is None or member.worker.pid != worry.pid or member.silence is not None:
            return False
        member.worry = worry
        if worry.is_over:
            member.worker.kill()
        return True

    def end(self, name: str, grace_s: float) -> None:
        """Let it finish what it does, for so long."""
        self._members[name].worker.shutdown(grace_s)

    def end_all(self, grace_s: float) -> None:
        """The same for each of them."""
        for name in self._members:
            self.end(name, grace_s)

    def bury(self, name: str, death: Death, *, walled: bool = False) -> events.WorkerGone:
        """What its death means to the scheduler."""
        member = self._members.pop(name)
        member.worker.join(BURIAL_S)
        self._deadlines.forget(name)
        if death.detail == signal.SIGKILL.name:  # which may have met the guard, too
            kill_at_home_in(member.worker.scratch)
        reason, by_itself, of_memory = death_reason(death, walled=walled), death.by_itself, False
        is_planned = False
        is_fine = member.silence is None and member.worry is None
        in_order = is_fine and death.kind is DeathKind.CLOSED
        if member.silence is not None:
            log = member.worker.log_path
            where = f"; its stacks: {log.parent.name}/{log.name}"
            reason = f"{member.silence}{'' if member.silence.stage is Stage.START else where}"
        elif member.worry is not None and death.kind is DeathKind.CLOSED:
            reason, by_itself = member.worry.reason, member.worry.is_over
            of_memory, is_planned = member.worry.of_memory, not member.worry.is_over
        elif self._is_oom_kill(member, death):
            reason = f"the kernel ended it, because memory ran out: {reason}"
            by_itself = of_memory = True
        error = member.load_error
        printed = end_of(error.traceback if error else death.stderr_tail)
        return events.WorkerGone(
            name, reason, by_itself, printed, of_memory, is_planned, in_order=in_order
        )

    def _is_oom_kill(self, member: _Member, death: Death) -> bool:
        """Whether it or one of its processes, without which it ended, was killed for memory."""
        may_be = death.kind is DeathKind.EXIT or death.detail == signal.SIGKILL.name
        return may_be and self._oom_kills.explain(member.oom_kills_before)

    def kill_all(self) -> None:
        """End them now."""
        for member in self._members.values():
            member.worker.kill()

    def close(self) -> None:
        """Leave nobody behind."""
        self.kill_all()
        for member in self._members.values():
            member.worker.join(BURIAL_S)
