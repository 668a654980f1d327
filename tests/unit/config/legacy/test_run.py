"""user_config.csv becomes a run."""

from pathlib import Path

import pytest

from tests.unit.config.files import ENVSPEC, MODEL, write
from tests.vhb_project import FIELDS, USER_HEADER, VhbProject, user_row
from vlmhb.config import Overrides, load_run
from vlmhb.domain.model import IMPORTED
from vlmhb.domain.run import RunConfig
from vlmhb.domain.task import AnswerKind, Task
from vlmhb.errors import ConfigError


@pytest.fixture
def project(tmp_path: Path) -> VhbProject:
    """Models for Toy-1B, by its name, and for Toy-2B, by its weights; none for Lonely-3B."""
    write(tmp_path / "envspecs/light/envspec.yaml", ENVSPEC)
    write(tmp_path / "configs/models/toy-1b.yaml", MODEL)
    write(tmp_path / "configs/models/second.yaml", f"{MODEL}weights: {{repo: Org/Toy-2B}}\n")
    return VhbProject.create(tmp_path)


def run_of(project: VhbProject, *rows: str, **overrides: object) -> RunConfig:
    project.write_rows(*rows)
    chosen = Overrides(**overrides)  # type: ignore[arg-type]
    return load_run("user_config.csv", chosen, project.path)


def issues_of(project: VhbProject, *rows: str, **overrides: object) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        run_of(project, *rows, **overrides)
    return list(caught.value.issues)


def by_name(config: RunConfig) -> dict[str, Task]:
    return {task.name: task for task in config.tasks}


def test_a_row_says_dataset_metrics_and_filters(project):
    config = run_of(
        project,
        user_row(
            metrics="['BLEU', 'cer']", filter_doc_class="passport", filter_question_type=FIELDS[0]
        ),
    )

    (task,) = config.tasks
    assert ("demo", "annotation_csv") == (task.name, task.dataset.format)
    assert str((project.data / "Datasets/VQA/demo").resolve()) == task.dataset.root
    assert {"doc_class": ("passport",), "question_type": (FIELDS[0],)} == task.dataset.where
    assert ("bleu_vhb", "cer") == task.metrics[AnswerKind.REPLY]
    assert (512, 0.0) == (task.generation.max_new_tokens, task.generation.temperature)


def test_models_are_found_by_their_name_or_that_of_their_weights(project):
    config = run_of(project, user_row(model="Toy-1B"), user_row(model="Toy-2B"))

    assert ["toy-1b", "second"] == [model.name for model in config.models]
    assert [(), ()] == [model.tasks for model in config.models]


def test_models_with_prompts_of_their_own_are_compared_on_one_task(project):
    project.write_collection("demo/other.csv", {"passport Имя": "x"})

    config = run_of(
        project,
        user_row(model="Toy-1B", prompt_collection="demo/best.csv"),
        user_row(model="Toy-2B", prompt_collection="demo/other.csv"),
    )

    first, second = config.models
    (task,) = config.tasks
    assert ("best", {}) == (task.prompts.name, first.prompts)
    assert {"demo": "other"} == {name: one.name for name, one in second.prompts.items()}


def test_prompts_of_one_model_are_compared_as_tasks(project):
    project.write_collection("demo/other.csv", {"passport Имя": "x"})

    config = run_of(
        project,
        user_row(model="Toy-1B", prompt_collection="demo/best.csv"),
        user_row(model="Toy-1B", prompt_collection="demo/other.csv"),
        user_row(model="Toy-2B", prompt_collection="demo/other.csv"),
    )

    prompts = {name: task.prompts.name for name, task in by_name(config).items()}
    assert {"demo": "best", "demo-2": "other"} == prompts
    assert [(), ("demo-2",)] == [model.tasks for model in config.models]


