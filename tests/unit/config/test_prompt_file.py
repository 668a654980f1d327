"""Prompt sets: what files say, what is wrong with them, and which one a model gets."""
# ruff: noqa: E501 - a table reads best with one row a line

from pathlib import Path

import pytest

from tests.unit.config.files import MODEL, RUN, TASK, write, write_tree
from vlmhb.config import Overrides, load_model, load_prompts, load_run, load_task
from vlmhb.domain.prompt import PromptSet, PromptText, TunedOn, one_prompt
from vlmhb.errors import ConfigError

COLLECTION = "\ufeffprompt;doc_class_question_type;cer\nВерни имя {x};passport Имя;0.1\n"
SET = 'version: "2"\n'


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return write_tree(tmp_path)


def prompts(tree: Path, text: str) -> PromptSet:
    write(tree / "configs/prompts/mine.yaml", SET + text)
    return load_prompts("mine", tree)


def issues(tree: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        prompts(tree, text)
    return [issue.removeprefix("configs/prompts/mine.yaml:") for issue in caught.value.issues]


def literal(prompt: str | None, system_prompt: str | None = None) -> PromptText:
    return PromptText(prompt, system_prompt, is_template=False)


def test_every_key_of_a_set_arrives(tree: Path):
    found = prompts(
        tree,
        "description: for people\ndefault: {prompt: a, system_prompt: b}\n"
        "classes: {passport: {prompt: c}}\nfields: {passport Имя: {system_prompt: ''}}\n"
        "fixed: {system_prompt: '{{ language }}'}\n"
        "tuned_on: {dataset: docs, split: tune, samples: ['3']}\npage_marks: true\n",
    )

    expected = PromptSet(
        "mine",
        "2",
        PromptText("a", "b"),
        {"passport": PromptText("c")},
        {"passport Имя": PromptText(None, "")},
        PromptText(None, "{{ language }}"),
        TunedOn("tune", ("3",), "docs"),
        page_marks=True,
    )
    assert expected == found


def test_a_collection_is_read_as_it_is_and_keeps_what_tuning_reached(tree: Path):
    write(tree / "configs/prompts/x/tuned.csv", COLLECTION)

    found = prompts(tree, "collection: x/tuned.csv\ndefault: {prompt: '{{ question }}'}\n")

    assert {"passport Имя": literal("Верни имя {x}")} == found.fields
    assert PromptText("{{ question }}") == found.default
    assert {"passport Имя": "0.1"} == found.tuning_scores


def test_texts_are_read_to_their_end(tree: Path):
    write(tree / "configs/prompts/ask.txt", "\ufeffRead.\r\n{{ all }}\n")
    write(tree / "configs/prompts/system.txt", "Be brief.")

    found = prompts(tree, "text: ask.txt\nsystem_text: system.txt\n")

    assert literal("Read.\n{{ all }}\n", "Be brief.") == found.default


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("tuned.csv", COLLECTION, {"passport Имя": literal("Верни имя {x}")}),
        ("ask.txt", "Read.\n", {}),
    ],
)
def test_a_file_of_vlmhyperbench_is_a_set_by_its_path(
    tree: Path, name: str, content: str, expected: dict[str, PromptText]
):
    path = write(tree / "data" / name, content)

    found = load_prompts(f"./data/{name}", tree)

    assert (path.stem, 8) == (found.name, len(found.version))
    assert expected == found.fields
    assert (literal("Read.\n") if not expected else PromptText()) == found.default


def test_another_collection_is_another_version(tree: Path):
    write(tree / "a/one.csv", COLLECTION)
    write(tree / "b/one.csv", COLLECTION.replace("0.1", "0.2"))

    assert load_prompts("a/one.csv", tree).id != load_prompts("b/one.csv", tree).id


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "1:1 : got a mapping, expected at least one of default, classes, fields, fixed, collection, text"),
        ("default: {}\n", "2:10 default: got a mapping, expected `prompt`, `system_prompt` or both"),
        ("default: {prompt: ''}\n", "2:19 default.prompt: got '', expected text that is not empty"),
        ("default: {promt: x}\n", "2:11 default.promt: got an unknown key; did you mean 'prompt'?"),
        ("classes: {prompt: {promt: x}}\n", "2:20 classes.prompt.promt: got an unknown key; did you mean 'prompt'?"),
        ("fields:\n  a b: {prompt: '{{ x }'}\n", "3:17 fields.a b.prompt: got '{{ x }', expected a template: unexpected '}' in its line 1"),
        ("default: {system_prompt: '{{ targets }}'}\n", "2:26 default.system_prompt: got '{{ targets }}', expected a prompt without 'targets': no model is shown the truth in its line 1"),
        ("default: {prompt: a}\ntuned_on: {}\n", "3:11 tuned_on: got a mapping, expected `split` or `samples`: the rows the prompts were tuned on"),
        ("default: {prompt: a}\ntuned_on: {samples: [3]}\n", '3:22 tuned_on.samples[0]: got 3, expected text; put it in quotes: "3"'),
        ("collection: gone.csv\n", "2:13 collection: got 'gone.csv', expected the path of an existing file, from this file's folder"),
    ],
)  # fmt: skip
def test_a_wrong_set_is_said_with_its_place(tree: Path, text: str, expected: str):
    found = issues(tree, text)

    assert [expected] == found


