"""Which deaths were the kernel's doing, because memory ran out."""

from collections.abc import Callable

from vlmhb.system.memory import oom_kills
from vlmhb.system.mounts import read_mounts


def kernel_count() -> Callable[[], int | None]:
    """How often the kernel has killed in this process's control group, whenever it is called."""
    mounts = read_mounts()
    return lambda: oom_kills(mounts)


class OomKills:
    """The kernel's count, and how much of it is accounted for.

    The kernel says how many it killed and not whom: each of them explains one death.
    """

    def __init__(self, count: Callable[[], int | None]) -> None:
        self._count = count
        self._explained = 0

    def now(self) -> int:
        """The count; 0 where the kernel does not tell."""
        return self._count() or 0

    def explain(self, before: int) -> bool:
        """Whether one of them was since the count was `before`, and explains no other death."""
        floor = max(before, self._explained)
        if self.now() <= floor:
            return False
        self._explained = floor + 1
        return True
