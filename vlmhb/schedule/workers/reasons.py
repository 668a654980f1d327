"""Why a model gets no further, in words. Pure."""

import errno
import re

from vlmhb.domain.answer import ErrorInfo
from vlmhb.domain.model import ModelSpec
from vlmhb.worker import Death, DeathKind

QUOTED_LINES = 50
QUOTED_CHARS = 500
"""Per line: progress bars and dumps of tensors are one line each."""
BACKEND = "`backend` in the model file"
WEIGHTS = "`weights` in the model file, its `include` above all"
_IMPORT = ("ModuleNotFoundError", "ImportError")
_MEMORY = ("OutOfMemoryError", "MemoryError")
_FILES = ("FileNotFoundError", "OSError", "SafetensorError", "EntryNotFoundError")
_ABSENT = (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EINVAL)
"""What an incomplete checkpoint ends in; any other number is about the machine."""
_ERRNO = re.compile(r"\[Errno (\d+)\]|\(os error (\d+)\)")
"""As Python writes it, and as Rust does."""
_GPU_FULL = re.compile(
    r"CUDA out of memory|CUDA error: out of memory|No available memory for the cache blocks"
    r"|KV cache is needed, which is larger than|Not enough memory",
    re.IGNORECASE,
)
"""As torch, vLLM and SGLang say it, each under a name of its own."""
_DENIED = re.compile(
    r"PermissionError|Permission denied|Operation not permitted|\[Errno (?:1|13)\]"
    r"|\(os error (?:1|13)\)|SIGSYS|Bad system call|OS call failed|uid not found"
    r"|the walls cannot be put up"
)
"""What a call that walls refused may look like in the end; a user nobody is has no name."""
LOOSER = (
    "the sandbox may be what denied it: with `--sandbox 0` it is not in the way; "
    "docs/guide/security.md says what it lets a model reach"
)
_DRIVER = re.compile(r"lib(?:cuda|nvidia-ml)\.so\S*: cannot open shared object file")
_CRASH = re.compile("^Fatal Python error: .*$", re.MULTILINE)
"""What Python prints before the stacks of all threads when the process crashes."""
_ADDRESS = re.compile(r"0x[0-9a-f]{6,}")
"""They differ from run to run; what is recorded of the same crash should not."""


def end_of(printed: str, lines: int = QUOTED_LINES) -> str:
    """The last lines of what a worker printed, without addresses and without empty ends."""
    kept = printed.strip("\n").split("\n")[-lines:]
    return _ADDRESS.sub("0x...", "\n".join(_cut(line.rstrip()) for line in kept))


def death_reason(death: Death, *, walled: bool = False) -> str:
    """How a worker ended, and the line it printed that says most about it."""
    reason = _death_reason(death)
    hints = walled and death.kind is not DeathKind.CLOSED and _DENIED.search(reason)
    return f"{reason}; {LOOSER}" if hints else reason


def _death_reason(death: Death) -> str:
    crashes = _CRASH.findall(death.stderr_tail)
    if crashes:
        return f"{death.detail}: {crashes[-1]}"
    last = end_of(death.stderr_tail.rstrip(), 1).strip()
    return f"{death.detail}; its last line was: {last}" if last else death.detail


def load_reason(model: ModelSpec, error: ErrorInfo, *, walled: bool = False) -> str:
    """Why a model cannot be loaded, and what to do about it."""
    problem, next_step = _diagnosis(model, error)
    if walled and looks_denied(error):
        next_step = LOOSER
    return f"cannot load the model: {problem}" + (f"\nNext: {next_step}" if next_step else "")


def looks_denied(error: ErrorInfo) -> bool:
    """Whether walls may be what made it fail."""
    return bool(_DENIED.search(f"{error.type}: {error.message}\n{error.traceback}"))


def _diagnosis(model: ModelSpec, error: ErrorInfo) -> tuple[str, str]:
    """What is wrong, and what to do; the latter is empty where nobody can say."""
    kind = error.type.rpartition(".")[2]
    name = model.backend.partition(":")[2]
    said = f"{error.type}: {error.message}" if error.message else error.type
    found = said, ""
    if _DRIVER.search(error.message):
        found = (
            f"NVIDIA's driver is not found: {said}",
            "run it on a machine with a GPU; where LD_LIBRARY_PATH says where the driver is, "
            "docs/guide/gpus.md says which of its folders a worker gets",
        )
    elif kind in _IMPORT:
        found = _import_problem(model, error.message, said)
    elif kind == "AttributeError" and f"attribute '{name}'" in error.message:
        found = f"its backend does not exist: {said}", f"correct {BACKEND}"
    elif kind == "TypeError" and "vlmhb_worker.backend.Backend" in error.message:
        found = said, f"name a class that derives from Backend in {BACKEND}"
    elif kind == "SystemExit":
        found = f"its code ended the program: sys.exit({error.message})", ""
    elif kind in _MEMORY:
        found = said, "take a GPU with more memory, or make the model smaller in its `params`"
    elif kind in _FILES and model.weights is not None and not _is_of_machine(error.message):
        found = f"its weights are incomplete or of another kind: {said}", f"correct {WEIGHTS}"
    return found


def is_gpu_full(error: ErrorInfo) -> bool:
    """Whether a larger GPU may hold what could not be loaded."""
    kind = error.type.rpartition(".")[2]
    return kind in _MEMORY or bool(_GPU_FULL.search(error.message))


def _is_of_machine(message: str) -> bool:
    """Whether a failed read was no fault of the files: a full disk, too many open files."""
    number = _ERRNO.search(message)
    return number is not None and int(number[1] or number[2]) not in _ABSENT


def _import_problem(model: ModelSpec, message: str, said: str) -> tuple[str, str]:
    module = model.backend.partition(":")[0]
    missing = re.search(r"No module named '([^']+)'", message)
    if missing and f"{module}.".startswith(f"{missing[1]}."):
        return f"its backend does not exist: {said}", f"correct {BACKEND}"
    return (
        f"its env {model.env} lacks what the backend imports: {said}",
        f"add the package to the envspec, or, if it should be there: vlmhb env verify {model.env}",
    )


def _cut(line: str) -> str:
    return line if len(line) <= QUOTED_CHARS else f"{line[:QUOTED_CHARS]}..."
