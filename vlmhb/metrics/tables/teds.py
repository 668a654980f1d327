"""How like the table in an answer is to the true one: TEDS and TEDS-S."""

from dataclasses import dataclass, replace

from vlmhb.domain.sample import Sample
from vlmhb.domain.score import Direction, Score, Unscored
from vlmhb.domain.task import AnswerKind
from vlmhb.metrics.tables.reading import table_of
from vlmhb.metrics.tables.table import Node, Table, renaming_costs
from vlmhb.metrics.trees.edit_distance import too_much, tree_distance

ROOM = 4
"""How much larger than the true table an answer may be and still be compared."""


@dataclass(frozen=True, slots=True)
class Teds:
    """1 minus the edit distance of two tables over the nodes of the larger one."""

    name: str
    title: str
    summary: str
    plain: bool
    structure_only: bool
    direction: Direction = Direction.HIGHER
    kinds: frozenset[AnswerKind] = frozenset(AnswerKind)

    @property
    def normalisation(self) -> str:
        """What is left of a table."""
        return "plain cells" if self.plain else "as written"

    def score(self, text: str, sample: Sample) -> Score | Unscored:
        """The similarity to the closest target, out of 1; 0 for an answer without a table."""
        read = (self.table(target) for target in sample.targets)
        targets = [table for table in read if table is not None]
        if not targets:
            return Unscored("no target holds a table")
        large = max(targets, key=lambda table: len(table.nodes))
        if too_much(large.shape, large.shape, times=ROOM):
            return Unscored(f"table too large: the true one has {len(large.nodes)} nodes")
        answer = self.table(text)
        return Score(max(similarity(answer, target) for target in targets) if answer else 0.0, 1)

    def worst(self, sample: Sample) -> Score | Unscored:
        """0 of 1, as for an answer without a table."""
        return self.score("", sample)

    def table(self, text: str) -> Table | None:
        """The first table of a text, as far as it counts here."""
        table = table_of(text, plain=self.plain)
        if table is None or not self.structure_only:
            return table
        return replace(table, nodes=tuple(Node(node.form) for node in table.nodes))


def similarity(answer: Table, target: Table) -> float:
    """In [0, 1]; 0 for an answer too much larger to be compared.

    Its similarity would be below the share of nodes that can be matched, 1 in `ROOM`.

    Source: Zhong, ShafieiBavani and Jimeno Yepes 2020, "Image-based table recognition: data,
    model, and evaluation" (ECCV).
    """
    if too_much(answer.shape, target.shape):
        return 0.0
    distance = tree_distance(answer.shape, target.shape, renaming_costs(answer, target))
    return max(0.0, 1 - distance / max(len(answer.nodes), len(target.nodes)))


TEDS = Teds(
    "teds",
    "TEDS",
    "Similarity of the first table in the answer to the true one by tree edit distance, cells and "
    "their contents as written; the figure of PubTabNet.",
    plain=False,
    structure_only=False,
)
TEDS_S = Teds(
    "teds_s",
    "TEDS-S",
    "TEDS of the structure alone: rows, cells and spans without contents.",
    plain=False,
    structure_only=True,
)
TEDS_PLAIN = Teds(
    "teds_plain",
    "TEDS, plain",
    "TEDS with header cells taken as cells, table sections and markup inside cells left out, and "
    "white space collapsed, so that an answer is not judged by its dialect of HTML.",
    plain=True,
    structure_only=False,
)
TEDS_S_PLAIN = Teds(
    "teds_s_plain",
    "TEDS-S, plain",
    "TEDS-S with header cells taken as cells and table sections left out.",
    plain=True,
    structure_only=True,
)
