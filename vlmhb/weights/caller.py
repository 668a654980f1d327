"""The caller of a fetch: hears how it goes, and may stop wanting it."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from typing import TypeVar

from vlmhb.system.download import Fetcher
from vlmhb.system.opener import Line
from vlmhb.system.patience import Patience, StoppedError

OnProgress = Callable[[str, int, int], None]
"""Gets what is being done, the bytes that are here and the bytes that there will be."""

LOOK_UP_S = 0.25
"""How often a caller hears and is heard."""

LAST_WORDS_S = 2.0
"""How long a thread may take to notice that it is not wanted any more."""

PATIENCE = Patience(silence_s=30.0)

T = TypeVar("T")


def say_nothing(_stage: str, _done: int, _total: int) -> None:
    """For those who do not care to hear."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who waits for weights."""

    cancelled: threading.Event = field(default_factory=threading.Event)
    tell: OnProgress = say_nothing
    patience: Patience = PATIENCE

    def ask(self, question: Callable[[Fetcher], T], doing: str) -> T:
        """The answer to a question to the hub, unless the caller loses interest first.

        The caller is told `doing`, and of each attempt that failed. It is asked in a thread: a
        server that is silent must not hold up the caller.

        Raises:
            WebError: the hub does not answer it.
            StoppedError: `cancelled` was set.
        """
        if self.cancelled.is_set():
            raise StoppedError
        stop, line = threading.Event(), Line()
        answer = Future[T]()
        said = [doing]
        fetcher = Fetcher(
            self.patience, stop, line=line, tell=lambda failed: said.append(f"{doing}: {failed}")
        )

        def put_question() -> None:
            try:
                answer.set_result(question(fetcher))
            except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
                answer.set_exception(error)

        thread = threading.Thread(target=put_question, name="ask", daemon=True)
        self.tell(told := doing, 0, 0)
        thread.start()
        try:
            while not wait([answer], LOOK_UP_S).done:
                self.tell(told := said[-1], 0, 0)
                if self.cancelled.is_set():
                    raise StoppedError
            if told != said[-1]:  # it was answered before anybody looked
                self.tell(said[-1], 0, 0)
        finally:
            stop.set()
            line.cut()
            thread.join(LAST_WORDS_S)
        return answer.result()
