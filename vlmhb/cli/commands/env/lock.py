"""`vlmhb env lock`."""

import click

from vlmhb.cli import completion, options


@click.command()
@click.argument("names", nargs=-1, shell_complete=completion.envs)
@click.option("--variant", help="Only this variant of each, e.g. cpu.")
@click.option("--upgrade", is_flag=True, help="Take the newest versions that fit the envspec.")
@click.option("--check", is_flag=True, help="Write nothing; exit with 4 when a lock is not sound.")
@options.as_json
def lock(
    *, names: tuple[str, ...], variant: str | None, upgrade: bool, check: bool, as_json: bool
) -> int:
    """Write the locks of these envspecs for this platform.

    Without NAMES, of all envspecs that are known here.
    """
    from vlmhb.cli.envs.names import locked_specs
    from vlmhb.cli.several import Several
    from vlmhb.env import Uv, lock_path, read_lock, write_lock
    from vlmhb.errors import EnvError

    several = Several(as_json)
    uv = Uv.installed()
    for spec in locked_specs(names, variant):
        try:
            if check:
                read_lock(spec)
            else:
                write_lock(spec, uv, upgrade=upgrade)
        except EnvError as error:
            several.fail(spec.name, error)
        else:
            several.add({"name": spec.name, "lock": str(lock_path(spec))}, str(lock_path(spec)))
    return several.end("env_lock", "locks", written=not check)
