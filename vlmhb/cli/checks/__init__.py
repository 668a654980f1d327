"""What `vlmhb doctor` looks at; each check is one line of its answer."""

from vlmhb.cli.checks.check import Check, Status
from vlmhb.cli.checks.survey import all_checks

__all__ = ["Check", "Status", "all_checks"]
