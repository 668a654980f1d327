"""The scheduler: events in, commands out. Pure: it knows no thread, process or clock.

A slot is a place where a worker can run. A model waits for its env and its weights, and takes the
first slots that can hold it; with slots left over it gets further workers, as `schedule.allotment`
says. All requests of a model go to workers that have loaded it once. They are cut into shards,
those of one document together; a worker takes the next shard when it has room: at most `window`
requests are outstanding with it, near the end at most its share. A worker keeps its slots until
its model has nothing more for it.

Blame. When a worker dies, all requests that it had not answered are suspects. They are asked again
before any other, alone in their worker; more than `ALONE_AT_MOST` of them in groups first, and one
that kills its worker one by one. A request that was alone when its worker died by itself gets a
strike, and fails after `MAX_STRIKES`. One that was alone and silent too long has timed out, one
that was alone when the kernel took the memory back failed for that; both only when they were asked
alone on purpose. Once one has failed, the other suspects are requests like any.

A worker killed from outside earns nobody a strike. A request that was alone then is accused: it
waits until all others are done. It fails after `MAX_KILLS` in a row: a machine that runs out of
memory may kill from outside, and not tell. Whoever kills at random hits others in between.
`schedule.standing` says what follows when the run itself is killed.

What it costs. A request that kills its worker has failed after 1 + `MAX_STRIKES` deaths, one more
where it had more than `ALONE_AT_MOST` others beside it.
"""

