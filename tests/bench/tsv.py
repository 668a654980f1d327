"""What reading a VLMEvalKit table takes, in memory and time.

A table is written whose images are random bytes behind a PNG's header, then read by a process of
its own, which tells how far its resident memory rose.
"""

import base64
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench.measured import measure
from tests.bench.row import Row
from tests.unit.datasets.tables import png_of_size

SIZE_MB = 1_000
READ = """
import sys, time
from pathlib import Path
import PIL.Image
from vlmhb.datasets.vlmeval_tsv import VlmevalTsv
from vlmhb.domain.task import DatasetRef
from vlmhb.system.page_cache import PageCache
def peak_kib():
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])
PIL.Image.init()
before = peak_kib()
started = time.perf_counter()
file = Path(sys.argv[1])
dataset = DatasetRef("t", "vlmeval_tsv", str(file.parent), file.name, "none")
samples = VlmevalTsv().read(dataset, PageCache(Path("/never")))
seconds = time.perf_counter() - started
print(len(samples), (peak_kib() - before) / 1024, seconds)
"""


def write_table(file: Path, size_mb: int, image_bytes: int) -> None:
    """A table of about `size_mb` million bytes with images of `image_bytes`."""
    random_bytes = random.Random(0).randbytes(image_bytes)
    with file.open("w", encoding="utf-8", newline="") as table:
        table.write("index\timage\tquestion\tA\tB\tanswer\tcategory\n")
        index = 0
        while table.tell() < size_mb * 1_000_000:
            image = base64.b64encode(png_of_size(60, 40 + index % 7, random_bytes)).decode()
            table.write(f'{index}\t{image}\t"What is\nthis?"\tcat\tdog\tA\tanimals\n')
            index += 1


def measured(file: Path) -> tuple[int, float, float]:
    """Samples read, rise of resident memory in MiB, seconds."""
    command = [sys.executable, "-c", READ, str(file)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    samples, rise, seconds = done.stdout.split()
    return int(samples), float(rise), float(seconds)


def rows() -> Iterator[Row]:
    for image_bytes in (100_000, 30_000_000):
        with tempfile.TemporaryDirectory(prefix="vlmhb-bench-") as folder:
            file = Path(folder, "table.tsv")
            write_table(file, SIZE_MB, image_bytes)
            samples, rise, seconds = measured(file)
        what = f"{SIZE_MB:,} MB of {samples:,} images of {image_bytes / 1e6:g} MB"
        yield Row("", f"{what}: rise of resident memory", "MiB", ours=[rise])
        yield Row("", f"{what}: read", "s", ours=[seconds])


if __name__ == "__main__":
    measure("tsv", __doc__, rows)
