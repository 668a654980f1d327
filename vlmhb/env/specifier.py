"""Version specifiers of Python, as far as an envspec needs them: `>=3.10,<3.13`."""

import re

from packaging.specifiers import SpecifierSet

from vlmhb.errors import EnvError

_CLAUSE = re.compile(r"(>=|<=|==|!=|~=|>|<)\s*([0-9]+(?:\.[0-9]+)*(?:\.\*)?)")

_PYTHONS = tuple(f"3.{minor}.{micro}" for minor in range(100) for micro in range(50))
"""All that there may be."""


def as_marker(specifier: str) -> str:
    """The same condition as an environment marker: `python_full_version >= '3.10' and ...`."""
    return " and ".join(
        f"python_full_version {operator} '{version}'" for operator, version in _clauses(specifier)
    )


def lowest_version(specifier: str) -> str:
    """The oldest Python a lock has to serve, e.g. `3.10`.

    Raises:
        EnvError: the specifier has no lower end, or no Python can fit it.
    """
    clauses = _clauses(specifier)
    lowest = [version for operator, version in clauses if operator in {">=", "==", "~="}]
    if not lowest or not any(SpecifierSet(specifier).contains(python) for python in _PYTHONS):
        raise _unusable(specifier)
    return lowest[0].removesuffix(".*")


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
        expected='versions with a lower end that some Python can have, such as ">=3.10,<3.13"',
        next_step="correct `python` in envspec.yaml",
    )
