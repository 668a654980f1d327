"""Wheels that are made of what was installed."""

import base64
import csv
import hashlib
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from vlmhb.env.caller import Caller
from vlmhb.env.records import site_packages
from vlmhb.env.repack import repack
from vlmhb.env.uv import Install, Uv
from vlmhb.errors import EnvError

pytestmark = pytest.mark.uv

INFO = "odd_toy-1.0.dist-info"
FILES = {
    "odd_toy/__init__.py": ("def main():\n    print('entry point')\n", 0o644),
    "odd_toy/tool": ("#!/bin/sh\necho tool\n", 0o755),
    "odd_toy-1.0.data/scripts/odd-script": ("#!python\nprint('script')\n", 0o755),
    "odd_toy-1.0.data/data/share/odd/notes, of one.txt": ("notes\n", 0o644),
    "odd_toy-1.0.data/headers/odd.h": ("int odd;\n", 0o644),
    f"{INFO}/METADATA": ("Metadata-Version: 2.1\nName: odd-toy\nVersion: 1.0\n", 0o644),
    f"{INFO}/WHEEL": (
        "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py2-none-any\nTag: py3-none-any\n",
        0o644,
    ),
    f"{INFO}/entry_points.txt": ("[console_scripts]\nOdd-Entry = odd_toy:main\n", 0o644),
}


def make_odd_wheel(folder: Path) -> Path:
    wheel = folder / "odd_toy-1.0-py2.py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive, (folder / "RECORD").open("w+") as record:
        rows = csv.writer(record)
        for name, (text, mode) in FILES.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (0o100000 | mode) << 16
            archive.writestr(entry, text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
            rows.writerow([name, f"sha256={digest.decode().rstrip('=')}", len(text)])
        rows.writerow([f"{INFO}/RECORD", "", ""])
        record.seek(0)
        archive.writestr(f"{INFO}/RECORD", record.read())
    return wheel


@dataclass(frozen=True)
class Installed:
    uv: Uv
    venv: Path

    @classmethod
    def of(cls, folder: Path, wheel: Path) -> "Installed":
        """A venv in `folder` with one wheel, as builds install it."""
        uv = Uv.installed()
        uv.create_venv(folder, Path(sys.executable), system_site_packages=False)
        how = Install("copy", offline=True)
        uv.build_and_install(folder, [f"odd-toy @ {wheel.as_uri()}"], how, Caller())
        return cls(uv, folder)

    def says(self, *words: str) -> str:
        argv = [str(self.venv / "bin" / words[0]), *words[1:]]
        return subprocess.run(argv, check=True, capture_output=True, text=True).stdout

    @property
    def files(self) -> dict[str, bytes]:
        """Below the venv; without what only names where the wheel was."""
        return {
            str(path.relative_to(self.venv)): path.read_bytes()
            for path in self.venv.rglob("*")
            if "odd" in str(path).lower().replace(str(self.venv).lower(), "")
            and path.is_file()
            and "__pycache__" not in path.parts
            and path.name not in {"RECORD", "direct_url.json", "uv_cache.json"}
        }


@pytest.fixture
def installed(tmp_path: Path) -> Installed:
    return Installed.of(tmp_path / "venv", make_odd_wheel(tmp_path))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "repacked"
    folder.mkdir()
    return folder


def test_a_repacked_wheel_installs_the_same_files(installed, folder, tmp_path):
    installed.says("python", "-c", "import odd_toy")

    wheel = repack(installed.venv, "odd-toy", folder)

    again = Installed.of(tmp_path / "again", wheel)
    assert "odd_toy-1.0-py2.py3-none-any.whl" == wheel.name
    assert installed.files == again.files
    assert "script\n" == again.says("odd-script")
    assert "entry point\n" == again.says("Odd-Entry")
    tool = site_packages(again.venv) / "odd_toy" / "tool"
    assert "tool\n" == subprocess.run([tool], check=True, capture_output=True, text=True).stdout


def test_a_repacked_wheel_holds_what_the_wheel_held(installed, folder):
    bytecode = site_packages(installed.venv) / "odd_toy" / "__pycache__" / "x.cpython-311.pyc"
    bytecode.parent.mkdir(exist_ok=True)
    bytecode.write_bytes(b"bytecode")
    record = site_packages(installed.venv) / INFO / "RECORD"
    record.write_text(f"{record.read_text()}odd_toy/__pycache__/{bytecode.name},,\n")

    wheel = repack(installed.venv, "odd-toy", folder)

    with zipfile.ZipFile(wheel) as archive:
        held = {name: archive.read(name).decode() for name in archive.namelist()}
    assert {*FILES, f"{INFO}/RECORD"} == set(held)
    assert {name: text for name, (text, _) in FILES.items()} == {
        name: text for name, text in held.items() if name in FILES
    }


def test_equal_files_give_equal_wheels(installed, folder, tmp_path):
    first = repack(installed.venv, "odd-toy", folder).read_bytes()
    installed.says("python", "-c", "import odd_toy")
    moved = tmp_path / "moved"
    shutil.copytree(installed.venv, moved, symlinks=True)

    assert first == repack(moved, "odd-toy", folder).read_bytes()


def test_a_file_that_was_changed_is_not_packed(installed, folder):
    (site_packages(installed.venv) / "odd_toy/__init__.py").write_text("evil = 1\n")

    with pytest.raises(EnvError, match=r"odd_toy/__init__\.py is not as it was installed"):
        repack(installed.venv, "odd-toy", folder)


def test_a_file_outside_the_venv_is_not_packed(installed, folder):
    record = site_packages(installed.venv) / INFO / "RECORD"
    record.write_text(record.read_text() + "../../../../../secret.txt,,\n")

    with pytest.raises(EnvError, match=r"secret\.txt is outside its venv"):
        repack(installed.venv, "odd-toy", folder)


def test_a_package_that_is_not_installed_is_named(installed, folder):
    with pytest.raises(EnvError, match="cannot pack another: it is not installed"):
        repack(installed.venv, "another", folder)
