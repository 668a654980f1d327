"""What `vlmhb export` tells an experiment tracker."""

from pathlib import Path

from vlmhb.store import RunDir, read_manifest


def tracked_export(
    form: str, run_dir: RunDir, project: str, out: Path, *, replace: bool
) -> tuple[str, ...]:
    """Notes about the runs that the tracker called `form` has now.

    Raises:
        UsageError: the run cannot be read, or the tracker is not installed or has it already.
        UnusableError: the tracker refused.
    """
    from vlmhb.domain.file_name import in_file_name
    from vlmhb.report import read_results
    from vlmhb.report.trackers.track import TRACKERS, Target, track

    manifest = read_manifest(run_dir.manifest)
    target = Target(in_file_name(project or manifest.name), out, replace)
    run_id = in_file_name(run_dir.path.resolve().name)
    return track(read_results(run_dir), manifest, run_id, TRACKERS[form], target)
