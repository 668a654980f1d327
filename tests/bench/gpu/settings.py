"""What is compared, on what, and how often."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vlmhb.system.gpus import list_gpus

CPU = "cpu"
CUDA = "cuda"
DEFAULTS = {
    CPU: {"samples": 8, "tokens": 8, "rounds": 1},
    # The bare loop then takes some minutes, beside which a start of a second is little.
    CUDA: {"samples": 128, "tokens": 64, "rounds": 3},
}
NEEDED = ("bare", "one", "batches")
SIDES = (*NEEDED, "vllm", "vlmevalkit")


@dataclass(frozen=True, slots=True)
class Settings:
    """What was asked for."""

    device: str
    """`cpu` or `cuda`."""
    model: str
    """Name of a model file with real weights; empty takes random ones."""
    samples: int
    """Pages, each asked about once."""
    tokens: int
    """The most that an answer takes; with random weights exactly as many."""
    rounds: int
    sides: tuple[str, ...]
    """Some of SIDES."""
    keep: tuple[Path, ...]
    """Folders in which the figures are kept."""


def read_settings(words: Sequence[str]) -> Settings:
    """What the command line says.

    Raises:
        SystemExit: nonsense, or a GPU is asked for where there is none.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.bench.gpu", description=__doc__)
    parser.add_argument("keep", nargs="*", type=Path, help="a folder for the figures")
    parser.add_argument("--device", choices=("auto", CPU, CUDA), default="auto")
    parser.add_argument("--model", default="", help="a model file whose weights are here")
    for name in ("samples", "tokens", "rounds"):
        parser.add_argument(f"--{name}", type=int, help=f"by device: {_by_device(name)}")
    parser.add_argument("--sides", default=",".join(SIDES), help="some of %(default)s")
    told = vars(parser.parse_args(words))
    told["sides"] = tuple(told["sides"].split(","))
    if unknown := set(told["sides"]) - set(SIDES):
        parser.error(f"--sides: got {', '.join(sorted(unknown))}, expected some of {SIDES}")
    gpus, _ = list_gpus()
    if told["device"] == "auto":
        told["device"] = CUDA if gpus else CPU
    if told["device"] == CUDA and not gpus:
        parser.error("--device cuda: there is no GPU here; `vlmhb doctor` tells why")
    for name, value in DEFAULTS[told["device"]].items():
        told[name] = told[name] or value
    return Settings(**told | {"keep": tuple(told["keep"])})


def _by_device(name: str) -> str:
    return ", ".join(f"{device} {values[name]}" for device, values in DEFAULTS.items())
