"""What is named more than once."""

from collections import Counter
from collections.abc import Iterable


def repeated(names: Iterable[str]) -> tuple[str, ...]:
    """Each name that comes twice or more, in the order of the first times.

    To count every name in a list of all takes a day for a file of nothing but separators.
    """
    return tuple(name for name, count in Counter(names).items() if count > 1)
