"""vlm_base.csv: the models that VLMHyperBench knows, and which class runs each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from vlmhb.config.issues import did_you_mean
from vlmhb.config.legacy.table import Columns, Row, read_rows

COLUMNS = Columns(
    ("framework", "model_name", "model_family", "python_package", "module", "class_name"),
    ("git_python_package",),
    unused=("docker_image",),
    renamed={"ClassName": "class_name"},
)
MAX_LISTED = 12

_UNUSED = "{}: Docker images and wrappers not used, model files say how models run"


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A row."""

    framework: str
    model_name: str
    model_family: str
    git_python_package: str
    """Empty in older files."""
    python_package: str
    class_path: str
    """`package.module:Class`."""

    @property
    def named(self) -> str:
        """Framework and name."""
        return f"{self.framework} / {self.model_name}"


@dataclass(frozen=True, slots=True)
class VlmBase:
    """All rows, in their order."""

    shown: str
    models: tuple[KnownModel, ...]
    notes: tuple[str, ...] = ()
    """What the file says without an effect."""

    @classmethod
    def read(cls, path: Path, shown: str) -> "VlmBase":
        """What the file says.

        Raises:
            ConfigError: it is no such table.
        """
        rows = read_rows(path, shown, COLUMNS)
        models = tuple(_known(row.cells) for row in rows)
        return cls(shown, models, (_UNUSED.format(shown), *_again(rows, models)))

    def find(self, framework: str, model_name: str) -> KnownModel | None:
        """The first row for both, as VLMHyperBench takes it."""
        return next(
            (
                model
                for model in self.models
                if (model.framework, model.model_name) == (framework, model_name)
            ),
            None,
        )

    def expected(self, framework: str, model_name: str) -> str:
        """What there is, for one that is not."""
        named = [model.named for model in self.models]
        more = ", ..." if len(named) > MAX_LISTED else ""
        hint = did_you_mean(f"{framework} / {model_name}", named)
        return f"a row of {self.shown}: {', '.join(named[:MAX_LISTED])}{more}{hint}"


def _known(cells: Mapping[str, str]) -> KnownModel:
    return KnownModel(
        framework=cells["framework"],
        model_name=cells["model_name"],
        model_family=cells["model_family"],
        git_python_package=cells.get("git_python_package", ""),
        python_package=cells["python_package"],
        class_path=f"{cells['python_package']}.{cells['module']}:{cells['class_name']}",
    )


def _again(rows: Sequence[Row], models: Sequence[KnownModel]) -> Iterator[str]:
    seen: dict[tuple[str, str], KnownModel] = {}
    for row, model in zip(rows, models, strict=True):
        first = seen.setdefault((model.framework, model.model_name), model)
        if first != model:
            yield f"{row.shown}:{row.start} {model.named} again, not used: the first row counts"
