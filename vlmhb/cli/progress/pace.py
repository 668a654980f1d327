"""How fast something goes, and when it will be over. Knows no clock: it is told the time."""

from collections import deque

WINDOW_S = 30.0
KEPT = 20
"""Marks that count however old they are: slow work is judged by its last steps, not by silence."""
STEP_S = 0.5
"""Marks that are closer together than this are one."""


class Pace:
    """The speed of a count that grows."""

    def __init__(self, now_s: float, done: int = 0) -> None:
        self._marks = deque([(now_s, done)])
        self._latest = (now_s, done)

    def reach(self, done: int, now_s: float) -> None:
        """The count is `done` now."""
        self._latest = (now_s, done)
        if now_s - self._marks[-1][0] < STEP_S:
            return
        self._marks.append(self._latest)
        while len(self._marks) > KEPT and now_s - self._marks[1][0] > WINDOW_S:
            self._marks.popleft()

    def per_s(self, now_s: float) -> float | None:
        """So many each second, of late; None as long as nothing came or it is too early to tell.

        What does not come any more gets slower with time.
        """
        since_s, before = self._marks[0]
        came = self._latest[1] - before
        spent_s = now_s - since_s
        return came / spent_s if came > 0 and spent_s >= STEP_S else None

    def left_s(self, left: int, now_s: float) -> float | None:
        """Seconds until `left` more have come; None when nobody can tell."""
        if left <= 0:
            return 0.0
        speed = self.per_s(now_s)
        return None if speed is None else left / speed


def spoken(seconds: float) -> str:
    """A duration as a clock shows it: `0:07`, `12:30`, `3:25:00`, `2 d 4:00:00`."""
    whole = max(round(seconds), 0)
    minutes, second = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}:{second:02}"
    hours, minute = divmod(minutes, 60)
    if hours < 48:
        return f"{hours}:{minute:02}:{second:02}"
    days, hour = divmod(hours, 24)
    return f"{days} d {hour}:{minute:02}:{second:02}"


def speed_text(per_s: float) -> str:
    """Of answers: `12.5/s`; what is slower than one in ten seconds as `1.5/min`."""
    return f"{per_s:.1f}/s" if per_s >= 0.1 else f"{per_s * 60:.1f}/min"
