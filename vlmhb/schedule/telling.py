"""What of the commands, and of how workers end, is for who watches the run. Pure."""

from collections.abc import Iterator, Sequence

from vlmhb.schedule import commands, events, progress
from vlmhb.schedule.progress import Progress


def shown_of(command: commands.Command) -> Progress | None:
    """What a command makes known; None for one that only a machine has to do with."""
    match command:
        case commands.Record(model, outcome):
            return progress.Answered(model, outcome)
        case commands.NoteTrouble(trouble):
            return progress.Troubled(trouble)
        case commands.GiveUp(model, reason, printed):
            return progress.GaveUp(model, reason, printed)
        case _:
            return None


class WorkerEnds:
    """How to tell the end of a worker: another one takes its place, or others go on without it."""

    def __init__(self) -> None:
        self._model_of: dict[str, str] = {}
        """By worker, of those that run or are about to."""

    def note(self, command: commands.Command) -> None:
        """A worker is about to start, if that is what the command says."""
        if isinstance(command, commands.StartWorker):
            self._model_of[command.worker] = command.model

    def told(self, event: events.Event, wanted: Sequence[commands.Command]) -> Iterator[Progress]:
        """What to tell of the event that led to the commands."""
        match event:
            case (
                events.SlotsBusy()
                | events.SlotRefused()
                | events.HostFull()
                | events.StartRefused()
            ):
                del self._model_of[event.worker]
            case events.WorkerGone():
                yield from self._end(event, self._model_of.pop(event.worker), wanted)
            case _:
                pass

    def _end(
        self, gone: events.WorkerGone, model: str, wanted: Sequence[commands.Command]
    ) -> Iterator[Progress]:
        starts = (one for one in wanted if isinstance(one, commands.StartWorker))
        if any(one.worker == gone.worker for one in starts):
            end = progress.WorkerReplaced if gone.is_planned else progress.WorkerLost
            yield end(model, gone.worker, gone.reason)
        elif model in self._model_of.values():
            yield progress.WorkerLeft(model, gone.worker, "" if gone.in_order else gone.reason)
