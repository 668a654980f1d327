"""The scores of a whole run, made while models still answer or afterwards."""

from vlmhb.scoring.every_score import score_all
from vlmhb.scoring.scores_ahead import ScoresAhead

__all__ = ["ScoresAhead", "score_all"]
