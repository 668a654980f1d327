"""Fetching: how long weights take to come."""

from collections.abc import Sequence

from vlmhb.domain.needs import WeightsNeed

ASSUMED_BYTES_PER_S = 100e6
"""No run keeps how fast weights came."""


def fetching_s(needs: Sequence[WeightsNeed]) -> dict[str, float | None]:
    """By model, in the order they are fetched; None where nobody tells how much it is.

    Files that several models share come with the first of them.
    """
    found: dict[str, float | None] = {}
    fetched: set[str] = set()
    for need in needs:
        coming = {name: size for name, size in need.files if name not in fetched}
        fetched.update(coming)
        known = need.download.size_bytes is not None
        found[need.model] = sum(coming.values()) / ASSUMED_BYTES_PER_S if known else None
    return found
