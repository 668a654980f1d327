"""The backend: loads by finding the endpoint, serves by keeping every credit under way."""

import contextlib
import os
import threading
import time
from dataclasses import dataclass, field
from typing import Callable, Dict

from vlmhb_worker.backend import Backend, LoadJob, Progress
from vlmhb_worker.backends.openai_api.client import Endpoint
from vlmhb_worker.backends.openai_api.ready import chosen_model, wait_until_ready
from vlmhb_worker.backends.openai_api.settings import Settings, read_settings, served_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmhb_worker.feed import Feed


@dataclass(frozen=True)
class Place:
    """Where an endpoint is, or comes to be."""

    base_url: str
    api_key: str = field(repr=False)
    wait: Callable[[str], None]
    """Told why it is not ready; returns when to look again."""
    how_it_ended: Callable[[], str] = lambda: ""
    pages: str = ""
    """The only folder whose files it may read; empty when that is not ours to say."""


class OpenaiApi(Backend):
    """A model behind `/v1/chat/completions`. docs/guide/endpoints.md lists the params."""

    places_pages = True

    def load(self, job: LoadJob, progress: Progress) -> Dict[str, str]:
        """Wait until the endpoint is there and has the model; return what it is."""
        progress("import httpx", 0, 1)
        import httpx

        self._settings = settings = read_settings(job)
        self.window = settings.concurrency
        with contextlib.ExitStack() as undo:
            place = self._place(job, progress, undo)
            secret, limit_s = settings.api_key_secret, settings.ready_timeout_s
            offered = wait_until_ready(place.base_url, place.api_key, secret, limit_s, place.wait)
            model = chosen_model(settings.model, offered)
            self._undo = undo.pop_all()
        self._endpoint = Endpoint(place.base_url, model, place.api_key, place.how_it_ended)
        self._pages = place.pages
        return {"httpx": httpx.__version__, "model": model, **_facts(settings)}

    def serve(self, feed: "Feed") -> None:
        """Keep up to `concurrency` requests under way until no more come."""
        from vlmhb_worker.backends.openai_api.serving import serve

        serve(feed, self._endpoint, self._settings, self._pages)

    def close(self) -> None:
        """Stop the server, if one was started."""
        self._undo.close()

    def _place(self, job: LoadJob, progress: Progress, undo: contextlib.ExitStack) -> Place:
        settings = self._settings
        started_s = time.monotonic()

        def report(stage: str) -> None:
            progress(stage, int(time.monotonic() - started_s), int(settings.ready_timeout_s))

        if settings.server is None:

            def wait(why: str) -> None:
                report(f"wait for the endpoint: {why}")
                threading.Event().wait(1.0)

            return Place(settings.base_url, settings.api_key, wait)
        from vlmhb_worker.backends.openai_api.server import Server

        name = served_name(settings, job.weights)
        server = Server(settings.server, job.weights, name, os.path.abspath(job.scratch))
        undo.callback(server.stop)

        def wait_for_server(_why: str) -> None:
            server.wait(report)

        return Place(
            server.base_url, server.api_key, wait_for_server, server.how_it_ended, server.pages
        )


def _facts(settings: Settings) -> Dict[str, str]:
    facts = {
        "streaming": "yes" if settings.stream else "no",
        "images": settings.images,
        "concurrency": str(settings.concurrency),
    }
    if settings.leave_out:
        facts["not sent"] = ", ".join(settings.leave_out)
    if settings.server is None:
        return {"endpoint": settings.base_url, **facts}
    return {"server": _engine_version(settings.server.engine), **facts}


def _engine_version(engine: str) -> str:
    from importlib import metadata

    for name in (engine, f"{engine}-cpu"):
        with contextlib.suppress(metadata.PackageNotFoundError):
            return f"{name} {metadata.version(name)}"
    return engine
