"""`vlmhb env list`."""

import click

from vlmhb.cli import options


@click.command("list")
@options.as_json
def list_envs(*, as_json: bool) -> int:
    """List the envs that are built here."""
    from vlmhb.config import read_environ
    from vlmhb.env import EnvStore

    envs = EnvStore(read_environ().envs).list()
    if as_json:
        options.print_json(
            "envs",
            {
                "envs": [
                    {
                        "name": built.name,
                        "fingerprint": built.fingerprint,
                        "python": built.python_version,
                        "packages": len(built.packages),
                        "size_bytes": built.size_bytes,
                        "build_s": built.build_s,
                    }
                    for built in envs
                ]
            },
        )
        return 0
    for built in envs:
        click.echo(
            f"{built.name:<28} {built.fingerprint[:12]}  python {built.python_version:<8} "
            f"{len(built.packages):>4} packages {built.size_bytes / 1e6:>7.0f} MB"
        )
    return 0
