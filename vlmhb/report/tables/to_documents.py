"""One JSON file for each model and document, with the keys that vlm_lab's files have."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

from vlmhb.domain.answer import Answer, Outcome, Timing, Usage
from vlmhb.domain.decision import Decision
from vlmhb.domain.digest import Json
from vlmhb.domain.file_name import file_names
from vlmhb.domain.run import Request
from vlmhb.report.entries import UNAVAILABLE, Entry, error_text
from vlmhb.report.numbers import finite

SCHEMA_VERSION = 1
FOLDER = "documents"
"""Below `derived/`."""

_PAGE = re.compile(r"#page=(\d+)$")


def document_files(entries: Iterable[Entry], decided: Mapping[str, Decision]) -> dict[str, bytes]:
    """Path below `derived/` -> content, in the order of the plan.

    Samples that share an inference share a record. `decided` is what was decided about a model.
    """
    grouped: defaultdict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.status != UNAVAILABLE:
            grouped[entry.evaluation.model, entry.sample.document].append(entry)
    models = file_names(model for model, _ in grouped)
    documents = file_names(document for _, document in grouped)
    return {
        f"{FOLDER}/{models[model]}/{documents[document]}.json": _file(
            (model, document), asked, decided.get(model)
        )
        for (model, document), asked in grouped.items()
    }


def _file(named: tuple[str, str], entries: Sequence[Entry], decision: Decision | None) -> bytes:
    model, document = named
    by_request: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_request[entry.request.id].append(entry)
    places = _page_places(entries)
    content: dict[str, Json] = {
        "schema_version": SCHEMA_VERSION,
        "document": document,
        "model": model,
        "decision": asdict(decision) if decision else None,
        "answers": [_record(sharing, places) for sharing in by_request.values()],
    }
    return json.dumps(content, indent=1, allow_nan=False).encode("ascii") + b"\n"


def _page_places(entries: Sequence[Entry]) -> dict[str, int]:
    """Path of a page -> its place in the document, counted from 0.

    As its path says it, else in the order in which the samples show them.
    """
    paths = dict.fromkeys(page.path for entry in entries for page in entry.request.pages)
    return {
        path: int(match[1]) - 1 if (match := _PAGE.search(path)) else place
        for place, path in enumerate(paths)
    }


def _record(sharing: Sequence[Entry], places: Mapping[str, int]) -> dict[str, Json]:
    first = sharing[0]
    request, outcome = first.request, first.outcome
    indices = [places[page.path] for page in request.pages]
    return {
        "page_index": indices[0] if len(indices) == 1 else indices,
        "pages": [page.path for page in request.pages],
        "samples": [{"task": one.task.name, "id": one.sample.id} for one in sharing],
        "prompt": request.prompt,
        "system_prompt": request.system_prompt,
        "raw_response": outcome.text if isinstance(outcome, Answer) else None,
        "status": first.status,
        "error": error_text(outcome) or None,
        **_measured(outcome),
        "generation_kwargs": _generation(request),
    }


def _measured(outcome: Outcome | None) -> dict[str, Json]:
    timing, usage = (
        (outcome.timing, outcome.usage) if isinstance(outcome, Answer) else (Timing(), Usage())
    )
    return {"elapsed_seconds": finite(timing.total_s), **asdict(usage)}


def _generation(request: Request) -> dict[str, Json]:
    """As asked for, without what the task leaves to the model."""
    asked = asdict(request.generation)
    return {name: value for name, value in asked.items() if value is not None}
