"""`vlmhb env lock`."""

import click

from vlmhb.cli import completion


@click.command()
@click.argument("names", nargs=-1, shell_complete=completion.envs)
@click.option("--variant", help="Only this variant of each, e.g. cpu.")
@click.option("--upgrade", is_flag=True, help="Take the newest versions that fit the envspec.")
@click.option("--check", is_flag=True, help="Write nothing; exit with 4 when a lock is not sound.")
def lock(*, names: tuple[str, ...], variant: str | None, upgrade: bool, check: bool) -> int:
    """Write the locks of these envspecs, of all of them by default, for this platform."""
    from vlmhb.cli.env_names import locked_specs
    from vlmhb.cli.terminal import complain
    from vlmhb.env import Uv, lock_path, read_lock, write_lock
    from vlmhb.errors import EnvError

    code = 0
    uv = Uv.installed()
    for spec in locked_specs(names, variant):
        try:
            if check:
                read_lock(spec)
            else:
                write_lock(spec, uv, upgrade=upgrade)
        except EnvError as error:
            complain(error)
            code = error.exit_code
        else:
            click.echo(str(lock_path(spec)))
    return code
