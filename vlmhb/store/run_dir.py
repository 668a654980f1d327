"""Every path of a run folder, by name."""

from dataclasses import dataclass
from pathlib import Path

from vlmhb.errors import UsageError
from vlmhb.system.files import OTHER_DISK, OTHER_OUT, PARTIAL


@dataclass(frozen=True, slots=True)
class RunDir:
    """A folder that holds one run."""

    path: Path

    @property
    def manifest(self) -> Path:
        """run.json: what was asked, with what, on which machines."""
        return self.path / "run.json"

    @property
    def inputs(self) -> Path:
        """inputs.json: the tasks with their samples and targets, as they were when asked."""
        return self.path / "inputs.json"

    @property
    def journal(self) -> Path:
        """answers.jsonl: every outcome, the source of truth."""
        return self.path / "answers.jsonl"

    @property
    def attempts(self) -> Path:
        """attempts.jsonl: what went wrong with requests, once something did."""
        return self.path / "attempts.jsonl"

    @property
    def scoring(self) -> Path:
        """scoring.json: how the run is scored, when that is not what its tasks say."""
        return self.path / "scoring.json"

    @property
    def verdicts(self) -> Path:
        """verdicts.jsonl: what an LLM judge said about answers, a journal like that of answers."""
        return self.path / "verdicts.jsonl"

    @property
    def judging(self) -> Path:
        """What the judge's workers printed."""
        return self.path / "judging"

    @property
    def decisions(self) -> Path:
        """decisions.json: what was decided about the models, once something was."""
        return self.path / "decisions.json"

    @property
    def telemetry(self) -> Path:
        """telemetry.jsonl: what workers took of the machine, once one was started."""
        return self.path / "telemetry.jsonl"

    @property
    def lock(self) -> Path:
        """LOCK: who is writing."""
        return self.path / "LOCK"

    @property
    def logs(self) -> Path:
        """What workers printed."""
        return self.path / "logs"

    @property
    def pages(self) -> Path:
        """Small JPEGs of the pages, so that the report can be made without the dataset."""
        return self.path / "pages"

    @property
    def derived(self) -> Path:
        """Tables and reports; can be deleted and made again."""
        return self.path / "derived"

    def thumbnail(self, page_sha256: str) -> Path:
        """Where the small picture of a page lies."""
        return self.pages / f"{page_sha256}.jpg"


def way_out(folder: Path) -> str:
    """What can be done when nothing can be written in a run's folder, other than to mend that."""
    try:
        has_run = (folder / "run.json").is_file() and not folder.name.endswith(PARTIAL)
    except OSError:
        has_run = False
    return OTHER_DISK if has_run else OTHER_OUT


def find_run(path: Path) -> RunDir:
    """The run folder at `path`.

    Raises:
        UsageError: there is none.
    """
    run_dir = RunDir(path)
    try:
        is_there = run_dir.manifest.is_file()
        got = "no run.json in it" if path.is_dir() else "no such folder"
    except OSError as error:  # a name that is too long, a folder of somebody else
        is_there, got = False, error.strerror or str(error)
    if not is_there:
        raise UsageError(
            f"cannot open the run {path}",
            got,
            expected="a folder that `vlmhb run` made",
            next_step="name the folder printed at the end of the run, e.g. runs/<time>_<name>_<id>",
        )
    return run_dir
