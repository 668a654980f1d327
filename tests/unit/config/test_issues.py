"""One wrong file per row: what is said, and where."""
# ruff: noqa: E501 - a table reads best with one row a line

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.config.files import ENVSPEC, MODEL, RUN, TASK, write, write_tree
from vlmhb.config import load_envspec, load_model, load_run, load_task
from vlmhb.errors import ConfigError

LOADERS: dict[str, tuple[Callable[..., object], str, str, str]] = {
    "run": (load_run, "configs/runs/small.yaml", RUN, "small"),
    "model": (load_model, "configs/models/reader.yaml", MODEL, "reader"),
    "task": (load_task, "configs/tasks/pages.yaml", TASK, "pages"),
    "envspec": (load_envspec, "envspecs/light/envspec.yaml", ENVSPEC, "light"),
}


def issues(tree: Path, kind: str, old: str, new: str) -> list[str]:
    loader, path, text, name = LOADERS[kind]
    assert old in text
    write(tree / path, text.replace(old, new) if old else text + new)
    with pytest.raises(ConfigError) as caught:
        loader(name, cwd=tree)
    return [issue.removeprefix(f"{path}:") for issue in caught.value.issues]


@pytest.mark.parametrize(
    ("kind", "old", "new", "expected"),
    [
        ("run", "models: [reader]\n", "", "1:1 models: missing, expected a list of models, by name or path"),
        ("run", "[reader]", "[]", "1:9 models: got an empty list, expected at least one entry"),
        ("run", "[reader]", "reader", "1:9 models: got 'reader', expected a list: [reader]"),
        ("run", "models: [reader]", "models:\n\t- reader", "2:1 not YAML: while scanning for the next token, found character '\\t' that cannot start any token; indent with spaces, not with tabs"),
        ("model", "env: light", "env: light: dark", "2:11 not YAML: mapping values are not allowed here; put a text that holds `: ` in quotes"),
        ("model", "", "secrets: 'a: b'\n", "4:10 secrets: got 'a: b', expected a list"),
        ("run", "[reader]", "[12]", '1:10 models[0]: got 12, expected text; put it in quotes: "12"'),
        ("run", "[reader]", "", "1:8 models: got nothing, expected a list"),
        (
            "run",
            "[reader]",
            "[reader, reader]",
            "1:9 models: got a list of 2, expected each entry once, but 'reader' is there again",
        ),
        ("run", "", "limit: 0\n", "3:8 limit: got 0, expected 1 or more"),
        ("run", "", "limit: 1.5\n", "3:8 limit: got 1.5, expected a whole number"),
        ("run", "", "max_workers: 1:30\n", "3:14 got '1:30', expected text in quotes, or the number 90 that YAML reads here"),
        ("run", "", "max_workers: 010\n", "3:14 got '010', expected text in quotes, or the number 8 that YAML reads here"),
        ("run", "", "max_workers: yes\n", "3:14 max_workers: got yes (which YAML reads as true), expected a whole number"),
        ("run", "", "price_per_hour: -1\n", "3:17 price_per_hour: got -1, expected 0 or more"),
        ("run", "", "max_worker: 2\n", "3:1 max_worker: got an unknown key; did you mean 'max_workers'?"),
        (
            "run",
            "",
            "zzz: 2\n",
            "3:1 zzz: got an unknown key, expected one of: models, tasks, max_workers, prefetch, gpus, limit, shard, seed, filter, prompts, price_per_hour, max_errors, sandbox, require_sandbox",
        ),
        ("model", "env: light\n", "", "1:1 env: missing, expected the name of an envspec, or NAME@VARIANT"),
        ("model", "reply", "replies", "3:10 answers: got 'replies', expected 'page_text' or 'reply'; did you mean 'reply'?"),
        ("model", "toy:ToyBackend", "toy", "1:10 backend: got 'vlmhb_worker.backends.toy', expected one of: function, model_interface, openai_api, rapidocr, rapidocr_onnxruntime, sglang, tesseract, toy, transformers, vllm; or `module:Class`"),
        ("model", "", "params: [1]\n", "4:9 params: got a list of 1, expected a mapping"),
        ("model", "", "mechanism_only: 'yes'\n", "4:17 mechanism_only: got 'yes', expected true or false"),
        ("model", "", "load_timeout_s: 0\n", "4:17 load_timeout_s: got 0, expected more than 0"),
        ("model", "", "load_timeout_s: 1e-3\n", "4:17 load_timeout_s: got '1e-3', expected a number"),
        (
            "model",
            "",
            "files:\n  - path: x\n    instal: y\n",
            "5:5 files[0].install: missing, expected the command that puts the file there",
        ),
        ("model", "", "weights: {repo: a/b, path: c}\n", "4:10 weights: got a mapping, expected `repo` or `path`, not both"),
        ("model", "", "weights: {revision: main}\n", "4:10 weights: got a mapping, expected `repo` or `path`"),
        ("model", "", "weights: {path: c, revision: d}\n", "4:10 weights: got a mapping, expected `revision` and `include` with `repo` only"),
        ("model", "", "weights: {repo: b}\n", "4:17 weights.repo: got 'b', expected a repo of the hub as `Org/Name`"),
        ("model", "", "weights: {repo: a/b, also: [{revision: c}]}\n", "4:29 weights.also[0].repo: missing, expected `Org/Name` on the hub"),
        ("model", "vlmhb_worker.backends.toy:ToyBackend", "tesserac", "1:10 backend: got 'tesserac', expected one of: function, model_interface, openai_api, rapidocr, rapidocr_onnxruntime, sglang, tesseract, toy, transformers, vllm; or `module:Class`; did you mean 'tesseract'?"),
        ("task", '"1"', "1", '1:10 version: got 1, expected text; put it in quotes: "1"'),
        ("task", "  licence: none\n", "", "3:3 dataset.licence: missing, expected the dataset's licence"),
        ("task", "  licence: none\n", "  licence: ''\n", "7:12 dataset.licence: got '', expected text that is not empty"),
        ("task", "{{ question }}", "{qestion}", "8:9 prompt: got '{qestion}', expected {{ question }} instead of {qestion} in its line 1"),
        ("task", "  reply: [anls]", "  reply: []", "10:3 metrics: got a mapping, expected at least one metric in `page_text` or `reply`"),
        ("task", "reply: [anls]", "page_text: [anls]", "10:15 metrics.page_text[0]: got 'anls', expected a metric for page_text; this one judges reply"),
        ("task", "", f"generation: {{stop: {list('x' * 65)}}}\n", "11:20 generation.stop: got a list of 65, expected at most 64 entries"),
        ("task", "", "generation: {top_p: 1.5}\n", "11:21 generation.top_p: got 1.5, expected 1 or less"),
        ("task", "", "generation: {temperature: -1}\n", "11:27 generation.temperature: got -1, expected 0 or more"),
        ("envspec", ">=3.10", "3.10", "1:9 python: got '3.10', expected versions with a lower end that some Python can have, such as \">=3.10,<3.13\""),
        ("envspec", ">=3.10", "<3.13", "1:9 python: got '<3.13', expected versions with a lower end that some Python can have, such as \">=3.10,<3.13\""),
        ("envspec", "[]", "['']", "2:16 requirements[0]: got '', expected one requirement, e.g. 'numpy==2.2.6'"),
        ("envspec", "msgpack", "-rf", "3:11 imports[0]: got '-rf', expected the name of a module, e.g. 'numpy'"),
        ("envspec", "", "variables: {A B: x}\n", "4:13 variables.A B: got the key 'A B', expected the name of an environment variable"),
        ("envspec", "", "variables: {A: 1}\n", '4:16 variables.A: got 1, expected text; put it in quotes: "1"'),
        ("envspec", "", "overlay: ../..\n", "4:10 overlay: got '../..', expected a folder beside envspec.yaml"),
        ("envspec", "", "overlay: none\n", "4:10 overlay: got 'none', expected a folder beside envspec.yaml"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_said_with_its_place(
    tmp_path: Path, kind: str, old: str, new: str, expected: str
):
    found = issues(write_tree(tmp_path), kind, old, new)

    assert expected in found


@pytest.mark.parametrize(
    ("kind", "old", "new", "start", "end"),
    [
        ("run", "reader", "raeder", "1:10 models[0]: got 'raeder', expected the name of a model", "did you mean 'reader'?"),
        ("model", "light", "ligth", "2:6 env: got 'ligth', expected the name of an envspec", "did you mean 'light'?"),
        ("task", "anls", "anl", "10:11 metrics.reply[0]: got 'anl', expected one of: ", "did you mean 'anls'?"),
        ("task", "annotation_csv", "annotation_cvs", "4:11 dataset.format: got 'annotation_cvs', expected one of: ", "did you mean 'annotation_csv'?"),
        ("task", "root: pages", "root: gone", "5:9 dataset.root: got 'gone', expected an existing folder (tried ", ")"),
    ],
)  # fmt: skip
def test_an_unknown_name_is_said_with_the_near_one(
    tmp_path: Path, kind: str, old: str, new: str, start: str, end: str
):
    (found,) = issues(write_tree(tmp_path), kind, old, new)

    assert found.startswith(start)
    assert found.endswith(end)


def test_an_unknown_metric_does_not_list_all_of_them(tmp_path: Path):
    (found,) = issues(write_tree(tmp_path), "task", "anls", "zzz")

    assert found.endswith(", ... (vlmhb list metrics)")
    assert len(found) < 300


def test_all_problems_of_a_file_are_told_in_its_order(tmp_path: Path):
    text = "seeds: 1\nmetrics: {reply: [anl]}\n" + TASK.replace("root: pages", "root: gone")

    found = issues(write_tree(tmp_path), "task", TASK, text.partition("metrics:\n")[0])

    assert ["1:1", "2:19", "7:9"] == [issue.split(" ")[0] for issue in found]


def test_a_key_with_control_characters_is_shown_escaped(tmp_path: Path):
    (found,) = issues(write_tree(tmp_path), "run", "", '"\\e[31m": 2\n')

    assert "\x1b" not in found


def test_a_prompt_may_hold_other_braces(tmp_path: Path):
    tree = write_tree(tmp_path)
    write(
        tree / "configs/tasks/pages.yaml", TASK.replace('"{{ question }}"', "'{total} {\"a\": 1}'")
    )

    assert '{total} {"a": 1}' == load_task("pages", tree).prompts.default.prompt
