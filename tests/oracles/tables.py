"""From the rows of a VLMEvalKit table with answers to the figures that they come to here."""

import base64
import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.build import loaded
from tests.unit.datasets.tables import png
from vlmhb.datasets.vlmeval_tsv import VlmevalTsv
from vlmhb.domain.answer import Answer
from vlmhb.domain.run import Evaluation
from vlmhb.domain.sample import Sample
from vlmhb.domain.task import AnswerKind, DatasetRef
from vlmhb.metrics import score_evaluation, summarise
from vlmhb.system.page_cache import PageCache

REPLY = AnswerKind.REPLY


def figures(
    metrics: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
    samples: Sequence[Sample],
    **task: Any,
) -> dict[tuple[str, str, tuple[str, ...]], float | None]:
    """(metric, grouping, group) -> the figure that the answers in `rows` come to."""
    answered = loaded(tuple(samples), metrics={REPLY: tuple(metrics)}, **task)
    outcomes = {str(row["index"]): Answer(str(row["index"]), row["prediction"]) for row in rows}
    pairs = tuple((sample.id, sample.id) for sample in samples)
    evaluation = Evaluation("m", answered.task.name, REPLY, pairs)
    scores = score_evaluation(evaluation, answered, outcomes)
    return {
        (summary.metric, summary.grouping, summary.group): summary.value
        for summary in summarise(scores, (answered,), seed=0)
    }


def read(folder: Path, rows: Sequence[Mapping[str, Any]], **options: Any) -> tuple[Sample, ...]:
    """The samples of a table with these rows, all of which show one image."""
    columns = dict.fromkeys(name for row in rows for name in row if name != "prediction")
    picture = base64.b64encode(png()).decode("ascii")
    with (folder / "table.tsv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, delimiter="\t", quoting=csv.QUOTE_ALL, lineterminator="\n")
        table.writerow(["image", *columns])
        for place, row in enumerate(rows):
            image = rows[0]["index"] if place else picture
            table.writerow([image, *(row.get(name, "") for name in columns)])
    dataset = DatasetRef("t", "vlmeval_tsv", str(folder), "table.tsv", "none", options=options)
    return VlmevalTsv().read(dataset, PageCache(folder))
