"""The secrets that this process was given, so that nothing it prints tells them."""

import os
import re
from collections.abc import Mapping

_SECRET = re.compile(
    r"TOKEN(?!IZ)|SECRET|PASSWORD|PASSWD|CREDENTIAL|(^|_)(API_?|ACCESS_?)?KEY$", re.IGNORECASE
)


def secret_values(variables: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """The values of all variables whose names say that they are secrets, to be hidden."""
    if variables is None:
        variables = os.environ  # noqa: TID251 - printed by commands that load no configuration
    return tuple(value for name, value in variables.items() if _SECRET.search(name) and value)
