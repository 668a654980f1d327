"""Where the cells of a CSV file stand, which Python's own reader does not tell."""

from collections.abc import Sequence


def places_of(lines: Sequence[str], first_line: int) -> list[str]:
    """`line:column` of each cell of the row that these lines hold, both counted from 1."""
    places: list[str] = []
    is_start, is_wrapped, is_quoted = True, False, False
    for number, line in enumerate(lines, start=first_line):
        for column, mark in enumerate(f"{line}\n", start=1):
            if is_start:
                places.append(f"{number}:{column}")
                is_wrapped = mark == '"'
            if is_wrapped and mark == '"':
                is_quoted = not is_quoted
            is_start = mark == ";" and not is_quoted
    return places
