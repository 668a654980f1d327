"""Everything below configs/ and envspecs/ can be read."""

import re
from pathlib import Path

import pytest

from vlmhb.config import Kind, Library, load_model, load_run, load_task, load_variants
from vlmhb.errors import ConfigError
from vlmhb.system.named_files import built_in_root

LIBRARY = Library((built_in_root(),))
LOCAL = ("mws-vision-bench",)
"""Tasks whose data is a copy of the user's."""


@pytest.mark.parametrize("name", LIBRARY.names(Kind.RUN))
def test_every_run_loads_from_an_empty_folder(tmp_path: Path, name: str):
    assert name == load_run(name, cwd=tmp_path).name


@pytest.mark.parametrize("name", LIBRARY.names(Kind.MODEL))
def test_every_model_loads(tmp_path: Path, name: str):
    assert load_model(name, tmp_path).description


@pytest.mark.parametrize("name", LIBRARY.names(Kind.TASK))
def test_every_task_loads(tmp_path: Path, name: str):
    if name in LOCAL:
        (tmp_path / "configs" / "data" / name).mkdir(parents=True)

    assert load_task(name, tmp_path).description


def test_a_copy_of_the_user_s_is_looked_for_in_the_current_folder(tmp_path: Path):
    with pytest.raises(ConfigError, match=re.escape(f"{tmp_path}/configs/data/mws-vision-bench")):
        load_task("mws-vision-bench", tmp_path)


@pytest.mark.parametrize("name", LIBRARY.names(Kind.ENVSPEC))
def test_every_envspec_loads(tmp_path: Path, name: str):
    assert load_variants(name, tmp_path)[0].notes
