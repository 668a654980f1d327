"""Scoring a finished run with other metrics, or with the verdicts of an LLM judge."""

from vlmhb.rescoring.judge import Judge, Judging
from vlmhb.rescoring.rescore import rescore

__all__ = ["Judge", "Judging", "rescore"]
