"""Asking an LLM judge about the answers of a finished run, each question once."""

from contextlib import closing
from dataclasses import dataclass

from vlmhb.config import load_model_and_env, read_secrets
from vlmhb.domain.answer import Answer
from vlmhb.domain.envspec import EnvSpec
from vlmhb.domain.model import ModelSpec
from vlmhb.domain.run import Request, RunConfig
from vlmhb.domain.task import AnswerKind
from vlmhb.env import EnvStore
from vlmhb.errors import UsageError
from vlmhb.metrics.judge.judging import GENERATION, INSTRUCTIONS, verdict_id
from vlmhb.schedule import Answered, GaveUp, Noted, Observer, Supplies, execute
from vlmhb.store import JournalWriter, RunDir, recover
from vlmhb.system.signals import StopSignals
from vlmhb.weights import WeightsStore


@dataclass(frozen=True, slots=True)
class Judging:
    """What came of asking."""

    questions: int
    known: int
    """Of them, answered by this judge before."""
    unanswered: int
    """Of them, still without a verdict; their samples stay unscored."""
    gave_up: str
    """Why the judge could not be asked at all; empty when it could."""


@dataclass(frozen=True, slots=True)
class Judge:
    """A model that judges, and what it takes to ask it."""

    model: ModelSpec
    spec: EnvSpec

    @classmethod
    def named(cls, name: str) -> "Judge":
        """The model called so.

        Raises:
            ConfigError: there is no such model, or its env cannot be used.
            UsageError: it reads pages and answers no questions.
        """
        model, spec = load_model_and_env(name)
        if model.answers is not AnswerKind.REPLY:
            raise UsageError(
                f'cannot let "{name}" judge',
                "it reads pages and replies to no prompt",
                expected="a model with `answers: reply`, e.g. one behind an endpoint",
            )
        return cls(model, spec)

    def request(self, question: str) -> Request:
        """`question` as it is sent; the same judge is never asked twice about one."""
        return Request(
            id=verdict_id(self.model, question),
            model=self.model.name,
            prompt=question,
            system_prompt=INSTRUCTIONS,
            root="/",
            pages=(),
            generation=GENERATION,
        )

    def ask(
        self, run_dir: RunDir, questions: tuple[str, ...], store: EnvStore, observer: Observer
    ) -> Judging:
        """Ask what this judge has no verdict on; every verdict is on disk before the next step.

        A question that failed is not written down, and is asked again next time.

        Raises:
            Interrupted: a signal came; the verdicts so far are kept.
        """
        requests = {request.id: request for request in map(self.request, questions)}
        known = requests.keys() & recover(run_dir.verdicts).ids
        left = tuple(request for name, request in requests.items() if name not in known)
        observer.planned(
            run_dir.path, left={self.model.name: len(left)}, done={self.model.name: len(known)}
        )
        n_new, gave_up = self._ask_all(left, run_dir, store, observer) if left else (0, "")
        return Judging(len(requests), len(known), len(left) - n_new, gave_up)

    def _ask_all(
        self, left: tuple[Request, ...], run_dir: RunDir, store: EnvStore, observer: Observer
    ) -> tuple[int, str]:
        """How many verdicts came, and why there were no more."""
        supplies = Supplies(
            store, WeightsStore.standard(offline=store.offline), read_secrets(self.model.secrets)
        )
        n_new, gave_up = 0, ""
        asked = {self.model.name: left}
        with (
            StopSignals() as stop,
            JournalWriter(
                run_dir.verdicts,
                is_stopped=lambda: stop.received is not None,
                on_news=lambda text: observer.see(Noted(text)),
            ) as journal,
            closing(execute(self._config(), asked, supplies, run_dir.judging, stop)) as steps,
        ):
            for step in steps:
                journal.tell()
                if isinstance(step, Answered) and isinstance(step.outcome, Answer):
                    journal.append(step.outcome)
                    n_new += 1
                elif isinstance(step, GaveUp):
                    gave_up = step.text
                observer.see(step)
        if stop.received is not None:
            raise stop.interrupted()
        return n_new, gave_up

    def _config(self) -> RunConfig:
        return RunConfig(
            name="judge",
            source=self.model.name,
            models=(self.model,),
            tasks=(),
            envspecs={self.spec.name: self.spec},
            max_workers=1,
            limit=None,
            seed=0,
        )
