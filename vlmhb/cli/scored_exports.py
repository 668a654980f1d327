"""What `vlmhb export` writes of a scored run, by format."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vlmhb.errors import UsageError
from vlmhb.store import RunDir, read_manifest

if TYPE_CHECKING:
    from vlmhb.report.exports.export import Export
    from vlmhb.report.exports.published import HubDataset

_DATASET = re.compile(r"(?P<task>.+?)=(?P<id>[\w.-]+/[\w.-]+)(?::(?P<task_id>[\w.-]+))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Publication:
    """What the user says of the places that figures are published at."""

    hub_datasets: tuple[str, ...] = ()
    """`TASK=ORG/NAME` or `TASK=ORG/NAME:TASK_ID`."""
    source_url: str = ""
    organisation: str = ""
    relationship: str = "other"


def scored_export(form: str, run_dir: RunDir, said: Publication) -> "Export":
    """The run scored anew, in one of the formats `parquet`, `hf-eval` and `eee`.

    Raises:
        UsageError: the run cannot be read, or its data does not fit the format.
    """
    from vlmhb.report import read_results
    from vlmhb.report.exports.to_eee import Evaluator, as_eee
    from vlmhb.report.exports.to_hf_eval import HubNames, as_hf_eval
    from vlmhb.report.exports.to_parquet import as_parquet

    datasets = _datasets(said.hub_datasets)
    if form == "eee" and not said.organisation:
        raise UsageError(
            "cannot export for Every Eval Ever",
            "nobody is named who says so",
            next_step="name the organisation that publishes the figures: --organisation NAME",
        )
    results = read_results(run_dir)
    if form == "parquet":
        return as_parquet(results)
    manifest = read_manifest(run_dir.manifest)
    if form == "hf-eval":
        return as_hf_eval(results, manifest, HubNames(datasets, said.source_url))
    return as_eee(results, manifest, Evaluator(said.organisation, said.relationship, datasets))


def _datasets(texts: tuple[str, ...]) -> "Mapping[str, HubDataset]":
    from vlmhb.report.exports.published import HubDataset

    matches = [(text, _DATASET.fullmatch(text)) for text in texts]
    wrong = [text for text, match in matches if match is None]
    if wrong:
        raise UsageError(
            "cannot use --hub-dataset",
            f"got {', '.join(map(repr, wrong))}",
            expected="TASK=ORG/NAME, or TASK=ORG/NAME:TASK_ID for a task of its eval.yaml",
        )
    return {
        match["task"]: HubDataset(match["id"], match["task_id"] or "default")
        for _, match in matches
        if match
    }
