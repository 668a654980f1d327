"""`vlmhb view`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vlmhb.cli import options
from vlmhb.cli.modified import warned_of
from vlmhb.cli.terminal import say

if TYPE_CHECKING:
    from vlmhb.domain.digest import Json

PORT = 8765


@click.command()
@options.run_folder
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=PORT,
    show_default=True,
    help="Where to listen; 0 takes any port that is free.",
)
@options.as_json
def view(*, folder: Path, port: int, as_json: bool) -> int:
    """Show a run in the browser, also one on another machine.

    Serves RUN_FOLDER on 127.0.0.1, for reading only, until Ctrl-C, and prints the address of its
    report.html and the `ssh` line that brings it to your computer.
    """
    from queue import SimpleQueue

    from vlmhb.cli.viewing import FIRST, as_lines
    from vlmhb.store import find_run
    from vlmhb.system.folder_server import FolderServer
    from vlmhb.system.signals import StopSignals

    run_dir = find_run(folder)
    warnings = warned_of(folder)
    stops: SimpleQueue[None] = SimpleQueue()
    with StopSignals() as signals:
        signals.listen(lambda: stops.put(None))
        with FolderServer(run_dir.path, port, FIRST) as server:
            if as_json:
                facts: dict[str, Json] = {"folder": str(folder), "port": server.port}
                facts |= {"url": server.url, "files_url": server.files_url, "warnings": warnings}
                options.print_json("view", facts)
            else:
                say("\n".join(as_lines(folder, server)))
            stops.get()
    return signals.interrupted().exit_code
