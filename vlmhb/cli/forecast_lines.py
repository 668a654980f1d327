"""The forecast of a run for people."""

from collections.abc import Iterator, Sequence

from vlmhb.cli.outlook_lines import duration
from vlmhb.domain.needs import named
from vlmhb.plan.estimates import ASSUMED_BYTES_PER_S
from vlmhb.schedule.forecast import Doing, Forecast, Place, Stretch, Unknown

MOST_PLACES = 3
"""Slots with a line of their own."""
MOST_STRETCHES = 8
"""Of the critical path; of a longer one both ends are shown."""
SHORTER = 0.99
"""Of the makespan: what a further GPU has to beat to be worth a word."""

PLACE_WORDS = {
    Doing.ANSWER: "answering",
    Doing.LOAD: "loading",
    Doing.AWAIT_ENV: "waiting for envs",
    Doing.AWAIT_WEIGHTS: "waiting for weights",
    Doing.IDLE: "idle",
}


def forecast_lines(forecast: Forecast | None) -> Iterator[str]:
    """At most seven; none where nothing is known that takes time."""
    if forecast is None or not forecast.makespan_s:
        return
    yield "forecast:"
    yield f"  {_makespan(forecast)}"
    yield f"  critical path: {' > '.join(_path(forecast.path))}"
    if not forecast.unknown:  # shares of what is not whole would mislead
        yield from (f"  {line}" for line in _places(forecast))
    if forecast.one_more_gpu_s is not None:
        yield f"  {_one_more(forecast.makespan_s, forecast.one_more_gpu_s)}"
    if forecast.unknown:
        yield f"  not known, and not counted: {named([_unknown(one) for one in forecast.unknown])}"


def _makespan(forecast: Forecast) -> str:
    about = "at least" if forecast.unknown else "about"
    told = f"{about} {duration(forecast.makespan_s)}"
    if forecast.preparing_s:
        share = _percent(forecast.preparing_s / forecast.makespan_s)
        told += f"; preparation is {share} of it"
    if forecast.fetches:
        told += f"; assumed: weights come at {ASSUMED_BYTES_PER_S / 1e6:g} MB/s"
    return told


def _path(path: Sequence[Stretch]) -> Iterator[str]:
    if len(path) <= MOST_STRETCHES:
        yield from map(_stretch, path)
        return
    half = MOST_STRETCHES // 2
    between = path[half:-half]
    yield from map(_stretch, path[:half])
    yield f"{len(between)} more {duration(sum(one.seconds for one in between))}"
    yield from map(_stretch, path[-half:])


def _stretch(one: Stretch) -> str:
    took = duration(one.seconds)
    match one.doing:
        case Doing.BUILD:
            return f"env {one.name} {took}"
        case Doing.FETCH:
            return f"weights of {one.name} {took}"
        case Doing.LOAD:
            return f"load {one.name} {took}"
        case _:
            count = round(one.requests)
            requests = "1 request" if count == 1 else f"{count:,} requests"
            return f"{requests} of {one.name} {took} on {', '.join(map(_short, one.slots))}"


def _short(slot: str) -> str:
    """`GPU-8f3c1b1e` of a UUID."""
    kind, _, number = slot.partition("-")
    return f"{kind}-{number[:8]}"


def _places(forecast: Forecast) -> Iterator[str]:
    if len(forecast.places) <= MOST_PLACES:
        yield from (f"{_short(one.slot)}: {_shares([one])}" for one in forecast.places)
        return
    least = min(forecast.places, key=lambda one: one.seconds(Doing.ANSWER))
    yield f"{len(forecast.places)} slots: {_shares(forecast.places)}"
    yield f"the least busy, {_short(least.slot)}: {_shares([least])}"


def _shares(places: Sequence[Place]) -> str:
    total_s = sum(one.seconds for place in places for one in place.stretches)
    spent = {
        word: sum(place.seconds(doing) for place in places) for doing, word in PLACE_WORDS.items()
    }
    return ", ".join(f"{word} {_percent(s / total_s)}" for word, s in spent.items() if s)


def _one_more(makespan_s: float, one_more_s: float) -> str:
    if one_more_s < SHORTER * makespan_s:
        return f"with one more GPU: {duration(one_more_s)}"
    return "one more GPU would not make it shorter"


def _unknown(one: Unknown) -> str:
    words = {
        Doing.BUILD: "building env",
        Doing.FETCH: "fetching weights of",
        Doing.LOAD: "loading",
    }
    return f"{words.get(one.doing, 'answers of')} {one.name}"


def _percent(share: float) -> str:
    """`19 %`; a share that is not 0 is never written as 0."""
    return f"{share:.0%}".replace("%", " %") if share >= 0.01 else "< 1 %"