def test_rows_that_are_not_a_full_product_stay_as_they_are(project):
    config = run_of(
        project, user_row("demo", "Toy-1B"), user_row("snils", "Toy-2B"), user_row("snils")
    )

    assert [("toy-1b", ()), ("second", ("snils",))] == [(m.name, m.tasks) for m in config.models]
    rows = [(row.model, row.task, row.stem) for row in config.vhb_rows]
    assert [
        ("toy-1b", "demo", "demo_Hugging_Face_Toy-1B_VQA"),
        ("second", "snils", "snils_Hugging_Face_Toy-2B_VQA"),
        ("toy-1b", "snils", "snils_Hugging_Face_Toy-1B_VQA"),
    ] == rows


def test_other_filters_or_metrics_make_another_task(project):
    config = run_of(
        project, user_row(), user_row(filter_doc_class="passport"), user_row(metrics="['WER']")
    )

    assert ["demo", "demo-2", "demo-3"] == list(by_name(config))


def test_nothing_said_means_all_metrics_and_aggregators(project):
    config = run_of(
        project, user_row(metrics="", metrics_aggregators="NaN", only_evaluate_metrics="")
    )

    assert ("wer", "cer", "bleu_vhb") == config.tasks[0].metrics[AnswerKind.REPLY]
    expected = ("by_id", "by_doc_type", "by_doc_question", "general")
    assert expected == config.vhb_rows[0].aggregators


def test_an_empty_list_asks_for_no_file_of_metrics(project):
    config = run_of(project, user_row(metrics="[]", metrics_aggregators="[]"))

    (row,) = config.vhb_rows
    assert (("WER", "CER", "BLEU"), ()) == (row.wanted, row.aggregators)


def test_a_cell_of_spaces_is_empty(project):
    config = run_of(project, user_row(filter_doc_class="passport", filter_question_type="   "))

    assert {"doc_class": ("passport",)} == config.tasks[0].dataset.where


def test_the_place_of_a_cell_is_told_behind_quotes_and_line_breaks(project):
    where = user_row(filter_doc_class='"a;""b""\n;"', filter_question_type='x"y;')

    (issue,) = issues_of(project, user_row(), where)

    assert "user_config.csv:4:8 got 12 cells, expected 11" == issue


def test_what_has_no_effect_is_told(project):
    project.write_config(reports="x")
    project.write_base("Toy-1B", "Toy-2B", "Toy-1B")
    project.write(
        "old.csv",
        "dataset;framework;model_family;model_name;docker_image\n"
        "demo;Hugging Face;;Toy-1B;image:1\n",
    )

    config = load_run("old.csv", cwd=project.path)

    base = "vlmhyperbench/vlm_base.csv"
    assert (
        "folders as vlmhyperbench/system_dirs/cfg/VLMHyperBench_config.json says; of it, not used: "
        "user_config, system_dirs, reports",
        "old.csv: not used: docker_image",
        f"{base}: Docker images and wrappers not used, model files say how models run",
    ) == config.notes


def test_a_model_that_is_there_again_is_told(project):
    text = (project.path / "vlmhyperbench/vlm_base.csv").read_text(encoding="utf-8-sig")
    second = text.splitlines()[1].replace("registry/toy:1;", "registry/toy:1;other")
    project.write("vlmhyperbench/vlm_base.csv", f"{text}{second}\n")

    config = run_of(project, user_row())

    assert (
        "vlmhyperbench/vlm_base.csv:5:1 Hugging Face / Toy-1B again, not used: the first row counts"
    ) == config.notes[-1]


def test_the_first_form_of_the_file_is_understood(project):
    project.write(
        "old.csv",
        "dataset;framework;model_family;model_name;docker_image;metrics;metrics_aggregators\n"
        "demo;Hugging Face;Toy;Toy-1B;image:1;['WER'];['overall', 'by_id']\n",
    )

    config = load_run("old.csv", cwd=project.path)

    assert "annotation_csv" == config.tasks[0].dataset.format
    assert ("general", "by_id") == config.vhb_rows[0].aggregators


def test_a_row_s_prompts_go_before_those_of_the_model_file(project):
    write(project.path / "configs/prompts/own.yaml", 'version: "1"\ndefault: {prompt: Own}\n')
    write(project.path / "configs/models/toy-1b.yaml", f'{MODEL}prompts: {{"*": own}}\n')

    config = run_of(project, user_row())

    assert {} == config.models[0].prompts


