"""The scheduler, and what carries out its commands: each hears what the other says."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence

from vlmhb.schedule import commands, events
from vlmhb.schedule.machine import Told
from vlmhb.schedule.progress import Progress
from vlmhb.schedule.state import Scheduler
from vlmhb.schedule.telling import WorkerEnds, shown_of
from vlmhb.system.clock import monotonic_s


class Dialogue:
    """Hands on events and commands between the two, and what is to be watched to the caller."""

    def __init__(
        self, scheduler: Scheduler, carry_out: Callable[[commands.Command], Iterable[Told]]
    ) -> None:
        """`carry_out` tells what comes of a command at once."""
        self._scheduler = scheduler
        self._carry_out = carry_out
        self._ends = WorkerEnds()

    def begin(self) -> Iterator[Progress]:
        """Have the first commands carried out."""
        yield from self._do(self._scheduler.start())

    def take(self, told: Iterable[Told]) -> Iterator[Progress]:
        """Hand on what was told, one by one."""
        for one in told:
            if isinstance(one, events.Event):
                yield from self.handle(one)
            else:
                yield one

    def handle(self, event: events.Event) -> Iterator[Progress]:
        """Have carried out what follows from an event."""
        wanted = self._scheduler.handle(event, monotonic_s())
        yield from self._ends.told(event, wanted)
        yield from self._do(wanted)

    def _do(self, wanted: Sequence[commands.Command]) -> Iterator[Progress]:
        left = deque(wanted)  # what follows at once comes behind: commands keep their order
        while left:
            command = left.popleft()
            self._ends.note(command)
            if shown := shown_of(command):
                yield shown
            for told in self._carry_out(command):
                if isinstance(told, events.Event):
                    follows = self._scheduler.handle(told, monotonic_s())
                    yield from self._ends.told(told, follows)
                    left.extend(follows)
                else:
                    yield told
