"""Where it is kept what workers print."""

from collections.abc import Iterable
from pathlib import Path

from vlmhb.domain.file_name import file_names


def log_paths(run_folder: Path, models: Iterable[str]) -> dict[str, Path]:
    """For each model of a run a file of its own, on any file system."""
    return {
        model: run_folder / "logs" / f"{name}.log" for model, name in file_names(models).items()
    }


def worker_log(path: Path, model: str, worker: str) -> Path:
    """The file of one of the model's workers: that of the model, for the first one."""
    return path.with_name(f"{path.stem}{worker.removeprefix(model)}{path.suffix}")
