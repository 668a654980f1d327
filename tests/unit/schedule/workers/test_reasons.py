"""What stopped a model, in words that lead to what to do."""

import pytest

from tests.build import model
from vlmhb.domain.answer import ErrorInfo
from vlmhb.domain.model import WeightsRef
from vlmhb.schedule.workers.reasons import (
    QUOTED_LINES,
    death_reason,
    end_of,
    is_gpu_full,
    load_reason,
)
from vlmhb.worker import Death, DeathKind

MODEL = model(backend="my.backend:Mine", weights=WeightsRef("Org/Name"))


@pytest.mark.parametrize(
    ("kind", "message", "expected"),
    [
        ("ModuleNotFoundError", "No module named 'my'", "its backend does not exist"),
        ("ModuleNotFoundError", "No module named 'my.backend'", "correct `backend`"),
        ("ModuleNotFoundError", "No module named 'my.backends'", "env toy lacks what the backend"),
        ("ModuleNotFoundError", "No module named 'torch'", "vlmhb env verify toy"),
        ("ImportError", "libcudart.so.12: cannot open", "env toy lacks what the backend imports"),
        (
            "ImportError",
            "libcuda.so.1: cannot open shared object file: No such file or directory",
            "NVIDIA's driver is not found",
        ),
        (
            "OSError",
            "libnvidia-ml.so.1: cannot open shared object file: No such file or directory",
            "docs/guide/gpus.md",
        ),
        ("AttributeError", "module 'my.backend' has no attribute 'Mine'", "does not exist"),
        ("AttributeError", "module 'torch' has no attribute 'compile'", "AttributeError: module"),
        ("TypeError", "x is no subclass of vlmhb_worker.backend.Backend", "derives from Backend"),
        ("TypeError", "load() takes 2 arguments", "TypeError: load() takes 2 arguments"),
        ("SystemExit", "3", "its code ended the program: sys.exit(3)"),
        ("torch.cuda.OutOfMemoryError", "CUDA out of memory", "take a GPU with more memory"),
        ("FileNotFoundError", "model.safetensors", "its weights are incomplete or of another kind"),
        ("OSError", "no file named config.json", "correct `weights` in the model file"),
        ("OSError", "[Errno 28] No space left on device", "model: OSError: [Errno 28] No space"),
        ("OSError", "[Errno 24] Too many open files: 'a'", "model: OSError: [Errno 24] Too many"),
        ("SafetensorError", "No space (os error 28)", "model: SafetensorError: No space"),
        ("FileNotFoundError", "[Errno 2] No such file: 'a'", "its weights are incomplete"),
        ("SafetensorError", "Is a directory (os error 21)", "its weights are incomplete"),
        ("RuntimeError", "boom", "cannot load the model: RuntimeError: boom"),
        ("RuntimeError", "", "cannot load the model: RuntimeError"),
    ],
)
def test_a_failed_load_says_what_is_wrong(kind: str, message: str, expected: str):
    reason = load_reason(MODEL, ErrorInfo(kind, message))

    assert expected in reason
    assert reason.startswith("cannot load the model: ")


@pytest.mark.parametrize(
    ("kind", "message", "expected"),
    [
        ("torch.OutOfMemoryError", "CUDA out of memory. Tried to allocate 2.00 GiB.", True),
        ("torch.cuda.OutOfMemoryError", "", True),
        ("cupy.cuda.memory.OutOfMemoryError", "Out of memory allocating 1,024 bytes", True),
        ("MemoryError", "ResourceExhaustedError: Out of memory error on GPU 0.", True),
        ("RuntimeError", "CUDA error: out of memory", True),
        ("ValueError", "No available memory for the cache blocks. Try increasing", True),
        (
            "ValueError",
            "To serve at least one request, (4.0 GiB KV cache is needed, which is larger than the "
            "available KV cache memory (1.0 GiB)",
            True,
        ),
        ("RuntimeError", "Not enough memory. Please try to increase --mem-fraction-static", True),
        ("RuntimeError", "CUDA error: device-side assert triggered", False),
        ("OSError", "[Errno 28] No space left on device", False),
        ("my.NoOutOfMemoryErrorAtAll", "", False),
        ("RuntimeError", "boom", False),
    ],
)
def test_a_gpu_is_full_where_those_that_load_models_say_so(kind: str, message: str, expected: bool):
    assert expected == is_gpu_full(ErrorInfo(kind, message))


@pytest.mark.parametrize(
    ("kind", "message", "traceback"),
    [
        ("PermissionError", "[Errno 13] Permission denied: '/tmp/cache'", ""),
        ("OSError", "[Errno 1] Operation not permitted", ""),
        ("ImportError", "libx.so: cannot open shared object file: Permission denied", ""),
        ("SafetensorError", "denied (os error 13)", ""),
        ("KeyError", "'getpwuid(): uid not found: 2000000007'", ""),
        ("RuntimeError", "CUDA error: OS call failed or operation not supported on this OS", ""),
        ("RuntimeError", "build failed", "PermissionError: [Errno 13] ...\n\nThe above exception"),
    ],
)
def test_what_walls_may_have_denied_names_the_way_without_them(
    kind: str, message: str, traceback: str
):
    error = ErrorInfo(kind, message, traceback)

    assert "--sandbox 0" in load_reason(MODEL, error, walled=True)
    assert "--sandbox" not in load_reason(MODEL, error, walled=False)


@pytest.mark.parametrize(
    ("detail", "printed", "hinted"),
    [
        ("SIGSYS", "", True),
        ("exit code 1", "PermissionError: [Errno 13] Permission denied: '/opt/x'", True),
        ("exit code 72", "the walls cannot be put up: capset: Invalid argument", True),
        ("SIGSEGV", "Permission denied\nan hour of other lines", False),
    ],
)
def test_a_death_that_looks_denied_names_the_way_without_walls(
    detail: str, printed: str, *, hinted: bool
):
    death = Death(DeathKind.EXIT, detail, by_itself=True, stderr_tail=printed)

    assert hinted == ("--sandbox 0" in death_reason(death, walled=True))
    assert "--sandbox" not in death_reason(death)


def test_other_failures_behind_walls_say_nothing_of_them():
    reason = load_reason(MODEL, ErrorInfo("RuntimeError", "boom"), walled=True)

    assert "cannot load the model: RuntimeError: boom" == reason


def test_a_model_without_weights_is_not_told_to_check_them():
    reason = load_reason(model(), ErrorInfo("FileNotFoundError", "/usr/share/tessdata"))

    assert "cannot load the model: FileNotFoundError: /usr/share/tessdata" == reason


def test_the_end_of_a_log_is_its_last_lines_and_the_same_in_every_run():
    printed = "".join(f"line {n} at 0x7f00deadbeef\n" for n in range(200)) + "\n\n"

    lines = end_of(printed).split("\n")

    assert QUOTED_LINES == len(lines)
    assert "line 199 at 0x..." == lines[-1]


def test_endless_lines_are_cut():
    assert 600 > len(end_of("x" * 60_000))


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("", "exit code 3"),
        ("one\ntwo  \n\n", "exit code 3; its last line was: two"),
        (
            "Fatal Python error: Aborted\n\nThread 0x1 (most recent call first):\n  File x\n",
            "exit code 3: Fatal Python error: Aborted",
        ),
    ],
)
def test_a_death_is_told_with_the_line_that_says_most(printed: str, expected: str):
    death = Death(DeathKind.EXIT, "exit code 3", by_itself=True, stderr_tail=printed)

    assert expected == death_reason(death)
