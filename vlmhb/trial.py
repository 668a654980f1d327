"""One model, one image, one answer: the shortest way to see whether a model works here."""

import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from vlmhb.config import load_model_and_env
from vlmhb.domain.answer import Outcome
from vlmhb.domain.run import Request, RunConfig
from vlmhb.domain.task import AnswerKind, Generation
from vlmhb.env import EnvStore
from vlmhb.errors import UnusableError
from vlmhb.schedule import execute
from vlmhb.schedule.progress import Answered, EnvStep, GaveUp, ModelStarting
from vlmhb.system.images import read_page
from vlmhb.system.signals import StopSignals

REQUEST_ID = "trial"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked about which image."""

    image: Path
    prompt: str
    """Not sent to engines that read whole pages."""
    generation: Generation


def ask(
    model_name: str, question: Question, store: EnvStore, tell: Callable[[str], None]
) -> Outcome:
    """The outcome of one request; its env is built if need be, and nothing else is kept.

    `tell` gets a line for each step that takes time.

    Raises:
        ConfigError: there is no such model, or its env cannot be used.
        UnusableError: it cannot run here.
        Interrupted: a signal came first.
    """
    model, spec = load_model_and_env(model_name)
    config = RunConfig(
        name="trial",
        source=model_name,
        models=(model,),
        tasks=(),
        envspecs={spec.name: spec},
        max_workers=1,
        limit=None,
        seed=0,
    )
    image = question.image.resolve()
    request = Request(
        id=REQUEST_ID,
        model=model.name,
        prompt=question.prompt if model.answers is AnswerKind.REPLY else "",
        system_prompt="",
        root=str(image.parent),
        pages=(read_page(image, image.name),),
        generation=question.generation,
    )
    asked = {model.name: (request,)}
    with (
        StopSignals() as stop,
        tempfile.TemporaryDirectory(prefix="vlmhb-try-") as folder,
        closing(execute(config, asked, store, Path(folder), stop)) as steps,
    ):
        for step in steps:
            match step:
                case Answered(_, outcome):
                    return outcome
                case GaveUp(_, reason):
                    raise UnusableError(f'cannot try "{model.name}"', reason)
                case EnvStep(_, line):
                    tell(line)
                case ModelStarting():
                    tell(f"loading {model.name}")
                case _:
                    pass
        if stop.received is not None:
            raise stop.interrupted()
    raise UnusableError(f'cannot try "{model.name}"', "it gave no answer")
