"""`vlmhb env unpack`."""

from pathlib import Path

import click

from vlmhb.cli import options
from vlmhb.cli.terminal import say


@click.command()
@click.argument("bundle", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@options.as_json
def unpack(*, bundle: Path, as_json: bool) -> int:
    """Build the envs of a bundle, without a network.

    BUNDLE is what `vlmhb env pack` wrote. Envspecs that are new here are placed in ./envspecs.
    """
    from vlmhb.cli.envs.names import known_spec
    from vlmhb.cli.envs.ready import built_facts, unpacked_lines
    from vlmhb.cli.several import Several
    from vlmhb.config import load_variants, read_environ
    from vlmhb.env import EnvStore
    from vlmhb.env.bundled_spec import Envspecs
    from vlmhb.env.caller import Caller
    from vlmhb.env.unpack import unpack as build

    store = EnvStore(read_environ().envs, offline=True)
    caller = Caller(lambda line: say(line, err=True))
    envspecs = Envspecs(known_spec, lambda file: load_variants(str(file)), Path.cwd() / "envspecs")
    several = Several(as_json)
    for env in build(bundle, store, envspecs, caller):
        several.add(built_facts(env), *unpacked_lines(env))
    return several.end("env_unpack", "envs")
