"""Everything vlmhb raises on purpose, and the exit code each one means.

    VlmhbError                      1  something unexpected, still explained
    ├── UsageError                  2  nothing was started
    │   ├── ConfigError                a YAML file says something it must not say
    │   ├── DatasetError               a dataset on disk cannot be read
    │   ├── RunLockedError             another process is writing this run folder
    │   ├── ResumeRefusedError         the run folder holds answers to other questions
    │   └── JournalError               the journal is damaged before its last line
    └── UnusableError               4  this machine cannot do what the run needs
        ├── EnvError                   an env cannot be locked, built or verified
        ├── DownloadError              a file cannot be fetched, or is another one than was named
        ├── WeightsError               a model's weights are not to be had, or not whole
        ├── WorkerError                a worker cannot start or breaks the protocol
        ├── SandboxError               the walls that are required cannot be put up
        └── StorageError               the run folder cannot be written

    Interrupted           130/143/129  a signal ended the command, which can be given again

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


class SandboxError(UnusableError):
    """The walls around a worker that are required cannot be put up here."""


class StorageError(UnusableError):
    """The run folder cannot be written."""


class Interrupted(BaseException):
    """A signal ended the command; `resume` is what to type to go on, where that is known.

    No `Exception`: whoever goes on with the next thing when one has failed must not go on now.
    """

    def __init__(self, signal_name: str, exit_code: int, *, resume: str = "") -> None:
        self.signal_name = signal_name
        self.exit_code = exit_code
        self.resume = resume
        super().__init__(signal_name)

    def __str__(self) -> str:
        return stopped_by(self.signal_name, self.resume)


def stopped_by(signal_name: str, resume: str) -> str:
    """The one line that tells how a command that a signal ended goes on."""
    return f"stopped by {signal_name}; to go on: {resume or 'run the same command again'}"
