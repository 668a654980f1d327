"""VLMEvalKit's own evaluators, in an env of their own, to compare ours with.

`vlmevalkit.results("can_infer", cases)` has one result per case; what a case is, and what else
can be asked, stands in the functions of `vlmevalkit/driver.py`. The fixture `vlmevalkit` in
`tests/conftest.py` is one of these. Its env is built by the first session that needs it, in
seconds, and stays in this user's env store.
"""

import json
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from typing_extensions import Self

from vlmhb.config import load_envspec
from vlmhb.domain.envspec import Env
from vlmhb.env import EnvStore

FOLDER = Path(__file__).parent / "vlmevalkit"


class VlmEvalKit:
    """One process for a whole session: its imports take longer than most of its answers."""

    def __init__(self, env: Env, log: Path) -> None:
        self._log = log
        with log.open("wb") as stderr:
            self._process = subprocess.Popen(
                [env.python, "-B", str(FOLDER / "driver.py")],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                encoding="utf-8",
            )

    @classmethod
    def installed(cls, store: EnvStore, log: Path) -> Self:
        """Running in its env, which is built if need be."""
        return cls(store.ensure(load_envspec(str(FOLDER / "envspec.yaml"))), log)

    def results(self, name: str, cases: Iterable[Any]) -> list[Any]:
        """What the function `name` of the driver says about each case."""
        question = json.dumps({"ask": name, "cases": list(cases)})
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(question + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, self._log.read_text(encoding="utf-8", errors="replace")
        answer = json.loads(line)
        assert "results" in answer, answer["error"]
        results: list[Any] = answer["results"]
        return results

    def evaluate(self, dataset: str, rows: Iterable[Mapping[str, Any]]) -> Any:
        """The table that its evaluation of `dataset` prints, and its rows with their judgements.

        Rows are those of the dataset's TSV, with the answer as `prediction`.
        """
        (result,) = self.results("evaluate", [{"dataset": dataset, "rows": list(rows)}])
        return result

    def close(self) -> None:
        """End the process."""
        self._process.communicate()
