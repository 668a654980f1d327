"""Tesseract in this process, through tesserocr, with the system's language files."""

import os
from typing import Any, Dict

from vlmhb_worker.backend import LoadJob, Progress
from vlmhb_worker.backends.page_engine import PageEngine, checked_params, sha256_of
from vlmhb_worker.backends.reading_order import tidy_lines

DEFAULTS = {
    "languages": "eng",
    "psm": 3,
    "tessdata": "/usr/share/tesseract-ocr/5/tessdata",
    "variables": {},
}


class Tesseract(PageEngine):
    """Tesseract's LSTM engine.

    Params: `languages` as Tesseract spells them (`rus+eng`), `psm` (page segmentation mode, 0-13),
    `tessdata` (folder of the language files), `variables` (Tesseract's own settings).
    """

    def __init__(self) -> None:
        self._engine: Any = None

    def load(self, job: LoadJob, progress: Progress) -> Dict[str, str]:
        """Make Tesseract ready; return its version and the sha256 of each language file."""
        import tesserocr

        params = checked_params(job.params, DEFAULTS)
        languages = params["languages"].split("+")
        files = [os.path.join(params["tessdata"], name + ".traineddata") for name in languages]
        # tesserocr answers a missing file with "Failed to init API", without a name.
        missing = [path for path in files if not os.path.isfile(path)]
        if missing:
            raise FileNotFoundError(f"no language file at {', '.join(missing)}")
        self._engine = tesserocr.PyTessBaseAPI(
            path=params["tessdata"],
            lang=params["languages"],
            psm=params["psm"],
            variables={name: str(value) for name, value in params["variables"].items()},
        )
        facts = {"engine": tesserocr.tesseract_version().splitlines()[0]}
        for done, (name, path) in enumerate(zip(languages, files), start=1):
            facts[f"{name}.traineddata"] = sha256_of(path)
            progress("language files", done, len(files))
        return facts

    def read(self, page: Any) -> str:
        """The page's text, line by line."""
        self._engine.SetImage(page)
        try:
            return tidy_lines(self._engine.GetUTF8Text())
        finally:
            self._engine.Clear()
