"""`vlmhb env build`."""

import click

from vlmhb.cli import completion, options


@click.command()
@click.argument("names", nargs=-1, required=True, shell_complete=completion.envs)
@options.offline
def build(*, names: tuple[str, ...], offline: bool) -> int:
    """Build the envs of these envspecs, or find them built.

    One that cannot be built does not keep the others from it.
    """
    from vlmhb.cli.env_disk import disk_line
    from vlmhb.cli.terminal import complain, printable
    from vlmhb.config import load_envspec, read_environ
    from vlmhb.env import EnvStore
    from vlmhb.errors import EnvError

    store = EnvStore(read_environ().envs, offline=offline)
    code = 0
    for spec in [load_envspec(name) for name in names]:
        try:
            env = store.ensure(spec, on_progress=lambda line: click.echo(printable(line), err=True))
        except EnvError as error:
            complain(error)
            code = error.exit_code
            continue
        what = f"{len(env.packages)} packages"
        if env.inherited:
            what += f" and {len(env.inherited)} of its base interpreter"
        if not env.locked:
            what += ", unlocked"
        how = "lent, nothing installed" if spec.interpreter else f"built in {env.build_s:.1f} s"
        click.echo(f"{env.name}: python {env.python_version}, {what}, {how}\n  {env.python}")
        for stored in () if spec.interpreter else store.built_for(spec):
            click.echo(f"  {stored.fingerprint[:12]}: {disk_line(stored)}")
    return code
