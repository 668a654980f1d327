"""G15: what may change an answer is refused by name; what does not is scored anew, or recorded."""

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from PIL import Image

from tests.fault.kit import Goals
from tests.workspace import Workspace
from vlmhb.store import RunDir, read_journal, read_manifest

pytestmark = pytest.mark.uv

MODEL = "configs/models/model.yaml"
TASK = "configs/tasks/numbers.yaml"
SAMPLES = 6


def change_yaml(space: Workspace, name: str, **changes: Any) -> None:
    file = space.path / name
    space.write_yaml(name, yaml.safe_load(file.read_text(encoding="utf-8")) | changes)


def change_rows(space: Workspace, change: Callable[[list[str]], list[str]]) -> None:
    file = space.path / "data/annotation.csv"
    head, *rows = file.read_text(encoding="utf-8").splitlines()
    file.write_text("\n".join([head, *change(rows)]) + "\n", encoding="utf-8")


def change_page(space: Workspace) -> None:
    Image.new("RGB", (41, 20)).save(space.path / "data/images/page0.png")


def nothing(_space: Workspace) -> None:
    pass


def in_yaml(name: str, **changes: Any) -> Callable[[Workspace], None]:
    return lambda space: change_yaml(space, name, **changes)


def in_rows(change: Callable[[list[str]], list[str]]) -> Callable[[Workspace], None]:
    return lambda space: change_rows(space, change)


def second_model(space: Workspace) -> None:
    space.write_model("second", {})
    change_yaml(space, "configs/runs/run.yaml", models=["model", "second"])


Change = tuple[Callable[[Workspace], None], str, str]

ANSWER_AFFECTING: Mapping[str, Change] = {
    "the rows of the dataset": (in_rows(lambda rows: rows[:-1]), "", "tasks.numbers.dataset"),
    "the order of the rows": (in_rows(lambda rows: rows[::-1]), "", "tasks.numbers.dataset"),
    "a picture": (change_page, "", "tasks.numbers.dataset"),
    "a question": (
        in_rows(lambda rows: [rows[0].replace("Which", "What"), *rows[1:]]),
        "",
        "tasks.numbers.prompt",
    ),
    "the subset": (nothing, "--limit 3", "limit"),
    "the filter": (nothing, "--filter question_type=field0", "tasks.numbers.dataset"),
    "the seed": (nothing, "--set seed=7", "seed"),
    "the prompt template": (
        in_yaml(TASK, prompt="Say: {{ question }}"),
        "",
        "tasks.numbers.prompt",
    ),
    "the generation parameters": (
        in_yaml(TASK, generation={"max_new_tokens": 7}),
        "",
        "tasks.numbers.generation",
    ),
    "dtype, quantisation, attention": (
        in_yaml(MODEL, params={"dtype": "float16"}),
        "",
        "models.model.params",
    ),
    "the adapter": (
        in_yaml(MODEL, backend="vlmhb_worker.backends.echo:EchoBackend"),
        "",
        "models.model.backend",
    ),
    "the weights' repo": (
        in_yaml(MODEL, weights={"repo": "Org/Name"}),
        "",
        "models.model.weights",
    ),
    "the weights' commit": (
        in_yaml(MODEL, weights={"repo": "Org/Name", "revision": "c" * 40}),
        "",
        "models.model.weights",
    ),
    "code of the weights": (
        in_yaml(MODEL, trust_remote_code=True, weights={"repo": "Org/Name"}),
        "",
        "models.model.trust_remote_code",
    ),
    "the lock": (in_yaml(MODEL, env="openai-client"), "", "models.model.env"),
    "what is answered": (in_yaml(MODEL, answers="page_text"), "", "models.model.answers"),
    "the models": (second_model, "", "models"),
}


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory, shared_envs: Path) -> Workspace:
    """A run with all its answers; copy it before changing anything."""
    path = tmp_path_factory.mktemp("answered") / "user"
    space = Workspace.create(path, shared_envs, samples=SAMPLES)
    assert 0 == space.vlmhb("run", "run", "--out", "out").code
    return space


@pytest.fixture
def space(answered: Workspace, tmp_path: Path) -> Workspace:
    shutil.copytree(answered.path, tmp_path / "user")
    return Workspace(tmp_path / "user", answered.envs)


def files_of(run: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(run)): file.read_bytes() for file in run.rglob("*") if file.is_file()
    }


@pytest.mark.parametrize("what", ANSWER_AFFECTING)
def test_a_change_that_may_change_an_answer_is_refused_by_name(
    space: Workspace, what: str, goals: Goals
):
    change, words, field = ANSWER_AFFECTING[what]
    before = files_of(space.path / "out")
    change(space)

    end = space.vlmhb("run", "run", "--out", "out", *words.split())

    assert 2 == end.code, end.err
    changed = end.err.partition("changed since then: ")[2].splitlines()[0].split(", ")
    assert field in changed
    assert before == files_of(space.path / "out")
    goals.add("G15", tried=1, note=f"refused: {what}")


def right_answers(rows: list[str]) -> list[str]:
    return [row.replace(f";{number};form;", ";other;form;") for number, row in enumerate(rows)]


@pytest.mark.parametrize(
    "change",
    [
        in_rows(right_answers),
        in_yaml(TASK, metrics={"page_text": ["cer"], "reply": ["wer", "exact_match"]}),
    ],
    ids=["the truth", "the metrics"],
)
def test_a_change_of_the_scoring_is_scored_anew_and_asks_nothing(
    space: Workspace, change: Callable[[Workspace], None], goals: Goals
):
    run_dir = RunDir(space.path / "out")
    journal, scores = run_dir.journal.read_bytes(), (run_dir.derived / "scores.csv").read_bytes()
    change(space)

    end = space.vlmhb("run", "run", "--out", "out")

    assert 0 == end.code, end.err
    assert journal == run_dir.journal.read_bytes()
    assert 1 == len(read_manifest(run_dir.manifest).segments)
    assert scores != (run_dir.derived / "scores.csv").read_bytes()
    goals.add("G15", tried=1, note="scored anew")


def other_machine(space: Workspace) -> None:
    """The first start was elsewhere, by another version."""
    file = space.path / "out/run.json"
    run = json.loads(file.read_text(encoding="utf-8"))
    run["vlmhb"] = "0.0.1"
    run["segments"][0] |= {"host": "pod-7", "gpus": ["H900"], "driver": "1", "vlmhb": "0.0.1"}
    file.write_text(json.dumps(run), encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (other_machine, ""),
        (in_yaml(MODEL, description="Another.", answer_timeout_s=99), ""),
        (nothing, "--max-workers 2 --price-per-hour 3"),
    ],
    ids=["machine, driver, version", "limits and descriptions", "workers and price"],
)
def test_a_change_that_only_informs_is_recorded_as_another_start(
    space: Workspace, change: Callable[[Workspace], None], words: str, goals: Goals
):
    run_dir = RunDir(space.path / "out")
    *kept, last = run_dir.journal.read_bytes().splitlines(keepends=True)
    run_dir.journal.write_bytes(b"".join(kept))
    change(space)

    end = space.vlmhb("run", "run", "--out", "out", *words.split())

    assert 0 == end.code, end.err
    assert f"{len(last)} bytes of it are gone" in end.err
    first, second = read_manifest(run_dir.manifest).segments
    assert first.host != second.host or change is not other_machine
    assert any("was modified" in note for note in second.folder_notes)
    outcomes = list(read_journal(run_dir.journal).outcomes.values())
    assert [0] * (SAMPLES - 1) + [1] == [outcome.segment for outcome in outcomes]
    goals.add("G15", tried=1, note="recorded")
