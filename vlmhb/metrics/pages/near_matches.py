"""Where a text occurs in a longer one, give or take a few edits."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # commands that only look metrics up need not wait for numpy
    import numpy as np
    from numpy.typing import NDArray


def near_starts(wanted: str, text: str, most_edits: int) -> tuple[int, ...]:
    """Where parts of a text begin that are `wanted` give or take so many edits, ascending.

    Of neighbouring places, which are the same occurrence cut more or less well, the best one
    counts, the first of equals.

    Source: Sellers 1980, "The theory and computation of evolutionary distances" (Journal of
    Algorithms 1), run from the end.
    """
    import numpy as np  # noqa: PLC0415

    if most_edits == 0:
        return exact_starts(wanted, text)
    edits = fewest_edits(wanted[::-1], text[::-1])[::-1]
    near = np.flatnonzero(edits <= most_edits)
    if not near.size:
        return ()
    groups = np.split(near, np.flatnonzero(np.diff(near) > 1) + 1)
    return tuple(int(group[edits[group].argmin()]) for group in groups)


def exact_starts(wanted: str, text: str) -> tuple[int, ...]:
    """The first and the last place where a text has `wanted` in it."""
    first, last = text.find(wanted), text.rfind(wanted)
    return () if first < 0 else (first, last)


def fewest_edits(wanted: str, text: str) -> "NDArray[np.int64]":
    """For each end in a text, from 0 to its length, the edits to the part most like `wanted`."""
    import numpy as np  # noqa: PLC0415

    characters = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    columns = np.arange(characters.size + 1)
    edits = np.zeros(characters.size + 1, dtype=np.int64)
    for row, character in enumerate(wanted, start=1):
        here = np.empty_like(edits)
        here[0] = row
        unequal = characters != ord(character)
        here[1:] = np.minimum(edits[:-1] + unequal, edits[1:] + 1)
        # Insertions one by one from the left: the least of all that came before plus 1 each.
        edits = np.minimum.accumulate(here - columns) + columns
    return edits
