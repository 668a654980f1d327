"""Lumps: equal parts of a model's requests that are played as one request each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil

from vlmhb.domain.run import Request
from vlmhb.schedule.forecast.expected import Expected

MOST_PLAYED = 4_000
"""Requests that are played one by one; of more, so many lumps in all."""


@dataclass(frozen=True, slots=True)
class Lumps:
    """The requests of one model as they are played."""

    requests: Sequence[Request]
    """What stands for a lump is its first request, without its pages unless it is alone."""
    each: float
    """Requests in a lump; one and a half is possible."""
    took_s: float
    """Of a worker for a lump."""
    window: int
    """In lumps."""


def lumps_of(models: Sequence[Expected], most: int) -> dict[str, Lumps]:
    """By model, so many that a lump of one takes as long as that of another, about.

    Where there are lumps, requests with damaged pages count like any.
    """
    shares = _shares(models, most)
    return {one.model: _lumps(one, shares[one.model]) for one in models}


def _shares(models: Sequence[Expected], most: int) -> Mapping[str, int]:
    """By model, how many lumps."""
    if sum(len(one.requests) for one in models) <= most:
        return {one.model: len(one.requests) for one in models}
    answering_s = {one.model: len(one.requests) * (one.request_s or 0.0) for one in models}
    per_second = most / (sum(answering_s.values()) or 1.0)
    return {
        one.model: max(1, min(len(one.requests), ceil(answering_s[one.model] * per_second)))
        for one in models
    }


def _lumps(one: Expected, count: int) -> Lumps:
    total = len(one.requests)
    each = total / count
    requests = one.requests
    if count < total:
        firsts = (one.requests[number * total // count] for number in range(count))
        requests = [replace(request, pages=()) for request in firsts]
    return Lumps(requests, each, each * (one.request_s or 0.0), max(1, round(one.window / each)))
