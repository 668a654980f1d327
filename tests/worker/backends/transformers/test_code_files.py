"""The Python files of a checkpoint."""

from dataclasses import replace
from pathlib import Path

import pytest
from vlmhb_worker.backends.transformers.families.code_files import importable

from tests.worker.backends.transformers.stand_ins import checkpoint


@pytest.fixture
def library(user_modules: Path, tmp_path: Path) -> Path:
    """A folder where a stand-in of transformers looks for code."""
    cache = tmp_path / "modules"
    (user_modules / "transformers").mkdir()
    (user_modules / "transformers" / "__init__.py").write_text("")
    (user_modules / "transformers" / "utils.py").write_text(
        f"HF_MODULES_CACHE = {str(cache)!r}\n"
        'TRANSFORMERS_DYNAMIC_MODULE_NAME = "transformers_modules"\n'
    )
    return cache / "transformers_modules"


def test_code_is_found_under_a_name_that_can_be_imported(library: Path, tmp_path: Path):
    """Files that only other files import are there too, and the folder's name had a dot."""
    weights = tmp_path / "Model-2.6"
    weights.mkdir()
    (weights / "modeling.py").write_text("from .deep import x")
    (weights / "deep.py").write_text("x = 1")
    (weights / "model.bin").write_bytes(b"0")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    given = replace(checkpoint(scratch), folder=str(weights), trust_remote_code=True)

    first, again = importable(given), importable(given)

    folder = Path(first.folder)
    assert folder.name.isidentifier()
    assert weights == folder.resolve()
    assert {"modeling.py", "deep.py"} == {file.name for file in (library / folder.name).iterdir()}
    assert first == again


def test_other_code_under_the_same_name_is_replaced(library: Path, tmp_path: Path):
    weights = tmp_path / "weights"
    weights.mkdir()
    (weights / "modeling.py").write_text("x = 1")
    given = replace(checkpoint(tmp_path), folder=str(weights), trust_remote_code=True)
    name = Path(importable(given).folder).name
    (weights / "modeling.py").write_text("x = 2")

    importable(given)

    assert "x = 2" == (library / name / "modeling.py").read_text()


def test_code_that_may_not_run_is_copied_nowhere(tmp_path: Path):
    given = checkpoint(tmp_path)

    assert given == importable(given)
    assert [] == list(tmp_path.iterdir())
