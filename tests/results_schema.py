"""The published schemas of results.json and comparison.json, and whether documents conform."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from vlmhb.domain.digest import Json
from vlmhb.metrics.structured.schema import conforms

GUIDE = Path(__file__).parents[1] / "docs" / "guide"


@cache
def schema_of(name: str) -> Any:
    """With what its references name in their place, as our own checks know no references."""
    written = json.loads((GUIDE / f"{name}.schema.json").read_text("utf-8"))
    return _resolved(written, written["$defs"])


def results_schema() -> Any:
    """That of results.json."""
    return schema_of("results")


def is_results_json(document: Json) -> bool:
    """Whether it has everything that the schema names, and nothing else."""
    return conforms(results_schema(), document)


def is_comparison_json(document: Json) -> bool:
    """As above, of comparison.json."""
    return conforms(schema_of("comparison"), document)


def unlike_the_schema(folder: Path) -> list[str]:
    """The results.json of the runs in `folder` and in its runs/ that do not conform."""
    patterns = ("*/derived/results.json", "runs/*/derived/results.json")
    files = (file for pattern in patterns for file in folder.glob(pattern))
    return [str(file) for file in files if not is_results_json(json.loads(file.read_bytes()))]


def _resolved(schema: Any, parts: Mapping[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_resolved(item, parts) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _resolved(parts[schema["$ref"].removeprefix("#/$defs/")], parts)
    return {key: _resolved(value, parts) for key, value in schema.items() if key != "$defs"}
