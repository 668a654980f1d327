"""The main path: config -> plan -> answers -> scores -> report."""

from vlmhb.pipeline.began import began_with
from vlmhb.pipeline.main_path import RunEnd, exit_code, run
from vlmhb.pipeline.options import RunOptions
from vlmhb.pipeline.preparation import Prepared, configured, prepare

__all__ = [
    "Prepared",
    "RunEnd",
    "RunOptions",
    "began_with",
    "configured",
    "exit_code",
    "prepare",
    "run",
]
