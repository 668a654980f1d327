"""The table of the kinds of mistakes, as the guide has it."""

from vlmhb.report.error_classes.classes import ABOUT


def table() -> str:
    """Markdown, without a line break at its end."""
    rows = ["| kind | what it is | target | answer |", "| --- | --- | --- | --- |"]
    for kind, about in ABOUT.items():
        words = f"**{about.title}**<br>`{kind.value}`"
        rows.append(
            f"| {words} | {about.definition} | {_code(about.target)} | {_code(about.answer)} |"
        )
    return "\n".join(rows)


def _code(text: str) -> str:
    return f"`{text}`" if text else "(empty)"
