"""Models and the state of their weights, in lines and for programs."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from vlmhb.config import Kind, Library, load_model
from vlmhb.domain.digest import Json
from vlmhb.domain.model import ModelSpec, WeightsRef
from vlmhb.domain.sizes import megabytes, number_of_megabytes
from vlmhb.errors import ConfigError, WeightsError
from vlmhb.weights import Absent, FetchedWeights, WeightsStore

HEADINGS = ("name", "env", "weights", "commit", "fetched", "MB")
NUMBERS = {5}


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A model, and what is here of its weights."""

    name: str
    model: ModelSpec | None
    """None when its file is wrong."""
    state: FetchedWeights | Absent | None
    """None when it has no weights that are fetched."""

    @property
    def missing(self) -> str:
        """What is missing; empty when nothing is."""
        return self.state.what if isinstance(self.state, Absent) else ""

    def cells(self) -> tuple[str, ...]:
        """For people."""
        if self.model is None:
            return (self.name, "?", "its file is wrong: vlmhb validate", "", "", "")
        weights = self.model.weights
        here = self.state if isinstance(self.state, FetchedWeights) else None
        return (
            self.name,
            self.model.env,
            _source(weights) if weights else "none of its own",
            _commit(self.state)[:12],
            "yes" if here else "no" if weights else "",
            number_of_megabytes(_size_bytes(here)) if here else "",
        )

    def as_json(self) -> dict[str, Json]:
        """For programs."""
        model, weights = self.model, self.model.weights if self.model else None
        here = self.state if isinstance(self.state, FetchedWeights) else None
        return {
            "name": self.name,
            "readable": model is not None,
            "env": model.env if model else None,
            "weights": _as_json(weights) if weights else None,
            "fetched": (here is not None) if weights else None,
            "missing": self.missing or None,
            "commit": _commit(self.state) or None,
            "folder": str(here.folder) if here else None,
            "size_bytes": _size_bytes(here) if here else None,
            "also": [fetched_facts(one) for one in here.also] if here else [],
        }

    def lines(self) -> Iterator[tuple[str, str]]:
        """(heading, text) of everything, for people."""
        model = self.model
        if model is None:
            return
        yield "model", model.name
        yield "description", model.description or "none"
        yield "backend", model.backend
        yield "env", model.env
        yield "answers", model.answers.value
        if model.trust_remote_code:
            yield "code", "runs Python code that comes with the weights"
        if model.secrets:
            yield "secrets", ", ".join(model.secrets)
        if model.weights is None:
            yield "weights", "none of its own"
        else:
            yield "weights", _source(model.weights)
            yield from self._weights_lines()

    def _weights_lines(self) -> Iterator[tuple[str, str]]:
        match self.state:
            case FetchedWeights() as here:
                yield from _here_lines(here)
                for one in here.also:
                    yield "also", f"{one.repo} at {one.revision}"
                    yield from _here_lines(one)
            case Absent(what=what):
                yield "fetched", f"no: {what}"
            case None:
                pass


def rows(names: Iterable[str], store: WeightsStore) -> list[ModelRow]:
    """The models of these names; one whose file is wrong is known by its name alone."""
    return [_row_or_name(name, store) for name in names]


def row(name: str, store: WeightsStore) -> ModelRow:
    """The model of this name or path.

    Raises:
        ConfigError: its file is wrong.
    """
    model = load_model(name)
    return ModelRow(name, model, store.look(model.weights) if model.weights else None)


def _row_or_name(name: str, store: WeightsStore) -> ModelRow:
    try:
        return row(name, store)
    except ConfigError:
        return ModelRow(name, None, None)


def absence(shown: ModelRow) -> WeightsError | None:
    """The complaint about weights that are not here; None when nothing is missing."""
    if not shown.missing or shown.model is None or shown.model.weights is None:
        return None
    is_own = bool(shown.model.weights.path) and not isinstance(shown.state, FetchedWeights)
    return WeightsError(
        f'the weights of model "{shown.name}" are not here',
        shown.missing,
        next_step=f"correct `weights.path` in its file ({shown.model.weights.path})"
        if is_own
        else f"vlmhb models fetch {shown.name}",
    )


def all_names() -> list[str]:
    """Of every model that is known here."""
    return list(Library.standard(Path.cwd()).names(Kind.MODEL))


def described(here: FetchedWeights) -> str:
    """Where weights came from and what they take, in one line."""
    where = f"{here.repo} at {here.revision_commit[:12]}" if here.repo else str(here.folder)
    return f"{where}, {len(here.files)} files, {megabytes(here.size_bytes)}"


def _here_lines(here: FetchedWeights) -> Iterator[tuple[str, str]]:
    if here.repo:
        yield "commit", here.revision_commit
    yield "folder", str(here.folder)
    yield "files", f"{len(here.files)}, {megabytes(here.size_bytes)}"


def _source(weights: WeightsRef) -> str:
    if weights.path:
        return weights.path
    # A commit has a column of its own.
    name = "" if len(weights.revision) == 40 else f"@{weights.revision}"
    return f"{weights.repo}{name}"


def _commit(state: FetchedWeights | Absent | None) -> str:
    match state:
        case FetchedWeights(revision_commit=commit) | Absent(commit=commit):
            return commit
        case None:
            return ""


def _size_bytes(here: FetchedWeights) -> int:
    return here.size_bytes + sum(one.size_bytes for one in here.also)


def _as_json(weights: WeightsRef) -> dict[str, Json]:
    if weights.path:
        return {"path": weights.path}
    return {
        "repo": weights.repo,
        "revision": weights.revision,
        "include": list(weights.include),
        "also": [_as_json(one) for one in weights.also],
    }


def fetched_facts(one: FetchedWeights) -> dict[str, Json]:
    """The same for programs."""
    return {
        "repo": one.repo,
        "commit": one.revision_commit,
        "folder": str(one.folder),
        "size_bytes": one.size_bytes,
    }
