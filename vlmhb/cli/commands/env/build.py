"""`vlmhb env build`."""

import click

from vlmhb.cli import completion, options


@click.command()
@click.argument("names", nargs=-1, required=True, shell_complete=completion.envs)
@options.offline
@options.as_json
def build(*, names: tuple[str, ...], offline: bool, as_json: bool) -> int:
    """Build the envs of these envspecs, or find them built.

    One that cannot be built does not keep the others from it.
    """
    from vlmhb.cli.envs.ready import built_facts, built_lines
    from vlmhb.cli.several import Several
    from vlmhb.cli.terminal import printable
    from vlmhb.config import load_envspec, read_environ
    from vlmhb.env import EnvStore
    from vlmhb.errors import EnvError

    store = EnvStore(read_environ().envs, offline=offline)
    several = Several(as_json)
    for spec in [load_envspec(name) for name in names]:
        try:
            env = store.ensure(spec, on_progress=lambda line: click.echo(printable(line), err=True))
        except EnvError as error:
            several.fail(spec.name, error)
            continue
        several.add(built_facts(env), *built_lines(env, spec, store))
    return several.end("env_build", "envs")
