"""The scheduler: events in, commands out. Pure: it knows no thread, process or clock.

Slots are places where one worker can run. A model waits for its env and its weights, takes the
first free slot, keeps it until all its requests are done, and gives it back. One whose GPU another
run has gives its slot back until it may try again. Within a worker, requests flow by credit: at
most `window` are outstanding.

Blame. When a worker dies, all requests that it had not answered are suspects. They are tried in
halves, one half at a time and nothing else beside it; a half that kills its worker is halved again,
until one request is left. A request that was alone when its worker died by itself gets a strike,
and fails after `MAX_STRIKES`. A worker killed from outside earns nobody a strike, but a request
that was alone `MAX_KILLS` times is given up too: a machine that runs out of memory kills from
outside. A request that is sent alone and is silent too long has timed out. Once one has failed, the
other suspects are requests like any.

What it costs. Each time one of `n` outstanding requests kills the worker, the half with it in it is
left, so that it has failed after log2(n) + `MAX_STRIKES` deaths: 11 starts for a window of 256. If
the other half is the first that is tried, it is answered, and costs no start. A second one that
kills is found in the same way after the first. A silent one takes the model's `answer_timeout_s` as
well, each of log2(n) + 1 times, and one that is killed from outside dies log2(n) + `MAX_KILLS`
times.
"""

from collections import deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from vlmhb.domain.answer import ErrorInfo, FailedAnswer, FailureReason, Outcome
from vlmhb.domain.run import Request
from vlmhb.domain.sample import UnreadablePage
from vlmhb.schedule.commands import (
    BuildEnv,
    Command,
    FetchWeights,
    GiveUp,
    Record,
    Send,
    StartWorker,
    StopWorker,
)
from vlmhb.schedule.events import (
    EnvFailed,
    EnvReady,
    Event,
    GpuAwaited,
    GpuMayBeFree,
    LoadFailed,
    StartRefused,
    StopRequested,
    WeightsFailed,
    WeightsReady,
    WorkerAnswered,
    WorkerGone,
    WorkerLoaded,
    WorkerSilent,
)
from vlmhb.schedule.work import Work

MAX_STRIKES = 3
MAX_KILLS = 5
MAX_FAILED_STARTS = 3
RESTARTS_ALLOWED = 20
"""Per model, plus as many again per 1,000 requests. Those that a request cost which failed for it
are given back; of one that was killed from outside only what finding it cost, since whoever kills
may kill for ever."""


