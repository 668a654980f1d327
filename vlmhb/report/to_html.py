"""report.html: one page that opens without a server and loads nothing from anywhere."""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any

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
from vlmhb.report.payload import packed, payload_of
from vlmhb.report.provenance import env_cards, flattened, model_envs, other_sections
from vlmhb.report.text import visible
from vlmhb.report.timing import timings_of
from vlmhb.report.to_json import counts_of
from vlmhb.report.to_text import arrow, heading


def report_html(results: Results, entries: Sequence[Entry], board: Leaderboard) -> bytes:
    """The page, with its styles, its script and its data inside."""
    style, script = _own_file("report.css"), _own_file("report.js")
    page = (
        _environment()
        .get_template("report.html")
        .render(
            policy=_content_policy(style, script),
            style=Markup(style),  # noqa: S704 - a file of this package
            script=Markup(script),  # noqa: S704 - a file of this package
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


def _own_file(name: str) -> str:
    return (resources.files("vlmhb.report") / "templates" / name).read_text("utf-8")


def _content_policy(style: str, script: str) -> str:
    """Nothing runs, styles or loads but what this page brings along.

    `file:` lets a page opened from disk show the pictures beside it, `'self'` one behind a server.
    """
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src '{_hash(script)}'",
            f"style-src '{_hash(style)}'",
            "img-src 'self' file:",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("vlmhb.report", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        finalize=_shown,
    )
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


def _shown(value: Any) -> Any:
    """Text with its invisible characters spelled out; everything else as it is."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


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
