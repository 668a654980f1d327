"""isolate with its virtualenv backend and uv as the resolver; it knows versions, no hashes."""

from tests.bench.env.peers.resident import Resident
from tests.bench.env.world import World

_PROGRAM = """
import os, pathlib, re, sys, time
import isolate
from isolate.backends.settings import IsolateSettings

home, lock = map(pathlib.Path, sys.argv[1:])
lines = re.sub(r"\\\\\\n", " ", lock.read_text()).splitlines()
locked = [line for line in lines if "==" in line and line[0] != "#"]
pins = [line.partition("--hash")[0].strip() for line in locked]
out = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)
for path in sys.stdin:
    folder = pathlib.Path(path.strip())
    folder.mkdir()
    settings = IsolateSettings(cache_dir=folder, log_hook=lambda log: None)
    started = time.perf_counter()
    environment = isolate.prepare_environment(
        "virtualenv", requirements=pins, resolver="uv", context=settings
    )
    built = environment.create()
    elapsed_s = time.perf_counter() - started
    assert list(built.glob("lib/python*/site-packages/numpy"))
    print("built", elapsed_s, file=out)
"""


class IsolateUv(Resident):
    """`isolate.prepare_environment("virtualenv", resolver="uv", ...).create()`."""

    def __init__(self, world: World) -> None:
        super().__init__(world, ("isolate[build]",), _PROGRAM)
