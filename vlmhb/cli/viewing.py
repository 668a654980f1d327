"""What `view` says about the run that it shows."""

import shlex
from pathlib import Path

from vlmhb.cli.terminal import printable
from vlmhb.system.folder_server import ADDRESS, FolderServer

FIRST = ("derived", "report.html")


def as_lines(folder: Path, server: FolderServer) -> list[str]:
    """Where to look, from here and from elsewhere."""
    lines = [f"report: {server.url}", f"files:  {server.files_url}"]
    if not folder.joinpath(*FIRST).is_file():
        lines[0] = f"report: none yet; make it with: vlmhb report {shlex.quote(str(folder))}"
    port = server.port
    lines += [
        "from your computer, with the user and host that you log in with:",
        f"  ssh -N -L {port}:{ADDRESS}:{port} USER@HOST",
        f"then open {server.url} there. Ctrl-C ends it.",
    ]
    return [printable(line) for line in lines]
