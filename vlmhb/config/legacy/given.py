"""Answers that VLMHyperBench kept: `dataset_framework_model_task_answers_<time>.csv`."""

import re
from pathlib import Path

from vlmhb.config.legacy.folders import NotThere
from vlmhb.config.legacy.user_row import UserRow

NOT_SAID = "MODELFRAMEWORK"
"""What some of its runners write for the framework."""

_STAMP = re.compile(r"_answers_(\d{8}_\d{6})")
_KINDS = ("", "_classification", "_sorting")
_IN_PATHS = re.compile(r'[/\\:*?"<>|\x00-\x1f]')


def stem_of(row: UserRow, framework: str | None = None) -> str:
    """What the names of the row's files begin with; spaces are underscores, as its wrappers say."""
    parts = (row.dataset, framework or row.framework, row.model_name, row.task)
    return "_".join(_IN_PATHS.sub("-", part).replace(" ", "_") for part in parts)


def newest_answers(folder: Path, row: UserRow) -> tuple[Path, str]:
    """The newest file of answers for the row, and when it was begun: `YYYYmmdd_HHMMSS`.

    Raises:
        NotThere: there is none.
    """
    heads = {stem_of(row, framework) + kind for framework in (None, NOT_SAID) for kind in _KINDS}
    found = []
    try:
        for file in folder.glob("*_answers_*.csv"):
            name = file.stem.replace(" ", "_")
            match = _STAMP.search(name)
            if match and name[match.end() :] == "" and name[: match.start()] in heads:
                found.append((match[1], file))
    except OSError:
        found = []
    if not found:
        raise NotThere(
            f"answers to evaluate: {folder / stem_of(row)}_answers_<YYYYmmdd_HHMMSS>.csv"
        )
    stamp, file = max(found, key=lambda pair: (pair[0], pair[1].name))
    return file, stamp
