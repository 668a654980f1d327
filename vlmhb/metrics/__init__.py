"""Answers to scores to summaries. Pure: no file, process or clock.

A new metric is one file beside this one and one line in `catalog.py`.
"""

from vlmhb.metrics.aggregate import summarise
from vlmhb.metrics.scoring import score_evaluation

__all__ = ["score_evaluation", "summarise"]
