"""What stands beside a figure about the samples that are not in it."""

from vlmhb.domain.score import MetricSummary
from vlmhb.report.numbers import short


def with_failures(summary: MetricSummary, scale: float = 1.0) -> str:
    """The figure that decides the rank, times `scale`; empty where no sample failed."""
    if not summary.n_failed:
        return ""
    return f"{short(summary.value_failed_as_wrong, scale)} with failures"


def losses(summary: MetricSummary, scale: float = 1.0) -> str:
    """What is missing from a group's figure, empty where nothing is."""
    if summary.n_scored == summary.n_total:
        return ""
    counts = {"failed": summary.n_failed, "unscored": summary.n_unscored}
    missing = [f"{count} {what}" for what, count in counts.items() if count]
    parts = [f"n {summary.n_scored}/{summary.n_total}", *missing, with_failures(summary, scale)]
    return ", ".join(filter(None, parts))
