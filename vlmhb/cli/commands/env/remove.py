"""`vlmhb env remove`."""

import click

from vlmhb.cli import completion, options


@click.command()
@click.argument("names", nargs=-1, required=True, shell_complete=completion.envs)
@click.option("--dry-run", is_flag=True, help="Say what would go and change nothing.")
@options.as_json
def remove(*, names: tuple[str, ...], dry_run: bool, as_json: bool) -> int:
    """Delete these envs, unless a run uses them.

    NAMES are names of envspecs (NAME stands for all variants, and for outdated envs of that name)
    or the first digits of fingerprints. The envspecs and their locks stay, and so does uv's cache.
    """
    from vlmhb.cli.envs.disk import left_in_cache
    from vlmhb.cli.envs.stored import chosen
    from vlmhb.cli.several import Several
    from vlmhb.config import read_environ
    from vlmhb.domain.sizes import megabytes
    from vlmhb.env import EnvStore, Tally, in_use, inventory
    from vlmhb.env import remove as delete
    from vlmhb.errors import EnvError

    store = EnvStore(read_environ().envs)
    envs = chosen(store, names)
    tally = Tally(env.folder for env in inventory(store.root))
    before = tally.usage()
    several = Several(as_json)
    for env in envs:
        try:
            if dry_run and in_use(env.folder):
                several.say(f"{env.label}: in use, would stay")
                continue
            if not dry_run and not delete(env):
                several.say(f"{env.label}: was removed meanwhile")
                continue
        except EnvError as error:
            several.fail(env.label, error)
            continue
        freed_bytes = tally.freed_bytes(env.folder)
        verb = "would free" if dry_run else "removed, freed"
        several.add(
            {"name": env.name, "fingerprint": env.fingerprint, "freed_bytes": freed_bytes},
            f"{env.label}: {verb} {megabytes(freed_bytes)}",
        )
        tally.drop(env.folder)
    if cached := left_in_cache(before, tally.usage()):
        several.say(cached)
    return several.end("env_remove", "removed", dry_run=dry_run)
