"""`vlmhb env verify`."""

from typing import TYPE_CHECKING

import click

from vlmhb.cli import completion

if TYPE_CHECKING:
    from vlmhb.env import StoredEnv, Verdict

MAX_LISTED = 10
"""Problems shown for one env."""


@click.command()
@click.argument("names", nargs=-1, shell_complete=completion.envs)
def verify(*, names: tuple[str, ...]) -> int:
    """Read every file of these envs, of all by default, and compare it with what was built.

    NAMES are names of envspecs or the first digits of fingerprints. Exits with 4 when a file was
    changed, removed or added, or when an env's interpreter is gone, was replaced or does not run.
    """
    from vlmhb.cli.built_envs import chosen
    from vlmhb.cli.terminal import printable
    from vlmhb.config import read_environ
    from vlmhb.env import EnvStore, inventory
    from vlmhb.env import verify as examine

    store = EnvStore(read_environ().envs)
    envs = chosen(store, names) if names else inventory(store.root)
    bad = 0
    for env in envs:
        verdict = examine(env)
        if not env.folder.exists():
            click.echo(f"{env.label}: was removed meanwhile")
            continue
        if not verdict.problems:
            click.echo(f"{env.label}: as it was built")
            continue
        bad += 1
        click.echo(f"{env.label}: not as it was built, {len(verdict.problems)} found")
        for problem in verdict.problems[:MAX_LISTED]:
            click.echo(f"  {printable(problem)}")
        if len(verdict.problems) > MAX_LISTED:
            click.echo(f"  and {len(verdict.problems) - MAX_LISTED} more")
        click.echo(f"  Next: {_next_step(env, verdict)}")
    click.echo(f"{len(envs)} verified, {bad} not as built")
    return 4 if bad else 0


def _next_step(env: "StoredEnv", verdict: "Verdict") -> str:
    if env.facts is None:
        return f"vlmhb env remove {env.fingerprint[:12]}"
    if verdict.is_noticed:
        return f"the next run that needs it builds it again, or: vlmhb env build {env.name}"
    return (
        f"vlmhb env remove {env.fingerprint[:12]} && vlmhb env build {env.name}   (a run would not "
        "notice: it looks at names, sizes and times)"
    )
