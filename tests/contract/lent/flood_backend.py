"""A backend that makes all the noise it can: long answers at full rate and prints on 1 and 2."""

import os
import threading
import zlib

from vlmhb_worker.backend import Backend, Reply, Request

NOISE_BYTES = 10 << 20
"""On each of the two."""
ANSWER_CHARS = 190_000
LINE = b"the model prints and prints and prints " * 100 + b"\n"


class Flood(Backend):
    """Answers with the checksum of its pages, many times over; `wait` is never answered."""

    window = 100

    def load(self, job, progress):
        """Nothing to load."""
        return {}

    def serve(self, feed):
        """Answer everything else as fast as it comes."""
        noises = [threading.Thread(target=_print, args=(fd,)) for fd in (1, 2)]
        for noise in noises:
            noise.start()
        while True:
            requests = feed.take(1, wait=True)
            if not requests:
                break
            if requests[0].prompt != "wait":
                feed.settle(requests[0].id, self.answer(requests[0]))
        for noise in noises:
            noise.join()

    def answer(self, request: Request) -> Reply:
        """As long as an answer may be."""
        words = [f"{zlib.crc32(page.content or b''):08x}" for page in request.pages]
        return Reply((" ".join(words) + " ") * (ANSWER_CHARS // 9 // max(1, len(words))))


def _print(fd):
    for _ in range(NOISE_BYTES // len(LINE)):
        os.write(fd, LINE)
