"""Entry point: take the pipes, leave a guard behind, serve.

Runs inside any model's venv, as a file: `PYTHON -s .../vlmhb_worker/__main__.py`, with the
arguments HOST_PID, HOLDS, LENT and ARENA.
"""

from __future__ import annotations

import os
import sys

FOLDER = os.path.dirname(os.path.abspath(__file__))
PACKAGE = "vlmhb_worker"

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

    source, sink = stdio.take_frames()
    frames = (source, sink)
    if arena >= 0:
        os.set_inheritable(arena, False)  # noqa: FBT003 - it takes no keywords
        frames += (arena,)

    from vlmhb_worker import guard

    split = guard.split(host_pid, frames, holds)
    if lent:
        sys.path.append(lent)
    # A print shows in the log when it happens, not when the buffer is full.
    sys.stdout.reconfigure(line_buffering=True)  # pyright: ignore[reportAttributeAccessIssue]

    from vlmhb_worker.link import Link
    from vlmhb_worker.probe import greeting

    link = Link(source, sink, arena)
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


if __name__ == "__main__":
    find_package()
    held = tuple(int(number) for number in sys.argv[2].split(",") if number)
    main(int(sys.argv[1]), held, sys.argv[3], int(sys.argv[4]))
