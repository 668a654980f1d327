"""Pages of the guide, followed literally."""

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

GUIDE = Path(__file__).parents[1] / "docs/guide"
_SHELL = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def commands(page: str) -> list[str]:
    """What a page tells the reader to type, block by block."""
    return _SHELL.findall((GUIDE / page).read_text(encoding="utf-8"))


def follow(
    page: str, folder: Path, environment: Mapping[str, str]
) -> list["subprocess.CompletedProcess[str]"]:
    """What comes of each block, typed one after the other in `folder`."""
    path = f"{Path(sys.executable).parent}:{environment['PATH']}"
    return [
        subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block],
            cwd=folder,
            env={**environment, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        for block in commands(page)
    ]
