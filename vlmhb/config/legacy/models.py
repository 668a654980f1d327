"""The models that rows of user_config.csv mean: to be asked, or answers that are there already."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from vlmhb.config.legacy.folders import Folders, NotThere
from vlmhb.config.legacy.given import newest_answers
from vlmhb.config.legacy.model_files import ModelFiles, NoModelFile, skeletons
from vlmhb.config.legacy.user_row import UserRow
from vlmhb.config.legacy.vlm_base import KnownModel, VlmBase
from vlmhb.domain.digest import Json
from vlmhb.domain.model import IMPORTED, ModelSpec
from vlmhb.domain.task import AnswerKind
from vlmhb.system.files import sha256_of_file


@dataclass(frozen=True, slots=True)
class Given:
    """A file of answers."""

    file: Path
    stamp: str
    """`YYYYmmdd_HHMMSS`."""
    sha256: str


@dataclass(slots=True)
class Meant:
    """Which model or file of answers each row means; problems are noted with their row."""

    folders: Folders
    base: VlmBase
    files: ModelFiles
    issues: list[str]
    unwritten: dict[str, KnownModel] = field(default_factory=dict)
    """By name, the models that there is no model file for."""

    def of(self, row: UserRow) -> Path | Given | None:
        """The model's file, or the answers to evaluate; None when there is neither."""
        try:
            return self._given(row) if row.only_evaluate else self._asked(row)
        except NotThere as problem:
            self.issues.append(row.row.issue("only_evaluate_metrics", "True", str(problem)))
        return None

    def _given(self, row: UserRow) -> Given:
        file, stamp = newest_answers(self.folders.answers, row)
        try:
            return Given(file, stamp, sha256_of_file(file))
        except OSError as error:
            raise NotThere(f"a file that can be read, not {file}: {error.strerror}") from error

    def next_step(self) -> str | None:
        """What to do about models without a model file."""
        return skeletons(tuple(self.unwritten.values())) if self.unwritten else None

    def _asked(self, row: UserRow) -> Path | None:
        known = self.base.find(row.framework, row.model_name)
        if known is None:
            got = repr(f"{row.framework} / {row.model_name}")
            expected = self.base.expected(row.framework, row.model_name)
            self.issues.append(row.row.issue("model_name", got, expected))
            return None
        try:
            return self.files.find(row.framework, row.model_name)
        except NoModelFile as problem:
            self.issues.append(row.row.issue("model_name", repr(row.model_name), str(problem)))
            self.unwritten.setdefault(row.model_name, known)
            return None


def names_of(meant: Sequence[tuple[UserRow, Path | Given]]) -> list[str]:
    """What each row's model is called in the run.

    One that is asked like its file; answers of another framework or model by its name, with a mark
    where that is taken.
    """
    asked = {place.stem for _, place in meant if isinstance(place, Path)}
    given: dict[tuple[str, str], str] = {}
    taken = {name.casefold() for name in asked}
    for row, place in meant:
        key = (row.framework, row.model_name)
        if isinstance(place, Given) and key not in given:
            given[key] = _free(row.model_name, taken)
            taken.add(given[key].casefold())
    return [
        place.stem if isinstance(place, Path) else given[row.framework, row.model_name]
        for row, place in meant
    ]


def _free(name: str, taken: Iterable[str]) -> str:
    choices = (name, f"{name}-given", *(f"{name}-given-{number}" for number in range(2, 1000)))
    return next(choice for choice in choices if choice.casefold() not in taken)


def given_model(name: str, by_task: Mapping[str, Given]) -> ModelSpec:
    """The model that stands for answers from VLMHyperBench."""
    files: dict[str, Json] = {
        task: {"file": given.file.name, "sha256": given.sha256} for task, given in by_task.items()
    }
    day, _, time = max(given.stamp for given in by_task.values()).partition("_")
    date = f"{day[:4]}-{day[4:6]}-{day[6:]}"
    return ModelSpec(
        name=name,
        backend=IMPORTED,
        env="",
        answers=AnswerKind.REPLY,
        params={"files": files, "answered_at": f"{date}T{time[:2]}:{time[2:4]}:{time[4:]}Z"},
        description="Answers that VLMHyperBench kept.",
    )