from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from vlmhb.domain.answer import ErrorInfo, FailedAnswer, Outcome
from vlmhb.domain.run import Request
from vlmhb.domain.trouble import Trouble, TroubleKind
from vlmhb.schedule.allotment import next_start, workers_to_move
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
    LoadFailed,
    ReplacementWanted,
    SlotJoined,
    SlotLost,
    SlotRefused,
    SlotsBusy,
    SlotsMayBeFree,
    StartRefused,
    StopRequested,
    WeightsFailed,
    WeightsReady,
    WorkerAnswered,
    WorkerGone,
    WorkerLoaded,
    WorkerSilent,
)
from vlmhb.schedule.hand import Hand
from vlmhb.schedule.slots import NO_GPU, Need, Slot, Slots
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
        slots: Iterable[Slot],
        weighted: Collection[str] = (),
        standings: Mapping[str, Standing] = NOTHING_TOLD,
        most_workers: int | None = None,
    ) -> None:
        """`weighted` are the models that have weights to wait for."""
        self._slots = Slots(slots, most_workers)
        self._stopped = False
        self._now_s = 0.0
        self._known: list[Command] = []
        """What is known of requests before any is asked."""
        self._works: dict[str, Work] = {}
        self._hands: dict[str, Hand] = {}
        """By worker, those of all models."""
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
        return work_of(model, pending, standing, restarts)

    @property
    def finished(self) -> bool:
        """No worker runs, and nothing is left to do or nothing more may be done."""
        if self._hands:
            return False
        return self._stopped or not any(work.has_work for work in self._works.values())

    def is_left(self, model: str) -> bool:
        """Whether there are requests of the model to send."""
        return model in self._works and self._works[model].has_work

    @property
    def may_try_again(self) -> bool:
        """Whether there are slots that `SlotsMayBeFree` would bring back."""
        return self._slots.some_are_away or any(work.full for work in self._works.values())

    def start(self) -> list[Command]:
        """The first commands of a run."""
        envs = dict.fromkeys(work.env for work in self._works.values())
        weighted = [model for model, work in self._works.items() if not work.weights_ready]
        return [
            *self._known,
            *(BuildEnv(env) for env in envs),
            *(FetchWeights(model) for model in weighted),
        ]

    def handle(self, event: Event, now_s: float = 0.0) -> list[Command]:  # noqa: C901, PLR0911, PLR0912 - an arm per event
        """What to do now that `event` has happened; `now_s` is the time since whatever moment."""
        self._now_s = now_s
        match event:
            case EnvReady(env, needs):
                return self._env_ready(env, needs)
            case EnvFailed(env, error):
                models = [model for model, work in self._works.items() if work.env == env]
                told = [command for model in models for command in self._give_up(model, error)]
                return [*told, *self._fill()]  # others need not leave a slot to them any more
            case WeightsReady(model):
                self._works[model].weights_ready = True
                return self._fill()
            case WeightsFailed(model, error):
                return [*self._give_up(model, error), *self._fill()]
            case SlotsBusy(worker, slot):
                self._slots.send_away([slot] if slot else self._slots.taken_by(worker))
                self._bury(worker)
                return self._fill()
            case SlotRefused(worker, slot, reason, for_now):
                work = self._works[self._bury(worker).model]
                (work.full if for_now else work.refused)[slot] = reason
                self._slots.doubt(slot)
                return [*self._give_up_homeless(work), *self._fill()]
            case SlotsMayBeFree():
                self._slots.call_back()
                for work in self._works.values():
                    work.full.clear()
                return self._fill()
            case SlotLost(slot, reason):
                return self._lose_slot(slot, reason)
            case SlotJoined(slot):
                self._slots.join(slot)
                return self._fill()
            case StartRefused(worker, reason):
                return [*self._give_up(self._bury(worker).model, reason), *self._fill()]
            case WorkerLoaded(worker, window):
                return self._loaded(self._hands[worker], window)
            case WorkerAnswered(worker, outcome):
                return self._answered(self._hands[worker], outcome)
            case WorkerSilent(worker):
                hand = self._hands[worker]
                hand.silent, hand.stopping = True, True
                return []
            case ReplacementWanted(worker):
                self._hands[worker].replaced = True
                return self._stop_if_done(self._hands[worker])
            case LoadFailed(worker, error, out_of_memory):
                return self._load_failed(self._hands[worker], error, out_of_memory=out_of_memory)
            case WorkerGone():
                return [*self._gone(event), *self._fill()]
            case StopRequested():
                self._stopped = True
                hands = list(self._hands.values())
                return [command for hand in hands for command in self._stop_now(hand)]

    def _env_ready(self, env: str, needs: Mapping[str, Need]) -> list[Command]:
        commands: list[Command] = []
        for work in self._works.values():
            if work.env == env and not work.env_ready:
                work.env_ready, work.need = True, needs.get(work.model, NO_GPU)
                commands += self._give_up_homeless(work)
        return [*commands, *self._fill()]

    def _fill(self) -> list[Command]:
        """Give free slots to workers."""
        commands: list[Command] = []
        if self._stopped:
            return commands
        while start := next_start(self._works, self._slots, self._now_s):
            commands.append(self._start(start.work, start.slots))
        for hand in workers_to_move(self._works, self._slots):
            hand.leaving = True
            commands += self._stop_if_done(hand)
        return commands

    def _start(self, work: Work, slots: tuple[str, ...]) -> StartWorker:
        hand = work.join()
        hand.started_at_s = self._now_s
        self._hands[hand.worker] = hand
        self._slots.take(hand.worker, slots)
        return StartWorker(work.model, hand.worker, slots)

    def _loaded(self, hand: Hand, window: int) -> list[Command]:
        if hand.stopping:
            return []  # too late: it is being ended
        work = self._works[hand.model]
        hand.loaded_at_s, hand.window = self._now_s, window
        work.load_s = self._now_s - hand.started_at_s
        work.failed_starts, work.start_error = 0, None
        work.lost_loads.pop(self._slots.taken_by(hand.worker), None)
        self._slots.trust(hand.worker)
        return [*self._feed(hand), *self._fill()]

    def _feed(self, hand: Hand) -> list[Command]:
        work = self._works[hand.model]
        commands: list[Command] = []
        may_send = hand.may_be_sent and not self._stopped
        share = work.share(hand, self._now_s) if may_send else 0
        while len(hand.outstanding) < share:
            request = work.next_request(hand)
            if request is None:
                break
            if hand.begins_trial:
                commands.append(note(TroubleKind.INTENT, work.model, hand.trial_ids))
                share = hand.window
            hand.outstanding[request.id] = request
            work.sent[request.id] = work.sent.get(request.id, 0) + 1
            commands.append(Send(hand.worker, request))
        return commands or [*self._stop_if_done(hand), *self._stop_idle(work)]

    def _stop_idle(self, work: Work) -> list[Command]:
        """End the workers that would be loaded for nothing."""
        loading = [hand for hand in work.hands.values() if not hand.loaded]
        return [command for hand in loading for command in self._stop_if_done(hand)]

    def _stop_now(self, hand: Hand) -> list[Command]:
        if hand.trial_ids and hand.outstanding:
            # However the process ends now: it is no death that they have to do with.
            return [note(TroubleKind.STOP, hand.model, hand.trial_ids)]
        return self._stop_if_done(hand)

    def _stop_if_done(self, hand: Hand) -> list[Command]:
        work = self._works[hand.model]
        is_wanted = work.has_work_for(hand) and not (hand.replaced or hand.leaving)
        if hand.stopping or hand.outstanding or (is_wanted and not self._stopped):
            return []
        hand.stopping = True
        return [StopWorker(hand.worker)]

    def _answered(self, hand: Hand, outcome: Outcome) -> list[Command]:
        del hand.outstanding[outcome.request_id]
        hand.answered += 1
        commands = [*self._record(hand.model, outcome), *self._feed(hand)]
        if hand.answered.bit_count() == 1:  # seldom: how fast it is shows whether help is worth it
            commands += self._fill()
        return commands

    def _record(self, model: str, outcome: Outcome) -> list[Command]:
        work = self._works[model]
        attempt = work.sent[outcome.request_id]
        faults = work.faults.get(outcome.request_id, 0)
        record = Record(model, replace(outcome, attempt=attempt, faults=faults))
        work.tally.add(outcome)
        # With nothing left to send, a model that was given up would lack nothing, and never end.
        too_many = work.tally.problem if work.has_work else ""
        return [record, *(self._give_up(model, too_many) if too_many else [])]

    def _load_failed(self, hand: Hand, error: str, *, out_of_memory: bool) -> list[Command]:
        hand.load_error, hand.stopping = error, True
        work = self._works[hand.model]
        hand.is_too_large = out_of_memory and work.need.gpus > 0
        if hand.is_too_large:
            self._refuse_as_small(work, hand, error)
        return [StopWorker(hand.worker)]

    def _refuse_as_small(self, work: Work, hand: Hand, error: str) -> None:
        """None of the slots like its smallest, but for those where the model is loaded."""
        taken = self._slots.taken_by(hand.worker)
        loaded = [one.worker for one in work.hands.values() if one.loaded]
        proven = {name for worker in loaded for name in self._slots.taken_by(worker)}
        sizes = {slot.name: slot.memory_gib or 0.0 for slot in self._slots.suitable(work.need)}
        smallest = min((sizes[name] for name in taken if name in sizes), default=0.0)
        for name in sizes.keys() - proven:
            if sizes[name] <= smallest:
                work.refused[name] = error

    def _gone(self, event: WorkerGone) -> list[Command]:
        hand = self._hands[event.worker]
        work = self._works[hand.model]
        slots = self._slots.taken_by(hand.worker)
        commands = self._settle_death(event, work, hand)
        self._bury(hand.worker)
        if event.place_in_doubt:
            self._slots.send_away(slots)
        may_go_on = not (self._stopped or hand.leaving or event.place_in_doubt)
        may_go_on = may_go_on and not work.refused.keys() & set(slots)
        if work.wants_successor and may_go_on and self._slots.has(slots):
            return [*commands, self._start(work, slots)]
        return [*commands, *self._give_up_homeless(work)]

    def _bury(self, worker: str) -> Hand:
        """The worker is gone, or never was: its slots are free, others take what it had left."""
        hand = self._hands.pop(worker)
        self._works[hand.model].leave(hand)
        self._slots.give_back(worker)
        return hand

    def _settle_death(self, event: WorkerGone, work: Work, hand: Hand) -> list[Command]:
        """What the death means for the requests the worker had, and for its model."""
        lost = list(hand.outstanding.values())
        was_ending, hand.stopping, hand.outstanding = hand.stopping, True, {}
        if hand.load_error:
            return self._unloadable(event, work, hand)
        if work.given_up:
            return []
        if self._stopped or (was_ending and not lost and not hand.silent):
            work.suspect(lost, hand)
            return []
        if not hand.loaded and (event.by_itself or hand.silent):
            return self._failed_start(event, work, hand)
        if work.restarts_left == 0:
            reason = f"restarted too often; last: {event.reason}"
            return self._give_up(work.model, reason, event.printed)
        work.restarts_left -= 1
        work.spent += 1
        if not hand.loaded:
            self._note_lost_load(event, work, hand)
        return self._blame(event, lost, hand)

    def _unloadable(self, event: WorkerGone, work: Work, hand: Hand) -> list[Command]:
        """The model cannot be loaded where this worker was: maybe it can elsewhere."""
        if not hand.is_too_large:
            slots = self._slots.taken_by(hand.worker)
            work.refused.update(dict.fromkeys(slots, hand.load_error))
        is_elsewhere = work.may_load_elsewhere(hand)
        has_larger = hand.is_too_large and self._slots.can_ever_hold(work.need, work.refused)
        if is_elsewhere or has_larger:
            return []
        return self._give_up(work.model, hand.load_error, event.printed)

    def _failed_start(self, event: WorkerGone, work: Work, hand: Hand) -> list[Command]:
        work.failed_starts += 1
        work.start_error = work.start_error or (event.reason, event.printed)
        is_enough = work.failed_starts >= MAX_FAILED_STARTS
        is_loaded = any(one.loaded for one in work.hands.values())
        if is_loaded or (is_enough and work.may_load_elsewhere(hand)):
            # Env and weights are sound, or may be: it is this slot.
            slots = self._slots.taken_by(hand.worker)
            work.refused.update(dict.fromkeys(slots, event.reason))
            return []
        if not is_enough:
            return []
        return self._give_up(work.model, *work.start_error)

    def _note_lost_load(self, event: WorkerGone, work: Work, hand: Hand) -> None:
        """Where others can do without it, a slot is not tried until no restart is left."""
        slots = self._slots.taken_by(hand.worker)
        work.lost_loads[slots] = work.lost_loads.get(slots, 0) + 1
        is_loaded = any(one.loaded for one in work.hands.values())
        if is_loaded and work.lost_loads[slots] >= MAX_FAILED_STARTS:
            work.refused.update(dict.fromkeys(slots, event.reason))

    def _blame(self, event: WorkerGone, lost: Sequence[Request], hand: Hand) -> list[Command]:
        """Charge the death to the request it can only have been, or look for it among `lost`."""
        work = self._works[hand.model]
        kind = kind_of(event, silent=hand.silent)
        in_a_row = work.note_kill(lost) if kind is TroubleKind.KILL else 0
        if len(lost) != 1:
            work.suspect(lost, hand)
            ids = tuple(request.id for request in lost)
            return [note(TroubleKind.SUSPECTS, work.model, ids, event.reason)] if ids else []
        (request,) = lost
        noted = note(kind, work.model, (request.id,), event.reason)
        failure = self._charge(event, request, kind, in_a_row, hand)
        if failure is not None:
            kept = MAX_KILLS if kind is TroubleKind.KILL else 0
            work.restarts_left += max(0, work.spent - kept)
            work.spent = 0
            work.clear_suspects(hand)
            return [noted, *self._record(work.model, failure)]
        if kind is TroubleKind.KILL:
            work.accuse(request, hand)
        else:
            work.suspect(lost, hand)
        return [noted]

    def _charge(
        self, event: WorkerGone, request: Request, kind: TroubleKind, kills: int, hand: Hand
    ) -> FailedAnswer | None:
        """Note what a request did that was alone; its failure once that is beyond doubt."""
        work = self._works[hand.model]
        reason, what = FAILURES[kind]
        if kind is TroubleKind.KILL:
            is_sure = kills >= MAX_KILLS
        else:
            work.faults[request.id] = work.faults.get(request.id, 0) + 1
            # Not at once: it may have waited in the worker behind one that was slow or large.
            is_sure = hand.is_alone
        if kind is TroubleKind.STRIKE:
            work.strikes[request.id] = work.strikes.get(request.id, 0) + 1
            is_sure = work.strikes[request.id] >= MAX_STRIKES
        if not is_sure:
            return None
        return FailedAnswer(request.id, reason, ErrorInfo(what, event.reason, event.printed))

    def _lose_slot(self, slot: str, reason: str) -> list[Command]:
        self._slots.lose(slot, reason)
        works = self._works.values()
        return [command for work in works for command in self._give_up_homeless(work)]

    def _give_up_homeless(self, work: Work) -> list[Command]:
        """Give up a model that has no worker, and that no slot could hold."""
        if not work.env_ready or not work.has_work or work.hands:
            return []
        if self._slots.can_ever_hold(work.need, work.refused):
            return []
        why = "; ".join(dict.fromkeys(work.refused.values()))
        return self._give_up(work.model, why or self._slots.why_not(work.need))

    def _give_up(self, model: str, reason: str, printed: str = "") -> list[Command]:
        work = self._works[model]
        work.drop_all()
        if work.given_up:  # its env and its weights may both be out of reach: one reason is enough
            return []
        work.given_up = True
        return [GiveUp(model, reason, printed), *self._stop_idle(work)]
