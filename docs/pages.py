"""Pages of the site that are made of other files: the list of decisions, and the changelog."""

import re
from collections.abc import Iterator
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

KINDS = {
    "feature": "New",
    "fix": "Mended",
    "removal": "Removed",
    "doc": "Documentation",
    "misc": "Other",
}
"""What the second part of a fragment's name stands for."""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """All files, and the two pages that nobody wrote."""
    docs = Path(config.docs_dir)
    files.append(File.generated(config, "adr/index.md", content=decisions(docs / "adr")))
    files.append(File.generated(config, "changelog.md", content=changelog(docs)))
    return files


def decisions(folder: Path) -> str:
    """A page with a link to each decision, by number."""
    lines = ["# Decisions", "", "What was decided, why, and what follows from it.", ""]
    for path in sorted(folder.glob("[0-9]*.md")):
        heading = path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")
        lines.append(f"- [{heading}]({path.name})")
    return "\n".join(lines) + "\n"


def changelog(docs: Path) -> str:
    """CHANGELOG.md, in which the fragments stand for what is not released yet."""
    released = (docs.parent / "CHANGELOG.md").read_text(encoding="utf-8")
    return released.replace("See `docs/changelog/`.", "\n".join(fragments(docs / "changelog")))


def fragments(folder: Path) -> Iterator[str]:
    """The lines of all fragments, under a heading for each kind."""
    for kind, title in KINDS.items():
        found = sorted(folder.glob(f"*.{kind}.md"))
        if found:
            yield f"\n### {title}\n"
        for path in found:
            # Links in a fragment count from docs/changelog.
            text = re.sub(r"\]\(\.\./", "](", path.read_text(encoding="utf-8").strip())
            yield "- " + text.replace("\n", "\n  ")


def on_page_markdown(markdown: str, **_context: object) -> str:
    r"""A page whose tables say `|` in code as it is; `\|` is what the forges' Markdown wants."""
    return "\n".join(
        re.sub(r"`[^`]*`", lambda code: code[0].replace("\\|", "|"), line)
        if line.startswith("|")
        else line
        for line in markdown.split("\n")
    )
