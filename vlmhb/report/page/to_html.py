"""report.html: one page that opens without a server and loads nothing from anywhere."""

import json
from collections.abc import Mapping, Sequence
from functools import cache

import jinja2
from markupsafe import Markup

from vlmhb.domain.digest import Json
from vlmhb.domain.results import Results
from vlmhb.report import numbers
from vlmhb.report.charts.amounts import COLUMNS, amounts_of
from vlmhb.report.charts.cost import amount
from vlmhb.report.charts.page_charts import PageCharts
from vlmhb.report.entries import UNAVAILABLE, Entry
from vlmhb.report.figures import forest
from vlmhb.report.figures.leaderboard import Cell, Leaderboard
from vlmhb.report.figures.losses import losses, with_failures
from vlmhb.report.figures.occupancy import busy_share
from vlmhb.report.figures.provenance import env_cards, flattened, other_sections
from vlmhb.report.figures.ranking import ranked_value
from vlmhb.report.figures.shards import shards_text
from vlmhb.report.page.embedded import NO_PICTURES
from vlmhb.report.page.page import content_policy, own_file, page_environment, script_of
from vlmhb.report.page.payload import Payload, payload_of
from vlmhb.report.page.sections import section_values
from vlmhb.report.tables.to_json import counts_of
from vlmhb.report.tables.to_text import arrow, heading
from vlmhb.report.text import encodable, shortened

PACKAGE = "vlmhb.report"
STYLES = ("report", "samples", "sections", "charts")
"""Stylesheets of `templates`."""
SCRIPTS = (
    "page",
    "tables",
    "charts",
    "embedded",
    "data",
    "samples",
    "pictures",
    "detail",
    "controls",
)
"""Files of `templates/scripts`, each using what those before it define."""


def report_html(
    results: Results,
    entries: Sequence[Entry],
    board: Leaderboard,
    charts: PageCharts,
    embedded: Mapping[str, str] = NO_PICTURES,
) -> bytes:
    """The page, with its styles, its script and its data inside.

    `embedded` has pictures of pages as base64, by the page's sha256: those the page brings along,
    while all others lie beside it.
    """
    style, script = _style(), _script()
    pieces = page_template().generate(
        policy=content_policy(style, script, brings_pictures=bool(embedded)),
        style=Markup(style),  # noqa: S704 - a file of this package
        script=Markup(script),  # noqa: S704 - files of this package
        payload=_unescaped(payload_of(results, entries)),
        embedded={page: Markup(data) for page, data in embedded.items()},  # noqa: S704 - base64
        results=results,
        board=board,
        totals=_totals(results, entries),
        shards_text=shards_text(results),
        charts=charts,
        amount_columns=COLUMNS,
        model_facts=_model_facts(results),
        provenance=[section for section in other_sections(results) if section[0] != "models"],
        **section_values(results, entries, board),
    )
    # One by one: joined as text, one emoji anywhere would make every letter take four bytes.
    return b"".join(piece.encode() for piece in pieces)


@cache
def page_template() -> jinja2.Template:
    """What the page is made from, compiled with all that it includes."""
    environment = _environment()
    for name in environment.list_templates(extensions=["html"]):
        environment.get_template(name)
    return environment.get_template("report.html")


def _unescaped(payload: Payload) -> Payload:
    """Base64 has nothing to escape, and much to search for it."""
    texts = tuple(map(Markup, payload.texts))
    return Payload(Markup(payload.index), texts)  # noqa: S704 - base64


def _style() -> str:
    return "".join(own_file(PACKAGE, f"{name}.css") for name in STYLES)


def _script() -> str:
    return script_of(*(own_file(PACKAGE, f"scripts/{name}.js") for name in SCRIPTS))


def _environment() -> jinja2.Environment:
    environment = page_environment(PACKAGE)
    environment.globals.update(
        short=numbers.short,
        with_failures=with_failures,
        losses=losses,
        interval=numbers.interval,
        seconds=numbers.seconds,
        forest_bar=forest.forest_bar,
        axis_of=forest.axis_of,
        arrow=arrow,
        as_is=str,
        heading=heading,
        times=numbers.times,
        amount=amount,
        amounts_of=amounts_of,
        percent=numbers.percent,
        busy_share=busy_share,
        shortened=shortened,
        ranked=_ranked,
    )
    environment.filters["shown_json"] = _shown_json
    return environment


def _model_facts(results: Results) -> dict[str, list[tuple[str, str]]]:
    """By model: what the provenance says of it, or else what its file says."""
    known = results.provenance.get("models")
    facts: dict[str, list[tuple[str, str]]] = {}
    for model in results.models:
        own: Json = {"backend": model.backend, "env": model.env, "params": model.params}
        recorded = known.get(model.name) if isinstance(known, Mapping) else None
        facts[model.name] = list(flattened(own if recorded is None else recorded))
    return facts


def _shown_json(filters: Mapping[str, str]) -> str:
    """As the sample browser knows the values; nothing in it is left for the page to spell out."""
    told = {name: encodable(value) for name, value in filters.items()}
    return json.dumps(told, separators=(",", ":")).replace("\x7f", "\\u007f")


def _ranked(cell: Cell | None) -> float | None:
    """What decides the rank; None without a figure."""
    return None if cell is None else ranked_value(cell.summary)


def _totals(results: Results, entries: Sequence[Entry]) -> dict[str, int]:
    samples = [sample for task in results.tasks for sample in task.samples]
    entries = [entry for entry in entries if entry.status != UNAVAILABLE]
    return {
        **counts_of(entries),
        "models": len({entry.evaluation.model for entry in entries}),
        "tasks": len(results.tasks),
        "documents": len({sample.document for sample in samples}),
        "pages": len({page.sha256 for sample in samples for page in sample.pages}),
        "inferences": len({(entry.evaluation.model, entry.request.id) for entry in entries}),
        "envs": len(env_cards(results)),
    }
