"""The groups of an evaluation's samples, as places in arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vlmhb.domain.sample import Sample
from vlmhb.domain.task import Task
from vlmhb.metrics.aggregation.groupings import (
    Group,
    Keys,
    groupings_of,
    macro_groupings_of,
    members_of,
)

Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Divided:
    """The samples of an evaluation and their groups."""

    samples: tuple[Sample, ...]
    documents: Places
    """The number of each sample's document, in the order of the documents' names."""
    groupings: Mapping[str, Mapping[Group, Places]]
    macro_groupings: Mapping[str, Mapping[Group, Places]]
    """Without the samples that lack a key, unless all do."""
    repeat_by: Keys = ()
    """What a sample counts once for each value of."""


def divide(samples: Sequence[Sample], task: Task) -> Divided:
    """The groups of `samples` in every grouping that says anything about them."""
    names = {sample.document for sample in samples}
    numbers = {name: number for number, name in enumerate(sorted(names))}
    return Divided(
        tuple(samples),
        np.array([numbers[sample.document] for sample in samples], dtype=np.intp),
        _divided(samples, groupings_of(task), task.repeat_by),
        {
            name: _said(groups)
            for name, groups in _divided(samples, macro_groupings_of(task), task.repeat_by).items()
        },
        task.repeat_by,
    )


def _divided(
    samples: Sequence[Sample], groupings: Mapping[str, Keys], repeat_by: Keys
) -> dict[str, dict[Group, Places]]:
    members = {name: members_of(samples, keys, repeat_by) for name, keys in groupings.items()}
    return {
        name: {group: np.array(places, dtype=np.intp) for group, places in groups.items()}
        for name, groups in members.items()
        if groups
    }


def _said(groups: Mapping[Group, Places]) -> Mapping[Group, Places]:
    """The groups of samples that have a value for every key; all where there are none."""
    return {group: places for group, places in groups.items() if all(group)} or groups
