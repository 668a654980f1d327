"""Answers and figures in the formats of other tools: read as a run, and written from one."""
