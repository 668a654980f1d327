"""Everything below configs/ and envspecs/ can be read."""

from pathlib import Path

import pytest

from vlmhb.config import Kind, Library, load_model, load_run, load_task, load_variants
from vlmhb.config.library import built_in_root

LIBRARY = Library((built_in_root(),))


@pytest.mark.parametrize("name", LIBRARY.names(Kind.RUN))
def test_every_run_loads_from_an_empty_folder(tmp_path: Path, name: str):
    assert name == load_run(name, cwd=tmp_path).name


@pytest.mark.parametrize("name", LIBRARY.names(Kind.MODEL))
def test_every_model_loads(tmp_path: Path, name: str):
    assert load_model(name, tmp_path).description


@pytest.mark.parametrize("name", LIBRARY.names(Kind.TASK))
def test_every_task_loads(tmp_path: Path, name: str):
    assert load_task(name, tmp_path).description


@pytest.mark.parametrize("name", LIBRARY.names(Kind.ENVSPEC))
def test_every_envspec_loads(tmp_path: Path, name: str):
    assert load_variants(name, tmp_path)[0].notes
