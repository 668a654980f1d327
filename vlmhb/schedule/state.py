"""The scheduler: events in, commands out. Pure: it knows no thread, process or clock.

Slots are places where one worker can run. A model waits for its env and its weights, takes the
first free slot, keeps it until all its requests are done, and gives it back. One whose GPU another
run has gives its slot back until it may try again. Within a worker, requests flow by credit: at
most `window` are outstanding.

Blame. When a worker dies, all requests that it had not answered are suspects. They are asked again
before any other, alone; more than `ALONE_AT_MOST` of them in groups first, and one that kills its
worker one by one. A request that was alone when its worker died by itself gets a strike, and fails
after `MAX_STRIKES`. One that was alone and silent too long has timed out, one that was alone when
the kernel took the memory back failed for that; both only when they were asked alone on purpose.
Once one has failed, the other suspects are requests like any.

A worker killed from outside earns nobody a strike. A request that was alone then is accused: it
waits until all others are done. It fails after `MAX_KILLS` in a row: a machine that runs out of
memory may kill from outside, and not tell. Whoever kills at random hits others in between.
`schedule.standing` says what follows when the run itself is killed.

What it costs. A request that kills its worker has failed after 1 + `MAX_STRIKES` deaths, one more
where it had more than `ALONE_AT_MOST` others beside it.
"""

from collections import deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from vlmhb.domain.answer import ErrorInfo, FailedAnswer, Outcome
from vlmhb.domain.run import Request
from vlmhb.domain.trouble import Trouble, TroubleKind
from vlmhb.schedule.charges import FAILURES, kind_of, note, refusal, unreadable
from vlmhb.schedule.commands import (
    BuildEnv,
    Command,
    FetchWeights,
    GiveUp,
    NoteTrouble,
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
    ReplacementWanted,
    StartRefused,
    StopRequested,
    WeightsFailed,
    WeightsReady,
    WorkerAnswered,
    WorkerGone,
    WorkerLoaded,
    WorkerSilent,
)
from vlmhb.schedule.standing import Standing
from vlmhb.schedule.work import Work, work_of

MAX_STRIKES = 3
MAX_KILLS = 5
MAX_FAILED_STARTS = 3
RESTARTS_ALLOWED = 20
"""Per model, plus as many again per 1,000 requests. Those that a request cost which failed for it
are given back; of one that was killed from outside only what finding it cost, since whoever kills
may kill for ever."""


NOTHING_TOLD: Mapping[str, Standing] = {}


