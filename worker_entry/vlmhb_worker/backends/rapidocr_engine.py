"""What both generations of RapidOCR share: weights from the wheel, pixels in, boxes out."""

import os
from importlib import import_module
from importlib.metadata import version
from typing import Any, ClassVar, Dict, Iterable, List, Sequence, Tuple

from vlmhb_worker.backend import LoadJob, Progress
from vlmhb_worker.backends.page_engine import PageEngine, checked_params, sha256_of
from vlmhb_worker.backends.reading_order import cell_of_quad, page_text

Found = Tuple[Sequence[Sequence[float]], str]
"""The corners of a box and the text in it."""

DEFAULTS: Dict[str, Any] = {"threads": 0, "options": {}}


class RapidOcrEngine(PageEngine):
    """A detector that finds lines and a recogniser that reads them, both on the CPU.

    Params: `threads` (per worker; 0 takes every core), `options` (for RapidOCR, in its own words).
    """

    package = ""
    """The module's name; its `models` folder holds the weights."""
    weights: ClassVar[Dict[str, str]] = {}
    """Option that names a weights file -> file in the `models` folder."""
    threads_option = ""

    def make_engine(self, options: Dict[str, Any]) -> Any:
        """RapidOCR with these options."""
        raise NotImplementedError

    def find(self, pixels: Any) -> Iterable[Found]:
        """Boxes and texts on a page: pixels are BGR, uint8, shape (height_px, width_px, 3)."""
        raise NotImplementedError

    def load(self, job: LoadJob, progress: Progress) -> Dict[str, str]:
        """Load all three networks; return versions and the sha256 of each weights file."""
        import cv2
        from PIL import Image, ImageDraw

        params = checked_params(job.params, DEFAULTS)
        folder = os.path.join(os.path.dirname(str(import_module(self.package).__file__)), "models")
        # Given by path, or RapidOCR would fetch what it does not find.
        options = {name: os.path.join(folder, file) for name, file in self.weights.items()}
        options.update(params["options"])
        if params["threads"]:
            options[self.threads_option] = params["threads"]
            cv2.setNumThreads(params["threads"])
        self.engine = self.make_engine(options)

        progress("warm-up", 0, 1)
        page = Image.new("RGB", (320, 96), "white")
        ImageDraw.Draw(page).text((20, 30), "Invoice 2387", fill="black", font_size=32)
        self.read(page)
        facts = {name: version(name) for name in self._distributions()}
        for name in self.weights:
            facts[os.path.basename(options[name])] = sha256_of(options[name])
        return facts

    def read(self, page: Any) -> str:
        """The page's text in reading order."""
        import numpy

        # Contiguous, or OpenCV copies the whole page for every line that it cuts out.
        pixels = numpy.ascontiguousarray(numpy.asarray(page)[:, :, ::-1])
        return page_text([cell_of_quad(text, corners) for corners, text in self.find(pixels)])

    def _distributions(self) -> List[str]:
        return [self.package.replace("_", "-"), "onnxruntime", "numpy"]
