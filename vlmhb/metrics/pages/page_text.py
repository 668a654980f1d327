"""The text of a page without its Markdown, as olmOCR's benchmark compares it."""

import re
from functools import lru_cache

from vlmhb.metrics.text.normalize import nfc

BREAK = re.compile(r"<br/?>")
TAG = re.compile(r"</?[bi]>")
BOLD = re.compile(r"(\*\*|__)(.*?)\1")
ITALIC = re.compile(r"(\*|_)(.*?)\1")
LOOK_ALIKES = str.maketrans(
    {
        **dict.fromkeys("‘’‚", "'"),
        **dict.fromkeys("“”„", '"'),
        **dict.fromkeys("–—‑‒−", "-"),
        "＿": "_",
        "µ": "μ",
    }
)


@lru_cache(maxsize=16)  # all facts of a page are looked for in the same text
def page_text(markdown: str) -> str:
    """A page in one line: no bold or italic marks, typewriter quotes and hyphens, single spaces."""
    text = TAG.sub("", BREAK.sub(" ", markdown))
    text = ITALIC.sub(r"\2", BOLD.sub(r"\2", text))
    return nfc(re.sub(r"\s+", " ", text)).translate(LOOK_ALIKES)
