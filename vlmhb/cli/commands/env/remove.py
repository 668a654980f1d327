"""`vlmhb env remove`."""

import click

from vlmhb.cli import completion


@click.command()
@click.argument("names", nargs=-1, required=True, shell_complete=completion.envs)
@click.option("--dry-run", is_flag=True, help="Say what would go and change nothing.")
def remove(*, names: tuple[str, ...], dry_run: bool) -> int:
    """Delete these envs, unless a run uses them.

    NAMES are names of envspecs (NAME stands for all variants, and for outdated envs of that name)
    or the first digits of fingerprints. The envspecs and their locks stay, and so does uv's cache.
    """
    from vlmhb.cli.built_envs import chosen
    from vlmhb.cli.env_disk import left_in_cache
    from vlmhb.cli.terminal import complain
    from vlmhb.config import read_environ
    from vlmhb.domain.sizes import megabytes
    from vlmhb.env import EnvStore, Tally, in_use, inventory
    from vlmhb.env import remove as delete
    from vlmhb.errors import EnvError

    store = EnvStore(read_environ().envs)
    envs = chosen(store, names)
    tally = Tally(env.folder for env in inventory(store.root))
    before = tally.usage()
    code = 0
    for env in envs:
        try:
            if dry_run and in_use(env.folder):
                click.echo(f"{env.label}: in use, would stay")
                continue
            if not dry_run and not delete(env):
                click.echo(f"{env.label}: was removed meanwhile")
                continue
        except EnvError as error:
            complain(error)
            code = error.exit_code
            continue
        freed = megabytes(tally.freed_bytes(env.folder))
        click.echo(f"{env.label}: {'would free' if dry_run else 'removed, freed'} {freed}")
        tally.drop(env.folder)
    if cached := left_in_cache(before, tally.usage()):
        click.echo(cached)
    return code
