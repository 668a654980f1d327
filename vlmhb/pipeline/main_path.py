"""One run from the command to the report."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vlmhb.datasets.load import every_sample
from vlmhb.domain.answer import FailedAnswer
from vlmhb.domain.results import Results
from vlmhb.domain.shard import Shard
from vlmhb.pipeline.answering import answer
from vlmhb.pipeline.options import RunOptions
from vlmhb.pipeline.preparation import Prepared, prepare
from vlmhb.pipeline.report_tools import ReportTools
from vlmhb.schedule import Observer
from vlmhb.store import OpenRun, RunDir, Segment, ThumbnailWriter
from vlmhb.system.clock import Stopwatch
from vlmhb.system.signals import StopSignals

if TYPE_CHECKING:
    from vlmhb.exchange.vhb_rows import Delivered


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How a run ended."""

    run_dir: RunDir
    segment: Segment | None
    """What this start recorded; None when nothing was left to ask."""
    results: Results
    stages_s: Mapping[str, float]
    """Wall time per stage of this start."""
    exit_code: int
    """As `exit_code` says."""
    delivered: "Delivered | None" = None
    """For VLMHyperBench, when its user_config.csv was run."""
    shard: Shard | None = None
    """Which part of the samples was asked about; None for all of them."""


def run(options: RunOptions, observer: Observer) -> RunEnd:
    """Ask what is left to ask, then score and report everything that is answered.

    Raises:
        Interrupted: a signal came; what was answered is on disk.
    """
    watch = Stopwatch()
    with StopSignals() as stop:
        with watch.stage("prepare"):
            ready = prepare(options)
        with (
            OpenRun(ready.folder, ready.manifest, ready.tasks) as opened,
            ReportTools(ready.folder) as tools,
        ):
            stop.resume = options.resume_command(ready.folder)
            with watch.stage("answer"), ThumbnailWriter(opened.run_dir, ready.tasks):
                segment = answer(ready, opened, options, observer, stop, tools)
            tools.wait()
            from vlmhb.report import read_results, write_report  # noqa: PLC0415 - see ReportTools

            with watch.stage("score"):
                results = read_results(opened.run_dir, tools.scores.known)
            with watch.stage("report"):
                write_report(
                    results,
                    opened.run_dir.derived,
                    per_document_json=options.per_document_json,
                    embed_images=options.embed_images,
                    drawer=tools.drawer,
                )
            delivered = _deliver(ready, options)
    return RunEnd(
        opened.run_dir,
        segment,
        results,
        watch.stages_s,
        exit_code(results),
        delivered,
        ready.config.shard,
    )


def _deliver(ready: Prepared, options: RunOptions) -> "Delivered | None":
    if not ready.config.vhb_rows:
        return None
    from vlmhb.exchange.vhb_rows import deliver  # noqa: PLC0415 - few runs need it

    delivered = deliver(
        RunDir(ready.folder),
        ready.config.vhb_rows,
        lambda loaded: every_sample(loaded, options.cache),
    )
    delivered.notes[:0] = ready.config.notes
    return delivered


def exit_code(results: Results) -> int:
    """0; 3 when a sample or a model failed; 4 when no model could run here."""
    if len(results.unavailable) == len(results.models) and not results.outcomes:
        return 4
    failed = any(isinstance(outcome, FailedAnswer) for outcome in results.outcomes.values())
    return 3 if failed or results.unavailable else 0
