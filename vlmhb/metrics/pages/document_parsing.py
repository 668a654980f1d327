"""How like the outline of a Markdown page is to the true one.

Source: OCRBench v2 as MWS-Vision-Bench mends it, `doc_parsing_evaluation`: headings and the lines
below them make a tree, and trees are compared by their form alone. The words are not looked at.
"""

import re

from vlmhb.domain.task import AnswerKind
from vlmhb.metrics.best_target import BestTarget
from vlmhb.metrics.trees.edit_distance import too_much, tree_distance
from vlmhb.metrics.trees.shape import TreeShape, shape_of

LONGEST = 200_000
TOKENS = re.compile(r"<bos>|<eos>|<pad>|<unk>")
# A heading mark of two inside a line is taken away; so is one that is set in.
INNER_MARK = re.compile(r"\s##(\S)")


def outline_similarity(answer: str, target: str) -> float:
    """1 minus the edits between the two outlines over the nodes of the larger one, in [0, 1]."""
    import numpy as np  # noqa: PLC0415 - looking metrics up must not wait for it

    ours, theirs = outline(answer[:LONGEST]), outline(target[:LONGEST])
    if too_much(ours, theirs):
        return 0.0
    distance = tree_distance(ours, theirs, np.zeros((len(ours), len(theirs))))
    return max(0.0, 1 - distance / max(len(ours), len(theirs)))


def outline(markdown: str) -> TreeShape:
    """The tree of a page: its headings, of any level, and below each the lines that follow it."""
    depths = [0]
    below = 1
    for line in map(bare, markdown.split("\n")):
        if line.startswith("#"):
            depths.append(1)
            below = 2
        elif line:
            depths.append(below)
    return shape_of(depths)[0]


def bare(line: str) -> str:
    """A line without emphasis and the outer white space."""
    text = INNER_MARK.sub(r"\1", TOKENS.sub("", line))
    return text.replace("*", " ").replace("_", " ").strip()


DOCUMENT_PARSING = BestTarget(
    "document_parsing",
    "Outline",
    "Similarity of the outline of a Markdown page, headings and the lines below them, to the true "
    "one by tree edit distance, whatever the words; as OCRBench v2 and MWS-Vision-Bench.",
    "Markdown outline",
    outline_similarity,
    kinds=frozenset(AnswerKind),
)
