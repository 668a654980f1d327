"""What every worker took of the machine, for programs."""

from dataclasses import asdict

from vlmhb.domain.digest import Json
from vlmhb.domain.results import Results


def worker_figures(results: Results) -> list[Json]:
    """A line per worker, in the order they were started; without its readings over time."""
    return [
        {
            "model": worker.model,
            "segment": worker.segment,
            "start": worker.start,
            "gpu": worker.gpu or None,
            "more_gpus": list(worker.more_gpus),
            "began_s": worker.began_s,
            "build_s": worker.build_s,
            "fetch_s": worker.fetch_s,
            **asdict(worker.totals),
            "energy_source": worker.totals.energy_source or None,
            "gpu_problem": worker.totals.gpu_problem or None,
        }
        for worker in results.telemetry
    ]
