"""The command line: `ENV/bin/python -B -m tests.checkpoints FAMILY... OUT_DIR [--seed N]`."""

import argparse
from pathlib import Path

from tests.checkpoints.families import FAMILIES


def main() -> None:
    parser = argparse.ArgumentParser(description="Write tiny checkpoints with random weights.")
    parser.add_argument("families", nargs="+", choices=sorted(FAMILIES), metavar="FAMILY")
    parser.add_argument("out_dir", type=Path, metavar="OUT_DIR")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    for family in arguments.families:
        folder = arguments.out_dir / family
        folder.mkdir(parents=True, exist_ok=True)
        FAMILIES[family](folder, arguments.seed)


if __name__ == "__main__":
    main()
