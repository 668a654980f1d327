"""Which rules of the prompt sets a run asks with, for people and for programs."""

from collections import Counter
from collections.abc import Iterable, Sequence

from vlmhb.domain.digest import Json
from vlmhb.plan import RuleCount, RuleUse

MAX_RULES = 4
"""How many of each kind the text names; JSON has all."""


def rule_lines(uses: Sequence[RuleUse]) -> list[str]:
    """For people: by task, how many samples each kind of rule is for.

    Models are named where those of a task are not all asked with the same sets.
    """
    choices = Counter(use.task for use in uses)
    lines = []
    for use in uses:
        models = f" ({', '.join(use.models)})" if choices[use.task] > 1 else ""
        lines += [f"  {use.task}{models}: {text}" for text in _texts(use.prompts)]
        lines += [f"    system prompts: {text}" for text in _texts(use.system_prompts)]
    return lines


def _texts(counts: Sequence[RuleCount]) -> list[str]:
    """One for each set: `invoices@1, 8 samples by field (act total 8), 5 by default`."""
    texts = []
    for prompts in dict.fromkeys(one.prompts for one in counts):
        own = [one for one in counts if one.prompts == prompts]
        kinds = dict.fromkeys(one.kind for one in own)
        parts = [_kind_text(kind, [one for one in own if one.kind == kind]) for kind in kinds]
        texts.append(f"{prompts}, {', '.join(parts)}")
    return texts


def _kind_text(kind: str, counts: Sequence[RuleCount]) -> str:
    total = sum(one.samples for one in counts)
    text = f"{total:,} sample{'' if total == 1 else 's'} by {kind}"
    if kind not in ("field", "class"):
        return text
    named = [f"{one.rule.removeprefix(kind).strip()} {one.samples}" for one in counts[:MAX_RULES]]
    if len(counts) > MAX_RULES:
        named.append(f"and {len(counts) - MAX_RULES} more")
    return f"{text} ({', '.join(named)})"


def rules_json(uses: Iterable[RuleUse]) -> list[Json]:
    """For programs."""
    return [
        {
            "task": use.task,
            "models": list(use.models),
            "prompts": _counts(use.prompts),
            "system_prompts": _counts(use.system_prompts),
        }
        for use in uses
    ]


def _counts(counts: Iterable[RuleCount]) -> list[Json]:
    return [{"set": one.prompts, "rule": one.rule, "samples": one.samples} for one in counts]
