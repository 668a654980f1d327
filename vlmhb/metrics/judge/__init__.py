"""Metrics that ask a judge: what it is asked, and what its verdicts count for."""
