"""The run folder: what was asked, what was answered, and who is writing it."""

from vlmhb.store.attempts import AttemptsWriter, read_attempts
from vlmhb.store.decisions import decide, read_decisions
from vlmhb.store.inputs import read_inputs
from vlmhb.store.journal import read_journal, recover
from vlmhb.store.journal_mark import mark_of, what_changed
from vlmhb.store.journal_writer import JournalWriter, Patience
from vlmhb.store.lockfile import RunLock
from vlmhb.store.manifest import MergedPart, RunManifest, Segment, WorkerStart, read_manifest
from vlmhb.store.new_run import check_new, write_new_run
from vlmhb.store.open_run import OpenRun, agreed, choose_folder
from vlmhb.store.price import keep_price
from vlmhb.store.recorded import RecordedRun, read_run
from vlmhb.store.repair import Repaired, repair
from vlmhb.store.run_dir import RunDir, find_run, way_out
from vlmhb.store.scoring import read_scoring, write_scoring
from vlmhb.store.telemetry import TelemetryWriter, read_telemetry
from vlmhb.store.thumbnails import ThumbnailWriter

__all__ = [
    "AttemptsWriter",
    "JournalWriter",
    "MergedPart",
    "OpenRun",
    "Patience",
    "RecordedRun",
    "Repaired",
    "RunDir",
    "RunLock",
    "RunManifest",
    "Segment",
    "TelemetryWriter",
    "ThumbnailWriter",
    "WorkerStart",
    "agreed",
    "check_new",
    "choose_folder",
    "decide",
    "find_run",
    "keep_price",
    "mark_of",
    "read_attempts",
    "read_decisions",
    "read_inputs",
    "read_journal",
    "read_manifest",
    "read_run",
    "read_scoring",
    "read_telemetry",
    "recover",
    "repair",
    "way_out",
    "what_changed",
    "write_new_run",
    "write_scoring",
]
