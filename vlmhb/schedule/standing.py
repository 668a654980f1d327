"""Where a model stands when a start of a run begins: what attempts.jsonl means. Pure.

A run that is killed leaves nobody to tell what did it. The requests that were first in line then
are written down at the next start; those of them that are unanswered when a second start is killed
are accused, and asked alone, after all others, each behind an intent on the disk. One whose intent
is all that is left of `MAX_DEATHS` starts in a row is not asked again. A run that is killed at
random is killed while others are asked, or nothing is, and then the row is broken; `MOST_DEATHS`
ends it for one that other deaths keep interrupting.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from vlmhb.domain.trouble import Trouble, TroubleKind
from vlmhb.schedule.tally import Tally

MAX_DEATHS = 3
MOST_DEATHS = 10
OWN = (TroubleKind.STRIKE, TroubleKind.SILENCE, TroubleKind.MEMORY)
"""What a request did by itself."""
SUSPECT = (TroubleKind.SUSPECTS, TroubleKind.INTENT, TroubleKind.STOP, *OWN)


@dataclass(frozen=True, slots=True)
class Standing:
    """What earlier starts tell of a model; ids are of requests that have no outcome."""

    tally: Tally = field(default_factory=Tally)
    strikes: Mapping[str, int] = field(default_factory=dict)
    faults: Mapping[str, int] = field(default_factory=dict)
    kills: Mapping[str, int] = field(default_factory=dict)
    suspects: Collection[str] = ()
    accused: Collection[str] = ()
    """Asked alone, after all others."""
    crowd: Collection[str] = ()
    """Asked after all others, in groups: each was first in line at two deaths of the run."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """Id -> why it is not asked again."""
    present: tuple[str, ...] = ()
    """First in line when the last start was killed."""


@dataclass(frozen=True, slots=True)
class EarlierStarts:
    """The earlier starts of a run, by number, as they concern one model."""

    count: int
    killed: tuple[int, ...]
    """Those that did not come to their end."""
    windows: Mapping[int, int]
    """Of its workers, where one had loaded the model."""


def standing_of(
    left: Sequence[str], troubles: Sequence[Trouble], starts: EarlierStarts, tally: Tally
) -> Standing:
    """Of the model whose `troubles` these are, with the requests `left`, in the order of the plan.

    The troubles are in the order they happened.
    """
    last = _last_kinds(troubles)
    deaths = list(_alone_at_deaths(left, troubles, starts.killed))
    refused = _refused(deaths)
    crowd = _twice_present(troubles, starts) - refused.keys()
    own = {name for name in deaths if name} | _named(troubles, TroubleKind.KILL)
    own |= _of_open_groups(troubles, starts.killed)
    accused = [name for name in left if name in own and name not in refused]
    crowded = [name for name in left if name in crowd and name not in own]
    apart = {*accused, *crowded, *refused}
    return Standing(
        tally=tally,
        strikes=_counted(troubles, (TroubleKind.STRIKE,)),
        faults=_counted(troubles, OWN),
        kills=_kills_in_a_row(troubles),
        suspects=[name for name in left if last.get(name) in SUSPECT and name not in apart],
        accused=accused,
        crowd=crowded,
        refused=refused,
        present=_present([name for name in left if name not in apart], troubles, starts),
    )


def _last_kinds(troubles: Sequence[Trouble]) -> dict[str, TroubleKind]:
    told = (trouble for trouble in troubles if trouble.kind is not TroubleKind.PRESENT)
    return {name: trouble.kind for trouble in told for name in trouble.requests}


def _counted(troubles: Sequence[Trouble], kinds: Collection[TroubleKind]) -> Counter[str]:
    return Counter(name for one in troubles if one.kind in kinds for name in one.requests)


def _named(troubles: Sequence[Trouble], kind: TroubleKind) -> set[str]:
    return {name for trouble in troubles if trouble.kind is kind for name in trouble.requests}


def _kills_in_a_row(troubles: Sequence[Trouble]) -> dict[str, int]:
    row: dict[str, int] = {}
    for trouble in troubles:
        if trouble.kind is TroubleKind.KILL:
            (name,) = trouble.requests
            row = {name: row.get(name, 0) + 1}
        elif trouble.kind is TroubleKind.SUSPECTS:
            row = {}
    return row


def _open_intents(troubles: Sequence[Trouble], killed: Sequence[int]) -> Iterator[Trouble | None]:
    """For each start that was killed, the intent that is the last it told of; None without one."""
    for number in killed:
        told = [trouble for trouble in troubles if trouble.segment == number]
        is_open = bool(told) and told[-1].kind is TroubleKind.INTENT
        yield told[-1] if is_open else None


def _alone_at_deaths(
    left: Sequence[str], troubles: Sequence[Trouble], killed: Sequence[int]
) -> Iterator[str]:
    """For each start that was killed, who was asked alone then; empty where nobody was."""
    waiting = set(left)
    for intent in _open_intents(troubles, killed):
        alone = intent.requests[0] if intent and len(intent.requests) == 1 else ""
        yield alone if alone in waiting else ""


def _of_open_groups(troubles: Sequence[Trouble], killed: Sequence[int]) -> set[str]:
    intents = _open_intents(troubles, killed)
    return {name for intent in intents if intent for name in intent.requests}


def _refused(deaths: Sequence[str]) -> dict[str, str]:
    row: dict[str, int] = {}
    total: Counter[str] = Counter()
    refused = {}
    for name in deaths:
        row = {name: row.get(name, 0) + 1} if name else {}
        total.update(row.keys())
        if name and (row[name] >= MAX_DEATHS or total[name] >= MOST_DEATHS):
            refused[name] = (
                f"the run itself was killed {total[name]} times while nothing but this was asked: "
                "most likely it takes more memory than the machine has"
            )
    return refused


def _twice_present(troubles: Sequence[Trouble], starts: EarlierStarts) -> set[str]:
    """Who was first in line at a death, and at the next one of a start that loaded the model."""
    fatal = set(starts.killed) & starts.windows.keys()
    return {
        name
        for trouble in troubles
        if trouble.kind is TroubleKind.PRESENT and trouble.segment in fatal
        for name in trouble.requests
    }


def _present(
    left: Sequence[str], troubles: Sequence[Trouble], starts: EarlierStarts
) -> tuple[str, ...]:
    latest = starts.count - 1
    if latest not in starts.killed:
        return ()
    if latest in starts.windows:
        return tuple(left[: starts.windows[latest]])
    # It was killed before anything was asked, so the death before it is still unexplained.
    before = [one for one in troubles if one.kind is TroubleKind.PRESENT]
    named = set(before[-1].requests) if before and before[-1].segment == latest else set()
    return tuple(name for name in left if name in named)
