"""Commits written into a model file, with everything else in it left as it is."""

from collections.abc import Iterator, Sequence

import yaml


def pinned(text: str, commits: Sequence[str]) -> str:
    """The text of a model file that names these commits as its revisions.

    `commits` are that of its repo, then those of the repos under `also`, in their order.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    repos = list(_repos(yaml.compose(text)))
    # From the end, so that the places before stay what they are.
    for repo, commit in reversed(list(zip(repos, commits, strict=True))):
        text = _with_commit(text, repo, commit, newline)
    return text


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
