"""README and guide: their blocks, and how a page is followed literally."""

import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
GUIDE = ROOT / "docs/guide"
_FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

CLONES = "clones over a network"
HUB = "needs a GPU and a model hub"

NOT_RUN: tuple[tuple[str, str, str], ...] = (
    ("README.md", "git clone", CLONES),
    ("README.ru.md", "git clone", CLONES),
    ("README.ko.md", "git clone", CLONES),
    ("quickstart.md", "git clone", CLONES),
    ("quickstart.md", "make demo", "takes minutes; README's table of it is compared"),
    ("quickstart.md", "tmux new", "opens a terminal"),
    ("quickstart.md", "vlmhb doctor --model", HUB),
    ("quickstart.md", "vlmhb run --documents", HUB),
    ("quickstart.md", "vlmhb view", "serves until Ctrl-C; test_view.py starts it"),
    ("view.md", "vlmhb view", "serves until Ctrl-C; test_view.py starts it"),
    ("gpus.md", "make bench-gpu", "needs a GPU, or minutes; test_gpu_benchmark.py runs its sides"),
    ("offline.md", "# on a machine", "packs gigabytes; test_env_bundle.py packs a small env"),
    (
        "exchange.md",
        "vlmhb export runs/compared --format mlflow",
        "needs mlflow, which is not installed here; test_trackers.py has it in an env",
    ),
    ("tasks.md", "hf download", "fetches from a hub"),
    ("ray.md", "pip install", "installs Ray and starts a cluster; test_ray.py has one"),
    ("ray.md", "vlmhb run", "needs a cluster; test_ray.py runs such commands on one"),
)
"""Page, beginning of the block, why no test runs it. Its `vlmhb` lines are parsed all the same."""


@dataclass(frozen=True, slots=True)
class Block:
    """What stands between two fences."""

    page: str
    """Relative to the guide, or else to the repository."""
    line: int
    """Of its first line, from 1."""
    language: str
    text: str

    @property
    def first(self) -> str:
        """Its first line: what it is called by, since it says most."""
        return self.text.partition("\n")[0]

    @property
    def is_run(self) -> bool:
        """Whether there is no reason against it."""
        return not any(
            self.page == page and self.text.startswith(begins) for page, begins, _ in NOT_RUN
        )

    def __str__(self) -> str:
        return f"{self.page}:{self.line} {self.first}"


def pages() -> list[Path]:
    """README in its languages, and the guide."""
    return [*sorted(ROOT.glob("README*.md")), ROOT / "CONTRIBUTING.md", *sorted(GUIDE.glob("*.md"))]


def blocks(page: Path) -> list[Block]:
    """All of them, in their order."""
    text = page.read_text(encoding="utf-8")
    name = str(page.relative_to(GUIDE if page.is_relative_to(GUIDE) else ROOT))
    return [
        Block(name, text.count("\n", 0, found.start()) + 2, found[1], found[2])
        for found in _FENCED.finditer(text)
    ]


def block(page: str, first: str) -> str:
    """The text of the block of a page of the guide, or of the repository, that begins so."""
    path = GUIDE / page if (GUIDE / page).is_file() else ROOT / page
    (found,) = [each.text for each in blocks(path) if each.first.startswith(first)]
    return found


def commands(page: str) -> list[str]:
    """What a page tells the reader to type, block by block, but for what no test can run."""
    path = GUIDE / page if (GUIDE / page).is_file() else ROOT / page
    return [each.text for each in blocks(path) if each.language == "sh" and each.is_run]


def follow(
    page: str,
    folder: Path,
    environment: Mapping[str, str],
    replaced: Mapping[str, str] | None = None,
) -> list["subprocess.CompletedProcess[str]"]:
    """What comes of each block, typed one after the other in `folder`.

    Of `replaced` the keys stand for places of the reader's, the values for those of the test.
    """
    path = f"{Path(sys.executable).parent}:{environment['PATH']}"
    return [
        subprocess.run(
            ["bash", "-euo", "pipefail", "-c", _with(replaced or {}, text)],
            cwd=folder,
            env={**environment, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        for text in commands(page)
    ]


def _with(replaced: Mapping[str, str], text: str) -> str:
    for place, here in replaced.items():
        text = text.replace(place, here)
    return text


def not_in(output: str, shown: str) -> list[str]:
    """Lines of `shown` that `output` has not.

    Numbers, paths, bars and the space between columns may differ; `...` and `…` stand for anything.
    """
    found = [_shape(line) for line in output.splitlines()]
    return [line for line in shown.splitlines() if line.strip() and not _is_any(line, found)]


def _is_any(line: str, found: Iterable[str]) -> bool:
    parts = (re.escape(_shape(part)) for part in re.split(r"\.\.\.|…", line))
    pattern = r"\s*.*\s*".join(parts)
    return any(re.fullmatch(pattern, each) for each in found)


def _shape(text: str) -> str:
    """Without what differs from run to run."""
    text = re.sub(r"[━─]+", "─", re.sub(r"(/[\w.-]+)+/(?=[\w.-])", "/", text))
    return re.sub(r"\s+", " ", re.sub(r"\d+([.,:]\d+)*", "#", text)).strip()
