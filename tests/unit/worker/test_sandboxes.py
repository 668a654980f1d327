"""The choice between walls, with trials that end as told."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from vlmhb.domain.sandbox import SandboxChoice
from vlmhb.errors import SandboxError
from vlmhb.system.isolation import Isolation
from vlmhb.worker.launch import Launch
from vlmhb.worker.sandboxes import Sandboxes, candidates, owners, unused_uid
from vlmhb.worker.self_test import SelfTest, Surroundings
from vlmhb.worker.walls import Network, Walls

ROOT = Isolation(True, 7, "", True)
USER = Isolation(False, 7, "", True)
OLD = Isolation(True, 0, "not in this kernel", True)
LAUNCH = Launch("/env/bin/python", {}, Path("/scratch"), Path("/log"), "toy")


class Trials:
    """Says of each way of holding a worker what is wrong with it, by its level and user."""

    def __init__(self, **problems: str) -> None:
        self.problems = problems
        self.seen: list[Walls] = []

    def __call__(self, _launch: Launch, walls: Walls, _around: Surroundings) -> SelfTest:
        self.seen.append(walls)
        name = f"level{walls.level}_{'host' if walls.uid is None else 'own'}"
        problem = self.problems.get(name, "")
        return SelfTest({} if problem else {"read": "denied"}, problem)


def sandboxes(trials: Trials, found: Isolation = ROOT, **choice: int) -> Sandboxes:
    wanted = SandboxChoice(**choice)
    return Sandboxes(wanted, Surroundings(), isolation=found, trial=trials)


def test_the_first_way_that_passes_is_taken_and_said() -> None:
    trials = Trials()
    launch, sandbox = sandboxes(trials).around(LAUNCH)

    assert launch.walls is not None
    assert (2, 7, Network.NONE) == (launch.walls.level, launch.walls.landlock, launch.walls.network)
    assert launch.walls.uid is not None
    assert (2, "its own", "none", {"read": "denied"}, ()) == (
        sandbox.level,
        sandbox.user,
        sandbox.network,
        dict(sandbox.probes),
        sandbox.lowered,
    )
    assert 1 == len(trials.seen)


def test_what_failed_at_a_level_lowers_it_and_is_kept() -> None:
    _, sandbox = sandboxes(Trials(level2_own="CUDA: 999", level2_host="CUDA: 999")).around(LAUNCH)

    assert (1, "open", 0) == (sandbox.level, sandbox.network, sandbox.landlock)
    assert all(why.endswith("CUDA: 999") for why in sandbox.lowered)
    assert "level 2, user its own: CUDA: 999" == sandbox.lowered[0]


def test_another_way_to_the_same_level_is_no_lower_one() -> None:
    _, sandbox = sandboxes(Trials(level2_own="closed")).around(LAUNCH)

    assert (2, "the host's, without capabilities", ()) == (
        sandbox.level,
        sandbox.user,
        sandbox.lowered,
    )


def test_workers_of_a_kind_are_tried_once_and_each_gets_a_user_of_its_own() -> None:
    trials = Trials()
    chosen = sandboxes(trials)
    users = {chosen.around(LAUNCH)[0].walls for _ in range(8)}
    chosen.around(replace(LAUNCH, gpus=("GPU-1",)))

    assert 2 == len(trials.seen)
    assert len(users) > 1


def test_nothing_is_tried_where_level_0_is_asked_for() -> None:
    trials = Trials()
    launch, sandbox = sandboxes(trials, most=0).around(LAUNCH)

    assert (None, 0, []) == (launch.walls, sandbox.level, trials.seen)


def test_without_root_there_is_no_level_1() -> None:
    _, sandbox = sandboxes(Trials(level2_host="no"), USER).around(LAUNCH)

    assert 0 == sandbox.level
    assert "level 1: needs root that may change its user" in sandbox.lowered


@pytest.mark.parametrize(("required", "level"), [(1, 1), (0, 1)])
def test_a_level_that_is_required_and_there_is_used(required: int, level: int) -> None:
    _, sandbox = sandboxes(Trials(), OLD, required=required).around(LAUNCH)

    assert level == sandbox.level
    assert ("level 2: Landlock is not in this kernel",) == sandbox.lowered


def test_a_level_that_is_required_and_not_there_is_an_error() -> None:
    with pytest.raises(SandboxError, match="level 2 is required") as caught:
        sandboxes(Trials(), OLD, required=2).around(LAUNCH)

    assert "Landlock is not in this kernel" in str(caught.value)
    assert 4 == caught.value.exit_code


def test_a_network_that_an_envspec_declares_is_open() -> None:
    networks = [
        {walls.network for walls in candidates(launch, ROOT, 2) if isinstance(walls, Walls)}
        for launch in (
            LAUNCH,
            replace(LAUNCH, network=True),
            replace(LAUNCH, loopback=True),
            replace(LAUNCH, network=True, loopback=True),
        )
    ]

    assert [True, False, False, False] == [Network.NONE in found for found in networks]
    assert Network.LOOPBACK in networks[2]
    assert {Network.OPEN} == networks[3]


def test_level_1_never_comes_with_a_capability() -> None:
    ways = [one for one in candidates(LAUNCH, ROOT, 2) if isinstance(one, Walls)]

    assert all(one.capability is None for one in ways if one.level == 1)
    assert all(one.landlock for one in ways if one.capability is not None)


def test_a_process_that_ended_while_it_was_looked_at_has_no_owner() -> None:
    assert {os.getuid()} == owners((Path("/proc/self"), Path("/proc/0")))


def test_nobody_has_an_unused_number() -> None:
    numbers = {unused_uid() for _ in range(20)}

    assert all(number > 60_000 for number in numbers)
    assert len(numbers) > 1
