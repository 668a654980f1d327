"""`vlmhb env`."""

import click

from vlmhb.cli import options


@click.group()
def env() -> None:
    """Build, list and lock the envs of models."""


@env.command()
@click.argument("names", nargs=-1, required=True)
@options.offline
def build(*, names: tuple[str, ...], offline: bool) -> int:
    """Build the envs of these envspecs, or find them built."""
    from vlmhb.config import load_envspec, read_environ
    from vlmhb.env import EnvStore

    store = EnvStore(read_environ().envs, offline=offline)
    for spec in [load_envspec(name) for name in names]:
        built = store.ensure(spec, on_progress=lambda line: click.echo(line, err=True))
        click.echo(
            f"{built.name}: python {built.python_version}, {len(built.packages)} packages, "
            f"{built.size_bytes / 1e6:.0f} MB, built in {built.build_s:.1f} s\n  {built.python}"
        )
    return 0


@env.command("list")
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


@env.command()
@click.argument("names", nargs=-1, required=True)
@click.option("--upgrade", is_flag=True, help="Take the newest versions that fit the envspec.")
def lock(*, names: tuple[str, ...], upgrade: bool) -> int:
    """Write the locks of these envspecs for this platform."""
    from vlmhb.config import load_envspec
    from vlmhb.env import Uv, write_lock

    uv = Uv.installed()
    for spec in [load_envspec(name) for name in names]:
        click.echo(str(write_lock(spec, uv, upgrade=upgrade)))
    return 0
