"""Runs that come from a folder and options alone."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from PIL import Image

from vlmhb.cli import document_options
from vlmhb.config import Documents, Overrides, documents_run
from vlmhb.config.documents import OPTIONS, documents_task
from vlmhb.domain.task import AnswerKind
from vlmhb.errors import ConfigError, UsageError
from vlmhb.metrics import catalog

CHANGED = {
    "prompt": '--what\'s "this"?',
    "system_prompt": "You read.",
    "max_pages": 3,
    "dpi": 150,
    "pages": "together",
    "expected": "none",
    "max_new_tokens": 99,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "мои счета (2024)"
    folder.mkdir()
    Image.new("L", (3, 4)).save(folder / "a.png")
    return folder


def parsed(words: tuple[str, ...]) -> Documents | str:
    """What the options of the command line make of these words."""
    found = []

    @click.command()
    @document_options.documents
    def command(documents: Path, **about: object) -> None:
        found.append(document_options.asked_of(None, documents, about, ("toy",), None))

    result = CliRunner().invoke(command, list(words))
    assert 0 == result.exit_code, result.output
    return found[0]


@pytest.mark.parametrize("option", OPTIONS)
def test_the_words_of_an_option_mean_the_same_again(folder: Path, option: str):
    wanted = Documents(folder, **{option: CHANGED[option]})  # type: ignore[arg-type]

    assert wanted == parsed(wanted.words())


def test_the_words_of_all_options_mean_the_same_again(folder: Path):
    wanted = Documents(folder, **CHANGED)  # type: ignore[arg-type]

    assert set(CHANGED) == set(OPTIONS)
    assert wanted == parsed(wanted.words())
    assert ("--documents", str(folder)) == Documents(folder).words()


def test_a_run_is_named_after_its_folder(folder: Path, tmp_path: Path):
    assert "мои-счета-2024" == Documents(folder).name
    assert "documents" == Documents(Path("/")).name
    assert tmp_path.name == Documents(tmp_path / "x" / "..").name


def test_a_run_asks_the_models_about_one_task(folder: Path):
    config = documents_run(Documents(folder), Overrides(models=("toy",), limit=5, prefetch=0))

    (task,) = config.tasks
    assert ("мои-счета-2024", str(folder)) == (config.name, config.source)
    assert ["toy"] == [model.name for model in config.models]
    assert {model.env for model in config.models} == config.envspecs.keys()
    assert (5, None, 0) == (config.limit, config.max_workers, config.seed)
    assert 0 == config.prefetch
    assert ("documents", str(folder)) == (task.dataset.format, task.dataset.root)
    assert 2048 == task.generation.max_new_tokens


@pytest.mark.parametrize(
    ("truth", "first"), [(None, "answered"), ("a.txt", "cer_ci"), ("a.json", "kie_f1")]
)
def test_metrics_fit_the_truth_and_what_they_judge(folder: Path, truth: str | None, first: str):
    if truth:
        (folder / truth).write_text("{}")

    task = documents_task(Documents(folder))

    assert set(AnswerKind) == set(task.metrics)
    assert first == task.metrics[AnswerKind.REPLY][0]
    for kind, names in task.metrics.items():
        assert all(kind in catalog.find(name).kinds for name in names)


def test_a_folder_that_is_none_and_an_unknown_model_are_refused(folder: Path):
    with pytest.raises(UsageError, match="is no folder"):
        documents_run(Documents(folder / "a.png"), Overrides(models=("toy",)))
    with pytest.raises(ConfigError, match="did you mean 'toy'"):
        documents_run(Documents(folder), Overrides(models=("toyy",)))
