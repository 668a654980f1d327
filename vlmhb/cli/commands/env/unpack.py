"""`vlmhb env unpack`."""

from pathlib import Path

import click


@click.command()
@click.argument("bundle", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def unpack(*, bundle: Path) -> int:
    """Build the envs of a bundle, without a network.

    BUNDLE is what `vlmhb env pack` wrote. Envspecs that are new here are placed in ./envspecs.
    """
    from vlmhb.cli.env_names import known_spec
    from vlmhb.config import read_environ
    from vlmhb.env import EnvStore
    from vlmhb.env.caller import Caller
    from vlmhb.env.unpack import unpack as build

    store = EnvStore(read_environ().envs, offline=True)
    caller = Caller(lambda line: click.echo(line, err=True))
    for env in build(bundle, store, known_spec, Path.cwd() / "envspecs", caller):
        click.echo(
            f"{env.name}: ready, python {env.interpreter.version}, {len(env.packages)} packages, "
            f"{env.size_bytes / 1e6:.0f} MB, built in {env.build_s:.1f} s"
        )
    return 0
