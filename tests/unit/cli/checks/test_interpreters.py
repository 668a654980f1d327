from dataclasses import replace
from pathlib import Path

import pytest

from vlmhb.cli.checks.interpreters import Interpreters
from vlmhb.env import Uv
from vlmhb.errors import EnvError


@pytest.mark.uv
def test_uv_is_asked_once_for_each_specifier(tmp_path: Path):
    installed = Uv.installed()
    counting = tmp_path / "uv"
    counting.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\nexec {installed.binary} "$@"\n')
    counting.chmod(0o755)
    interpreters = Interpreters(replace(installed, binary=counting))
    for _ in range(3):
        interpreters.find(">=3.10")
        with pytest.raises(EnvError, match="no Python fits"):
            interpreters.find(">=3.98")

    asked = (tmp_path / "asked").read_text().splitlines()
    assert 2 == sum("python find" in line for line in asked)
