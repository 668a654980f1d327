"""Every benchmark task on a table of its benchmark's shape: read, asked and scored to the end."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.build import model
from tests.unit.datasets.tables import b64, png, write_tsv
from vlmhb.config import Kind, Library, load_task
from vlmhb.datasets import DatasetCache
from vlmhb.datasets import load_task as load_samples
from vlmhb.domain.answer import Answer, Outcome
from vlmhb.domain.run import LoadedTask
from vlmhb.domain.score import MetricSummary
from vlmhb.domain.task import Task
from vlmhb.metrics import score_evaluation, summarise
from vlmhb.plan import build_plan
from vlmhb.system.named_files import built_in_root

LIBRARY = Library((built_in_root(),))
Row = Mapping[str, object]

CHOICES = {"A": "a cat", "B": "a dog", "C": "a bird", "answer": "B", "category": "animals"}
MCQ: Sequence[Row] = (
    {"index": 1, "question": "What is it?", "hint": "Look.", **CHOICES, "split": "val"},
    {"index": 2, "question": "And this?", "hint": "", **CHOICES, "split": "val"},
)
CIRCULAR: Sequence[Row] = tuple(
    {"index": number, "question": "What is it?", **CHOICES, "split": "dev"}
    for number in (3, 1_000_003, 2_000_003)
)
WORDS: Sequence[Row] = (
    {"index": 1, "question": "Which word?", "answer": "['stop', 'halt']"},
    {"index": 2, "question": "Which number?", "answer": "['12']"},
)
HUMAN: Sequence[Row] = ({"index": 1, "question": "Which word?", "answer": str(["stop"] * 10)},)
PLAIN: Sequence[Row] = (
    {"index": 1, "question": "Which word?", "answer": "stop", "split": "human"},
    {"index": 2, "question": "How many?", "answer": "12", "split": "augmented"},
)
OCR: Sequence[Row] = (
    {"index": 1, "question": "Read it.", "answer": "['stop']", "category": "Doc-oriented VQA"},
)
PAGES: Sequence[Row] = tuple(
    {
        "index": number,
        "question": f"Read page {number}.",
        "answer": text,
        "image_name": f"{number}.png",
        "category": "multi_lan_ocr",
        "l2-category": "multi_lan_ocr",
        "split": "Russian",
    }
    for number, text in enumerate(("[1] Привет, мир", "ещё страница"))
)
YES_NO: Sequence[Row] = tuple(
    {
        "index": number,
        "question": f"Is it {number}?",
        "answer": answer,
        "category": "existence",
        "image_path": "1.png",
    }
    for number, answer in enumerate(("Yes", "No"))
)
POPE: Sequence[Row] = tuple(
    {"index": number, "question": f"Is it {number}?", "answer": answer, "category": "a,b"}
    for number, answer in enumerate(("Yes", "No"))
)
HALLUSION: Sequence[Row] = tuple(
    {
        "index": f"VD_chart_x_1_{figure}_0_{answer}",
        "question": f"Is it {figure}?",
        "answer": answer,
        "category": "VD",
        "l2-category": "chart",
    }
    for figure, answer in enumerate(("Yes", "No"))
)
NATURAL: Sequence[Row] = tuple(
    {"index": number, "question": f"Is it {number}?", "answer": answer, "type": "yes_no"}
    for number, answer in enumerate(("Yes", "No", "No", "Yes"))
)
TABLES: Mapping[str, Sequence[Row]] = {
    **dict.fromkeys(("mmbench-dev-en", "mmbench-dev-ko", "mmbench-dev-ru"), CIRCULAR),
    **dict.fromkeys(("seedbench-img", "seedbench-img-ko", "mmstar", "mmstar-ko"), MCQ),
    **dict.fromkeys(("ai2d-test", "scienceqa-val", "realworldqa", "visonlyqa"), MCQ),
    **dict.fromkeys(("blink", "mmmb-ru", "mmmu-dev-val"), MCQ),
    **dict.fromkeys(("docvqa-val", "infovqa-val"), WORDS),
    **dict.fromkeys(("chartqa-test", "gqa-testdev-balanced", "mtvqa-test"), PLAIN),
    **dict.fromkeys(("ccocr-korean", "ccocr-russian"), PAGES),
    "textvqa-val": HUMAN,
    "vizwiz": HUMAN,
    "ocrbench": OCR,
    "pope": POPE,
    "hallusionbench": HALLUSION,
    "mme": YES_NO,
    "naturalbench": NATURAL,
}
BEST = {"mme": 200.0, "mme_perception": 200.0}
"""What right answers to all rows come to, where that is not 1."""


def read(name: str, folder: Path) -> LoadedTask:
    """The task with the samples of its table, which shows one image in all rows."""
    task: Task = load_task(name)
    rows = [{"image": b64(png()), **row} for row in TABLES[name]]
    table = write_tsv(folder, *rows)
    dataset = replace(task.dataset, root=table.root, annotation=table.annotation, source=())
    return load_samples(replace(task, dataset=dataset), DatasetCache(folder / "cache"))


def figures(loaded: LoadedTask, answer: str | None = None) -> tuple[MetricSummary, ...]:
    """The general figures when every sample is answered with `answer`, else with its target."""
    plan = build_plan((model(),), (loaded,))
    (evaluation,) = plan.evaluations
    targets = {sample.id: sample.targets[0] for sample in loaded.samples}
    outcomes: dict[str, Outcome] = {
        request: Answer(request, targets[sample] if answer is None else answer)
        for sample, request in evaluation.requests
    }
    scores = score_evaluation(evaluation, loaded, outcomes)
    return tuple(
        summary for summary in summarise(scores, (loaded,), 0) if summary.grouping == "general"
    )


def test_every_fetched_benchmark_is_tried_here(tmp_path: Path):
    (tmp_path / "configs" / "data" / "mws-vision-bench").mkdir(parents=True)  # a copy of the user's
    tasks = {name: load_task(name, tmp_path) for name in LIBRARY.names(Kind.TASK)}

    fetched = {name for name, task in tasks.items() if task.dataset.format == "vlmeval_tsv"}
    assert fetched == TABLES.keys()


def test_rows_without_an_image_are_left_out_as_the_reference_does(tmp_path: Path):
    tasks = {name: load_task(name, tmp_path) for name in TABLES}

    assert [] == [
        name for name, task in tasks.items() if not task.dataset.options.get("drop_imageless")
    ]


@pytest.mark.parametrize("name", TABLES)
def test_right_answers_score_all_there_is(name: str, tmp_path: Path):
    summaries = figures(read(name, tmp_path))

    assert summaries
    for summary in summaries:
        if summary.metric == "mme_reasoning":
            continue  # the table has a category of perception alone
        assert BEST.get(summary.metric, 1.0) == pytest.approx(summary.value), summary.metric
        assert 0 == summary.n_failed + summary.n_unscored


@pytest.mark.parametrize("name", TABLES)
def test_an_answer_beside_the_question_scores_nothing(name: str, tmp_path: Path):
    values = {summary.metric: summary.value for summary in figures(read(name, tmp_path), "жёлтый")}

    assert {0.0} == {value or 0.0 for value in values.values()}


@pytest.mark.parametrize("name", TABLES)
def test_what_is_asked_is_the_references_prompt(name: str, tmp_path: Path):
    loaded = read(name, tmp_path)

    (requests,) = build_plan((model(),), (loaded,)).requests.values()
    prompt = requests[0].prompt
    row = TABLES[name][0]
    if "A" in row:
        hint = "Hint: Look.\n" if row.get("hint") else ""
        options = "Options:\nA. a cat\nB. a dog\nC. a bird\n"
        tail = "Please select the correct answer from the options above. \n"
        assert f"{hint}Question: What is it?\n{options}{tail}" == prompt
    else:
        assert prompt.startswith(str(row["question"]))
