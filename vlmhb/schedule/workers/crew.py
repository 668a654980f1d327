"""The workers that run, and what each is expected to do next."""

from collections.abc import Callable
from dataclasses import dataclass

from vlmhb.domain.answer import ErrorInfo
from vlmhb.domain.model import ModelSpec
from vlmhb.domain.run import Request
from vlmhb.schedule import events
from vlmhb.schedule.workers.deadlines import Deadlines, Silence, Stage
from vlmhb.schedule.workers.reasons import death_reason, end_of
from vlmhb.system.clock import monotonic_s
from vlmhb.worker import Death, LoadOrder, Worker

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


class Crew:
    """One worker per model that has a slot.

    A worker that is silent for too long is told to write down its stacks, and ended.
    """

    def __init__(self, clock: Callable[[], float] = monotonic_s) -> None:
        self._members: dict[str, _Member] = {}
        self._deadlines = Deadlines(clock)

    def add(self, model: ModelSpec, worker: Worker) -> None:
        """A worker that was just started."""
        self._members[model.name] = _Member(model, worker)
        self._deadlines.expect(model, Stage.START)

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
        """Order an answer."""
        self._members[name].worker.send(request)

    def expect(self, name: str, *, owes_answers: bool) -> None:
        """It showed a sign of life, or was asked for one: its silence counts from now."""
        member = self._members[name]
        if member.stage is Stage.ANSWER and not owes_answers:
            self._deadlines.forget(name)
        else:
            self._deadlines.expect(member.model, member.stage)

    def wait_s(self, longest_s: float) -> float:
        """How long nobody can be late, at most `longest_s`."""
        return self._deadlines.wait_s(longest_s)

    def end_late(self) -> list[str]:
        """The models whose workers were silent for too long; each is being ended."""
        late = self._deadlines.take_late()
        for name, silence in late.items():
            self._members[name].silence = silence
            self._members[name].worker.dump_stacks()
            self._members[name].worker.shutdown(DUMP_GRACE_S)
        return list(late)

    def end(self, name: str, grace_s: float) -> None:
        """Let it finish what it does, for so long."""
        self._members[name].worker.shutdown(grace_s)

    def end_all(self, grace_s: float) -> None:
        """The same for each of them."""
        for name in self._members:
            self.end(name, grace_s)

    def bury(self, name: str, death: Death) -> events.WorkerGone:
        """What its death means to the scheduler."""
        member = self._members.pop(name)
        member.worker.join(BURIAL_S)
        self._deadlines.forget(name)
        reason = death_reason(death)
        if member.silence is not None:
            where = "" if member.silence.stage is Stage.START else f"; its stacks: logs/{name}.log"
            reason = f"{member.silence}{where}"
        error = member.load_error
        printed = end_of(error.traceback if error else death.stderr_tail)
        return events.WorkerGone(name, reason, by_itself=death.by_itself, printed=printed)

    def kill_all(self) -> None:
        """End them now."""
        for member in self._members.values():
            member.worker.kill()

    def close(self) -> None:
        """Leave nobody behind."""
        self.kill_all()
        for member in self._members.values():
            member.worker.join(BURIAL_S)
