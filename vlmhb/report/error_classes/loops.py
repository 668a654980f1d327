"""Answers that repeat themselves until they end."""

from vlmhb.metrics.text.normalize import single_spaces

TAIL_CHARS = 600
TIMES = 4
LEAST_CHARS = 40


def repeated(text: str) -> str:
    """What a text ends by repeating; empty where it does not.

    The last repetition may be cut anywhere.
    """
    written = single_spaces(text[-4 * TAIL_CHARS :])[-TAIL_CHARS:]
    end = written[-LEAST_CHARS // TIMES :]
    if end not in written[-TAIL_CHARS // TIMES - len(end) : -1]:
        return ""
    tail = written[::-1]
    longest, period = 0, 0
    for length, known in enumerate(_borders(tail), start=1):
        if length >= LEAST_CHARS and (length - known) * TIMES <= length:
            longest, period = length, length - known
    return tail[:period][::-1] if longest else ""


def is_loop(answer: str, target: str) -> bool:
    """Whether the answer ends in a loop that is not the target's own."""
    if len(answer) < LEAST_CHARS:
        return False
    again = repeated(answer)
    return bool(again) and again * TIMES not in single_spaces(target)


def _borders(text: str) -> list[int]:
    """By length of a beginning of `text`, from 1: how long a shorter start is also its end.

    Source: Knuth, Morris, Pratt 1977, "Fast pattern matching in strings".
    """
    borders = [0] * len(text)
    for place in range(1, len(text)):
        length = borders[place - 1]
        while length and text[place] != text[length]:
            length = borders[length - 1]
        borders[place] = length + (text[place] == text[length])
    return borders
