"""Everything vlmhb raises on purpose, and the exit code each one means.

    VlmhbError                      1  something unexpected, still explained
    ├── UsageError                  2  nothing was started
    │   ├── ConfigError                a YAML file says something it must not say
    │   ├── DatasetError               a dataset on disk cannot be read
    │   ├── RunLockedError             another process is writing this run folder
    │   ├── ResumeRefusedError         the run folder holds answers to other questions
    │   └── JournalError               the journal is damaged before its last line
    ├── UnusableError               4  this machine cannot do what the run needs
    │   ├── EnvError                   an env cannot be locked, built or verified
    │   ├── DownloadError              a file cannot be fetched, or is another one than was named
    │   ├── WeightsError               a model's weights are not to be had, or not whole
    │   ├── WorkerError                a worker cannot start or breaks the protocol
    │   └── StorageError               the run folder cannot be written
    └── Interrupted           130/143  a signal ended the run; it can be resumed

Exit code 3 (finished, but with failed samples or models) and 5 (gate failed) are results, not
errors: the command line returns them.
"""


class VlmhbError(Exception):
    """What we were doing, what we got, what we expected and what to do next."""

    exit_code: int = 1

    def __init__(
        self,
        doing: str,
        got: str,
        *,
        expected: str | None = None,
        next_step: str | None = None,
    ) -> None:
        self.doing = doing
        self.got = got
        self.expected = expected
        self.next_step = next_step
        super().__init__(str(self))

    def __str__(self) -> str:
        space = "" if self.got.startswith("\n") else " "
        lines = [f"{self.doing}:{space}{self.got}"]
        if self.expected:
            lines.append(f"Expected: {self.expected}")
        if self.next_step:
            lines.append(f"Next: {self.next_step}")
        return "\n".join(lines)


class UsageError(VlmhbError):
    """The command or its files are wrong; nothing was started."""

    exit_code = 2


class ConfigError(UsageError):
    """A YAML file says something it must not say.

    `issues` holds one line per problem, `file:line:column key: got, expected`.
    """

    def __init__(self, issues: tuple[str, ...], *, next_step: str | None = None) -> None:
        self.issues = issues
        count = "1 problem" if len(issues) == 1 else f"{len(issues)} problems"
        super().__init__(
            f"cannot use this configuration, {count}",
            "\n  " + "\n  ".join(issues),
            next_step=next_step,
        )


class DatasetError(UsageError):
    """A dataset on disk cannot be read."""


class RunLockedError(UsageError):
    """Another process is writing this run folder."""


class ResumeRefusedError(UsageError):
    """The run folder holds answers to other questions than the ones asked now."""


class JournalError(UsageError):
    """The journal is damaged before its last line."""


class UnusableError(VlmhbError):
    """This machine cannot do what the run needs."""

    exit_code = 4


class EnvError(UnusableError):
    """An env cannot be locked, built or verified."""


class DownloadError(UnusableError):
    """A file cannot be fetched, or is another one than was named."""


class WeightsError(UnusableError):
    """A model's weights are not to be had, or not whole."""


class WorkerError(UnusableError):
    """A worker cannot start, or breaks the protocol."""


class StorageError(UnusableError):
    """The run folder cannot be written."""


class Interrupted(VlmhbError):  # noqa: N818 - it is what happened, not what went wrong
    """A signal ended the run; running the same command again continues it."""

    def __init__(self, signal_name: str, exit_code: int, *, next_step: str) -> None:
        self.exit_code = exit_code
        super().__init__("run stopped", f"{signal_name} received", next_step=next_step)