def test_texts_of_a_collection_are_sent_as_they_are(project):
    config = run_of(project, user_row(prompt_collection="demo/best.csv"))

    text = config.tasks[0].prompts.fields[f"passport {FIELDS[0]}"]
    assert (f"Прочти {{{FIELDS[0]}}}.", False) == (text.prompt, text.is_template)


def test_a_system_prompt_is_said_whole(project):
    config = run_of(project, user_row(system_prompt="brief.txt"))

    prompts = config.tasks[0].prompts
    assert ("Кратко.\nБез {лишнего}.", False) == (
        prompts.fixed.system_prompt,
        prompts.fixed.is_template,
    )
    assert "{{ question }}" == prompts.default.prompt
    assert "question+brief" == prompts.name


def test_bundles_are_asked_with_a_text_and_the_number_of_pages(project):
    (project.data / "Datasets/RPOSorting/bundles").mkdir(parents=True)
    project.write("vlmhyperbench/data_dirs/PromptCollections/RPOSorting/prompt.txt", "Sort {all}")

    config = run_of(project, user_row("bundles", task="RPOSorting"))

    (task,) = config.tasks
    assert ("rpo_sorting", "classes.json") == (task.dataset.format, task.dataset.annotation)
    expected = "Количество поданных страниц документов - {{ n_pages }}.\nSort {{ '{' }}all}"
    assert expected == task.prompts.default.prompt
    assert ("cer", "kendall_tau") == task.metrics[AnswerKind.REPLY][:2]


def test_answers_that_are_there_need_no_model_file(project):
    project.write_answers("demo_Hugging_Face_Lonely-3B_VQA_answers_20250101_000000", [("0", "a")])
    newest = project.write_answers(
        "demo_Hugging_Face_Lonely-3B_VQA_answers_20250102_030405", [("0", "b")]
    )
    project.write_answers("demo_Hugging_Face_Lonely-3B_VQA_answers_20250103_000000_by_id", [])

    config = run_of(project, user_row(model="Lonely-3B", only_evaluate_metrics="True"))

    (model,) = config.models
    assert (IMPORTED, "Lonely-3B") == (model.backend, model.name)
    assert "2025-01-02T03:04:05Z" == model.params["answered_at"]
    assert str(newest) == config.vhb_rows[0].given
    assert f"Lonely-3B, demo: the answers of {newest.name}" in config.notes


def test_answers_beside_a_model_of_their_name_are_called_otherwise(project):
    write(project.path / "configs/models/Toy-1B.yaml", MODEL)
    project.write_answers("snils_MODELFRAMEWORK_Toy-1B_VQA_answers_20250101_000000", [("0", "a")])

    config = run_of(project, user_row("demo"), user_row("snils", only_evaluate_metrics="true"))

    names = [(model.name, model.tasks) for model in config.models]
    assert [("Toy-1B", ("demo",)), ("Toy-1B-given", ("snils",))] == names


def test_rows_can_be_chosen_by_model_and_task(project):
    rows = (user_row("demo"), user_row("snils"), user_row("snils", "Toy-2B"))

    config = run_of(project, *rows, models=("toy-1b",), tasks=("snils",), limit=2)

    assert (["toy-1b"], ["snils"], 2) == (
        [model.name for model in config.models],
        list(by_name(config)),
        config.limit,
    )
    assert 1 == len(config.vhb_rows)


def test_a_choice_that_is_no_row_is_told_with_what_there_is(project):
    (issue,) = issues_of(project, user_row(), models=("toy-1",))

    assert "--models: got 'toy-1', expected one of: toy-1b; did you mean 'toy-1b'?" == issue


