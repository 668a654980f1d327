"""What `vlmhb repair` says."""

from collections.abc import Iterator, Sequence

from vlmhb.domain.digest import Json
from vlmhb.store import Repaired, RunDir

_MOST_NUMBERS = 12


def lines_about(repaired: Sequence[Repaired]) -> Iterator[str]:
    """One for each journal, and what to do next where something was set aside."""
    for one in repaired:
        yield f"{one.file.name}: {_what(one)}; {one.kept:,} kept"
    if any(one.set_aside for one in repaired):
        yield (
            "next: the same `vlmhb run` command (or `vlmhb score --judge`, for verdicts) asks "
            "again for what stood there, and writes the report anew"
        )


def _what(one: Repaired) -> str:
    told = []
    if one.aside is not None:
        numbers = ", ".join(map(str, one.set_aside[:_MOST_NUMBERS]))
        more = ", ..." if len(one.set_aside) > _MOST_NUMBERS else ""
        count = f"{len(one.set_aside):,} line{'s' if len(one.set_aside) > 1 else ''}"
        told.append(f"{count} set aside in {one.aside.name} ({numbers}{more})")
    if one.is_header_new:
        told.append("its header was written anew")
    return ", ".join(told) or "every line is whole"


def facts_of(run_dir: RunDir, repaired: Sequence[Repaired]) -> dict[str, Json]:
    """The same for programs."""
    return {
        "folder": str(run_dir.path),
        "files": [
            {
                "file": str(one.file),
                "kept": one.kept,
                "set_aside": list(one.set_aside),
                "aside": None if one.aside is None else str(one.aside),
                "new_header": one.is_header_new,
            }
            for one in repaired
        ],
    }
