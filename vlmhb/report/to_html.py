"""report.html: one page that opens without a server and loads nothing from anywhere."""

import json
from collections.abc import Mapping, Sequence

import jinja2
from markupsafe import Markup

from vlmhb.domain.digest import Json
from vlmhb.domain.results import Results
from vlmhb.report import forest, numbers
from vlmhb.report.entries import UNAVAILABLE, Entry
from vlmhb.report.failures import failures_of, unscored_of
from vlmhb.report.heatmap import TITLES, heatmaps, own_groupings
from vlmhb.report.leaderboard import Leaderboard
from vlmhb.report.losses import losses, with_failures
from vlmhb.report.page import content_policy, own_file, page_environment
from vlmhb.report.payload import packed, payload_of
from vlmhb.report.provenance import env_cards, flattened, model_envs, other_sections
from vlmhb.report.timing import timings_of
from vlmhb.report.to_json import counts_of
from vlmhb.report.to_text import arrow, heading

PACKAGE = "vlmhb.report"
SCRIPTS = ("page", "tables", "samples", "detail", "controls")
"""Files of `templates/scripts`, each using what those before it define."""


def report_html(results: Results, entries: Sequence[Entry], board: Leaderboard) -> bytes:
    """The page, with its styles, its script and its data inside."""
    style, script = own_file(PACKAGE, "report.css"), _script()
    page = (
        _environment()
        .get_template("report.html")
        .render(
            policy=content_policy(style, script),
            style=Markup(style),  # noqa: S704 - a file of this package
            script=Markup(script),  # noqa: S704 - files of this package
            data=packed(payload_of(results, entries)),
            results=results,
            board=board,
            totals=_totals(results, entries),
            heatmaps=(
                *heatmaps(results, board, ["by_doc_type", "by_language"]),
                *heatmaps(results, board, ["by_doc_question", *own_groupings(results)]),
            ),
            filterable=TITLES,
            failures=failures_of(entries),
            unscored=unscored_of(entries),
            timings=timings_of(results),
            envs=env_cards(results),
            model_envs=model_envs(results),
            model_facts=_model_facts(results),
            provenance=[section for section in other_sections(results) if section[0] != "models"],
        )
    )
    return page.encode()


def _script() -> str:
    """Every file of the page in one strict scope, which leaves no name behind on the page."""
    files = [own_file(PACKAGE, f"scripts/{name}.js") for name in SCRIPTS]
    return "\n".join(('"use strict";', "(() => {", *files, "})();", ""))


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
    )
    environment.filters["json_text"] = _json_text
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


def _json_text(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


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
