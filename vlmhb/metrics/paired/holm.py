"""Many tests at once: what each p is worth when one of them was bound to be small."""

from collections.abc import Sequence


def holm(values: Sequence[float | None]) -> tuple[float | None, ...]:
    """The p values adjusted by Holm's step-down rule, in their order.

    Below 0.05 they name differences with a chance of 5 % that any of them is none. Tests that gave
    no p count as not made.

    Source: Holm 1979, "A simple sequentially rejective multiple test procedure".
    """
    made = sorted((value, place) for place, value in enumerate(values) if value is not None)
    adjusted: list[float | None] = [None] * len(values)
    highest = 0.0
    for rank, (value, place) in enumerate(made):
        highest = max(highest, min(1.0, value * (len(made) - rank)))
        adjusted[place] = highest
    return tuple(adjusted)
