"""`vlmhb env build`."""

import click

from vlmhb.cli import options


@click.command()
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
