"""What every page for the browser has: templates that escape, and a policy that lets nothing in."""

import base64
import hashlib
from importlib import resources
from typing import Any

import jinja2
from markupsafe import Markup

from vlmhb.report.text import visible


def own_file(package: str, name: str) -> str:
    """The text of a file in the `templates` of `package`."""
    return (resources.files(package) / "templates" / name).read_text("utf-8")


def script_of(*files: str) -> str:
    """The `files` in one strict scope, which leaves no name behind on the page."""
    return "\n".join(('"use strict";', "(() => {", *files, "})();", ""))


def content_policy(style: str, script: str, *, brings_pictures: bool = False) -> str:
    """Nothing runs, styles or loads but what this page brings along.

    `file:` lets a page opened from disk show the pictures beside it, `'self'` one behind a server.
    `blob:` is for pictures in the page itself: such an address can only be made by our script.
    """
    images = "img-src 'self' file: blob:" if brings_pictures else "img-src 'self' file:"
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src '{_hash(script)}'",
            f"style-src '{_hash(style)}'",
            images,
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"


def page_environment(package: str) -> jinja2.Environment:
    """Templates of `package`, and those that every page shares.

    They show text as text, and fail on a name that is not there.
    """
    packages = dict.fromkeys((package, "vlmhb.report"))
    return jinja2.Environment(
        loader=jinja2.ChoiceLoader([jinja2.PackageLoader(one, "templates") for one in packages]),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        finalize=_shown,
    )


def _shown(value: Any) -> Any:
    """Text with its invisible characters spelled out; everything else as it is."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value
