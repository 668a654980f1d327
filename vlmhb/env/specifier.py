"""Version specifiers of Python, as far as an envspec needs them: `>=3.10,<3.13`."""

import re

from vlmhb.errors import EnvError

_CLAUSE = re.compile(r"(>=|<=|==|!=|~=|>|<)\s*([0-9]+(?:\.[0-9]+)*(?:\.\*)?)")


def as_marker(specifier: str) -> str:
    """The same condition as an environment marker: `python_full_version >= '3.10' and ...`."""
    return " and ".join(
        f"python_full_version {operator} '{version}'" for operator, version in _clauses(specifier)
    )


def lowest_version(specifier: str) -> str:
    """The oldest Python a lock has to serve, e.g. `3.10`.

    Raises:
        EnvError: the specifier has no lower end.
    """
    for operator, version in _clauses(specifier):
        if operator in {">=", "==", "~="}:
            return version.removesuffix(".*")
    raise _unusable(specifier)


def _clauses(specifier: str) -> list[tuple[str, str]]:
    clauses = [_CLAUSE.fullmatch(part.strip()) for part in specifier.split(",")]
    matched = [clause.groups() for clause in clauses if clause is not None]
    if len(matched) != len(clauses):
        raise _unusable(specifier)
    return [(operator, version) for operator, version in matched]


def _unusable(specifier: str) -> EnvError:
    return EnvError(
        "cannot read the Python versions of an envspec",
        f'python: "{specifier}"',
        expected='versions with a lower end, such as ">=3.10,<3.13"',
        next_step="correct `python` in envspec.yaml",
    )
