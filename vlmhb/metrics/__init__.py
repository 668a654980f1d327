"""Answers to scores to summaries. Pure: no file, process or clock.

A new metric is one file in the room of its kind and one line in `catalog.py`.
"""

from vlmhb.metrics.aggregation.aggregate import summarise
from vlmhb.metrics.scoring import score_evaluation

__all__ = ["score_evaluation", "summarise"]
