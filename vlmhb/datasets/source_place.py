"""Where on the web a file of a dataset is, as its task says."""

import re
from dataclasses import dataclass
from urllib.parse import unquote

from vlmhb.domain.task import SourceFile
from vlmhb.system.hub_files import is_hash, is_inside
from vlmhb.system.public_address import public_address
from vlmhb.system.web import is_address

_HUB = "hub:"
_HUB_PLACE = re.compile(r"(?P<repo>[\w.-]+/[\w.-]+)@(?P<revision>[^/@]+)/(?P<path>.+)", re.ASCII)


class PlaceProblem(Exception):  # noqa: N818 - it becomes one line of another error
    """What a task says of a source cannot be used; the text is what was expected of it."""


@dataclass(frozen=True, slots=True)
class HubPlace:
    """A file of a dataset repo of the hub."""

    repo: str
    revision: str
    path: str

    @property
    def is_pinned(self) -> bool:
        """Whether the revision is a commit, which always means the same."""
        return is_hash(self.revision, 40)


@dataclass(frozen=True, slots=True)
class WebPlace:
    """A file of some web server."""

    url: str


def place_of(source: SourceFile) -> HubPlace | WebPlace:
    """The place that `source` names; a slash in a revision is written `%2F`.

    Example: `hub:Org/Name@main/data/test.tsv`.

    Raises:
        PlaceProblem: it names none, leads out of the dataset's folder, or gives no checksum for a
            file of which no server is trusted to tell one.
    """
    if not is_inside(source.path):
        raise PlaceProblem(
            f"a `path` that starts from the dataset's root and stays in it, not {source.path!r}"
        )
    if not source.url.startswith(_HUB):
        return _on_the_web(source)
    match = _HUB_PLACE.fullmatch(source.url.removeprefix(_HUB))
    if match is None or not is_inside(match["path"]):
        raise PlaceProblem(
            f"a `url` like hub:Org/Name@revision/path/of/the/file, not {source.url!r}"
        )
    return HubPlace(match["repo"], unquote(match["revision"]), match["path"])


def _on_the_web(source: SourceFile) -> WebPlace:
    if not is_address(source.url):
        shown = public_address(source.url)
        raise PlaceProblem(f"a `url` like https://... or hub:Org/Name@revision/path, not {shown!r}")
    if not (source.sha256 or source.md5):
        raise PlaceProblem(f"`sha256` or `md5`, by which {source.path} is recognised")
    return WebPlace(source.url)
