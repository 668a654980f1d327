"""`python -m tests.fault FILE`: the table of what the tests of the goals saw."""

import sys
from pathlib import Path

from tests.fault.kit import read_goals, table

if __name__ == "__main__":
    print(table(read_goals(Path(sys.argv[1]))))
