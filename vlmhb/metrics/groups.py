"""The groups of a task's samples, and the summary of one metric for each of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from vlmhb.domain.sample import Sample
from vlmhb.domain.score import MetricSummary, SampleScore
from vlmhb.metrics.catalog import find
from vlmhb.metrics.column import column_of
from vlmhb.metrics.statistics import bootstrap_interval, generator

Group: TypeAlias = tuple[str, ...]

GROUPINGS: Mapping[str, Callable[[Sample], Group]] = {
    "general": lambda _: (),
    "by_doc_type": lambda sample: (sample.doc_class,),
    "by_doc_question": lambda sample: (sample.doc_class, sample.question_type),
    "by_language": lambda sample: (sample.language,),
}


def groups_of(samples: Sequence[Sample]) -> Iterator[tuple[str, Group, NDArray[np.intp]]]:
    """Every grouping, its groups in sorted order, and the positions of their samples."""
    for grouping, group_of in GROUPINGS.items():
        members: dict[Group, list[int]] = {}
        for position, sample in enumerate(samples):
            members.setdefault(group_of(sample), []).append(position)
        for group in sorted(members):
            yield grouping, group, np.array(members[group], dtype=np.intp)


def summaries_of(
    cells: Sequence[SampleScore], samples: Sequence[Sample], seed: int
) -> Iterator[MetricSummary]:
    """Every group's summary of one metric; `samples` are those of `cells`, in order."""
    model, task, metric = cells[0].model, cells[0].task, cells[0].metric
    direction = find(metric).direction
    everything = column_of(cells, samples)
    for grouping, group, positions in groups_of(samples):
        column = everything.at(positions)
        documents = column.scored_by_document()
        # Drawn from its own key: no figure depends on which others were computed before it.
        random = generator(seed, model, task, metric, grouping, group)
        low, high = bootstrap_interval(*documents, random) or (None, None)
        yield MetricSummary(
            model=model,
            task=task,
            metric=metric,
            grouping=grouping,
            group=group,
            direction=direction,
            value=column.value(column.scored),
            ci_low=low,
            ci_high=high,
            value_failed_as_wrong=column.value(column.scored | column.failed),
            n_scored=int(column.scored.sum()),
            n_failed=int(column.failed.sum()),
            n_unscored=int((~(column.scored | column.failed)).sum()),
            n_documents=documents[0].size,
        )
