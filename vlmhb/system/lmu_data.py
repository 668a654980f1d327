"""The folder in which users of VLMEvalKit have its datasets."""

from collections.abc import Mapping
from pathlib import Path

from vlmhb.system.process import inherited_environment


def find_lmu_data(variables: Mapping[str, str] | None = None) -> Path | None:
    """LMUData of `variables`, by default those of this process, else ~/LMUData; None without one.

    As VLMEvalKit does, a variable that names no folder counts for nothing.
    """
    if variables is None:
        variables = inherited_environment(("LMUData", "HOME"))
    home = variables.get("HOME")
    places = [variables.get("LMUData"), f"{home}/LMUData" if home else None]
    found = (Path(place) for place in places if place and Path(place).is_dir())
    return next(found, None)
