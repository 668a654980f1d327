"""One model, a few pages, one answer: the shortest way to see whether a model works here."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from vlmhb.config import load_model_and_env, read_secrets
from vlmhb.domain.answer import Outcome
from vlmhb.domain.envspec import Env
from vlmhb.domain.gpu_figures import GpuFigures
from vlmhb.domain.model import ModelSpec
from vlmhb.domain.run import Request, RunConfig
from vlmhb.domain.sample import Page, UnreadablePage
from vlmhb.domain.sandbox import AUTO, SandboxChoice
from vlmhb.domain.task import AnswerKind, Generation
from vlmhb.env import EnvStore
from vlmhb.errors import UnusableError, UsageError
from vlmhb.schedule import Supplies, execute, progress
from vlmhb.schedule.workers.logs import log_paths
from vlmhb.schedule.workers.reasons import end_of
from vlmhb.system.clock import monotonic_s
from vlmhb.system.images import read_content, read_page
from vlmhb.system.memory import peak_below_bytes
from vlmhb.system.scratch import scratch_folder
from vlmhb.system.signals import StopSignals
from vlmhb.weights import OnProgress, WeightsStore

REQUEST_ID = "trial"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked about which pages."""

    images: tuple[Path | bytes, ...]
    """Files in reading order, or what such a file holds."""
    prompt: str
    """Not sent to engines that read whole pages."""
    system_prompt: str = ""
    """The same."""
    generation: Generation = field(default_factory=Generation)


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of it, and what it took."""

    model: ModelSpec
    env: Env
    outcome: Outcome
    loaded: progress.ModelLoaded
    seconds: dict[str, float]
    """Wall time of env, weights, loading and answer, those that there were."""
    worker_peak_bytes: int | None
    """The most memory its processes held, when the answer was there."""
    gpu: GpuFigures | None
    printed: str
    """The last lines of what its worker printed."""
    weights_changed: str = ""
    """Which files of its weights changed meanwhile, and what that means; empty as it should be."""


def ask(
    model_name: str,
    question: Question,
    store: EnvStore,
    tell: Callable[[str], None],
    on_fetch: OnProgress,
    sandbox: SandboxChoice = AUTO,
) -> Trial:
    """What comes of one request; its env and weights are kept, and nothing else.

    `tell` gets a line for each step that takes time, `on_fetch` how far fetching the weights is.

    Raises:
        ConfigError: there is no such model, or its env cannot be used.
        UsageError: an image is none.
        UnusableError: the model cannot run here.
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
        sandbox=sandbox,
    )
    supplies = Supplies(
        store, WeightsStore.standard(offline=store.offline), read_secrets(model.secrets)
    )
    asked = {model.name: (request_for(model, question),)}
    notes = _Notes.begun(model, tell, on_fetch)
    with StopSignals() as stop, scratch_folder("try") as folder:
        with closing(execute(config, asked, supplies, Path(folder), stop)) as steps:
            for step in steps:
                notes.see(step)
        if stop.received is not None:
            raise stop.interrupted()
        return notes.trial(log_paths(Path(folder), (model.name,))[model.name])


def request_for(model: ModelSpec, question: Question) -> Request:
    """The question as the model is asked it: an engine that reads pages takes no prompt.

    Raises:
        UsageError: an image is none.
    """
    takes_prompt = model.answers is AnswerKind.REPLY
    return Request(
        id=REQUEST_ID,
        model=model.name,
        prompt=question.prompt if takes_prompt else "",
        system_prompt=question.system_prompt if takes_prompt else "",
        root="/",
        pages=tuple(_page(image) for image in question.images),
        generation=question.generation,
    )


def _page(image: Path | bytes) -> Page:
    if isinstance(image, bytes):
        name = "standard input"
        page: Page = read_content(image, name)
    else:
        name = str(image)
        page = read_page(image, str(image.resolve().relative_to("/")))
    if isinstance(page, UnreadablePage):
        raise UsageError(
            f"cannot ask about {name}",
            page.problem,
            expected="a PNG, JPEG, TIFF, BMP or WEBP file with one page",
            next_step="for PDFs and files of several pages: vlmhb run --documents FOLDER "
            "--models MODEL",
        )
    return page


@dataclass(slots=True)
class _Notes:
    """What is seen of a trial while it goes on."""

    model: ModelSpec
    tell: Callable[[str], None]
    on_fetch: OnProgress
    seconds: dict[str, float] = field(default_factory=dict)
    began_s: dict[str, float] = field(default_factory=dict)
    stage: str = ""
    """What was told of last."""
    env: Env | None = None
    loaded: progress.ModelLoaded | None = None
    outcome: Outcome | None = None
    worker_peak_bytes: int | None = None
    gpu: GpuFigures | None = None
    weights_changed: str = ""

    @classmethod
    def begun(cls, model: ModelSpec, tell: Callable[[str], None], on_fetch: OnProgress) -> "_Notes":
        """With the clock running for what is fetched or built at once."""
        now_s = monotonic_s()
        return cls(model, tell, on_fetch, began_s={"env": now_s, "weights": now_s})

    def see(self, step: progress.Progress) -> None:
        """Tell of a step that takes time, and note what it brought.

        Raises:
            UnusableError: the model cannot be tried.
        """
        match step:
            case progress.EnvStep(_, line):
                self.tell(line)
            case progress.WeightsStep(_, stage, done_bytes, total_bytes):
                self.on_fetch(stage, done_bytes, total_bytes)
            case progress.LoadStep(stage=stage):
                self._tell_once(f"loading {self.model.name}: {stage}")
            case progress.WeightsChanged():
                self.weights_changed = step.text
                self.tell(f"WARNING: {step.text}")
            case progress.Noted(text):
                self.tell(text)
            case progress.GpuAwaited(reason=reason) | progress.WorkerLost(reason=reason):
                self.tell(reason)
            case progress.GaveUp() if self.outcome is None:
                raise UnusableError(f'cannot try "{self.model.name}"', step.text)
            case _:
                self._note(step)

    def _note(self, step: progress.Progress) -> None:
        match step:
            case progress.EnvBuilt(env):
                self._end("env")
                self.env = env
            case progress.WeightsFetched():
                self._end("weights")
            case progress.ModelStarting():
                self._begin("load")
                self.tell(f"loading {self.model.name}")
            case progress.ModelLoaded():
                self._end("load")
                self._begin("answer")
                self.loaded, self.gpu = step, step.gpu
            case progress.Answered(_, outcome):
                self._end("answer")
                self.outcome, self.worker_peak_bytes = outcome, peak_below_bytes()
            case progress.GpuReturned(_, figures):
                self.gpu = figures
            case _:
                pass

    def _begin(self, stage: str) -> None:
        self.began_s[stage] = monotonic_s()

    def _end(self, stage: str) -> None:
        self.seconds[stage] = round(monotonic_s() - self.began_s[stage], 3)

    def _tell_once(self, stage: str) -> None:
        if stage != self.stage:
            self.stage = stage
            self.tell(stage)

    def trial(self, log: Path) -> Trial:
        """All that was noted.

        Raises:
            UnusableError: there was no answer.
        """
        if self.outcome is None or self.loaded is None or self.env is None:
            raise UnusableError(f'cannot try "{self.model.name}"', "it gave no answer")
        return Trial(
            model=self.model,
            env=self.env,
            outcome=self.outcome,
            loaded=self.loaded,
            seconds=self.seconds,
            worker_peak_bytes=self.worker_peak_bytes,
            gpu=self.gpu,
            printed=end_of(log.read_text(encoding="utf-8", errors="backslashreplace")),
            weights_changed=self.weights_changed,
        )
