"""Backends that stretch what `Backend` promises."""

from __future__ import annotations

import atexit
import json
import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vlmhb_worker.backend import Backend, LoadJob, Progress, Reply, Request
from vlmhb_worker.backends.pages import open_page
from vlmhb_worker.feed import Feed


class Odd(Backend):
    """Answers everything with its prompt."""

    def load(self, job: LoadJob, progress: Progress) -> dict[str, str]:
        """Nothing to load."""
        self.params = job.params
        self.progress = progress
        self.secrets = job.secrets
        return {}

    def answer(self, request: Request) -> Reply:
        """What was asked."""
        return Reply(request.prompt)


class Reciter(Odd):
    """Answers a number with the text of that number in the file `texts`."""

    def answer(self, request: Request) -> Reply:
        """As it stands there."""
        texts = json.loads(Path(self.params["texts"]).read_text(encoding="ascii"))
        return Reply(texts[int(request.prompt)])


class Shower(Odd):
    """Looks at the first page."""

    def answer(self, request: Request) -> Reply:
        """How large it is."""
        return Reply(str(open_page(request.pages[0]).size))


class LateProgress(Odd):
    """Reports that it loads while it answers."""

    def load(self, job: LoadJob, progress: Progress) -> dict[str, str]:
        """With less than nothing done."""
        progress("early", -1, -1)
        return super().load(job, progress)

    def answer(self, request: Request) -> Reply:
        """After a report that comes too late."""
        self.progress("late", 1, 1)
        return super().answer(request)


class Lingering(Odd):
    """Leaves a thread behind that never ends, and a file at its exit."""

    def load(self, job: LoadJob, progress: Progress) -> dict[str, str]:
        """Start the thread."""
        threading.Thread(target=threading.Event().wait).start()
        atexit.register(_touch, job.params["left"])
        return super().load(job, progress)


class Windowless(Lingering):
    """Has a window that is no number."""

    window: Any = None


class Moody(Lingering):
    """Has a window that can be looked at once."""

    @property
    def window(self) -> Any:  # type: ignore[override]
        """None the second time, as a bug of ours might have it."""
        seen, self.__dict__["seen"] = self.__dict__.get("seen"), True
        return None if seen else 2


class Closing(Odd):
    """Leaves a file when it is closed."""

    def close(self) -> None:
        """Say so."""
        _touch(self.params["closed"])


class Quitter(Closing):
    """Stops serving at once."""

    def serve(self, feed: Feed) -> None:
        """Nothing."""


class Twins(Odd):
    """Takes requests with two threads."""

    def serve(self, feed: Feed) -> None:
        """End when both have come to the end."""
        threads = [threading.Thread(target=self._answer, args=(feed,)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _answer(self, feed: Feed) -> None:
        for requests in iter(lambda: feed.take(1, wait=True), []):
            feed.settle(requests[0].id, self.answer(requests[0]))


class Blame(Odd):
    """Batches of several raise, when the FIFO `gate` has been opened and closed for writing.

    The request `first` waits there too.
    """

    batch_size = 4

    def answer_batch(self, requests: list[Request]) -> Iterator[tuple[str, Any]]:
        """Write into the file `ran` what is asked, then do it."""
        names = " ".join(request.id for request in requests)
        with Path(self.params["ran"]).open("a") as file:
            print(names, file=file)
        if names == "first" or len(requests) > 1:
            Path(self.params["gate"]).read_bytes()
        if len(requests) > 1:
            raise RuntimeError("the batch failed")
        return super().answer_batch(requests)


class Teller(Odd):
    """Tells its secrets: in facts, in stages, in errors and between the frames."""

    def load(self, job: LoadJob, progress: Progress) -> dict[str, str]:
        """Report them, the second half of each beyond what may travel."""
        (value,) = job.secrets.values()
        super().load(job, progress)
        progress("x" * (200 - len(value) // 2) + value, 0, 1)
        if job.params.get("fails"):
            raise RuntimeError("x" * (4000 - len(value) // 2) + value)
        return {f"key {value}": f"login with {value}", "cut": "x" * 3990 + value}

    def answer(self, request: Request) -> Reply:
        """Break the protocol with them, unless asked to do something else with them."""
        (value,) = self.secrets.values()
        if request.prompt == "raise":
            raise RuntimeError("x" * 3990 + value)
        if request.prompt == "degrade":
            return Reply("", degraded=("x" * 190 + value,))
        for number in [int(path.name) for path in Path("/proc/self/fd").iterdir()]:
            try:
                if number > 2 and stat.S_ISFIFO(os.fstat(number).st_mode):
                    os.write(number, value.encode())
            except OSError:
                continue
        return super().answer(request)


def _touch(path: str) -> None:
    Path(path).touch()
