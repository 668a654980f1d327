"""appose with its uv builder, which is given the same lock and the same uv."""

from tests.bench.env.peers.resident import Resident
from tests.bench.env.world import World

_PROGRAM = """
import os, pathlib, shutil, sys, time
import appose
from appose.tool.uv import Uv

home, lock = map(pathlib.Path, sys.argv[1:])
Uv.BASE_PATH = str(home)
if not (home / ".uv").exists():
    (home / ".uv" / "bin").mkdir(parents=True)
    (home / ".uv" / "bin" / "uv").symlink_to(shutil.which("uv"))
requirements = home / "requirements.txt"
requirements.write_text(lock.read_text())
out = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)
for path in sys.stdin:
    started = time.perf_counter()
    builder = appose.uv(str(requirements)).scheme("requirements.txt").python(sys._base_executable)
    builder.base(path.strip()).build()
    elapsed_s = time.perf_counter() - started
    assert list(pathlib.Path(path.strip()).glob("lib/python*/site-packages/numpy"))
    print("built", elapsed_s, file=out)
"""


class ApposeUv(Resident):
    """`appose.uv(LOCK).base(DIR).build()`."""

    def __init__(self, world: World) -> None:
        super().__init__(world, ("appose",), _PROGRAM)
