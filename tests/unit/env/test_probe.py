"""The smoke test of an env finds what its workers will find."""

import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from msgpack import _cmsgpack

from tests.build import envspec
from vlmhb.env.caller import Caller
from vlmhb.env.probe import probe


def test_a_package_that_loads_the_driver_finds_it_where_ld_library_path_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    driver, lent = tmp_path / "driver", tmp_path / "lent"
    for folder in (driver, lent):
        folder.mkdir(mode=0o755)
    shutil.copy(_cmsgpack.__file__, driver / "libcuda.so.1")  # any library will do
    (driver / "libcuda.so.1").chmod(0o644)
    (lent / "needs_cuda.py").write_text('import ctypes\nctypes.CDLL("libcuda.so.1")\n')
    monkeypatch.setenv("LD_LIBRARY_PATH", str(driver))
    spec = replace(envspec(), imports=("needs_cuda",))

    probe(spec, Path(sys.executable), Caller(), str(lent))
