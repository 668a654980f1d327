"""Scores to summaries: groupings, units, figures and their intervals."""
