"""The conversation: requests in, answers out, as many under way as the settings allow."""

import asyncio
import concurrent.futures
import threading
import time
from typing import Any, Dict, Optional, Set

from vlmhb_worker.backend import DeviceLostError, Page, Reply, Request
from vlmhb_worker.backends.openai_api.client import Client, Endpoint
from vlmhb_worker.backends.openai_api.page_urls import PageUrls
from vlmhb_worker.backends.openai_api.payload import body_of
from vlmhb_worker.backends.openai_api.settings import Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmhb_worker.feed import Feed

PREPARING_THREADS = 4
CANCEL_CHECK_S = 0.1


def serve(feed: "Feed", endpoint: Endpoint, settings: Settings, pages_folder: str) -> None:
    """Settle every request of `feed`, until no more come.

    Raises:
        DeviceLostError: nobody answers at the endpoint any more.
    """
    asyncio.run(_Conversation(feed, endpoint, settings, pages_folder).run())


class _Conversation:
    def __init__(
        self, feed: "Feed", endpoint: Endpoint, settings: Settings, pages_folder: str
    ) -> None:
        self._feed = feed
        self._endpoint = endpoint
        self._settings = settings
        self._urls = PageUrls(pages_folder, as_files=settings.images == "file")
        self._free = threading.Semaphore(settings.concurrency)
        self._under_way: Dict[str, asyncio.Task[None]] = {}
        self._broken_off: Set[str] = set()
        self._no_more = False
        self._threads = concurrent.futures.ThreadPoolExecutor(PREPARING_THREADS, "prepare")

    async def run(self) -> None:
        """Until no more requests come."""
        self._loop = asyncio.get_running_loop()
        self._end: asyncio.Future[None] = self._loop.create_future()
        self._client = Client(self._endpoint, self._settings)
        # A thread that does not keep the process: it may wait for a request when all is lost.
        threading.Thread(target=self._take, name="take", daemon=True).start()
        watch = self._loop.create_task(self._watch())
        try:
            await self._end
        finally:
            watch.cancel()
            for task in self._under_way.values():
                task.cancel()
            await self._client.close()
            self._threads.shutdown(wait=False)

    def _take(self) -> None:
        """Hand requests to the loop, each when there is room for it."""
        while True:
            self._free.acquire()
            requests = self._feed.take(1, wait=True)
            request: Optional[Request] = requests[0] if requests else None
            self._loop.call_soon_threadsafe(self._begin, request)
            if request is None:
                return

    def _begin(self, request: Optional[Request]) -> None:
        if request is None:
            self._no_more = True
            self._end_if_done()
            return
        task = self._loop.create_task(self._answer(request))
        self._under_way[request.id] = task

    def _end_if_done(self) -> None:
        if self._no_more and not self._under_way and not self._end.done():
            self._end.set_result(None)

    async def _answer(self, request: Request) -> None:
        result: Any
        try:
            result = await self._reply(request)
        except DeviceLostError as error:
            if not self._end.done():
                self._end.set_exception(error)
            return
        except asyncio.CancelledError as error:
            if self._end.done():
                raise
            result = error
        except Exception as error:  # noqa: BLE001 - whatever a foreign server or page leads to fails alone
            result = error
        self._feed.settle(request.id, result)
        del self._under_way[request.id]
        self._broken_off.discard(request.id)
        self._free.release()
        self._end_if_done()

    async def _reply(self, request: Request) -> Reply:
        started_s = time.monotonic()
        body = await self._prepared(request)
        preprocess_s = time.monotonic() - started_s
        answer = await self._client.ask(body)
        written = answer.written
        return Reply(
            written.text.strip(),
            finish_reason=written.finish_reason,
            prompt_tokens=written.prompt_tokens,
            image_tokens=written.image_tokens,
            completion_tokens=written.completion_tokens,
            preprocess_s=preprocess_s,
            first_token_s=answer.first_token_s,
            generate_s=answer.generate_s,
        )

    async def _prepared(self, request: Request) -> bytes:
        preparing = self._loop.run_in_executor(self._threads, self._body, request)
        try:
            return await asyncio.shield(preparing)
        except asyncio.CancelledError:
            # The page's memory is given back when the request is settled; nobody may read it then.
            await asyncio.wait([preparing])
            raise

    def _body(self, request: Request) -> bytes:
        def url_of(page: Page) -> str:
            return self._urls.url(page, request.generation)

        return body_of(request, url_of, self._settings, self._endpoint.model)

    async def _watch(self) -> None:
        """Break off what was cancelled: its connection closes, and the endpoint stops writing."""
        while True:
            await asyncio.sleep(CANCEL_CHECK_S)
            for request_id, task in tuple(self._under_way.items()):
                is_new = request_id not in self._broken_off
                if is_new and self._feed.is_cancelled(request_id):
                    # Once: a second time would break off what the first one waits for.
                    self._broken_off.add(request_id)
                    task.cancel()
