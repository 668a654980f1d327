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
    from vlmhb.config import load_variants, read_environ
    from vlmhb.domain.sizes import megabytes
    from vlmhb.env import EnvStore
    from vlmhb.env.bundled_spec import Envspecs
    from vlmhb.env.caller import Caller
    from vlmhb.env.unpack import unpack as build

    store = EnvStore(read_environ().envs, offline=True)
    caller = Caller(lambda line: click.echo(line, err=True))
    envspecs = Envspecs(known_spec, lambda file: load_variants(str(file)), Path.cwd() / "envspecs")
    for env in build(bundle, store, envspecs, caller):
        click.echo(
            f"{env.name}: ready, python {env.interpreter.version}, {len(env.packages)} packages, "
            f"{megabytes(env.size_bytes)}, built in {env.build_s:.1f} s"
        )
        if env.built_elsewhere:
            names = ", ".join(name for name, _ in env.built_elsewhere)
            click.echo(f"  built from source by whoever packed it, which no lock proves: {names}")
    return 0
