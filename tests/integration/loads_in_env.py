"""Loads models in the way a worker does, many in one process: run inside a model's env.

usage: python -m tests.integration.loads_in_env CASES.json
Prints a JSON list: for each case {"facts", "text"} or {"error", "message"}.
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def main() -> None:
    sys.path[:0] = [str(ROOT / "worker_entry"), str(Path(__file__).parent / "lent_families")]
    cases = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    print(json.dumps([outcome(case) for case in cases]))


def outcome(case: dict[str, Any]) -> dict[str, Any]:
    """What comes of one load, and of one question without a page."""
    from vlmhb_worker.backend import LoadJob  # noqa: PLC0415 - the path is set in main
    from vlmhb_worker.backends.transformers import Transformers  # noqa: PLC0415

    backend = Transformers()
    with tempfile.TemporaryDirectory() as scratch:
        job = LoadJob(
            params={"threads": 1, **case["params"]},
            scratch=scratch,
            seed=0,
            weights=case.get("weights", ""),
            trust_remote_code=case.get("trust_remote_code", False),
        )
        try:
            facts = backend.load(job, lambda *_: None)
        except Exception as error:  # noqa: BLE001 - the test says which
            return {"error": type(error).__name__, "message": str(error)}
        return {"facts": facts, "text": written(backend)}


def written(backend: Any) -> str:
    """The backend's answer to one question."""
    from vlmhb_worker.backend import Generation, Request  # noqa: PLC0415

    feed = OneRequest(Request("r", "What is the total?", "", (), Generation(max_new_tokens=24)))
    backend.serve(feed)
    return str(feed.result.text)


class OneRequest:
    """A feed with a single request."""

    is_stopping = False

    def __init__(self, request: Any) -> None:
        self._requests = [request]
        self.result: Any = None

    def take(self, limit: int, *, wait: bool) -> list[Any]:
        del wait
        taken, self._requests = self._requests[:limit], self._requests[limit:]
        return taken

    def settle(self, request_id: str, result: Any) -> None:
        del request_id
        self.result = result

    def is_cancelled(self, request_id: str) -> bool:
        del request_id
        return False


if __name__ == "__main__":
    main()
