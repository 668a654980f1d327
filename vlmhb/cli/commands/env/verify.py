"""`vlmhb env verify`."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from vlmhb.cli import completion, options

if TYPE_CHECKING:
    from vlmhb.domain.digest import Json
    from vlmhb.env import StoredEnv, Verdict

MAX_LISTED = 10
"""Problems shown for one env."""


@click.command()
@click.argument("names", nargs=-1, shell_complete=completion.envs)
@options.as_json
def verify(*, names: tuple[str, ...], as_json: bool) -> int:
    """Compare every file of these envs with what was built.

    Without NAMES, of all envs that are built here.

    NAMES are names of envspecs or the first digits of fingerprints. Exits with 4 when a file was
    changed, removed or added, or when an env's interpreter is gone, was replaced or does not run.
    """
    from vlmhb.cli.envs.stored import chosen
    from vlmhb.cli.several import Several
    from vlmhb.config import read_environ
    from vlmhb.env import EnvStore, inventory
    from vlmhb.env import verify as examine

    store = EnvStore(read_environ().envs)
    envs = chosen(store, names) if names else inventory(store.root)
    several, bad = Several(as_json), 0
    for env in envs:
        verdict = examine(env)
        if not env.folder.exists():
            several.say(f"{env.label}: was removed meanwhile")
            continue
        facts: dict[str, Json] = {"name": env.name, "fingerprint": env.fingerprint}
        several.add({**facts, "problems": list(verdict.problems)}, *_lines(env, verdict))
        if verdict.problems:
            several.exit_code = 4
            bad += 1
    several.say(f"{len(envs)} verified, {bad} not as built")
    return several.end("env_verify", "envs")


def _lines(env: "StoredEnv", verdict: "Verdict") -> Iterator[str]:
    if not verdict.problems:
        yield f"{env.label}: as it was built"
        return
    yield f"{env.label}: not as it was built, {len(verdict.problems)} found"
    for problem in verdict.problems[:MAX_LISTED]:
        yield f"  {problem}"
    if len(verdict.problems) > MAX_LISTED:
        yield f"  and {len(verdict.problems) - MAX_LISTED} more"
    yield f"  Next: {_next_step(env, verdict)}"


def _next_step(env: "StoredEnv", verdict: "Verdict") -> str:
    if env.facts is None:
        return f"vlmhb env remove {env.fingerprint[:12]}"
    if verdict.is_noticed:
        return f"the next run that needs it builds it again, or: vlmhb env build {env.name}"
    return (
        f"vlmhb env remove {env.fingerprint[:12]} && vlmhb env build {env.name}   (a run would not "
        "notice: it looks at names, sizes and times)"
    )
