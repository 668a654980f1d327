"""Commits written into a model file, with everything else in it left as it is."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

import yaml

from vlmhb.errors import UsageError

_Keys: TypeAlias = tuple[str | int, ...]
"""The keys and places that lead to a value."""

_TEXT = "tag:yaml.org,2002:str"


def pinned(text: str, commits: Sequence[str], shown: str = "the file") -> str:
    """The text of a model file that names these commits as its revisions.

    `commits` are that of its repo, then those of the repos under `also`, in their order.

    Raises:
        UsageError: the file is written in a way that cannot be changed at one place alone.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    repos = list(_repos(_compose(text)))
    new = text
    # From the end, so that the places before stay what they are.
    for repo, commit in reversed(list(zip(repos, commits, strict=True))):
        new = _with_commit(new, repo, commit, newline)
    try:
        is_right = _values(_compose(new), {}) == _values(_compose(text), _revisions(commits))
    except yaml.YAMLError:
        is_right = False
    if not is_right:
        raise UsageError(
            f"cannot write the commits into {shown}",
            "an anchor (&), an alias (*) or a text over several lines (> or |) is in the way",
            next_step=f"write them yourself as `revision`, in this order: {', '.join(commits)}",
        )
    return new


def _compose(text: str) -> yaml.Node | None:
    return yaml.compose(text, Loader=yaml.SafeLoader)


def _revisions(commits: Sequence[str]) -> dict[_Keys, str]:
    """The places of the revisions, and what is to be there."""
    places: list[_Keys] = [("weights",), *(("weights", "also", i) for i in range(len(commits) - 1))]
    return dict(zip(places, commits, strict=True))


def _values(node: yaml.Node | None, revisions: Mapping[_Keys, str], keys: _Keys = ()) -> object:
    """What the file says, with these `revisions` in the mappings at these places."""
    match node:
        case yaml.MappingNode(value=pairs):
            said = {
                key.value: _values(value, revisions, (*keys, key.value)) for key, value in pairs
            }
            return said | ({"revision": (_TEXT, revisions[keys])} if keys in revisions else {})
        case yaml.SequenceNode(value=items):
            return [_values(item, revisions, (*keys, i)) for i, item in enumerate(items)]
        case yaml.ScalarNode(tag=tag, value=text):
            return tag, text
        case _:
            return None


def _repos(file: yaml.Node | None) -> Iterator[yaml.MappingNode]:
    """The mappings with a `repo`: `weights` and those below its `also`."""
    weights = _value(file, "weights")
    further = _value(weights, "also")
    listed = further.value if isinstance(further, yaml.SequenceNode) else []
    for node in (weights, *listed):
        if isinstance(node, yaml.MappingNode):
            yield node


def _with_commit(text: str, repo: yaml.MappingNode, commit: str, newline: str) -> str:
    # YAML takes a word of nothing but digits for a number.
    word = f'"{commit}"' if commit.isdigit() else commit
    revision = _value(repo, "revision")
    if revision is not None:
        return _replaced(text, revision.start_mark.index, revision.end_mark.index, word)
    name = _value(repo, "repo") or repo
    after = name.end_mark.index
    if repo.flow_style:
        return _replaced(text, after, after, f", revision: {word}")
    end = text.find(newline, after)
    end = len(text) if end < 0 else end
    return _replaced(text, end, end, f"{newline}{' ' * repo.start_mark.column}revision: {word}")


def _replaced(text: str, start: int, end: int, by: str) -> str:
    return text[:start] + by + text[end:]


def _value(node: yaml.Node | None, key: str) -> yaml.Node | None:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next((value for name, value in node.value if name.value == key), None)