def test_every_problem_of_every_row_is_told_at_once(project):
    issues = issues_of(
        project,
        user_row("demmo"),
        user_row(model="Toy-4B"),
        user_row(task="VQAs", metrics="['ROUGE', 'CER']", only_evaluate_metrics="maybe"),
        user_row(metrics_aggregators="by_id", framework=""),
        user_row(prompt_collection="demo/bst.csv", system_prompt="../brief.txt"),
        user_row(only_evaluate_metrics="True"),
    )

    starts = [issue.split(": got ")[0].removeprefix("user_config.csv:") for issue in issues]
    # What cannot be understood comes before what cannot be found.
    assert ["4:6 task", "4:50 only_evaluate_metrics", "4:33 metrics"] == starts[:3]
    assert ["5:10 framework", "5:34 metrics_aggregators"] == starts[3:5]
    assert ["2:1 dataset", "3:23 model_name", "6:43 prompt_collection"] == starts[5:8]
    assert ["6:30 system_prompt", "7:40 only_evaluate_metrics"] == starts[8:]
    text = "\n".join(issues)
    for part in (
        "did you mean 'demo'?",
        "Hugging Face / Toy-1B, Hugging Face / Toy-2B",
        "got 'ROUGE', expected one of: WER, CER, BLEU",
        "a list such as ['by_id', 'by_doc_type']",
        "(there: best.csv); did you mean 'best.csv'?",
        "demo_Hugging_Face_Toy-1B_VQA_answers_<YYYYmmdd_HHMMSS>.csv",
    ):
        assert part in text


def test_a_row_with_wrong_metrics_is_looked_at_altogether(project):
    issues = issues_of(
        project,
        user_row("demmo", "Toy-4B", metrics="['ROUGE']", prompt_collection="demo/bst.csv"),
    )

    assert ["metrics", "dataset", "prompt_collection", "model_name"] == [
        issue.split(": got ")[0].split(" ")[-1] for issue in issues
    ]


def test_a_wrong_vlm_base_is_told_with_what_is_wrong_with_the_rows(project):
    project.write("vlmhyperbench/vlm_base.csv", "framework;model_name;familie\n")

    issues = issues_of(project, user_row(task="VAQ"), user_row())

    assert "user_config.csv:2:6 task: got 'VAQ', expected one of: VQA" in issues[0]
    assert "vlm_base.csv:1:22 got the column 'familie'" in issues[1]


def test_an_older_vlm_base_without_packages_from_git_is_understood(project):
    text = (project.path / "vlmhyperbench/vlm_base.csv").read_text(encoding="utf-8-sig")
    lines = text.replace("class_name", "ClassName").splitlines()
    kept = [cells[:4] + cells[5:] for cells in (line.split(";") for line in lines)]
    project.write("vlmhyperbench/vlm_base.csv", "\n".join(map(";".join, kept)))

    assert "toy-1b" == run_of(project, user_row()).models[0].name


def test_a_model_without_a_file_is_told_how_one_begins(project):
    project.write_rows(user_row(model="Lonely-3B"))

    with pytest.raises(ConfigError) as caught:
        load_run("user_config.csv", cwd=project.path)

    for line in (
        "user_config.csv:2:23 model_name: got 'Lonely-3B', expected a model file",
        "configs/models/Lonely-3B.yaml:",
        "class_path: model_toy.models:ToyModel",
        'no_deps: ["model-toy @ git+https://git.invalid/model_toy.git@<commit of 0.1.1>"]',
    ):
        assert line in str(caught.value)


def test_a_login_in_the_address_of_a_wrapper_is_not_told(project):
    base = project.path / "vlmhyperbench/vlm_base.csv"
    text = base.read_text(encoding="utf-8-sig").replace("https://git", "https://x7Kq92mT@git")
    project.write("vlmhyperbench/vlm_base.csv", text)
    project.write_rows(user_row(model="Lonely-3B"))

    with pytest.raises(ConfigError) as caught:
        load_run("user_config.csv", cwd=project.path)

    assert "x7Kq92mT" not in str(caught.value)
    assert "git+https://...@git.invalid/model_toy.git@<commit of 0.1.1>" in str(caught.value)


