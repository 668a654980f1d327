"""The words of a text in any script."""

import re

from vlmhb.metrics.text.normalize import DOCUMENT

# Han and kana are written without spaces; a character of them is the closest thing to a word.
KANA_OR_HAN = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
KANA_OR_HAN_CHARACTER = re.compile(f"[{KANA_OR_HAN}]")
WORD = re.compile(rf"[{KANA_OR_HAN}]|[^\s{KANA_OR_HAN}]+")


def words(text: str) -> list[str]:
    """What stands between spaces after `document` normalisation, Han and kana one by one."""
    text = DOCUMENT(text)
    return WORD.findall(text) if KANA_OR_HAN_CHARACTER.search(text) else text.split()
