"""Verifying: whether an env is what was built, to the last byte, and still runs."""

from dataclasses import asdict, dataclass
from pathlib import Path

from vlmhb.env.interpreter import ask
from vlmhb.env.inventory import StoredEnv
from vlmhb.env.receipts import receipts_of
from vlmhb.errors import EnvError


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found out about an env."""

    problems: tuple[str, ...]
    """`changed: `, `missing: ` or `extra: ` and a path in the venv, or what is wrong with the
    interpreter; empty when all is well."""
    is_noticed: bool
    """The next run finds this too, which looks at names, sizes and times, and builds it again."""


def verify(env: StoredEnv) -> Verdict:
    """What is no longer as it was built, every file read and the interpreter asked."""
    if env.facts is None:
        return Verdict(("unreadable: env.json",), is_noticed=True)
    files = env.published.differences(in_full=True)
    if files:
        receipts_of(env.folder.parent).forget()
    base = env.facts.interpreter
    if not Path(base.path).exists():
        return Verdict((*files, f"interpreter: {base.path} is gone"), is_noticed=True)
    try:
        now = asdict(ask(env.published.venv / "bin" / "python"))
    except EnvError as error:
        problem = f"interpreter: {error.got.splitlines()[0]}"
        return Verdict((*files, problem), is_noticed=bool(env.published.differences()))
    replaced = [
        f"interpreter: {name} was {before}, is {now[name]}"
        for name, before in asdict(base).items()
        if now[name] != before
    ]
    noticed = bool(replaced or env.published.differences())
    return Verdict((*files, *replaced), is_noticed=noticed)
