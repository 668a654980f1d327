"""Packages that exist as source alone; they bring their own build backend and need no other."""

import hashlib
import io
import shutil
import subprocess
import tarfile
from collections.abc import Mapping
from pathlib import Path

_BACKEND = '''
import base64, hashlib, os, zipfile

def build_wheel(folder, config_settings=None, metadata_directory=None):
    """Also says, in the package, what could be imported while it was built."""
    open(CANARY, "a").write("built\\n")
    import msgpack
    files = {
        MODULE + ".py": "BUILT_WITH = %r\\n" % msgpack.version,
        STEM + ".dist-info/METADATA": "Metadata-Version: 2.1\\nName: %s\\nVersion: %s\\n"
        % (NAME, VERSION) + "Requires-Dist: never-to-be-found\\n",
        STEM + ".dist-info/WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\n"
        "Tag: py3-none-any\\n",
    }
    record = STEM + ".dist-info/RECORD"
    lines = ["%s,," % record]
    for path, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=")
        lines.append("%s,sha256=%s,%d" % (path, digest.decode(), len(text)))
    name = STEM + "-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as wheel:
        for path, text in {**files, record: "\\n".join(lines) + "\\n"}.items():
            wheel.writestr(path, text)
    return name
'''


def source_files(name: str, version: str, canary: Path) -> dict[str, str]:
    """A project whose build appends a line to `canary`, and whose dependency exists nowhere."""
    module = name.replace("-", "_")
    constants = (
        f"NAME = {name!r}\nVERSION = {version!r}\nMODULE = {module!r}\n"
        f"STEM = {f'{module}-{version}'!r}\nCANARY = {str(canary)!r}\n"
    )
    return {
        "pyproject.toml": (
            '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
            f'[project]\nname = "{name}"\nversion = "{version}"\n'
            'dependencies = ["never-to-be-found"]\n'
        ),
        "backend.py": constants + _BACKEND,
        "PKG-INFO": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
    }


def make_sdist(folder: Path, name: str, version: str, files: Mapping[str, str]) -> Path:
    """A source distribution in `folder`."""
    stem = f"{name.replace('-', '_')}-{version}"
    archive = folder / f"{stem}.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        for file, text in files.items():
            member = tarfile.TarInfo(f"{stem}/{file}")
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
    return archive


def make_index(folder: Path, name: str, file: Path) -> str:
    """An index in `folder` that offers this one file; returns its address."""
    page = folder / name
    page.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, page / file.name)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    link = f'<a href="{file.name}#sha256={digest}">{file.name}</a>'
    (page / "index.html").write_text(f"<!doctype html><html><body>{link}</body></html>")
    return folder.as_uri()


def make_repository(folder: Path, files: Mapping[str, str]) -> str:
    """A git repository in `folder`; returns its only commit."""
    for file, text in files.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(text, encoding="utf-8")
    _git(folder, "init", "--quiet")
    _git(folder, "add", "--all")
    identity = ("-c", "user.name=toy", "-c", "user.email=toy@localhost")
    _git(folder, *identity, "commit", "--quiet", "--message", "toy")
    return _git(folder, "rev-parse", "HEAD")


def _git(folder: Path, *words: str) -> str:
    argv = ["git", "-C", str(folder), *words]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.strip()
