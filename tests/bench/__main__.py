"""`python -m tests.bench FOLDER`: make the page of the figures that are kept there."""

import sys
from pathlib import Path

from tests.bench.measured import read
from tests.bench.page import page

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    (folder / "README.md").write_text(page(read(folder)), encoding="utf-8")
