"""Which of a task's figures are its headline: over all samples, or a mean of groups."""

from collections.abc import Callable
from dataclasses import dataclass

from vlmhb.domain.results import Results
from vlmhb.metrics.aggregation.groupings import Keys, macro_groupings_of, members_of


@dataclass(frozen=True, slots=True)
class Headline:
    """The grouping whose figures the leaderboard shows and ranks by."""

    grouping: str = "general"
    keys: Keys = ()
    """Of the groups that count alike; none for `general`."""
    n_apart: int = 0
    """Samples that are in no group, because they lack a key."""

    def note(self, name: Callable[[str], str]) -> str:
        """What a reader has to know of the figures; `name` writes the keys safely."""
        if not self.keys:
            return ""
        keys = " and ".join(map(name, self.keys))
        apart = f" Samples without one of these are left out: {self.n_apart}." * bool(self.n_apart)
        return (
            f"Figures are means over the groups by {keys}, which count alike.{apart} Those over "
            "all samples are in metrics.csv as general."
        )


def headline_of(results: Results, task: str) -> Headline:
    """The first of the task's `macro_by`, where it says anything; else `general`."""
    loaded = next(loaded for loaded in results.tasks if loaded.task.name == task)
    grouping, keys = next(iter(macro_groupings_of(loaded.task).items()), ("general", ()))
    made = {(summary.task, summary.grouping) for summary in results.summaries}
    if not keys or (task, grouping) not in made:
        return Headline()
    members = members_of(loaded.samples, keys)
    grouped = {place for group, places in members.items() if all(group) for place in places}
    return Headline(grouping, keys, len(loaded.samples) - len(grouped) if grouped else 0)