@pytest.mark.parametrize(
    "text",
    [
        "collection: a.csv\nfields: {a b: {prompt: x}}\n",
        "text: a.csv\ndefault: {prompt: x}\n",
        "system_text: a.csv\ndefault: {prompt: x}\n",
    ],
)
def test_a_text_has_one_place(tree: Path, text: str):
    write(tree / "configs/prompts/a.csv", COLLECTION)

    (found,) = issues(tree, text)

    assert "expected either " in found


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "1:1 got no column 'prompt', expected `prompt;doc_class_question_type`"),
        ("prompt;doc_class_question_type\n", "1:1 got no prompts, expected rows below the names of the columns"),
        ("prompt,doc_class_question_type\na,b\n", "1:1 got cells separated by ',', expected ';'"),
        ("promt;doc_class_question_type\na;b\n", "1:1 got the column 'promt', expected prompt, doc_class_question_type, cer; did you mean 'prompt'?"),
        ("prompt;prompt;doc_class_question_type\na;b;c\n", "1:1 got a column twice, expected each once"),
        ("prompt;doc_class_question_type\na;b;c\n", "2:1 got 3 cells, expected 2"),
        ("prompt;doc_class_question_type\n\n\"a\nb\";c d\ne;c d\n", "5:3 doc_class_question_type: got 'c d' again, expected it once"),
        ("prompt;doc_class_question_type\n;c d\n", "2:1 prompt: got nothing, expected a text"),
        ("prompt;doc_class_question_type\n\"a;c d\n", "2:1 got a row that cannot be read: unexpected end of data"),
        (b"prompt;doc_class_question_type\n\xff;b\n", "2 got bytes that are not UTF-8"),
        (b"x" * (1024 * 1024 + 1), " got more than 1,048,576 bytes, expected a short file"),
    ],
)  # fmt: skip
def test_a_wrong_collection_is_said_with_its_line(tree: Path, content: str | bytes, expected: str):
    path = write(tree / "tuned.csv", content)

    with pytest.raises(ConfigError) as caught:
        load_prompts("./tuned.csv", tree)

    assert f"tuned.csv:{expected}" == caught.value.issues[0].removeprefix(f"{path.parent}/")


def with_set(tree: Path, name: str) -> PromptSet:
    write(tree / f"configs/prompts/{name}.yaml", f"{SET}default: {{prompt: {name}}}\n")
    return one_prompt(name, "2", name)


def test_a_task_may_name_a_set(tree: Path):
    expected = with_set(tree, "mine")
    write(
        tree / "configs/tasks/pages.yaml", TASK.replace('prompt: "{{ question }}"', "prompts: mine")
    )

    assert expected == load_task("pages", tree).prompts


@pytest.mark.parametrize("more", ["prompts: mine\n", "prompts: ./mine.yaml\n"])
def test_a_task_has_a_prompt_or_a_set(tree: Path, more: str):
    with_set(tree, "mine")
    write(tree / "configs/tasks/mine.yaml", "")
    write(tree / "configs/tasks/pages.yaml", TASK + more)

    with pytest.raises(ConfigError, match="either `prompt`, a text, or `prompts`, a prompt set"):
        load_task("pages", tree)


def test_a_system_prompt_beside_a_set_is_refused(tree: Path):
    with_set(tree, "mine")
    changed = TASK.replace('prompt: "{{ question }}"', "prompts: mine\nsystem_prompt: x")
    write(tree / "configs/tasks/pages.yaml", changed)

    with pytest.raises(ConfigError, match="`system_prompt` with `prompt` only"):
        load_task("pages", tree)


def test_the_problems_of_a_set_are_told_with_those_of_the_run(tree: Path):
    write(tree / "configs/prompts/mine.yaml", SET + "default: {prompt: '{{ x }}'}\n")
    write(tree / "configs/models/reader.yaml", MODEL + "prompts: {pages: mine}\n")
    write(tree / "configs/tasks/pages.yaml", TASK + "seed: 1\n")

    with pytest.raises(ConfigError) as caught:
        load_run("small", cwd=tree)

    assert 2 == len(caught.value.issues)


