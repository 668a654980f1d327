"""Which model of which run is compared with which."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from vlmhb.comparison.scored_run import ScoredRun, read_scored_run
from vlmhb.errors import UsageError
from vlmhb.store import find_run

DOING = "cannot compare these runs"
NAME_ONE = "name one model of each run: RUN:MODEL"


@dataclass(frozen=True, slots=True)
class Reference:
    """RUN, or RUN:MODEL."""

    folder: Path
    model: str = ""
    """Empty where none is named."""


@dataclass(frozen=True, slots=True)
class Side:
    """A model of a run."""

    run: ScoredRun
    model: str

    @property
    def label(self) -> str:
        """RUN:MODEL, with the folder as the user named it."""
        return f"{self.run.folder}:{self.model}"


@dataclass(frozen=True, slots=True)
class Pairing:
    """Two models that are compared; differences are B minus A."""

    a: Side
    b: Side


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A model of A that another run has no counterpart for."""

    a: str
    """RUN:MODEL."""
    b: str
    """The other run."""


def reference_of(text: str) -> Reference:
    """What RUN or RUN:MODEL means; either may hold colons.

    Raises:
        UsageError: there is no such run.
    """
    if (Path(text) / "run.json").is_file():
        return Reference(Path(text))
    for place, character in enumerate(text):
        if character == ":" and (Path(text[:place]) / "run.json").is_file():
            return Reference(Path(text[:place]), text[place + 1 :])
    return Reference(find_run(Path(text)).path)


def read_pairings(references: Sequence[Reference]) -> tuple[Pairing, ...]:
    """Every pair to compare: the first reference with each other one.

    One run alone stands for its models: the first one is compared with each other one.

    Raises:
        UsageError: a run cannot be read, or it is open which of its models is meant.
    """
    folders = {reference.folder.resolve(): reference.folder for reference in references}
    runs = {where: read_scored_run(folder) for where, folder in folders.items()}
    first, *others = [(runs[one.folder.resolve()], one.model) for one in references]
    for run, model in (first, *others):
        _check_model(run, model)
    if others:
        return tuple(pairing for other in others for pairing in _pairings(first, other))
    run, model = first
    names = [name for name in run.models if name != model]
    before = model or names.pop(0)
    if not names:
        raise UsageError(
            f"cannot compare the run {run.folder} with itself",
            f"it has one model, {before}",
            expected="two runs, or a run of several models",
            next_step="vlmhb compare RUN_A RUN_B",
        )
    return tuple(Pairing(Side(run, before), Side(run, name)) for name in names)


def unpaired(references: Sequence[Reference], pairings: Sequence[Pairing]) -> tuple[str, ...]:
    """RUN:MODEL of what is compared with nothing, of runs of which no model is named."""
    paired = {(side.run.folder, side.model) for one in pairings for side in (one.a, one.b)}
    runs = {side.run.folder.resolve(): side.run for one in pairings for side in (one.a, one.b)}
    whole = dict.fromkeys(one.folder.resolve() for one in references if not one.model)
    return tuple(
        Side(runs[folder], name).label
        for folder in whole
        for name in runs[folder].models
        if (runs[folder].folder, name) not in paired
    )


def unmatched(
    references: Sequence[Reference], pairings: Sequence[Pairing]
) -> tuple[Unmatched, ...]:
    """What each other run lacks of the first one's models, unless one of them is named."""
    first, *others = references
    if first.model:
        return ()
    paired = {(one.b.run.folder.resolve(), one.a.model) for one in pairings}
    run = pairings[0].a.run
    return tuple(
        Unmatched(Side(run, name).label, str(other.folder))
        for other in others
        if not other.model
        for name in run.models
        if (other.folder.resolve(), name) not in paired
    )


def _check_model(run: ScoredRun, model: str) -> None:
    if not model or model in run.models:
        return
    near = get_close_matches(model, run.models, n=1)
    hint = f'; did you mean "{near[0]}"?' if near else ""
    raise UsageError(
        DOING,
        f'the run {run.folder} has no model "{model}"{hint}',
        expected=" or ".join(f"{run.folder}:{name}" for name in run.models),
    )


def _pairings(first: tuple[ScoredRun, str], other: tuple[ScoredRun, str]) -> list[Pairing]:
    """Models of the same name, or else the only ones."""
    (run_a, model_a), (run_b, model_b) = first, other
    names_a = (model_a,) if model_a else run_a.models
    names_b = (model_b,) if model_b else run_b.models
    pairs = [(name, name) for name in names_a if name in names_b]
    if not pairs and len(names_a) == len(names_b) == 1:
        pairs = [(names_a[0], names_b[0])]
    if not pairs:
        raise UsageError(
            DOING,
            f"no model of {run_a.folder} ({', '.join(names_a)}) is in {run_b.folder} "
            f"({', '.join(names_b)})",
            expected="models of the same name, or one model on each side",
            next_step=NAME_ONE,
        )
    return [Pairing(Side(run_a, one), Side(run_b, two)) for one, two in pairs]
