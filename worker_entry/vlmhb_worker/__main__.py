"""Entry point: take the pipes, leave a guard behind, serve.

Runs inside any model's venv, as a file: `PYTHON -s .../vlmhb_worker/__main__.py`, with the
arguments HOST_PID, HOLDS, LENT and ARENA.

With walls it runs twice. First in the host's Python, with --walls, HOST_PID, HOLDS, KEPT and the
open file of what the walls are to be; what it becomes is a program behind them. For a worker that
is this one again, inside the venv, with --behind, LENT, GUARD_PID, READY and ARENA.
"""

from __future__ import annotations

import os
import sys

FOLDER = os.path.dirname(os.path.abspath(__file__))
PACKAGE = "vlmhb_worker"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmhb_worker.guard import Split

EXIT_HOST_GONE = 1
EXIT_BROKE = 70


def find_package() -> None:
    """Make the package importable, and nothing that happens to lie beside or inside its folder."""
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != FOLDER]
    path = os.path.join(FOLDER, "__init__.py")
    # The classes of importlib.machinery, which would have to be imported.
    loader = type(__loader__)(PACKAGE, path)
    spec = type(sys.__spec__)(PACKAGE, loader, origin=path, is_package=True)
    spec.submodule_search_locations = [FOLDER]
    spec.has_location = True
    module = type(sys)(PACKAGE)
    module.__spec__ = spec
    module.__loader__ = loader
    module.__file__ = path
    module.__path__ = [FOLDER]
    module.__package__ = PACKAGE
    sys.modules[PACKAGE] = module
    loader.exec_module(module)


def main(host_pid: int, holds: tuple[int, ...], lent: str, arena: int) -> None:
    """Run as guard or as worker; the guard does not come back.

    The guard keeps the open files `holds` until it ends. `lent` is a folder for the end of the
    worker's path, or empty. `arena` is the open file of the host's shared memory, or -1.
    """
    from vlmhb_worker import stdio

    frames = stdio.take_frames()
    memory = (arena,) if arena >= 0 else ()
    for fd in memory:
        os.set_inheritable(fd, False)  # noqa: FBT003 - it takes no keywords

    from vlmhb_worker import guard

    work(guard.split(host_pid, (*frames, *memory), holds), frames, lent, arena)


def put_up_walls(host_pid: int, holds: tuple[int, ...], kept: tuple[int, ...], spec: int) -> None:
    """Run as guard, or become the program that the open file `spec` names, behind walls.

    `kept` are open files that the program gets beside 0, 1 and 2.
    """
    from vlmhb_worker import guard, walls

    wanted = walls.read_spec(spec)
    split = guard.split(host_pid, (0, 1, *kept), holds)
    guard_pid, is_ready = split.handed_on()
    walls.become(wanted, host_pid, guard_pid, (is_ready, *kept))


def go_on_behind_walls(lent: str, guard_pid: int, is_ready: int, arena: int) -> None:
    """Run as the worker that a guard in another Python was left for."""
    from vlmhb_worker import stdio

    frames = stdio.take_frames()
    for fd in (is_ready, arena):
        if fd >= 0:
            os.set_inheritable(fd, False)  # noqa: FBT003 - it takes no keywords

    from vlmhb_worker import guard

    work(guard.behind(guard_pid, is_ready), frames, lent, arena)


def work(split: Split, frames: tuple[int, int], lent: str, arena: int) -> None:
    """Run as a worker to its end."""
    if lent:
        sys.path.append(lent)
    # A print shows in the log when it happens, not when the buffer is full.
    sys.stdout.reconfigure(line_buffering=True)  # pyright: ignore[reportAttributeAccessIssue]

    from vlmhb_worker.link import Link
    from vlmhb_worker.probe import greeting

    link = Link(*frames, arena)
    try:
        link.send(greeting())
        split.complete()

        from vlmhb_worker.serve import serve

        serve(link)
    except OSError:
        _print_traceback()
        os._exit(EXIT_HOST_GONE)
    except BaseException:  # noqa: BLE001 - whatever it is, this process has come to its end
        _print_traceback()
        os._exit(EXIT_BROKE)
    end()


def end() -> None:
    """End at once: a model's threads would keep the process and its GPU as long as they like."""
    import atexit

    try:
        atexit._run_exitfuncs()  # noqa: SLF001 - os._exit would leave them out
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(0)


def _print_traceback() -> None:
    import traceback

    traceback.print_exc()


def numbers(text: str) -> tuple[int, ...]:
    """Those between the commas."""
    return tuple(int(number) for number in text.split(",") if number)


if __name__ == "__main__":
    find_package()
    words = sys.argv[1:]
    if words[0] == "--walls":
        put_up_walls(int(words[1]), numbers(words[2]), numbers(words[3]), int(words[4]))
    elif words[0] == "--behind":
        go_on_behind_walls(words[1], int(words[2]), int(words[3]), int((*words[4:], "-1")[0]))
    else:
        main(int(words[0]), numbers(words[1]), words[2], int(words[3]))
