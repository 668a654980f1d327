"""The main path: config -> plan -> answers -> scores -> report."""

from vlmhb.pipeline.answering import began_with
from vlmhb.pipeline.main_path import RunEnd, exit_code, run
from vlmhb.pipeline.options import RunOptions
from vlmhb.pipeline.preparation import Prepared, asked_tasks, prepare

__all__ = [
    "Prepared",
    "RunEnd",
    "RunOptions",
    "asked_tasks",
    "began_with",
    "exit_code",
    "prepare",
    "run",
]
