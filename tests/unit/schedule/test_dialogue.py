"""In which order commands are carried out, and what of it all is shown."""

from collections.abc import Iterator

from tests.build import request
from vlmhb.schedule import commands, events, progress
from vlmhb.schedule.dialogue import Dialogue
from vlmhb.schedule.machine import Told
from vlmhb.schedule.slots import Need, Slot, cpu_slots
from vlmhb.schedule.state import Scheduler


def test_commands_keep_their_order_whatever_follows_at_once_from_the_first():
    asked = {"a": [request("a", "a")], "b": [request("b", "b")]}
    seen: list[commands.Command] = []

    def carry_out(command: commands.Command) -> Iterator[Told]:
        seen.append(command)
        if isinstance(command, commands.StartWorker) and command.model == "a":
            yield progress.Noted("it was tried")
            yield events.StartRefused("a", "no such Python")

    dialogue = Dialogue(Scheduler(asked, dict.fromkeys(asked, "e"), cpu_slots(2)), carry_out)
    list(dialogue.begin())

    shown = list(dialogue.take([progress.Noted("built"), events.EnvReady("e")]))

    assert seen == [
        commands.BuildEnv("e"),
        commands.StartWorker("a", "a", ("cpu-1",)),
        commands.StartWorker("b", "b", ("cpu-2",)),
        commands.GiveUp("a", "no such Python"),
    ]
    assert shown == [
        progress.Noted("built"),
        progress.Noted("it was tried"),
        progress.GaveUp("a", "no such Python"),
    ]


def test_the_end_of_a_worker_is_told_whether_it_comes_at_once_or_later():
    def carry_out(command: commands.Command) -> Iterator[Told]:
        if isinstance(command, commands.StopWorker):
            yield events.WorkerGone(command.worker, "not started", by_itself=False)

    slots = (Slot("g0", 80.0), Slot("g1", 80.0))
    requests = [request(f"m-{number}") for number in range(100)]
    dialogue = Dialogue(Scheduler({"m": requests}, {"m": "e"}, slots), carry_out)
    list(dialogue.handle(events.EnvReady("e", {"m": Need(1)})))

    at_once = list(dialogue.handle(events.LoadFailed("m#2", "no such class")))
    later = list(dialogue.handle(events.WorkerGone("m", "SIGKILL", by_itself=False)))

    assert [progress.WorkerLeft("m", "m#2", "not started")] == at_once
    assert [progress.WorkerLost("m", "m", "SIGKILL")] == later
