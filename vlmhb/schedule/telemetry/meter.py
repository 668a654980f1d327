"""A worker's figures, added up from what is seen of it. Pure: it knows no clock and no GPU."""

from dataclasses import dataclass

from vlmhb.domain.telemetry import Reading, WorkerTotals, all_of, highest
from vlmhb.schedule.telemetry.power import Power
from vlmhb.system.gpu_counters import GpuCounters
from vlmhb.system.process_tree import TreeUse

SHORTEST_S = 0.25
"""The kernel counts CPU time in steps of 10 ms: over less than this they are no share of it."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Where a worker is in its life."""

    at_s: float
    """Since its start."""
    answering_s: float = 0.0
    """How much of that it owed answers."""


class Meter:
    """The figures of one worker."""

    def __init__(self) -> None:
        self._last = Moment(0.0)
        self._tree: TreeUse | None = None
        self._cpu_s: float | None = None
        self._counted_s = 0.0
        """What the processes said when their CPU time was added last."""
        self._fell_to_s: float | None = None
        """What they said since, if that was less."""
        self._cores_from = (0.0, 0.0)
        """Since when, and from how many CPU seconds on, cores are not told yet."""
        self._power = Power()
        self._seen = Reading(0.0, 0.0)
        """The highest of everything."""
        self.gpu_problem = ""
        """Why the card is no longer asked."""

    def see(self, now: Moment, tree: TreeUse | None, gpu: GpuCounters | None) -> Reading:
        """What happened since it was looked at before; None where nobody looked or could tell."""
        over_s = now.at_s - self._last.at_s
        self._last = now
        has_cpu = tree is not None and self._add_cpu(tree.cpu_s)
        told = GpuCounters() if gpu is None else gpu
        if gpu is not None:
            self.gpu_problem = self.gpu_problem or gpu.problem
            self._power.see(now.at_s, now.answering_s, gpu)
        reading = Reading(
            at_s=now.at_s,
            over_s=over_s,
            vram_bytes=told.used_bytes,
            process_vram_bytes=_own_memory(told, tree or self._tree),
            utilisation=told.utilisation,
            power_w=told.power_w if gpu is None else self._power.last_w,
            temperature_c=told.temperature_c,
            throttling=None if told.throttling is None else tuple(sorted(told.throttling)),
            cpu_cores=self._cores(now.at_s) if has_cpu else None,
            rss_bytes=None if tree is None else tree.rss_bytes,
        )
        self._tree = tree or self._tree
        self._keep(reading)
        return reading

    def totals(self, now: Moment) -> WorkerTotals:
        """All that is known until now; answers and load are for others to add."""
        return WorkerTotals(
            alive_s=now.at_s,
            answering_s=now.answering_s,
            cpu_s=self._cpu_s,
            peak_rss_bytes=self._seen.rss_bytes,
            peak_vram_bytes=self._seen.vram_bytes,
            peak_process_vram_bytes=self._seen.process_vram_bytes,
            mean_utilisation=self._power.mean_utilisation,
            mean_power_w=self._power.mean_w,
            energy_wh=self._power.energy_wh(now.at_s),
            answering_energy_wh=self._power.answering_energy_wh(now.answering_s),
            energy_source=self._power.source,
            max_temperature_c=self._seen.temperature_c,
            throttling=self._seen.throttling,
            gpu_problem=self.gpu_problem,
        )

    def _add_cpu(self, told_s: float) -> bool:
        """Whether it is known how much came to it.

        A process that ends during a look is in that look neither itself nor with who waited for it:
        the sum falls once. It falls for good when one ends that nobody waited for. What cannot be
        told apart is counted low.
        """
        self._cpu_s = self._cpu_s or 0.0
        if told_s < self._counted_s and self._fell_to_s is None:
            self._fell_to_s = told_s
            return False
        before_s = self._counted_s
        if self._fell_to_s is not None and told_s < before_s:
            before_s = self._fell_to_s
        self._cpu_s += max(0.0, told_s - before_s)
        self._counted_s, self._fell_to_s = told_s, None
        return True

    def _cores(self, at_s: float) -> float | None:
        from_s, from_cpu_s = self._cores_from
        spent_s = self._cpu_s or 0.0
        if at_s - from_s < SHORTEST_S:
            return None
        self._cores_from = (at_s, spent_s)
        return (spent_s - from_cpu_s) / (at_s - from_s)

    def _keep(self, new: Reading) -> None:
        both = (self._seen, new)
        self._seen = Reading(
            at_s=new.at_s,
            over_s=0.0,
            vram_bytes=highest(one.vram_bytes for one in both),
            process_vram_bytes=highest(one.process_vram_bytes for one in both),
            temperature_c=highest(one.temperature_c for one in both),
            throttling=all_of(one.throttling for one in both),
            rss_bytes=highest(one.rss_bytes for one in both),
        )


def _own_memory(gpu: GpuCounters, tree: TreeUse | None) -> int | None:
    """Of the worker's processes; None when the driver names none of them, or not their memory.

    In most containers it names nobody, or by numbers of another namespace. That is not zero.
    """
    pids = frozenset[int]() if tree is None else tree.pids
    own = [gpu.by_process[pid] for pid in pids & gpu.by_process.keys()]
    told = [used for used in own if used is not None]
    return sum(told) if told and len(told) == len(own) else None
