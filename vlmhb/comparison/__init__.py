"""Finished runs side by side."""

from vlmhb.comparison.compare import Comparison, compare
from vlmhb.comparison.gate import Breach, Limit, breach_text, breaches, limit_of
from vlmhb.comparison.sides import read_pairings, reference_of, unmatched, unpaired
from vlmhb.comparison.to_json import facts_of
from vlmhb.comparison.to_text import render_comparison
from vlmhb.comparison.write import usual_folder, write_comparison

__all__ = [
    "Breach",
    "Comparison",
    "Limit",
    "breach_text",
    "breaches",
    "compare",
    "facts_of",
    "limit_of",
    "read_pairings",
    "reference_of",
    "render_comparison",
    "unmatched",
    "unpaired",
    "usual_folder",
    "write_comparison",
]
