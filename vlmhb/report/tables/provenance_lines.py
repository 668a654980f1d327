"""What figures depend on, as Markdown."""

from collections.abc import Iterator

from vlmhb.domain.results import Results
from vlmhb.report.figures.leaderboard import UNLOCKED
from vlmhb.report.figures.provenance import EnvCard, ModelEnv, env_cards, model_envs, other_sections
from vlmhb.report.tables.bounded import Section
from vlmhb.report.tables.markdown import code, name, table_lines
from vlmhb.report.text import shortened

FACT_CHARS = 120
INHERITED_CHARS = 1000
DIGEST_CHARS = 12


def provenance_section(results: Results) -> Section:
    """Envs, versions, datasets and machine, folded."""
    rows: list[str] = []
    if used := model_envs(results):
        header = ["model", "env", "fingerprint", "python", "lock (sha256)", "packages"]
        rows += [*table_lines(header, map(_env_row, used)), ""]
    rows += [line for card in env_cards(results) for line in _env(card)]
    rows += [
        f"- {name(f'{title}.{key}' if key else title)}: {code(shortened(value, FACT_CHARS))}"
        for title, facts in other_sections(results)
        for key, value in facts
    ]
    return Section(
        "provenance",
        ("<details><summary>Provenance</summary>", ""),
        tuple(rows),
        ("", "</details>", ""),
        "results.json",
    )


def _env_row(used: ModelEnv) -> list[str]:
    env = used.env
    lock = env.fact("lock_sha256")
    return [
        name(used.model),
        name(env.name) + ("" if env.locked else f" ({UNLOCKED})"),
        code(env.fingerprint[:DIGEST_CHARS]),
        name(env.fact("python")),
        code(lock[:DIGEST_CHARS]) if lock else "none",
        str(len(env.packages) + len(env.inherited)),
    ]


def _env(card: EnvCard) -> Iterator[str]:
    facts = ", ".join(
        f"{name(key)} {code(shortened(value, FACT_CHARS))}" for key, value in card.facts
    )
    yield f"- env {name(card.name)}: {facts}, {len(card.packages)} packages"
    if card.inherited:
        inherited = (f"{package} {version}" for package, version in card.inherited)
        yield f"  - inherited: {code(shortened(', '.join(inherited), INHERITED_CHARS))}"