class Scheduler:
    """Which command follows which event."""

    def __init__(
        self,
        requests: Mapping[str, Sequence[Request]],
        env_of: Mapping[str, str],
        slots: int,
        weighted: Collection[str] = (),
    ) -> None:
        """`weighted` are the models that have weights to wait for."""
        self._free_slots = list(range(slots))
        self._stopped = False
        self._unreadable: list[Record] = []
        self._works: dict[str, Work] = {}
        for model, asked in requests.items():
            readable: deque[Request] = deque()
            for request in asked:
                failure = _unreadable(request)
                if failure is None:
                    readable.append(request)
                else:
                    self._unreadable.append(Record(model, failure))
            if readable:
                restarts = RESTARTS_ALLOWED * (1 + len(asked) // 1000)
                self._works[model] = Work(
                    env_of[model], readable, restarts, weights_ready=model not in weighted
                )

    @property
    def finished(self) -> bool:
        """No worker runs, and nothing is left to do or nothing more may be done."""
        idle = all(work.slot is None for work in self._works.values())
        return idle and (self._stopped or not any(work.has_work for work in self._works.values()))

    def owes_answers(self, model: str) -> bool:
        """Whether the model's worker has requests to answer."""
        return bool(self._works[model].outstanding)

    def start(self) -> list[Command]:
        """The first commands of a run."""
        envs = dict.fromkeys(work.env for work in self._works.values())
        weighted = [model for model, work in self._works.items() if not work.weights_ready]
        return [
            *self._unreadable,
            *(BuildEnv(env) for env in envs),
            *(FetchWeights(model) for model in weighted),
        ]

    def handle(self, event: Event) -> list[Command]:  # noqa: C901, PLR0911, PLR0912 - an arm per event
        """What to do now that `event` has happened."""
        match event:
            case EnvReady(env):
                for work in self._works.values():
                    work.env_ready = work.env_ready or work.env == env
                return self._fill_slots()
            case EnvFailed(env, error):
                models = [model for model, work in self._works.items() if work.env == env]
                return [command for model in models for command in self._give_up(model, error)]
            case WeightsReady(model):
                self._works[model].weights_ready = True
                return self._fill_slots()
            case WeightsFailed(model, error):
                return self._give_up(model, error)
            case GpuAwaited(model):
                self._works[model].waits_for_gpu = True
                return self._leave_slot(model)
            case GpuMayBeFree():
                for work in self._works.values():
                    work.waits_for_gpu = False
                return self._fill_slots()
            case StartRefused(model, reason):
                return [*self._give_up(model, reason), *self._leave_slot(model)]
            case WorkerLoaded(model, window):
                return self._loaded(self._works[model], model, window)
            case WorkerAnswered(model, outcome):
                return self._answered(model, outcome)
            case WorkerSilent(model):
                work = self._works[model]
                work.silent, work.stopping = True, True
                return []
            case LoadFailed(model, error):
                work = self._works[model]
                work.load_error, work.stopping = error, True
                return [StopWorker(model)]
            case WorkerGone():
                return [*self._gone(event), *self._fill_slots()]
            case StopRequested():
                self._stopped = True
                return [command for model in self._works for command in self._stop_if_done(model)]

    def _fill_slots(self) -> list[Command]:
        commands: list[Command] = []
        for model, work in self._works.items():
            wanted = work.can_start and work.slot is None
            if wanted and self._free_slots and not self._stopped:
                work.slot = self._free_slots.pop(0)
                commands.append(StartWorker(model, work.slot))
        return commands

    def _loaded(self, work: Work, model: str, window: int) -> list[Command]:
        if work.stopping:
            return []  # too late: it is being ended
        work.loaded, work.window, work.failed_starts = True, window, 0
        return self._feed(model)

    def _feed(self, model: str) -> list[Command]:
        work = self._works[model]
        commands: list[Command] = []
        may_send = not self._stopped and not work.stopping
        while may_send and len(work.outstanding) < work.window:
            request = work.next_request()
            if request is None:
                break
            work.outstanding[request.id] = request
            work.sent[request.id] = work.sent.get(request.id, 0) + 1
            commands.append(Send(model, request))
        return commands or self._stop_if_done(model)

    def _stop_if_done(self, model: str) -> list[Command]:
        work = self._works[model]
        running = work.slot is not None and not work.stopping
        if running and not work.outstanding and (self._stopped or not work.has_work):
            work.stopping = True
            return [StopWorker(model)]
        return []

    def _answered(self, model: str, outcome: Outcome) -> list[Command]:
        work = self._works[model]
        del work.outstanding[outcome.request_id]
        return [self._record(model, outcome), *self._feed(model)]

    def _record(self, model: str, outcome: Outcome) -> Record:
        attempt = self._works[model].sent[outcome.request_id]
        return Record(model, replace(outcome, attempt=attempt))

    def _gone(self, event: WorkerGone) -> list[Command]:
        work = self._works[event.model]
        slot, work.slot = work.slot, None
        commands = self._settle_death(event, work)
        if slot is not None and work.can_start and not self._stopped:
            work.slot = slot
            return [*commands, StartWorker(event.model, slot)]
        self._give_back(slot)
        return commands

    def _leave_slot(self, model: str) -> list[Command]:
        """Nothing was started in the model's slot: it goes to the next."""
        work = self._works[model]
        slot, work.slot, work.stopping = work.slot, None, False
        self._give_back(slot)
        return self._fill_slots()

    def _give_back(self, slot: int | None) -> None:
        if slot is not None:
            self._free_slots = sorted([*self._free_slots, slot])

    def _settle_death(self, event: WorkerGone, work: Work) -> list[Command]:
        """What the death means for the requests the worker had, and for its model."""
        was_loaded, was_stopping, was_silent = work.loaded, work.stopping, work.silent
        lost = list(work.outstanding.values())
        work.loaded, work.stopping, work.silent, work.outstanding = False, False, False, {}
        if work.load_error:
            return self._give_up(event.model, work.load_error, event.printed)
        if self._stopped or (was_stopping and not lost and not was_silent):
            work.suspect(lost)
            return []
        if not was_loaded and (event.by_itself or was_silent):
            work.failed_starts += 1
            if work.failed_starts >= MAX_FAILED_STARTS:
                return self._give_up(event.model, event.reason, event.printed)
            return []
        if work.restarts_left == 0:
            reason = f"restarted too often; last: {event.reason}"
            return self._give_up(event.model, reason, event.printed)
        work.restarts_left -= 1
        work.spent += 1
        return self._blame(event, lost, silent=was_silent)

    def _blame(self, event: WorkerGone, lost: Sequence[Request], *, silent: bool) -> list[Command]:
        """Charge the death to the request it can only have been, or look for it among `lost`."""
        work = self._works[event.model]
        if len(lost) == 1:
            failure = self._charge(event, lost[0], work, silent=silent)
            if failure is not None:
                kept = 0 if event.by_itself or silent else MAX_KILLS
                work.restarts_left += max(0, work.spent - kept)
                work.clear_suspects()
                return [self._record(event.model, failure)]
        work.suspect(lost)
        return []

    def _charge(
        self, event: WorkerGone, request: Request, work: Work, *, silent: bool
    ) -> FailedAnswer | None:
        """Note what a request did that was alone; its failure once that is beyond doubt."""
        if silent:
            # Not at once: it may have waited in the worker behind one that was slow.
            reason, what = FailureReason.TIMEOUT, "Timeout"
            is_sure = work.trial_size == 1
        elif event.by_itself:
            work.strikes[request.id] = work.strikes.get(request.id, 0) + 1
            is_sure = work.strikes[request.id] >= MAX_STRIKES
            reason, what = FailureReason.WORKER_DIED, "WorkerDied"
        else:
            work.kills[request.id] = work.kills.get(request.id, 0) + 1
            is_sure = work.kills[request.id] >= MAX_KILLS
            reason, what = FailureReason.WORKER_DIED, "WorkerKilled"
        if not is_sure:
            return None
        return FailedAnswer(request.id, reason, ErrorInfo(what, event.reason, event.printed))

    def _give_up(self, model: str, reason: str, printed: str = "") -> list[Command]:
        work = self._works[model]
        work.clear_suspects()
        work.pending.clear()
        if work.given_up:  # its env and its weights may both be out of reach: one reason is enough
            return []
        work.given_up = True
        return [GiveUp(model, reason, printed)]


def _unreadable(request: Request) -> FailedAnswer | None:
    for page in request.pages:
        if isinstance(page, UnreadablePage):
            error = ErrorInfo("UnreadablePage", f"{page.path}: {page.problem}")
            return FailedAnswer(request.id, FailureReason.INPUT_ERROR, error)
    return None
