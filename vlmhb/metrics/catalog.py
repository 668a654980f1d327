"""Every metric by name. Nothing is imported before it is asked for."""

import difflib
import importlib
from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points

from vlmhb.errors import UsageError
from vlmhb.metrics.interface import Metric

BUILT_IN: Mapping[str, str] = {
    "cer": "vlmhb.metrics.edit_rate:CER",
    "cer_ci": "vlmhb.metrics.edit_rate:CER_CI",
    "wer": "vlmhb.metrics.edit_rate:WER",
    "wer_ci": "vlmhb.metrics.edit_rate:WER_CI",
    "exact_match": "vlmhb.metrics.exact_match:EXACT_MATCH",
    "anls": "vlmhb.metrics.anls:ANLS",
    "field_found": "vlmhb.metrics.field_found:FIELD_FOUND",
}

ENTRY_POINT_GROUP = "vlmhb.metrics"
"""For metrics in packages of their own. A built-in name cannot be taken over."""


def names() -> tuple[str, ...]:
    """Every name `find` knows: the built-in ones first, then installed ones by name."""
    return (*BUILT_IN, *sorted(installed().keys() - BUILT_IN.keys()))


def find(name: str) -> Metric:
    """The metric called `name`.

    Raises:
        UsageError: there is none, or its package cannot be imported.
    """
    try:
        metric = load(name)
    except (ImportError, AttributeError) as error:
        raise UsageError(f'cannot load metric "{name}"', str(error)) from error
    if not isinstance(metric, Metric):
        raise UsageError(
            f'cannot use metric "{name}"',
            f"{type(metric).__module__}.{type(metric).__qualname__}",
            expected="an object with the members of vlmhb.metrics.interface.Metric",
        )
    return metric


def load(name: str) -> object:
    """Whatever the catalog or an installed package has under `name`."""
    if name in BUILT_IN:
        module, _, attribute = BUILT_IN[name].partition(":")
        return getattr(importlib.import_module(module), attribute)
    foreign = installed()
    if name in foreign:
        return foreign[name].load()
    near = difflib.get_close_matches(name, names())
    raise UsageError(
        "cannot find a metric",
        f'unknown metric "{name}"',
        expected=f"one of {', '.join(names())}",
        next_step=f"did you mean {' or '.join(near)}?" if near else None,
    )


def installed() -> Mapping[str, EntryPoint]:
    """What other packages offer, by name."""
    return {entry.name: entry for entry in entry_points(group=ENTRY_POINT_GROUP)}