class Scheduler:
    """Which command follows which event."""

    def __init__(
        self,
        requests: Mapping[str, Sequence[Request]],
        env_of: Mapping[str, str],
        slots: int,
        weighted: Collection[str] = (),
        standings: Mapping[str, Standing] = NOTHING_TOLD,
    ) -> None:
        """`weighted` are the models that have weights to wait for."""
        self._free_slots = list(range(slots))
        self._stopped = False
        self._known: list[Command] = []
        """What is known of requests before any is asked."""
        self._works: dict[str, Work] = {}
        for model, asked in requests.items():
            standing = standings.get(model) or Standing()
            if too_many := standing.tally.problem:
                self._known.append(GiveUp(model, too_many))
                continue
            work = self._work(model, asked, standing)
            work.env, work.weights_ready = env_of[model], model not in weighted
            if work.has_work:
                self._works[model] = work

    def _work(self, model: str, asked: Sequence[Request], standing: Standing) -> Work:
        pending: deque[Request] = deque()
        for request in asked:
            failure = unreadable(request) or refusal(request, standing)
            if failure is None:
                pending.append(request)
            else:
                self._known.append(Record(model, failure))
        if standing.present:
            told = Trouble(TroubleKind.PRESENT, model, standing.present)
            self._known.append(NoteTrouble(told))
        restarts = RESTARTS_ALLOWED * (1 + len(asked) // 1000)
        return work_of(pending, standing, restarts)

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
            *self._known,
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
            case ReplacementWanted(model):
                self._works[model].replaced = True
                return self._stop_if_done(model)
            case LoadFailed(model, error):
                work = self._works[model]
                work.load_error, work.stopping = error, True
                return [StopWorker(model)]
            case WorkerGone():
                return [*self._gone(event), *self._fill_slots()]
            case StopRequested():
                self._stopped = True
                return [command for model in self._works for command in self._stop_model(model)]

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
        work.loaded, work.window, work.failed_starts, work.start_error = True, window, 0, None
        return self._feed(model)

    def _feed(self, model: str) -> list[Command]:
        work = self._works[model]
        commands: list[Command] = []
        may_send = not (self._stopped or work.stopping or work.replaced)
        while may_send and len(work.outstanding) < work.window:
            request = work.next_request()
            if request is None:
                break
            if work.begins_trial:
                commands.append(note(TroubleKind.INTENT, model, work.trial_ids))
            work.outstanding[request.id] = request
            work.sent[request.id] = work.sent.get(request.id, 0) + 1
            commands.append(Send(model, request))
        return commands or self._stop_if_done(model)

    def _stop_model(self, model: str) -> list[Command]:
        work = self._works[model]
        if work.trial_ids and work.outstanding:
            # However the process ends now: it is no death that they have to do with.
            return [note(TroubleKind.STOP, model, work.trial_ids)]
        return self._stop_if_done(model)

    def _stop_if_done(self, model: str) -> list[Command]:
        work = self._works[model]
        running = work.slot is not None and not work.stopping
        is_done = self._stopped or work.replaced or not work.has_work
        if running and not work.outstanding and is_done:
            work.stopping = True
            return [StopWorker(model)]
        return []

    def _answered(self, model: str, outcome: Outcome) -> list[Command]:
        work = self._works[model]
        del work.outstanding[outcome.request_id]
        return [*self._record(model, outcome), *self._feed(model)]

    def _record(self, model: str, outcome: Outcome) -> list[Command]:
        work = self._works[model]
        attempt = work.sent[outcome.request_id]
        faults = work.faults.get(outcome.request_id, 0)
        record = Record(model, replace(outcome, attempt=attempt, faults=faults))
        work.tally.add(outcome)
        # With nothing left to send, a model that was given up would lack nothing, and never end.
        too_many = work.tally.problem if work.has_work else ""
        return [record, *(self._give_up(model, too_many) if too_many else [])]

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
        work.replaced = False
        if work.load_error:
            return self._give_up(event.model, work.load_error, event.printed)
        if work.given_up:
            return []
        if self._stopped or (was_stopping and not lost and not was_silent):
            work.suspect(lost)
            return []
        if not was_loaded and (event.by_itself or was_silent):
            return self._failed_start(event, work)
        if work.restarts_left == 0:
            reason = f"restarted too often; last: {event.reason}"
            return self._give_up(event.model, reason, event.printed)
        work.restarts_left -= 1
        work.spent += 1
        return self._blame(event, lost, silent=was_silent)

    def _failed_start(self, event: WorkerGone, work: Work) -> list[Command]:
        work.failed_starts += 1
        work.start_error = work.start_error or (event.reason, event.printed)
        if work.failed_starts < MAX_FAILED_STARTS:
            return []
        return self._give_up(event.model, *work.start_error)

    def _blame(self, event: WorkerGone, lost: Sequence[Request], *, silent: bool) -> list[Command]:
        """Charge the death to the request it can only have been, or look for it among `lost`."""
        work = self._works[event.model]
        kind = kind_of(event, silent=silent)
        in_a_row = work.note_kill(lost) if kind is TroubleKind.KILL else 0
        if len(lost) != 1:
            work.suspect(lost)
            ids = tuple(request.id for request in lost)
            return [note(TroubleKind.SUSPECTS, event.model, ids, event.reason)] if ids else []
        (request,) = lost
        noted = note(kind, event.model, (request.id,), event.reason)
        failure = self._charge(event, request, kind, in_a_row)
        if failure is not None:
            kept = MAX_KILLS if kind is TroubleKind.KILL else 0
            work.restarts_left += max(0, work.spent - kept)
            work.clear_suspects()
            return [noted, *self._record(event.model, failure)]
        if kind is TroubleKind.KILL:
            work.accuse(request)
        else:
            work.suspect(lost)
        return [noted]

    def _charge(
        self, event: WorkerGone, request: Request, kind: TroubleKind, kills: int
    ) -> FailedAnswer | None:
        """Note what a request did that was alone; its failure once that is beyond doubt."""
        work = self._works[event.model]
        reason, what = FAILURES[kind]
        if kind is TroubleKind.KILL:
            is_sure = kills >= MAX_KILLS
        else:
            work.faults[request.id] = work.faults.get(request.id, 0) + 1
            # Not at once: it may have waited in the worker behind one that was slow or large.
            is_sure = work.is_alone
        if kind is TroubleKind.STRIKE:
            work.strikes[request.id] = work.strikes.get(request.id, 0) + 1
            is_sure = work.strikes[request.id] >= MAX_STRIKES
        if not is_sure:
            return None
        return FailedAnswer(request.id, reason, ErrorInfo(what, event.reason, event.printed))

    def _give_up(self, model: str, reason: str, printed: str = "") -> list[Command]:
        work = self._works[model]
        work.drop_all()
        if work.given_up:  # its env and its weights may both be out of reach: one reason is enough
            return []
        work.given_up = True
        return [GiveUp(model, reason, printed)]
