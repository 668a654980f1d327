"""How long a worker owed answers, and how many it gave."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Duty:
    """The wall time in which at least one answer was owed, so that a batch counts once."""

    n_answers: int = 0
    n_pages: int = 0
    """Of the requests that were answered."""
    _owed: dict[str, int] = field(default_factory=dict)
    """Request id -> its pages."""
    _since_s: float = 0.0
    _spent_s: float = 0.0

    def sent(self, now_s: float, request_id: str, pages: int) -> None:
        """It owes one more."""
        if not self._owed:
            self._since_s = now_s
        self._owed[request_id] = pages

    def settled(self, now_s: float, request_id: str, *, is_answered: bool) -> None:
        """It owes one less."""
        if request_id not in self._owed:
            return
        if is_answered:
            self.n_answers += 1
            self.n_pages += self._owed[request_id]
        if len(self._owed) == 1:
            self._spent_s = self.seconds(now_s)
        del self._owed[request_id]

    def seconds(self, now_s: float) -> float:
        """Spent so far."""
        return self._spent_s + (now_s - self._since_s if self._owed else 0.0)

    def end(self, now_s: float) -> None:
        """It is gone, and owes nothing any more."""
        self._spent_s = self.seconds(now_s)
        self._owed.clear()
