"""A finished run as documents: CSV, JSON, Markdown, a workbook and a page for the browser."""

from vlmhb.report.assemble import read_results
from vlmhb.report.figures.leaderboard import Leaderboard, leaderboard
from vlmhb.report.tables.to_text import render_text
from vlmhb.report.write import write_report, write_tables

__all__ = [
    "Leaderboard",
    "leaderboard",
    "read_results",
    "render_text",
    "write_report",
    "write_tables",
]