@pytest.mark.parametrize(
    ("framework", "expected"), [("Hugging Face", "plain"), ("vLLM", "engine"), ("v-llm", "engine")]
)
def test_of_models_with_the_same_weights_the_framework_chooses(project, framework, expected):
    for name, backend in (("plain", "transformers"), ("engine", "vllm")):
        text = MODEL.replace("vlmhb_worker.backends.toy:ToyBackend", backend)
        write(
            project.path / f"configs/models/{name}.yaml", f"{text}weights: {{repo: O/Lonely-3B}}\n"
        )
    project.write_base("Lonely-3B", framework=framework)

    config = run_of(project, user_row(model="Lonely-3B", framework=framework))

    assert expected == config.models[0].name


def test_models_that_differ_in_nothing_but_their_file_are_not_chosen_from(project):
    write(project.path / "configs/models/third.yaml", f"{MODEL}weights: {{repo: X/toy-2b}}\n")

    (issue,) = issues_of(project, user_row(model="Toy-2B"))

    assert issue.endswith("one model file for it, not second, third; call yours Toy-2B.yaml")


def test_a_broken_model_file_that_nobody_named_does_not_matter(project):
    write(project.path / "configs/models/broken.yaml", "weights: [")

    assert "second" == run_of(project, user_row(model="Toy-2B")).models[0].name


def test_a_broken_model_file_that_is_named_is_told_of(project):
    write(project.path / "configs/models/toy-1b.yaml", MODEL.replace("reply", "replies"))

    issues = issues_of(project, user_row("demmo"))

    assert "user_config.csv:2:1 dataset" in issues[0]
    assert "toy-1b.yaml:3:10 answers: got 'replies'" in issues[1]


HOSTILE = {
    "": "1:1 got an empty file",
    " \n\n": "1:1 got an empty file",
    "task\n": "got no column 'dataset'",
    "dataset,task,framework\n": "got cells separated by ','",
    f"{USER_HEADER}\n": "got no rows",
    f"{USER_HEADER}\n;;;;\n;\n": "got no rows",
    f"{USER_HEADER}\n;VQA;;;\n": "2:1 dataset: got nothing, expected a name",
    f"{USER_HEADER};colour\nx\n": "1:155 got the column 'colour'",
    f"{USER_HEADER.replace('model_name', 'model')}\nx\n": "did you mean 'model_name'?",
    f"{USER_HEADER};dataset\nx\n": "'dataset' twice",
    f"{USER_HEADER}\n{user_row()};1;2\n": ":2:103 got 13 cells, expected 11",
    f'{USER_HEADER}\n{user_row()}\n"open': "3:1 got a row that cannot be read",
    f"{USER_HEADER}\n{user_row('a' + chr(0))}\n": "NUL character",
    f"{USER_HEADER}\n{user_row('../VQA/demo')}\n": "got '../VQA/demo', expected a folder in",
    f"{USER_HEADER}\n{user_row('/etc')}\n": "dataset: got '/etc', expected a folder in",
    f"{USER_HEADER}\n{user_row(metrics='[exit()]')}\n": "got '[exit()]', expected a list such as",
    f"{USER_HEADER}\n{user_row(metrics='[' * 5000)}\n": "expected a list such as",
}


@pytest.mark.parametrize(("text", "message"), HOSTILE.items())
def test_a_file_that_is_none_is_told_why(project, text, message):
    (project.path / "user_config.csv").write_text(text, encoding="utf-8")

    with pytest.raises(ConfigError) as caught:
        load_run("user_config.csv", cwd=project.path)

    assert any(message in issue for issue in caught.value.issues), caught.value.issues


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"dataset;\xe9\n"])
def test_a_file_that_is_no_text_is_told_where(project, content):
    (project.path / "user_config.csv").write_bytes(content)

    with pytest.raises(ConfigError, match=r"user_config\.csv:1 got bytes that are not UTF-8"):
        load_run("user_config.csv", cwd=project.path)


def test_a_file_that_is_not_there_is_told(project):
    with pytest.raises(ConfigError, match=r"gone\.csv: cannot be read: No such file"):
        load_run("gone.csv", cwd=project.path)
