"""How far something that is fetched, read or rendered has come. Knows no clock."""

from vlmhb.cli.progress.pace import Pace, spoken
from vlmhb.domain.data_step import DataStep
from vlmhb.domain.sizes import megabytes, number_of_megabytes

EARLY_S = 1.0
"""Before that much time of a stage, nobody can tell how long it will take."""


class Transfer:
    """One stage after the other, each with a pace of its own."""

    def __init__(self) -> None:
        self.step = DataStep("")
        self.began_s = 0.0
        """When the stage that goes on began."""
        self._pace = Pace(0.0)

    def see(self, step: DataStep, now_s: float) -> bool:
        """Note how far it is; whether that begins another stage."""
        is_new = step.doing != self.step.doing
        self.step = step
        if is_new:
            self.began_s = now_s
            self._pace = Pace(now_s, step.done)
        else:
            self._pace.reach(step.done, now_s)
        return is_new

    def figures(self, now_s: float) -> str:
        """`34 of 300 pages`, `1,250.0 of 15,200.0 MB, 8 %, 312 MB/s, ETA 0:45`; or nothing."""
        step = self.step
        if step.unit != "bytes":
            least = "at least " if step.is_least else ""
            total = f" of {least}{step.total:,}" if step.total else ""
            return f"{step.done:,}{total} {step.unit}"
        if not (step.done or step.total):
            return ""
        total = f" of {megabytes(step.total)}" if step.total else " MB"
        parts = [f"{number_of_megabytes(step.done)}{total}"]
        if step.total:
            parts.append(f"{min(step.done / step.total, 1):.0%}".replace("%", " %"))
        return ", ".join([*parts, *self._speed(now_s)])

    def _speed(self, now_s: float) -> list[str]:
        speed = self._pace.per_s(now_s)
        if speed is None or now_s - self.began_s < EARLY_S:
            return []
        left = self.step.total - self.step.done
        eta = [f"ETA {spoken(left / speed)}"] if left > 0 else []
        return [f"{speed / 1e6:.{0 if speed >= 10e6 else 1}f} MB/s", *eta]
