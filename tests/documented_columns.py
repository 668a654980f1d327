"""The columns of the CSV files, as the guide lists them."""

import re

from tests.guides import GUIDE


def documented_columns(file: str) -> list[str]:
    """Those of `file`, as the table below its name in outputs.md has them."""
    text = (GUIDE / "outputs.md").read_text(encoding="utf-8")
    _, _, after = text.partition(f"\n`{file}`: ")
    lines = after.split("\n\n")[1].splitlines()[2:]
    return [name for line in lines for name in re.findall(r"`(\w+)`", line.split(" | ")[0])]
