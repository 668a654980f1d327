"""The scheduler: events in, commands out. Pure: it knows no thread, process or clock.

A slot is a place where a worker can run. A model waits for its env and for its weights, which are
fetched when `schedule.fetches` says so, and takes the first slots that can hold it; with slots left
over it gets further workers, as `schedule.allotment` says. All requests of a model go to workers
that have loaded it once. They are cut into shards, those of one document together; a worker takes
the next shard when it has room: at most `window` requests are outstanding with it, near the end at
most its share. A worker keeps its slots until its model has nothing more for it.

`schedule.blame` says what follows when a worker dies.
"""

from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence

from vlmhb.domain.answer import Outcome
from vlmhb.domain.run import Request
from vlmhb.domain.trouble import Trouble, TroubleKind
from vlmhb.schedule.allotment import LEAST_S, next_start, waiting, workers_to_move
from vlmhb.schedule.at_once import USUAL, AtOnce
from vlmhb.schedule.blame import settle_death
from vlmhb.schedule.charges import note, refusal, unreadable
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
from vlmhb.schedule.endings import give_up, record, stop_idle, stop_if_done
from vlmhb.schedule.events import (
    EnvFailed,
    EnvReady,
    Event,
    HostFull,
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
from vlmhb.schedule.fetches import next_fetches
from vlmhb.schedule.hand import Hand
from vlmhb.schedule.slots import NO_GPU, Need, Slot, Slots
from vlmhb.schedule.standing import Standing
from vlmhb.schedule.unloaded import refuse_as_small
from vlmhb.schedule.work import Work, work_of

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
        at_once: AtOnce = USUAL,
    ) -> None:
        """`weighted` are the models that have weights to wait for.

        Models start in the order of `requests`, and are made ready in the order of `env_of`.
        """
        self._slots = Slots(slots, at_once.workers)
        self._ahead = at_once.ahead
        self._stopped = False
        self._now_s = self._filled_at_s = 0.0
        self._known: list[Command] = []
        """What is known of requests before any is asked."""
        self._works: dict[str, Work] = {}
        self._hands: dict[str, Hand] = {}
        """By worker, those of all models."""
        turns = {model: turn for turn, model in enumerate(env_of)}
        for model, asked in requests.items():
            standing = standings.get(model) or Standing()
            if too_many := standing.tally.problem:
                self._known.append(GiveUp(model, too_many))
                continue
            work = self._work(model, asked, standing)
            work.env, work.turn = env_of[model], turns[model]
            work.weighted = model in weighted
            work.weights_asked = not work.weighted
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

    @property
    def next_model(self) -> str | None:
        """The one that gets slots as soon as there are some; None when none is ready for them."""
        return next((work.model for work in waiting(self._works)), None)

    def start(self) -> list[Command]:
        """The first commands of a run."""
        works = sorted(self._works.values(), key=lambda work: work.turn)
        envs = dict.fromkeys(work.env for work in works)
        return [*self._known, *(BuildEnv(env) for env in envs), *self._fetch()]

    def handle(self, event: Event, now_s: float = 0.0) -> list[Command]:  # noqa: C901, PLR0911, PLR0912 - an arm per event
        """What to do now that `event` has happened; `now_s` is the time since whatever moment."""
        self._now_s = now_s
        match event:
            case EnvReady(env, needs):
                return self._env_ready(env, needs)
            case EnvFailed(env, error):
                works = [work for work in self._works.values() if work.env == env]
                told = [command for work in works for command in give_up(work, error)]
                return [*told, *self._fill()]  # others need not leave a slot to them any more
            case WeightsReady(model):
                self._works[model].weights_ready = True
                return self._fill()
            case WeightsFailed(model, error):
                return [*give_up(self._works[model], error), *self._fill()]
            case SlotsBusy(worker, slot):
                self._slots.send_away([slot] if slot else self._slots.taken_by(worker))
                work = self._works[self._bury(worker).model]
                return [*self._give_up_homeless(work), *self._fill()]
            case SlotRefused(worker, slot, reason, for_now):
                work = self._works[self._bury(worker).model]
                (work.full if for_now else work.refused)[slot] = reason
                self._slots.doubt(slot)
                return [*self._give_up_homeless(work), *self._fill()]
            case HostFull(worker):
                self._works[self._bury(worker).model].is_crowded = True
                return self._fill()
            case SlotsMayBeFree():
                self._slots.call_back()
                for work in self._works.values():
                    work.full.clear()
                return self._fill()
            case SlotLost(slot, reason):
                return self._lose_slot(slot, reason)
            case SlotJoined(slot):
                return self._join_slot(slot)
            case StartRefused(worker, reason):
                work = self._works[self._bury(worker).model]
                return [*give_up(work, reason), *self._fill()]
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
                for work in self._works.values():  # its memory is free
                    work.is_crowded = False
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
        if self._stopped:
            return []
        self._filled_at_s = self._now_s
        commands = self._fetch()  # before workers that would only help take what is free
        while start := next_start(self._works, self._slots, self._now_s):
            commands.append(self._start(start.work, start.slots))
        for hand in workers_to_move(self._works, self._slots):
            hand.leaving = True
            commands += self._stop_if_done(hand)
        return commands

    def _fetch(self) -> list[Command]:
        """Ask for the weights whose turn it is."""
        wanted = next_fetches(self._works.values(), self._slots, self._ahead)
        for work in wanted:
            work.weights_asked = True
        return [FetchWeights(work.model) for work in wanted]

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
        share = work.share(hand, self._now_s) if hand.may_be_sent else 0
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
        return commands or [*stop_if_done(work, hand), *stop_idle(work)]

    def _stop_if_done(self, hand: Hand) -> list[Command]:
        return stop_if_done(self._works[hand.model], hand)

    def _stop_now(self, hand: Hand) -> list[Command]:
        hand.leaving = True
        if hand.trial_ids and hand.outstanding:
            # However the process ends now: it is no death that they have to do with.
            return [note(TroubleKind.STOP, hand.model, hand.trial_ids)]
        return self._stop_if_done(hand)

    def _answered(self, hand: Hand, outcome: Outcome) -> list[Command]:
        del hand.outstanding[outcome.request_id]
        hand.answered += 1
        work = self._works[hand.model]
        commands = [*record(work, outcome), *self._feed(hand)]
        # Seldom: how fast it is shows whether help is worth it.
        looked_s = self._now_s - self._filled_at_s
        if hand.answered.bit_count() == 1 or looked_s >= max(LEAST_S, work.load_s or 0.0):
            commands += self._fill()
        return commands

    def _load_failed(self, hand: Hand, error: str, *, out_of_memory: bool) -> list[Command]:
        hand.load_error, hand.stopping = error, True
        work = self._works[hand.model]
        hand.is_too_large = out_of_memory and work.need.gpus > 0
        if hand.is_too_large:
            refuse_as_small(work, hand, self._slots, error)
        return [StopWorker(hand.worker)]

    def _gone(self, event: WorkerGone) -> list[Command]:
        hand = self._hands[event.worker]
        work = self._works[hand.model]
        slots = self._slots.taken_by(hand.worker)
        commands = settle_death(event, work, hand, self._slots, is_stopped=self._stopped)
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

    def _join_slot(self, slot: Slot) -> list[Command]:
        self._slots.join(slot)
        for work in self._works.values():  # another one of that name may have been there before
            work.refused.pop(slot.name, None)
        return self._fill()

    def _lose_slot(self, slot: str, reason: str) -> list[Command]:
        self._slots.lose(slot, reason)
        works = self._works.values()
        told = [command for work in works for command in self._give_up_homeless(work)]
        return [*told, *self._fill()]

    def _give_up_homeless(self, work: Work) -> list[Command]:
        """Give up a model that has no worker, and that no slot could hold."""
        if not work.env_ready or not work.has_work or work.hands:
            return []
        if self._slots.can_ever_hold(work.need, work.refused):
            return []
        why = "; ".join(dict.fromkeys(work.refused.values()))
        return give_up(work, why or self._slots.why_not(work.need))
