"""A backend that tells what it sees of each page."""

import json
import zlib

from vlmhb_worker.backend import Backend, Reply


class Crc(Backend):
    """Answers with checksum, length and whether nobody can write there."""

    window = 4

    def load(self, job, progress):
        """Nothing to load."""
        return {}

    def answer(self, request):
        """A list with an item per page."""
        return Reply(
            json.dumps(
                [
                    [zlib.crc32(page.content), len(page.content), page.content.readonly]
                    for page in request.pages
                ]
            )
        )
