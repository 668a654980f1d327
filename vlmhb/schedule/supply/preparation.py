"""What models need before they can start, made ready beside the answering."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from vlmhb.domain.envspec import Env
from vlmhb.domain.model import ModelSpec
from vlmhb.domain.run import RunConfig
from vlmhb.errors import VlmhbError
from vlmhb.schedule import events, progress
from vlmhb.schedule.gpus.placement import need_of
from vlmhb.schedule.slots import Need
from vlmhb.schedule.supply.envs import EnvBuilder
from vlmhb.schedule.supply.read_ahead import ReadAhead, compiled_files, weights_files
from vlmhb.schedule.supply.supplies import Supplies
from vlmhb.schedule.supply.weights import WeightsFetcher, loaded_weights
from vlmhb.system.gpus import Gpu
from vlmhb.weights import FetchedWeights
from vlmhb.worker import LoadOrder, place_of


@dataclass(frozen=True, slots=True)
class EnvDone:
    """An env is ready, or is not to be had."""

    env: str
    result: Env | Exception


@dataclass(frozen=True, slots=True)
class WeightsDone:
    """A model's weights are ready, or are not to be had."""

    model: str
    result: FetchedWeights | Exception


Prepared = EnvDone | WeightsDone | progress.EnvStep | progress.WeightsStep


class Preparation:
    """Builds envs and fetches weights, each in a thread of its own, in the order of the asking."""

    def __init__(
        self, config: RunConfig, supplies: Supplies, tell: Callable[[Prepared], None]
    ) -> None:
        self._config = config
        self._weights = {model.name: model.weights for model in config.models}
        self._secrets = supplies.secrets
        self.envs: dict[str, Env] = {}
        """Those that are ready, by name."""
        self.weights: dict[str, FetchedWeights] = {}
        """Those that are ready, by model."""
        self._builder = EnvBuilder(
            supplies.envs,
            on_line=lambda env, line: tell(progress.EnvStep(env, line)),
            on_done=lambda env, result: tell(EnvDone(env, result)),
        )
        self._reader = ReadAhead()
        self._fetcher = WeightsFetcher(
            supplies.weights,
            on_progress=lambda *step: tell(progress.WeightsStep(*step)),
            on_done=lambda model, result: tell(WeightsDone(model, result)),
        )

    def build(self, env: str) -> None:
        """Make it ready."""
        self._builder.build(self._config.envspecs[env])

    def fetch(self, model: str) -> None:
        """Make its weights ready; nothing for a model that has none."""
        if ref := self._weights[model]:
            self._fetcher.fetch(model, ref)

    def take_env(
        self, done: EnvDone, gpus: Sequence[Gpu]
    ) -> Iterator[progress.Progress | events.Event]:
        """What to show of it, and what it means to the scheduler on a machine with these GPUs."""
        match done.result:
            case VlmhbError() as error:
                yield events.EnvFailed(done.env, str(error))
            case Exception() as error:
                raise error
            case built:
                self.envs[done.env] = built
                yield progress.EnvBuilt(built)
                yield events.EnvReady(done.env, self._needs(built, gpus))

    def _needs(self, built: Env, gpus: Sequence[Gpu]) -> dict[str, Need]:
        spec = self._config.envspecs[built.name]
        models = [model for model in self._config.models if model.env == built.name]
        return {model.name: need_of(model, spec, built, gpus) for model in models}

    def take_weights(self, done: WeightsDone) -> Iterator[progress.Progress | events.Event]:
        """The same."""
        match done.result:
            case VlmhbError() as error:
                yield events.WeightsFailed(done.model, str(error))
            case Exception() as error:
                raise error
            case fetched:
                self.weights[done.model] = fetched
                yield progress.WeightsFetched(done.model, loaded_weights(fetched))
                yield events.WeightsReady(done.model)

    def order(self, model: ModelSpec) -> LoadOrder:
        """What its worker is told to load."""
        fetched = self.weights.get(model.name)
        return LoadOrder(
            model,
            self._config.seed,
            weights="" if fetched is None else str(place_of(fetched.folders[0])),
            secrets={name: self._secrets[name] for name in model.secrets},
        )

    def read_ahead(self, model: ModelSpec) -> None:
        """Read what its worker is going to import and to load; its env and weights are ready."""
        files: list[Iterator[Path]] = []
        if not self._config.envspecs[model.env].interpreter:  # else it is nobody's to be read
            files.append(compiled_files(self.envs[model.env]))
        if fetched := self.weights.get(model.name):
            files.append(weights_files(fetched))
        self._reader.read(model.name, chain.from_iterable(files))

    def fetch_s(self, model: str) -> float | None:
        """What making its weights ready took; None for a model that brings its own."""
        return self._fetcher.seconds.get(model)

    def drop(self, model: str) -> None:
        """Nobody waits for the weights of this model any more."""
        self._fetcher.drop(model)

    def cancel(self) -> None:
        """Have what is under way stop, and begin nothing else."""
        self._reader.stop()
        self._fetcher.cancel()
        self._builder.cancel()

    def close(self) -> None:
        """Cancel, and wait until nothing of it is left."""
        self.cancel()
        self._reader.close()
        self._builder.close()
        self._fetcher.close()
