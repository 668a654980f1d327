"""The scheduler's rules, played through without a process or a clock."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.build import answer, failed, page, request
from vlmhb.domain.answer import UNDECODABLE, ErrorInfo, FailedAnswer, FailureReason, Outcome
from vlmhb.domain.error_limit import ErrorLimit
from vlmhb.domain.sample import UnreadablePage
from vlmhb.schedule.blame import MAX_KILLS, MAX_STRIKES
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
from vlmhb.schedule.slots import Need, Slot, cpu_slots
from vlmhb.schedule.standing import Standing
from vlmhb.schedule.state import RESTARTS_ALLOWED, Scheduler
from vlmhb.schedule.tally import Tally
from vlmhb.schedule.unloaded import MAX_FAILED_STARTS


def one_model(count: int, slots: int = 1) -> Scheduler:
    return Scheduler({"m": [request(f"r{n}") for n in range(count)]}, {"m": "e"}, cpu_slots(slots))


def sent(commands: Sequence[Command]) -> list[str]:
    return [command.request.id for command in commands if isinstance(command, Send)]


def recorded(commands: Sequence[Command]) -> list[Outcome]:
    return [command.outcome for command in commands if isinstance(command, Record)]


def reason_of(outcome: Outcome) -> FailureReason:
    assert isinstance(outcome, FailedAnswer)
    return outcome.reason


def crash(model: str = "m") -> WorkerGone:
    return WorkerGone(model, "SIGSEGV", by_itself=True)


def kill(model: str = "m") -> WorkerGone:
    return WorkerGone(model, "SIGKILL", by_itself=False)


def loaded_scheduler(count: int, window: int) -> tuple[Scheduler, list[Command]]:
    scheduler = one_model(count)
    scheduler.start()
    scheduler.handle(EnvReady("e"))
    return scheduler, scheduler.handle(WorkerLoaded("m", window))


def restart(scheduler: Scheduler, event: WorkerGone, window: int = 4) -> list[Command]:
    """The worker dies, the next one loads: everything commanded on the way."""
    commands = scheduler.handle(event)
    if not scheduler.finished:
        commands += scheduler.handle(WorkerLoaded("m", window))
    return commands


def test_an_env_shared_by_two_models_is_built_once():
    scheduler = Scheduler({"a": [request()], "b": [request()]}, {"a": "e", "b": "e"}, cpu_slots(2))

    commands = scheduler.start()

    assert [BuildEnv("e")] == commands


def test_a_model_waits_for_its_env_and_a_slot():
    scheduler = Scheduler({"a": [request()], "b": [request()]}, {"a": "e", "b": "f"}, cpu_slots(1))
    scheduler.start()

    first = scheduler.handle(EnvReady("f"))
    second = scheduler.handle(EnvReady("e"))

    assert [StartWorker("b", "b", ("cpu-1",))] == first
    assert [] == second


def test_requests_flow_by_credit():
    scheduler, commands = loaded_scheduler(5, window=2)

    assert ["r0", "r1"] == sent(commands)
    assert ["r2"] == sent(scheduler.handle(WorkerAnswered("m", answer("r1"))))


def test_a_worker_is_stopped_when_its_model_is_done_and_its_slot_goes_to_the_next():
    scheduler = Scheduler({"a": [request()], "b": [request()]}, {"a": "e", "b": "e"}, cpu_slots(1))
    scheduler.start()
    scheduler.handle(EnvReady("e"))
    scheduler.handle(WorkerLoaded("a", 1))

    done = scheduler.handle(WorkerAnswered("a", answer()))
    gone = scheduler.handle(WorkerGone("a", "exit 0", by_itself=False))

    assert [Record("a", answer()), StopWorker("a")] == done
    assert [StartWorker("b", "b", ("cpu-1",))] == gone


def test_after_a_crash_the_unanswered_requests_are_asked_one_by_one_and_nothing_beside_them():
    scheduler, _ = loaded_scheduler(9, window=5)
    scheduler.handle(WorkerAnswered("m", answer("r0")))

    commands = [
        restart(scheduler, crash(), window=5),
        *(scheduler.handle(WorkerAnswered("m", answer(f"r{n}"))) for n in (1, 2, 3, 4, 5)),
    ]

    assert [["r1"], ["r2"], ["r3"], ["r4"], ["r5"], ["r6", "r7", "r8"]] == [
        sent(part) for part in commands
    ]


def test_many_that_are_unanswered_are_asked_in_groups_each_without_the_others():
    scheduler, _ = loaded_scheduler(40, window=40)

    first = restart(scheduler, crash(), window=40)
    last = [scheduler.handle(WorkerAnswered("m", answer(f"r{n}"))) for n in range(7)][-1]

    assert [f"r{n}" for n in range(7)] == sent(first)
    assert [f"r{n}" for n in range(7, 14)] == sent(last)


def test_a_group_that_is_larger_than_the_window_of_the_next_worker_is_tried_all_the_same():
    scheduler, _ = loaded_scheduler(40, window=40)

    after = restart(scheduler, crash(), window=1)
    second = restart(scheduler, crash(), window=1)
    others = [scheduler.handle(WorkerAnswered("m", answer(f"r{n}"))) for n in range(8)]

    assert ["r0"] == sent(after)
    assert ["r0"] == sent(second)
    assert [[f"r{n}"] for n in range(1, 9)] == [sent(part) for part in others]


def noted(commands: Sequence[Command]) -> list[tuple[str, tuple[str, ...]]]:
    troubles = (one.trouble for one in commands if isinstance(one, NoteTrouble))
    return [(trouble.kind.value, trouble.requests) for trouble in troubles]


def test_what_a_death_tells_is_noted_and_each_trial_before_it_begins():
    scheduler, calm = loaded_scheduler(3, window=2)

    first = restart(scheduler, crash())
    second = restart(scheduler, crash())
    third = restart(scheduler, kill())
    fourth = scheduler.handle(WorkerAnswered("m", answer("r1")))

    assert [] == noted(calm)
    assert [("suspects", ("r0", "r1")), ("intent", ("r0",))] == noted(first)
    assert [("strike", ("r0",)), ("intent", ("r0",))] == noted(second)
    assert [("kill", ("r0",)), ("intent", ("r1",))] == noted(third)
    assert [] == noted(fourth)
    places = [type(one) for one in first if isinstance(one, NoteTrouble | Send)]
    assert [NoteTrouble, NoteTrouble, Send] == places


def play(
    scheduler: Scheduler, killers: set[str], death: WorkerGone, window: int
) -> list[list[str]]:
    """What was sent to each worker after the first, while every killer ends its own."""
    workers: list[list[str]] = []
    commands = scheduler.handle(WorkerLoaded("m", window))
    while not scheduler.finished:
        outstanding = sent(commands)
        workers.append(outstanding[:])
        while outstanding and not killers.intersection(outstanding):
            more = sent(scheduler.handle(WorkerAnswered("m", answer(outstanding.pop(0)))))
            workers[-1] += more
            outstanding += more
        scheduler.handle(death)
        commands = [] if scheduler.finished else scheduler.handle(WorkerLoaded("m", window))
    return workers


@pytest.mark.parametrize("killer", ["r0", "r77", "r255"])
def test_one_that_kills_is_found_among_256_in_few_starts_and_the_others_go_on_together(killer: str):
    scheduler = one_model(600)
    scheduler.start()
    scheduler.handle(EnvReady("e"))

    workers = play(scheduler, {killer}, crash(), window=256)

    assert 1 + 1 + MAX_STRIKES + 1 == len(workers)
    assert [[killer]] * (MAX_STRIKES - 1) == workers[-3:-1]
    assert 600 - 256 <= len(workers[-1])


def test_once_a_suspect_has_failed_the_others_of_its_death_are_requests_like_any():
    scheduler, _ = loaded_scheduler(9, window=4)

    commands = [restart(scheduler, crash(), window=8) for _ in range(1 + MAX_STRIKES)]

    assert ["r0"] == [outcome.request_id for outcome in recorded(commands[-1])]
    assert ["r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8"] == sent(commands[-1])


def test_two_that_kill_are_found_one_after_the_other_and_cost_no_restarts():
    scheduler = one_model(600)
    scheduler.start()
    scheduler.handle(EnvReady("e"))
    killers = {f"r{n}" for n in range(0, 600, 60)}

    workers = play(scheduler, killers, crash(), window=256)

    assert 10 * (2 + MAX_STRIKES) + 1 >= len(workers)


def test_a_worker_that_is_always_killed_in_full_window_ends_its_model_all_the_same():
    scheduler, _ = loaded_scheduler(600, window=256)

    starts = 0
    while not scheduler.finished:
        starts += any(isinstance(c, StartWorker) for c in restart(scheduler, kill(), window=256))

    assert RESTARTS_ALLOWED == starts


def test_once_suspects_are_done_requests_flow_in_full_again():
    scheduler, _ = loaded_scheduler(6, window=2)
    restart(scheduler, crash())
    scheduler.handle(WorkerAnswered("m", answer("r0")))

    after = scheduler.handle(WorkerAnswered("m", answer("r1")))

    assert ["r2", "r3", "r4", "r5"] == sent(after)


def test_a_request_that_crashes_its_worker_alone_three_times_fails():
    """The first death has company, so it charges nobody."""
    scheduler, _ = loaded_scheduler(3, window=2)

    commands = [restart(scheduler, crash()) for _ in range(1 + MAX_STRIKES)]

    (outcome,) = recorded(commands[-1])
    assert isinstance(outcome, FailedAnswer)
    assert ("r0", FailureReason.WORKER_DIED) == (outcome.request_id, outcome.reason)
    assert 4 == outcome.attempt
    assert [] == [o for part in commands[:-1] for o in recorded(part)]


def test_kills_from_outside_earn_no_strike():
    scheduler, _ = loaded_scheduler(1, window=1)

    commands = [restart(scheduler, kill()) for _ in range(MAX_STRIKES)]

    assert [] == [outcome for part in commands for outcome in recorded(part)]
    assert ["r0"] == sent(commands[-1])


def test_a_request_that_was_alone_when_its_worker_was_killed_waits_for_the_others():
    scheduler, _ = loaded_scheduler(3, window=1)

    killed = restart(scheduler, kill(), window=1)
    others = [scheduler.handle(WorkerAnswered("m", answer(f"r{n}"))) for n in (1, 2)]

    assert ["r1"] == sent(killed)
    assert [["r2"], ["r0"]] == [sent(part) for part in others]


def test_one_that_waited_and_is_killed_again_and_again_is_given_up():
    """A machine out of memory kills from outside, and would do so for ever."""
    scheduler, _ = loaded_scheduler(2, window=1)
    restart(scheduler, kill(), window=1)
    scheduler.handle(WorkerAnswered("m", answer("r1")))

    commands = [restart(scheduler, kill(), window=1) for _ in range(MAX_KILLS - 1)]

    (outcome,) = recorded(commands[-1])
    assert ("r0", FailureReason.WORKER_DIED) == (outcome.request_id, reason_of(outcome))
    assert [] == [o for part in commands[:-1] for o in recorded(part)]


def test_kills_that_hit_others_in_between_begin_the_row_anew():
    scheduler, _ = loaded_scheduler(2, window=1)
    for _ in range(MAX_KILLS - 1):
        restart(scheduler, kill(), window=1)
        restart(scheduler, kill(), window=1)

    commands = restart(scheduler, kill(), window=1)

    assert [] == recorded(commands)


def test_a_kill_while_the_model_loads_begins_the_row_anew():
    scheduler, _ = loaded_scheduler(1, window=1)
    for _ in range(MAX_KILLS - 2):
        restart(scheduler, kill(), window=1)
    scheduler.handle(kill())
    restart(scheduler, kill(), window=1)

    commands = [restart(scheduler, kill(), window=1) for _ in range(MAX_KILLS - 1)]

    assert [] == [outcome for part in commands for outcome in recorded(part)]


def test_a_death_of_its_own_is_none_of_the_kills_in_a_row():
    scheduler, _ = loaded_scheduler(1, window=1)
    for _ in range(MAX_KILLS - 2):
        restart(scheduler, kill(), window=1)
    restart(scheduler, crash(), window=1)

    commands = restart(scheduler, kill(), window=1)

    assert [] == recorded(commands)


def test_one_that_fails_for_kills_gives_back_no_restart_that_these_cost():
    """Whoever kills may kill for ever."""
    scheduler, _ = loaded_scheduler(10, window=1)
    told: list[list[Command]] = []

    while not scheduler.finished:
        told.append(restart(scheduler, kill(), window=1))

    assert ["r0", "r1"] == [outcome.request_id for part in told for outcome in recorded(part)]
    assert [GiveUp("m", "restarted too often; last: SIGKILL")] == told[-1]


def test_two_that_are_killed_again_and_again_fail_one_after_the_other():
    scheduler, _ = loaded_scheduler(3, window=1)
    restart(scheduler, kill(), window=1)
    restart(scheduler, kill(), window=1)
    scheduler.handle(WorkerAnswered("m", answer("r2")))
    outcomes: list[Outcome] = []

    while not scheduler.finished:
        outcomes += recorded(restart(scheduler, kill(), window=1))

    assert ["r0", "r1"] == [outcome.request_id for outcome in outcomes]


def memory_kill() -> WorkerGone:
    return WorkerGone("m", "SIGKILL", by_itself=False, out_of_memory=True)


def test_one_that_takes_all_memory_of_the_machine_is_asked_once_more_alone():
    scheduler, _ = loaded_scheduler(3, window=2)

    first = restart(scheduler, memory_kill())
    second = restart(scheduler, memory_kill())

    (outcome,) = recorded(second)
    assert ["r0"] == sent(first)
    assert [] == recorded(first)
    assert ("r0", FailureReason.OOM) == (outcome.request_id, reason_of(outcome))
    assert ["r1", "r2"] == sent(second)


def test_an_answer_tells_how_often_its_request_ended_a_worker_before():
    scheduler, _ = loaded_scheduler(2, window=1)
    restart(scheduler, crash(), window=1)
    restart(scheduler, kill(), window=1)

    (other,) = recorded(scheduler.handle(WorkerAnswered("m", answer("r1"))))
    (outcome,) = recorded(scheduler.handle(WorkerAnswered("m", answer("r0"))))

    assert (0, 1) == (other.faults, other.attempt)
    assert (1, 3) == (outcome.faults, outcome.attempt)


def silence(scheduler: Scheduler) -> list[Command]:
    """The worker is silent, is ended for it, and the next one loads."""
    return [*scheduler.handle(WorkerSilent("m")), *restart(scheduler, kill())]


def test_a_request_times_out_when_it_is_silent_once_more_and_alone():
    scheduler, _ = loaded_scheduler(2, window=1)

    first, second = silence(scheduler), silence(scheduler)

    (outcome,) = recorded(second)
    assert [] == recorded(first)
    assert ["r0"] == sent(first)
    assert isinstance(outcome, FailedAnswer)
    assert ("r0", FailureReason.TIMEOUT) == (outcome.request_id, outcome.reason)
    assert ["r1"] == sent(second)


def test_the_last_of_a_silent_group_is_asked_once_more_alone():
    """It may have waited in the worker behind the one that was answered."""
    scheduler, _ = loaded_scheduler(40, window=40)
    scheduler.handle(WorkerSilent("m"))
    restart(scheduler, kill(), window=40)
    for number in range(6):
        scheduler.handle(WorkerAnswered("m", answer(f"r{number}")))

    last, alone = silence(scheduler), silence(scheduler)

    assert [] == recorded(last)
    assert ["r6"] == sent(last)
    assert ["r6"] == [outcome.request_id for outcome in recorded(alone)]


def test_the_strike_that_a_request_fails_for_is_noted_before_its_outcome_which_shows_the_end():
    scheduler, _ = loaded_scheduler(1, window=1)
    gone = WorkerGone("m", "SIGSEGV", by_itself=True, printed="stack")
    for _ in range(MAX_STRIKES - 1):
        restart(scheduler, gone, window=1)

    strike, failure = scheduler.handle(gone)

    assert [("strike", ("r0",))] == noted([strike])
    assert isinstance(failure, Record)
    assert isinstance(failure.outcome, FailedAnswer)
    assert ErrorInfo("WorkerDied", "SIGSEGV", "stack") == failure.outcome.error


def crash_once_each(scheduler: Scheduler, numbers: range) -> list[Command]:
    """Each of the requests ends a worker, and is answered by the next one."""
    commands: list[Command] = []
    for number in numbers:
        restart(scheduler, crash(), window=1)
        commands = scheduler.handle(WorkerAnswered("m", answer(f"r{number}")))
    return commands


def test_deaths_that_nobody_is_charged_with_stay_counted():
    scheduler, _ = loaded_scheduler(100, window=1)
    spare = MAX_STRIKES
    crash_once_each(scheduler, range(RESTARTS_ALLOWED - spare))
    for _ in range(MAX_STRIKES):
        failing = restart(scheduler, crash(), window=1)
    after = RESTARTS_ALLOWED - spare + 1
    crash_once_each(scheduler, range(after, after + spare))

    commands = scheduler.handle(crash())

    assert 1 == len(recorded(failing))
    assert [GiveUp("m", "restarted too often; last: SIGSEGV")] == commands


def test_a_model_that_is_given_up_while_suspects_are_tried_is_done():
    scheduler, _ = loaded_scheduler(100, window=1)
    crash_once_each(scheduler, range(RESTARTS_ALLOWED - 2))
    restart(scheduler, kill(), window=4)
    restart(scheduler, kill(), window=1)

    commands = scheduler.handle(kill())

    assert [GiveUp("m", "restarted too often; last: SIGKILL")] == commands
    assert scheduler.finished


def test_an_answer_that_comes_while_a_silent_worker_is_ended_counts_and_nothing_more_is_sent():
    scheduler, _ = loaded_scheduler(5, window=2)
    scheduler.handle(WorkerSilent("m"))

    late = scheduler.handle(WorkerAnswered("m", answer("r0")))
    after = restart(scheduler, kill())

    assert [Record("m", answer("r0"))] == late
    assert [] == recorded(after)
    assert ["r1"] == sent(after)


def test_a_worker_that_is_silent_while_it_loads_is_tried_three_times():
    scheduler = one_model(1)
    scheduler.start()
    scheduler.handle(EnvReady("e"))

    commands: list[list[Command]] = []
    for _ in range(MAX_FAILED_STARTS):
        scheduler.handle(WorkerSilent("m"))
        commands.append(scheduler.handle(kill()))

    assert [
        [StartWorker("m", "m", ("cpu-1",))],
        [StartWorker("m", "m", ("cpu-1",))],
        [GiveUp("m", "SIGKILL")],
    ] == commands


def test_a_model_whose_backend_cannot_load_is_given_up_without_another_try():
    scheduler = one_model(2)
    scheduler.start()
    scheduler.handle(EnvReady("e"))

    failed = scheduler.handle(LoadFailed("m", "ImportError: libcudart.so.12"))
    gone = scheduler.handle(WorkerGone("m", "exit 0", by_itself=False))

    assert [StopWorker("m")] == failed
    assert [GiveUp("m", "ImportError: libcudart.so.12")] == gone
    assert scheduler.finished


def test_a_worker_that_never_starts_is_tried_three_times():
    scheduler = one_model(2)
    scheduler.start()
    scheduler.handle(EnvReady("e"))

    commands = [scheduler.handle(crash()) for _ in range(MAX_FAILED_STARTS)]

    assert [
        [StartWorker("m", "m", ("cpu-1",))],
        [StartWorker("m", "m", ("cpu-1",))],
        [GiveUp("m", "SIGSEGV")],
    ] == commands


def test_a_worker_that_dies_too_often_without_settling_anything_ends_its_model():
    scheduler, _ = loaded_scheduler(100, window=1)

    starts = 0
    while not scheduler.finished:
        commands = scheduler.handle(kill())
        starts += any(isinstance(command, StartWorker) for command in commands)
        if not scheduler.finished:
            scheduler.handle(WorkerLoaded("m", 1))

    assert RESTARTS_ALLOWED == starts
    assert isinstance(commands[-1], GiveUp)


def test_any_number_of_poisoned_requests_fail_without_ending_their_model():
    scheduler = one_model(30)
    scheduler.start()
    scheduler.handle(EnvReady("e"))
    outcomes: list[Outcome] = []

    while not scheduler.finished:
        scheduler.handle(WorkerLoaded("m", 2))
        outcomes += recorded(scheduler.handle(crash()))

    assert {f"r{n}" for n in range(30)} == {outcome.request_id for outcome in outcomes}


def test_a_load_that_ends_after_its_limit_counts_as_a_failed_start():
    """Else a model that loads a little too slowly is loaded for ever."""
    scheduler = one_model(1)
    scheduler.start()
    scheduler.handle(EnvReady("e"))

    for _ in range(MAX_FAILED_STARTS):
        scheduler.handle(WorkerSilent("m"))
        assert [] == scheduler.handle(WorkerLoaded("m", 1))
        commands = scheduler.handle(kill())

    assert [GiveUp("m", "SIGKILL")] == commands


def test_answers_that_always_come_too_late_cannot_restart_a_worker_for_ever():
    scheduler, _ = loaded_scheduler(1000, window=1)

    restarts = 0
    for number in range(1000):
        scheduler.handle(WorkerSilent("m"))
        scheduler.handle(WorkerAnswered("m", answer(f"r{number}")))
        commands = scheduler.handle(kill())
        if not any(isinstance(command, StartWorker) for command in commands):
            break
        restarts += 1
        scheduler.handle(WorkerLoaded("m", 1))

    assert 2 * RESTARTS_ALLOWED == restarts


def test_kills_from_outside_while_loading_are_no_failed_starts():
    scheduler = one_model(1)
    scheduler.start()
    scheduler.handle(EnvReady("e"))

    commands = [scheduler.handle(kill()) for _ in range(MAX_FAILED_STARTS)]

    assert [[StartWorker("m", "m", ("cpu-1",))]] * MAX_FAILED_STARTS == commands


def test_a_model_keeps_its_slot_when_its_worker_dies():
    scheduler = Scheduler(
        {"late": [request("x")], "m": [request("r0")]}, {"late": "f", "m": "e"}, slots=cpu_slots(1)
    )
    scheduler.start()
    scheduler.handle(EnvReady("e"))
    scheduler.handle(WorkerLoaded("m", 1))
    scheduler.handle(EnvReady("f"))

    commands = scheduler.handle(crash())

    assert StartWorker("m", "m", ("cpu-1",)) == commands[-1]
    assert not any(isinstance(command, StartWorker) for command in commands[:-1])


def test_a_worker_ended_by_a_stop_is_no_failure_of_its_request():
    scheduler, _ = loaded_scheduler(1, window=1)
    for _ in range(MAX_KILLS - 1):
        restart(scheduler, kill())
    scheduler.handle(StopRequested())

    commands = scheduler.handle(kill())

    assert [] == commands
    assert scheduler.finished


def test_an_env_that_cannot_be_built_ends_its_models_and_no_other():
    scheduler = Scheduler({"a": [request()], "b": [request()]}, {"a": "e", "b": "f"}, cpu_slots(1))
    scheduler.start()

    failed = scheduler.handle(EnvFailed("e", "uv: no such package"))
    ready = scheduler.handle(EnvReady("f"))

    assert [GiveUp("a", "uv: no such package")] == failed
    assert [StartWorker("b", "b", ("cpu-1",))] == ready


def weighted(*models: str, slots: int = 1) -> Scheduler:
    """Models that all have weights and share an env."""
    asked = {name: [request()] for name in models}
    return Scheduler(asked, dict.fromkeys(models, "e"), cpu_slots(slots), models)


def test_a_model_waits_for_its_env_and_its_weights():
    scheduler = weighted("a", "b")

    commands = scheduler.start()
    env_first = scheduler.handle(EnvReady("e"))
    both = scheduler.handle(WeightsReady("b"))

    assert [BuildEnv("e"), FetchWeights("a"), FetchWeights("b")] == commands
    assert [] == env_first
    assert [StartWorker("b", "b", ("cpu-1",))] == both


def test_weights_may_come_before_the_env():
    scheduler = weighted("a")
    scheduler.start()

    assert [] == scheduler.handle(WeightsReady("a"))
    assert [StartWorker("a", "a", ("cpu-1",))] == scheduler.handle(EnvReady("e"))


def test_weights_that_cannot_be_had_end_their_model_and_no_other():
    scheduler = weighted("a", "b")
    scheduler.start()
    scheduler.handle(EnvReady("e"))

    failed = scheduler.handle(WeightsFailed("a", "404"))
    ready = scheduler.handle(WeightsReady("b"))

    assert [GiveUp("a", "404")] == failed
    assert [StartWorker("b", "b", ("cpu-1",))] == ready


def test_a_model_is_given_up_once():
    scheduler = weighted("a")
    scheduler.start()
    scheduler.handle(EnvFailed("e", "no such package"))

    assert [] == scheduler.handle(WeightsFailed("a", "cancelled"))
    assert scheduler.finished


def test_a_model_without_a_gpu_is_given_up_and_its_slot_goes_to_the_next():
    scheduler = Scheduler({"a": [request()], "b": [request()]}, {"a": "e", "b": "e"}, cpu_slots(1))
    scheduler.start()
    scheduler.handle(EnvReady("e"))

    commands = scheduler.handle(StartRefused("a", "the GPU is full"))

    assert [GiveUp("a", "the GPU is full"), StartWorker("b", "b", ("cpu-1",))] == commands


def test_a_gpu_that_another_run_has_is_left_alone_until_it_is_tried_again():
    slots = [Slot("gpu", 80.0), Slot("cpu")]
    scheduler = Scheduler({"a": [request()], "b": [request()]}, {"a": "e", "b": "e"}, slots)
    scheduler.start()
    started = scheduler.handle(EnvReady("e", {"a": Need(1)}))

    waiting = scheduler.handle(SlotsBusy("a"))
    again = scheduler.handle(SlotsMayBeFree())

    assert [StartWorker("a", "a", ("gpu",)), StartWorker("b", "b", ("cpu",))] == started
    assert [] == waiting
    assert [StartWorker("a", "a", ("gpu",))] == again


def test_a_worker_that_loads_too_late_is_sent_nothing():
    scheduler = one_model(1)
    scheduler.start()
    scheduler.handle(EnvReady("e"))
    scheduler.handle(WorkerSilent("m"))

    assert [] == scheduler.handle(WorkerLoaded("m", 1))


def test_models_that_all_wait_for_gpus_end_with_a_stop():
    scheduler = Scheduler({"a": [request()]}, {"a": "e"}, cpu_slots(1))
    scheduler.start()
    scheduler.handle(EnvReady("e"))
    waiting = scheduler.handle(SlotsBusy("a"))
    still_waiting = scheduler.finished
    stop = scheduler.handle(StopRequested())

    assert [] == waiting == stop
    assert not still_waiting
    assert scheduler.finished
    assert [] == scheduler.handle(SlotsMayBeFree())


def test_a_model_that_is_given_up_shows_what_its_worker_printed():
    scheduler, _ = loaded_scheduler(1, window=1)
    scheduler.handle(kill())
    scheduler.handle(LoadFailed("m", "no such class"))
    gone = WorkerGone("m", "exit code 0", by_itself=False, printed="Traceback")

    assert [GiveUp("m", "no such class", "Traceback")] == scheduler.handle(gone)


def test_a_model_whose_worker_dies_too_often_shows_what_the_last_one_printed():
    scheduler, _ = loaded_scheduler(100, window=1)
    for _ in range(RESTARTS_ALLOWED):
        restart(scheduler, kill(), window=1)

    (gave_up,) = scheduler.handle(WorkerGone("m", "SIGKILL", by_itself=False, printed="Traceback"))

    assert isinstance(gave_up, GiveUp)
    assert "Traceback" == gave_up.printed


def test_an_unreadable_page_fails_without_a_worker():
    bad = replace(request("bad"), pages=(page(), UnreadablePage("x.png", "0" * 64, "no image")))
    scheduler = Scheduler({"m": [bad]}, {"m": "e"}, cpu_slots(1))

    (outcome,) = recorded(scheduler.start())

    assert isinstance(outcome, FailedAnswer)
    assert FailureReason.INPUT_ERROR == outcome.reason
    assert scheduler.finished


def test_a_stop_takes_the_answers_on_their_way_and_sends_no_more():
    scheduler, _ = loaded_scheduler(5, window=2)

    stop = scheduler.handle(StopRequested())
    first = scheduler.handle(WorkerAnswered("m", answer("r0")))
    second = scheduler.handle(WorkerAnswered("m", answer("r1")))
    scheduler.handle(WorkerGone("m", "exit 0", by_itself=False))

    assert [] == stop
    assert [Record("m", answer("r0"))] == first
    assert [Record("m", answer("r1")), StopWorker("m")] == second
    assert scheduler.finished


def test_a_stop_is_noted_of_those_that_are_asked_alone_and_of_no_others():
    scheduler, _ = loaded_scheduler(3, window=2)
    together = noted(scheduler.handle(StopRequested()))
    alone, _ = loaded_scheduler(3, window=2)
    restart(alone, crash())

    assert [] == together
    assert [("stop", ("r0",))] == noted(alone.handle(StopRequested()))


def test_a_stop_ends_a_worker_that_is_still_loading():
    scheduler = one_model(1)
    scheduler.start()
    scheduler.handle(EnvReady("e"))

    assert [StopWorker("m")] == scheduler.handle(StopRequested())


POISON = {"r3", "r7"}


@pytest.mark.parametrize("window", [1, 2, 8])
@given(choices=st.lists(st.sampled_from(["answer", "answer", "answer", "kill"]), max_size=60))
def test_whatever_happens_every_request_gets_exactly_one_outcome(window: int, choices: list[str]):
    """Poisoned requests fail, innocent ones do not, under any mix of answers and kills."""
    scheduler = one_model(10)
    outcomes: list[Outcome] = []
    outstanding: list[str] = []
    script = iter(choices)
    events: list[Event] = [EnvReady("e")]
    commands = scheduler.start()
    kills = 0
    while events:
        commands = scheduler.handle(events.pop(0))
        outcomes += recorded(commands)
        outstanding += sent(commands)
        assert len(outstanding) <= window
        if any(isinstance(command, StartWorker) for command in commands):
            events.append(WorkerLoaded("m", window))
        elif any(isinstance(command, StopWorker) for command in commands):
            events.append(WorkerGone("m", "exit 0", by_itself=False))
        elif outstanding and not events:
            step = next(script, "answer")
            if step == "kill" and kills < MAX_KILLS - 1:
                kills += 1
                outstanding.clear()
                events.append(kill())
            elif outstanding[0] in POISON:
                outstanding.clear()
                events.append(crash())
            else:
                events.append(WorkerAnswered("m", answer(outstanding.pop(0))))

    assert scheduler.finished
    assert {f"r{n}" for n in range(10)} == {outcome.request_id for outcome in outcomes}
    assert 10 == len(outcomes)
    assert {o.request_id for o in outcomes if isinstance(o, FailedAnswer)} == POISON


def test_a_model_that_cannot_be_started_shows_its_first_error():
    scheduler = one_model(1)
    scheduler.start()
    scheduler.handle(EnvReady("e"))
    for number in range(MAX_FAILED_STARTS - 1):
        scheduler.handle(WorkerGone("m", f"error {number}", by_itself=True, printed="stack"))

    commands = scheduler.handle(WorkerGone("m", "too many files", by_itself=True))

    assert [GiveUp("m", "error 0", "stack")] == commands


def test_a_start_that_succeeds_forgets_the_ones_that_failed():
    scheduler = one_model(2)
    scheduler.start()
    scheduler.handle(EnvReady("e"))
    for _ in range(MAX_FAILED_STARTS - 1):
        scheduler.handle(crash())
    scheduler.handle(WorkerLoaded("m", 1))
    scheduler.handle(WorkerAnswered("m", answer("r0")))
    restart(scheduler, crash(), window=1)

    commands = [scheduler.handle(WorkerSilent("m")), scheduler.handle(crash())]

    assert not any(isinstance(one, GiveUp) for part in commands for one in part)


def limited(limit: ErrorLimit, count: int, window: int = 4) -> Scheduler:
    requests = {"m": [request(f"r{n}") for n in range(count)]}
    standings = {"m": Standing(Tally(planned=count, limit=limit))}
    scheduler = Scheduler(requests, {"m": "e"}, cpu_slots(1), standings=standings)
    scheduler.start()
    scheduler.handle(EnvReady("e"))
    scheduler.handle(WorkerLoaded("m", window))
    return scheduler


def test_a_model_of_which_too_many_requests_failed_is_asked_nothing_more():
    scheduler = limited(ErrorLimit(number=1), 100)

    first = scheduler.handle(WorkerAnswered("m", failed("r0")))
    second = scheduler.handle(WorkerAnswered("m", failed("r1")))
    on_their_way = [
        scheduler.handle(WorkerAnswered("m", answer(f"r{number}"))) for number in (2, 3, 4)
    ]

    assert ["r4"] == sent(first)
    assert [] == sent(second)
    (gave_up,) = (one for one in second if isinstance(one, GiveUp))
    assert "too many of its requests failed: 2 of 100, more than 1" in gave_up.reason
    assert StopWorker("m") == on_their_way[-1][-1]
    assert 3 == sum(isinstance(one, Record) for part in on_their_way for one in part)


def of_a_page(identity: str, kind: str) -> FailedAnswer:
    return FailedAnswer(identity, FailureReason.INPUT_ERROR, ErrorInfo(kind, "it is damaged"))


def test_pages_that_a_worker_cannot_make_out_do_not_stop_a_model():
    scheduler = limited(ErrorLimit(number=0), 100)

    damaged = scheduler.handle(WorkerAnswered("m", of_a_page("r0", UNDECODABLE)))
    gone = scheduler.handle(
        WorkerAnswered("m", of_a_page("r1", "vlmhb_worker.backend.PageFileError"))
    )

    assert ["r4"] == sent(damaged)
    (gave_up,) = (one for one in gone if isinstance(one, GiveUp))
    assert "too many of its requests failed: 1 of 99, more than 0" in gave_up.reason


def test_a_limit_that_is_passed_with_nothing_left_to_send_stops_nothing():
    scheduler = limited(ErrorLimit(number=0), 4)

    commands = scheduler.handle(WorkerAnswered("m", failed("r0")))

    assert not any(isinstance(one, GiveUp) for one in commands)


def test_a_worker_that_dies_after_its_model_was_stopped_is_not_replaced():
    scheduler = limited(ErrorLimit(number=0), 100)
    scheduler.handle(WorkerAnswered("m", failed("r0")))

    commands = scheduler.handle(crash())

    assert [] == commands
    assert scheduler.finished


def test_a_run_whose_limit_is_passed_already_asks_nothing():
    tally = Tally(planned=5, failed=2, answered=2, limit=ErrorLimit(number=1))
    standings = {"m": Standing(tally)}
    scheduler = Scheduler({"m": [request("r4")]}, {"m": "e"}, cpu_slots(1), standings=standings)

    (gave_up,) = scheduler.start()

    assert isinstance(gave_up, GiveUp)
    assert scheduler.finished


def resumed(**told: object) -> tuple[Scheduler, list[Command]]:
    """Six requests of which something is known, a window of 4, and what is said first."""
    requests = {"m": [request(f"r{n}") for n in range(6)]}
    standing = Standing(**told)  # type: ignore[arg-type]
    scheduler = Scheduler(requests, {"m": "e"}, cpu_slots(1), standings={"m": standing})
    commands = scheduler.start()
    scheduler.handle(EnvReady("e"))
    return scheduler, [*commands, *scheduler.handle(WorkerLoaded("m", 4))]


def test_strikes_of_earlier_starts_count():
    scheduler, first = resumed(suspects=["r2"], strikes={"r2": 2}, faults={"r2": 2})

    (outcome,) = recorded(scheduler.handle(crash()))

    assert ["r2"] == sent(first)
    assert ("r2", 3) == (outcome.request_id, outcome.faults)


def test_kills_of_earlier_starts_cost_this_one_no_restart():
    accused = [f"r{number}" for number in range(6)]
    scheduler, _ = resumed(accused=accused, kills={"r0": MAX_KILLS - 1})

    first = restart(scheduler, kill())
    starts = 1
    while not scheduler.finished:
        starts += any(isinstance(one, StartWorker) for one in restart(scheduler, kill()))

    assert ["r0"] == [outcome.request_id for outcome in recorded(first)]
    assert RESTARTS_ALLOWED == starts


def test_those_accused_by_earlier_starts_come_last_and_alone():
    scheduler, first = resumed(accused=["r1"], crowd=["r0"])
    order = sent(first)

    for name in ("r2", "r3", "r4", "r5", "r0", "r1"):
        order += sent(scheduler.handle(WorkerAnswered("m", answer(name))))

    assert ["r2", "r3", "r4", "r5", "r0", "r1"] == order


def test_one_that_ended_the_run_too_often_is_not_asked():
    _, commands = resumed(refused={"r0": "it ended the run"})

    (outcome,) = recorded(commands)
    assert ("r0", FailureReason.WORKER_DIED) == (outcome.request_id, reason_of(outcome))
    assert ["r1", "r2", "r3", "r4"] == sent(commands)


def test_who_was_present_when_the_run_was_killed_is_noted_first():
    _, commands = resumed(present=("r0", "r1"))

    assert [("present", ("r0", "r1"))] == noted(commands)
    assert isinstance(commands[0], NoteTrouble)