def test_a_model_has_sets_by_task(tree: Path):
    one, two = with_set(tree, "one"), with_set(tree, "two")
    write(tree / "configs/models/reader.yaml", MODEL + "prompts: {pages: one, '*': two}\n")

    assert {"pages": one, "*": two} == load_model("reader", tree).prompts


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("prompts: {page: one}", "got the key 'page', expected the name of a task.*mean 'pages'"),
        ("prompts: {pages: ona}", "got 'ona', expected the name of a prompt set.*mean 'one'"),
        ("prompts: {pages: on.csv}", "got 'on.csv', expected the path of an existing file"),
        ("prompts: {pages: ./one.tsv}", "expected a name, or a path that ends in .yaml"),
    ],
)
def test_a_set_that_is_not_there_is_said_with_the_near_one(tree: Path, line: str, expected: str):
    with_set(tree, "one")
    write(tree / "configs/models/reader.yaml", f"{MODEL}{line}\n")

    with pytest.raises(ConfigError, match=expected):
        load_model("reader", tree)


def chosen(tree: Path, rules: str, in_model: str = "") -> dict[str, str]:
    """Model -> the set that asks it on `pages`."""
    for name in ("a", "b", "c", "d"):
        with_set(tree, name)
    write(tree / "configs/models/reader.yaml", MODEL + in_model)
    write(tree / "configs/models/second.yaml", MODEL + in_model)
    write(tree / "configs/runs/small.yaml", f"models: [reader, second]\ntasks: [pages]\n{rules}\n")
    models = load_run("small", cwd=tree).models
    return {model.name: model.prompts["pages"].name for model in models if "pages" in model.prompts}


@pytest.mark.parametrize(
    ("rules", "in_model", "expected"),
    [
        ("", "", {}),
        ("", "prompts: {pages: d}\n", {"reader": "d", "second": "d"}),
        ("prompts: [{set: a}]", "prompts: {pages: d}\n", {"reader": "a", "second": "a"}),
        ("prompts: [{model: reader, set: a}]", "", {"reader": "a"}),
        ("prompts: [{task: pages, set: a}]", "", {"reader": "a", "second": "a"}),
        (
            "prompts: [{model: reader, set: b}, {set: a}]",
            "",
            {"reader": "b", "second": "a"},
        ),
        (
            "prompts: [{model: reader, set: b}, {task: pages, set: a}]",
            "",
            {"reader": "b", "second": "a"},
        ),
        (
            "prompts: [{model: reader, task: pages, set: c}, {model: reader, set: b}, {set: a}]",
            "",
            {"reader": "c", "second": "a"},
        ),
    ],
)
def test_the_rule_of_a_run_that_names_most_wins(
    tree: Path, rules: str, in_model: str, expected: dict[str, str]
):
    assert expected == chosen(tree, rules, in_model)


def test_a_rule_for_a_task_is_for_no_other(tree: Path):
    with_set(tree, "a")
    write(tree / "configs/tasks/others.yaml", TASK)
    rules = "prompts: [{task: others, set: a}]\n"
    write(tree / "configs/runs/small.yaml", f"models: [reader]\ntasks: [pages, others]\n{rules}")

    (model,) = load_run("small", cwd=tree).models

    assert ["others"] == list(model.prompts)


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (
            "prompts: [{model: raeder, set: a}]",
            r"prompts\[0\].model: got 'raeder', expected the name of a model; .*'reader'",
        ),
        (
            "prompts: [{task: page, set: a}]",
            r"prompts\[0\].task: got 'page', expected the name of a task; .*'pages'",
        ),
        (
            "prompts: [{set: a}, {set: b}]",
            r"prompts\[1\]: .*one set for each .*prompts\[0\] is for these",
        ),
        ("prompts: [{model: reader}]", r"prompts\[0\].set: missing, expected a prompt set"),
    ],
)
def test_a_wrong_rule_of_a_run_is_said(tree: Path, rules: str, expected: str):
    with pytest.raises(ConfigError, match=expected):
        chosen(tree, rules)


def test_all_wrong_rules_of_a_run_are_said_at_once(tree: Path):
    rules = "prompts:\n- {model: raeder, set: a}\n- {task: page, set: a}\n- {task: page, set: b}\n"

    with pytest.raises(ConfigError) as caught:
        chosen(tree, rules)

    told = [issue.partition(" ")[2].partition(":")[0] for issue in caught.value.issues]
    assert ["prompts[0].model", "prompts[1].task", "prompts[2]", "prompts[2].task"] == told


def test_a_run_file_s_filters_arrive_and_those_of_the_command_line_win(tree: Path):
    write(tree / "configs/runs/small.yaml", RUN + "filter: {doc_class: [a, b], split: ['']}\n")

    in_file = load_run("small", cwd=tree).filters
    overridden = load_run("small", Overrides(filters={"language": ("ru",)}), tree).filters

    assert {"doc_class": ("a", "b"), "split": ("",)} == in_file
    assert {"language": ("ru",)} == overridden
