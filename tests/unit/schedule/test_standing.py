"""What attempts.jsonl means to the next start of a run."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from vlmhb.domain.trouble import Trouble, TroubleKind
from vlmhb.schedule.standing import (
    MAX_DEATHS,
    MOST_DEATHS,
    EarlierStarts,
    Standing,
    standing_of,
)
from vlmhb.schedule.tally import Tally
from vlmhb.schedule.work import ALONE_AT_MOST

IDS = tuple(f"r{n}" for n in range(6))
KINDS = list(TroubleKind)


def told(kind: TroubleKind, *ids: str, segment: int = 0) -> Trouble:
    return Trouble(kind, "m", ids, segment=segment)


def intent(*ids: str, segment: int) -> Trouble:
    return told(TroubleKind.INTENT, *ids, segment=segment)


def starts(*killed: int, count: int, window: int = 2) -> EarlierStarts:
    """Each of them had loaded the model."""
    return EarlierStarts(count, killed, dict.fromkeys(range(count), window))


def standing(
    troubles: Sequence[Trouble], earlier: EarlierStarts, left: Sequence[str] = IDS
) -> Standing:
    return standing_of(left, troubles, earlier, Tally())


def test_nothing_is_told_of_a_run_that_was_stopped():
    assert Standing(suspects=[], accused=[], crowd=[]) == standing((), starts(count=2))


def test_after_a_first_death_those_first_in_line_were_present_and_are_asked_as_ever():
    found = standing((), starts(0, count=1))

    assert ("r0", "r1") == found.present
    assert [] == found.accused == found.crowd == found.suspects


def test_a_death_before_the_model_was_loaded_has_no_witness():
    assert () == standing((), EarlierStarts(1, (0,), {})).present


def test_a_death_before_the_model_was_loaded_does_not_explain_the_one_before_it():
    present = told(TroubleKind.PRESENT, "r3", "r4", segment=1)

    found = standing([present], EarlierStarts(2, (0, 1), {0: 2}))

    assert ("r3", "r4") == found.present
    assert [] == found.crowd


def test_those_present_at_two_deaths_come_last_and_others_are_present_now():
    present = told(TroubleKind.PRESENT, "r0", "r1", segment=1)

    found = standing([present], starts(0, 1, count=2))

    assert ["r0", "r1"] == found.crowd
    assert ("r2", "r3") == found.present


def test_those_answered_since_were_not_it():
    present = told(TroubleKind.PRESENT, "r0", "r1", segment=1)

    found = standing([present], starts(0, 1, count=2), left=IDS[1:])

    assert ["r1"] == found.crowd


def deaths_alone(count: int) -> list[Trouble]:
    return [intent("r4", segment=number) for number in range(count)]


def test_one_that_was_alone_when_the_run_was_killed_comes_last():
    found = standing(deaths_alone(1), starts(0, count=1))

    assert ["r4"] == found.accused
    assert {} == found.refused


def test_one_that_was_alone_at_three_deaths_in_a_row_is_not_asked_again():
    found = standing(deaths_alone(MAX_DEATHS), starts(*range(MAX_DEATHS), count=MAX_DEATHS))

    assert ["r4"] == list(found.refused)
    assert "killed 3 times while nothing but this was asked" in found.refused["r4"]
    assert [] == found.accused


def test_a_death_elsewhere_begins_the_row_anew():
    segments = (0, 1, 3, 4)
    troubles = [intent("r4", segment=number) for number in segments]

    found = standing(troubles, starts(0, 1, 2, 3, 4, count=5))

    assert ["r4"] == found.accused


def test_ten_deaths_are_enough_whatever_happens_in_between():
    """Else a run that something kills now and then never ends."""
    count = 2 * MOST_DEATHS
    troubles = [intent("r4", segment=number) for number in range(0, count, 2)]

    found = standing(troubles, starts(*range(count), count=count))

    assert ["r4"] == list(found.refused)


def test_a_start_that_came_to_its_end_is_no_death():
    found = standing(deaths_alone(MAX_DEATHS), starts(count=MAX_DEATHS))

    assert {} == found.refused
    assert [] == found.accused
    assert ["r4"] == found.suspects


def test_an_intent_that_came_to_something_is_no_death():
    troubles = [intent("r4", segment=0), told(TroubleKind.STRIKE, "r4", segment=0)]

    found = standing(troubles, starts(0, count=1))

    assert [] == found.accused
    assert ["r4"] == found.suspects
    assert {"r4": 1} == found.strikes == found.faults


def test_a_start_that_a_signal_asked_to_stop_is_no_death_however_it_ended():
    lines = (TroubleKind.INTENT, TroubleKind.STOP)
    troubles = [told(kind, "r4", segment=n) for n in range(MAX_DEATHS) for kind in lines]

    found = standing(troubles, starts(*range(MAX_DEATHS), count=MAX_DEATHS))

    assert {} == found.refused
    assert [] == found.accused


def test_a_group_that_was_asked_when_the_run_was_killed_is_asked_one_by_one():
    found = standing([intent("r1", "r2", "r3", segment=0)], starts(0, count=1), left=IDS[2:])

    assert ["r2", "r3"] == found.accused


def test_silence_and_memory_are_faults_and_no_strikes():
    troubles = [told(TroubleKind.SILENCE, "r1"), told(TroubleKind.MEMORY, "r1")]

    found = standing(troubles, starts(count=1))

    assert {} == found.strikes
    assert {"r1": 2} == found.faults


def test_kills_are_counted_on_until_others_are_hit():
    two = [told(TroubleKind.KILL, "r1"), told(TroubleKind.KILL, "r1")]
    others = [*two, told(TroubleKind.SUSPECTS, "r2", "r3")]

    assert {"r1": 2} == standing(two, starts(count=1)).kills
    assert {} == standing(others, starts(count=1)).kills
    assert ["r1"] == standing(others, starts(count=1)).accused
    assert ["r2", "r3"] == standing(others, starts(count=1)).suspects


def deaths_of_a_run(killer: str, window: int) -> tuple[int, set[str]]:
    """How often the run is killed until it ends, and who is refused then.

    `killer` ends the run whenever it is asked, and the run is started again.
    """
    left = [f"r{number}" for number in range(600)]
    troubles: list[Trouble] = []
    for number in range(50):
        earlier = EarlierStarts(number, tuple(range(number)), dict.fromkeys(range(number), window))
        found = standing_of(left, troubles, earlier, Tally())
        if found.refused:
            return number, set(found.refused)
        if found.present:
            troubles.append(told(TroubleKind.PRESENT, *found.present, segment=number))
        last = [*found.crowd, *found.accused]
        line = [name for name in left if name not in last]
        if killer in line:
            place = line.index(killer)
            left = [name for name in left if name not in line[:place]]
            continue
        left = last
        groups = [[name] for name in found.accused]
        size = 1 if len(found.crowd) <= ALONE_AT_MOST else 16
        crowd = list(found.crowd)
        groups = [crowd[at : at + size] for at in range(0, len(crowd), size)] + groups
        for group in groups:
            troubles.append(intent(*group, segment=number))
            if killer in group:
                break
            left = [name for name in left if name not in group]
    raise AssertionError("it is never found")


def test_one_that_kills_the_run_is_found_in_few_deaths_and_nobody_else():
    """Nobody knows, it was present twice, in a large group, and alone three times."""
    for killer in ("r0", "r7", "r300", "r599"):
        assert (2 + MAX_DEATHS, {killer}) == deaths_of_a_run(killer, window=8)
    assert (3 + MAX_DEATHS, {"r0"}) == deaths_of_a_run("r0", window=256)


lines = st.builds(
    lambda kind, ids, segment: Trouble(
        kind,
        "m",
        tuple(ids[:1]) if kind in KINDS[2:6] else tuple(ids),
        segment=segment,
    ),
    st.sampled_from(KINDS),
    st.lists(st.sampled_from(IDS), min_size=1, max_size=3, unique=True),
    st.integers(0, 4),
)


@given(
    troubles=st.lists(lines, max_size=20).map(lambda all_: sorted(all_, key=lambda t: t.segment)),
    killed=st.sets(st.integers(0, 4)),
    windows=st.dictionaries(st.integers(0, 4), st.integers(1, 4)),
    left=st.sets(st.sampled_from(IDS)).map(sorted),
)
def test_whatever_is_told_each_request_has_one_place_and_no_other_is_named(
    troubles: list[Trouble], killed: set[int], windows: dict[int, int], left: list[str]
):
    earlier = EarlierStarts(5, tuple(sorted(killed)), windows)

    found = standing_of(left, troubles, earlier, Tally())

    places = [*found.suspects, *found.accused, *found.crowd, *found.refused]
    assert len(places) == len(set(places))
    assert {*places, *found.present} <= set(left)
    assert not {*found.present} & {*found.accused, *found.crowd, *found.refused}


@given(killed=st.lists(st.sampled_from(["r4", "other", "loading"]), max_size=9))
def test_who_was_not_alone_at_a_death_is_never_refused(killed: list[str]):
    """Random kills of the run: `r4` is refused for three of its own in a row and nothing else."""
    named = {"r4": "r4", "other": "r5"}
    troubles = [
        intent(named[what], segment=number) for number, what in enumerate(killed) if what in named
    ]

    found = standing(troubles, starts(*range(len(killed)), count=len(killed)))

    own = ["r4"] * MAX_DEATHS
    rows = [killed[at : at + MAX_DEATHS] for at in range(len(killed))]
    assert (own in rows) == ("r4" in found.refused)
    assert found.refused.keys() <= {"r4", "r5"}
