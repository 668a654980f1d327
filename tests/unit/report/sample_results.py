"""A small finished run, with everything in it that a report must show."""

import hashlib
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageDraw
from rapidfuzz.distance import Levenshtein

from vlmhb.domain.answer import (
    Answer,
    ErrorInfo,
    FailedAnswer,
    FailureReason,
    FinishReason,
    Outcome,
    Timing,
    Usage,
)
from vlmhb.domain.digest import Json
from vlmhb.domain.model import FileNeed, ModelSpec
from vlmhb.domain.prompt import one_prompt
from vlmhb.domain.results import Results
from vlmhb.domain.run import Evaluation, LoadedTask, Request, RunPlan
from vlmhb.domain.sample import PageImage, Sample
from vlmhb.domain.score import (
    Direction,
    Failed,
    MetricSummary,
    SampleScore,
    Score,
    Unscored,
)
from vlmhb.domain.task import AnswerKind, DatasetRef, Generation, Task
from vlmhb.plan.prompts import prompt_for, sets_for

TEXT_PROMPT = "Transcribe all text on this page, in reading order."
GENERATION = Generation(max_new_tokens=256)


@dataclass(frozen=True)
class Document:
    id: str
    language: str
    doc_class: str
    text: str
    fields: dict[str, str] = field(default_factory=dict)
    same_as: str = ""
    """Another page of the same document: its scan."""


RU = (
    "Счёт № {n} от 12.03.2026\nПоставщик: ООО «Ромашка»\nИНН 7707083893\n"
    "Покупатель: АО «Ёлка»\nБумага офисная 10 шт 350,00 3 500,00\nИтого: {total}"
)
KO = "거래명세서\n공급자: 한빛전자 주식회사\n사업자번호 123-45-67890\n합계 {total}원"
EN = "INVOICE {n}\nBill to: Sammy Maystone\nTotal due: {total} USD\nThank you for your business."


def documents() -> tuple[Document, ...]:
    made = []
    for index in range(4):
        total = f"{3500 + 100 * index},00"
        number = f"2026-{17 + index}"
        russian = RU.format(n=number, total=total)
        fields = {"number": number, "total": total, "supplier": "ООО «Ромашка»"}
        made.append(Document(f"ru{index}", "ru", "invoice", russian, fields))
        made.append(
            Document(f"ru{index}_scan", "ru", "invoice", russian, fields, same_as=f"ru{index}")
        )
    for index in range(3):
        total = f"{120 + index},000"
        korean = KO.format(total=total)
        fields = {"total": total, "supplier": "한빛전자 주식회사"}
        made.append(Document(f"ko{index}", "ko", "statement", korean, fields))
    english = EN.format(n="A-100", total="96.50")
    made.append(Document("en0", "en", "page", english, {"total": "96.50"}))
    made.append(Document("en1", "en", "page", "It's a test.\n\nThe quick brown fox."))
    return tuple(made)


MODELS = (
    ModelSpec(
        name="tesseract-psm4",
        backend="vlmhb_worker.backends.tesseract:Tesseract",
        env="tesserocr",
        answers=AnswerKind.PAGE_TEXT,
        params={"psm": 4, "languages": ["rus", "eng"]},
        description="Tesseract 5, one column of text of variable sizes",
    ),
    ModelSpec(
        name="rapidocr-3.10",
        backend="vlmhb_worker.backends.rapidocr:RapidOcr",
        env="rapidocr",
        answers=AnswerKind.PAGE_TEXT,
        params={},
        description="PP-OCRv6 by ONNX Runtime",
    ),
    ModelSpec(
        name="reader-vl-3b",
        backend="vlmhb_worker.backends.transformers_llava:Llava",
        env="transformers-4.37",
        answers=AnswerKind.REPLY,
        params={"dtype": "float32"},
        description="A vision-language model",
    ),
    ModelSpec(
        name="chatty-vl-7b",
        backend="vlmhb_worker.backends.transformers_llava:Llava",
        env="transformers-4.37",
        answers=AnswerKind.REPLY,
        params={"dtype": "bfloat16"},
        description="A vision-language model that talks",
    ),
    ModelSpec(
        name="tiny-random-llava",
        backend="vlmhb_worker.backends.transformers_llava:Llava",
        env="transformers-4.37",
        answers=AnswerKind.REPLY,
        params={"seed": 0},
        description="Random weights",
        mechanism_only=True,
    ),
    ModelSpec(
        name="tesseract-kor",
        backend="vlmhb_worker.backends.tesseract:Tesseract",
        env="tesserocr",
        answers=AnswerKind.PAGE_TEXT,
        params={"psm": 6},
        files=(FileNeed("/usr/share/kor.traineddata", "apt-get install tesseract-ocr-kor"),),
    ),
)
UNAVAILABLE = {"tesseract-kor": "needs /usr/share/kor.traineddata, which is not there"}

TASKS = (
    Task(
        name="page-text",
        version="1",
        description="The text of the whole page",
        dataset=DatasetRef("quickstart", "annotation_csv", "/data", "text.csv", "Apache-2.0"),
        prompts=one_prompt("page-text", "1", TEXT_PROMPT),
        metrics=dict.fromkeys(AnswerKind, ("cer", "wer")),
        generation=GENERATION,
    ),
    Task(
        name="fields",
        version="2",
        description="Values of single fields",
        dataset=DatasetRef("quickstart", "annotation_csv", "/data", "fields.csv", "Apache-2.0"),
        prompts=one_prompt("fields", "2", "{{ question }} Answer with the value only."),
        metrics={
            AnswerKind.PAGE_TEXT: ("field_found",),
            AnswerKind.REPLY: ("anls", "exact_match"),
        },
        generation=GENERATION,
    ),
)

UNLOCKED = frozenset({"chatty-vl-7b"})
"""It ran in somebody's own env."""


def fingerprint_of(env: str) -> str:
    return hashlib.sha256(env.encode()).hexdigest()


PROVENANCE: dict[str, Json] = {
    "vlmhb": "0.1.0",
    "hardware": [{"cpu": "x86_64", "cores": 2, "memory_gib": 7.6, "gpus": [], "driver": None}],
    "envs": {
        fingerprint_of(name): {
            "name": name,
            "locked": name != "lent",
            "lock_sha256": None if name == "lent" else fingerprint_of(name[::-1]),
            "python": "3.11.9",
            "packages": [["msgpack", "1.1.2"], ["numpy", numpy]],
            "inherited": [["pillow", "11.3.0"]],
        }
        for name, numpy in (
            ("rapidocr", "2.4.6"),
            ("tesserocr", "2.4.6"),
            ("transformers-4.37", "1.26.4"),
            ("lent", "1.26.0"),
        )
    },
    "models": {
        model: {"env": envs[0], "envs": [fingerprint_of(env) for env in envs], "facts": []}
        for model, envs in {
            "tesseract-psm4": ["tesserocr"],
            "rapidocr-3.10": ["rapidocr"],
            "chatty-vl-7b": ["transformers-4.37", "lent"],
        }.items()
    },
    "datasets": {"quickstart": {"sha256": "ab" * 32, "licence": "Apache-2.0", "samples": 13}},
}

GroupKey = tuple[str, str, str, str, tuple[str, ...]]
"""Model, task, metric, grouping, group."""


def noisy(text: str, share: float, dice: random.Random) -> str:
    return "".join(
        dice.choice("оОl1I|") if c.isalnum() and dice.random() < share else c for c in text
    )


def outcome_of(  # noqa: PLR0911 - one for each thing that can happen
    model: ModelSpec, document: Document, sample: Sample, request_id: str, seed: str
) -> Outcome | None:
    """What each of the models would write; None for the one request that is still open."""
    dice = random.Random(seed)
    timing = Timing(0.02 + dice.random() / 50, None, 0.4 + dice.random())
    reply = sample.question_type != ""
    wanted = sample.targets[0] if sample.targets else ""
    match model.name:
        case "tesseract-psm4":
            share = 0.2 if document.id.endswith("_scan") else 0.03
            return Answer(request_id, noisy(document.text, share, dice), timing=timing)
        case "rapidocr-3.10":
            if document.id == "ko1":
                error = ErrorInfo("RuntimeError", "session closed <b>", "Traceback: ...")
                return FailedAnswer(request_id, FailureReason.WORKER_DIED, error, attempt=2)
            share = 0.9 if document.language == "ru" else 0.02
            return Answer(request_id, noisy(document.text, share, dice), timing=timing)
        case "reader-vl-3b":
            if document.id == "en1":
                return None
            text = noisy(wanted, 0.02, dice)
            return Answer(request_id, text, usage=Usage(620, 576, len(text)), timing=timing)
        case "chatty-vl-7b":
            if document.id == "ru3_scan" and reply:
                error = ErrorInfo("OutOfMemoryError", "CUDA out of memory", "Traceback: ...")
                return FailedAnswer(request_id, FailureReason.OOM, error)
            text = f"The answer is: {noisy(wanted, 0.01, dice)}" if reply else wanted
            return Answer(request_id, text, usage=Usage(620, 576, len(text)), timing=timing)
        case _:
            return Answer(request_id, "ĠĠ token " * 12, finish_reason=FinishReason.LENGTH)


def sample_results(
    folder: Path,
    docs: Sequence[Document] | None = None,
    pictures: dict[str, Path] | None = None,
) -> Results:
    """A run over `docs`; `pictures` are drawn into `folder` unless given."""
    docs = documents() if docs is None else docs
    drawn = pictures or {document.id: draw(document, folder) for document in docs}
    pages = {document.id: page_of(document, drawn[document.id]) for document in docs}
    tasks = loaded_tasks(docs, pages)
    plan, outcomes = plan_and_outcomes(docs, tasks)
    scores = scores_of(tasks, plan, outcomes)
    return Results(
        name="quickstart",
        models=MODELS,
        unavailable=UNAVAILABLE,
        tasks=tasks,
        plan=plan,
        outcomes=outcomes,
        scores=scores,
        summaries=summaries_of(tasks, scores),
        thumbnails={pages[name].sha256: str(path) for name, path in drawn.items()},
        provenance=PROVENANCE,
        unlocked=UNLOCKED,
    )


def draw(document: Document, folder: Path) -> Path:
    image = Image.new("RGB", (420, 594), "white")
    shade = int(hashlib.sha256(document.id.encode()).hexdigest()[:2], 16)
    ImageDraw.Draw(image).rectangle((40, 40, 380, 90), fill=(shade, 120, 160))
    path = folder / f"{document.id}.jpg"
    image.save(path, quality=60)
    return path


def page_of(document: Document, picture: Path) -> PageImage:
    digest = hashlib.sha256(picture.read_bytes()).hexdigest()
    return PageImage(f"images/{document.id}.png", digest, 420, 594)


def loaded_tasks(
    docs: Sequence[Document], pages: dict[str, PageImage]
) -> tuple[LoadedTask, LoadedTask]:
    def sample(document: Document, name: str, *targets: str) -> Sample:
        return Sample(
            id=f"{document.id}/{name}" if name else document.id,
            question=f"What is the {name}?" if name else "",
            pages=(pages[document.id],),
            targets=targets,
            document=document.same_as or document.id,
            doc_class=document.doc_class,
            question_type=name,
            language=document.language,
        )

    text_samples = [sample(document, "", document.text) for document in docs if document.text]
    field_samples = [
        sample(document, name, *dict.fromkeys((value, value.replace(" ", ""))))
        for document in docs
        for name, value in document.fields.items()
    ]
    return (
        LoadedTask(TASKS[0], tuple(text_samples), "12" * 32),
        LoadedTask(TASKS[1], tuple(field_samples), "34" * 32),
    )


def plan_and_outcomes(
    docs: Sequence[Document], tasks: Sequence[LoadedTask]
) -> tuple[RunPlan, dict[str, Outcome]]:
    by_page = {f"images/{document.id}.png": document for document in docs}
    evaluations, requests, outcomes = [], {}, {}
    for model in MODELS:
        sent: dict[str, Request] = {}
        for loaded in tasks:
            pairs = []
            for sample in loaded.samples:
                asked = prompt_for(sets_for(model, loaded.task), sample)
                prompt = asked.prompt
                key = f"{model.name}|{prompt}|{sample.pages[0].sha256}"
                request_id = hashlib.sha256(key.encode()).hexdigest()[:32]
                pairs.append((sample.id, request_id))
                sent[request_id] = Request(
                    request_id,
                    model.name,
                    prompt,
                    "",
                    "/data",
                    sample.pages,
                    GENERATION,
                    asked.source,
                )
                if model.name in UNAVAILABLE or request_id in outcomes:
                    continue
                document = by_page[sample.pages[0].path]
                if outcome := outcome_of(model, document, sample, request_id, key):
                    outcomes[request_id] = outcome
            evaluations.append(
                Evaluation(model.name, loaded.task.name, model.answers, tuple(pairs))
            )
        requests[model.name] = tuple(sent.values())
    return RunPlan(tuple(evaluations), requests), outcomes


def score_of(metric: str, answer: str, target: str) -> Score | Unscored:
    if metric in {"cer", "wer"}:
        one, other = (target, answer) if metric == "cer" else (target.split(), answer.split())
        return Score(float(Levenshtein.distance(one, other)), float(len(one)))
    if metric == "field_found":
        return Score(float(target in answer), 1.0)
    if metric == "exact_match":
        return Score(float(target == answer), 1.0)
    if not answer.strip():
        return Unscored("empty answer")
    similarity = Levenshtein.normalized_similarity(target, answer)
    return Score(similarity if similarity >= 0.5 else 0.0, 1.0)


def scores_of(
    tasks: Sequence[LoadedTask], plan: RunPlan, outcomes: dict[str, Outcome]
) -> tuple[SampleScore, ...]:
    loaded = {task.task.name: task for task in tasks}
    scores = []
    for evaluation in plan.evaluations:
        if evaluation.model in UNAVAILABLE:
            continue
        task = loaded[evaluation.task]
        samples = {sample.id: sample for sample in task.samples}
        for sample_id, request_id in evaluation.requests:
            outcome = outcomes.get(request_id)
            for metric in task.task.metrics[evaluation.answers]:
                result: Score | Unscored | Failed = Unscored("not answered yet")
                if isinstance(outcome, FailedAnswer):
                    worst = Score(1.0 if metric in {"cer", "wer"} else 0.0, 1.0)
                    result = Failed(outcome.reason.value, worst)
                elif outcome:
                    result = score_of(metric, outcome.text, samples[sample_id].targets[0])
                scores.append(
                    SampleScore(evaluation.model, evaluation.task, sample_id, metric, result)
                )
    return tuple(scores)


def summaries_of(
    tasks: Sequence[LoadedTask], scores: Sequence[SampleScore]
) -> tuple[MetricSummary, ...]:
    samples = {(task.task.name, s.id): s for task in tasks for s in task.samples}
    groups: defaultdict[GroupKey, list[SampleScore]]
    groups = defaultdict(list)
    for score in scores:
        sample = samples[score.task, score.sample_id]
        for grouping, group in (
            ("general", ()),
            ("by_doc_type", (sample.doc_class,)),
            ("by_doc_question", (sample.doc_class, sample.question_type)),
            ("by_language", (sample.language,)),
        ):
            if grouping == "by_doc_question" and not sample.question_type:
                continue
            groups[score.model, score.task, score.metric, grouping, group].append(score)
    return tuple(
        summary_of(key, group, {samples[s.task, s.sample_id].document for s in group})
        for key, group in groups.items()
    )


def summary_of(key: GroupKey, scores: Sequence[SampleScore], docs: set[str]) -> MetricSummary:
    model, task, metric, grouping, group = key
    scored = [s.result for s in scores if isinstance(s.result, Score)]
    worst = [s.result.worst for s in scores if isinstance(s.result, Failed)]
    value = mean(scored)
    lower = metric in {"cer", "wer"}
    low, high = None, None
    if value is not None and len(docs) > 1:
        spread = (value if lower else 0.5) / len(docs)
        low, high = max(0.0, value - spread), min(9.0 if lower else 1.0, value + spread)
    return MetricSummary(
        model=model,
        task=task,
        metric=metric,
        grouping=grouping,
        group=group,
        direction=Direction.LOWER if lower else Direction.HIGHER,
        value=value,
        ci_low=low,
        ci_high=high,
        value_failed_as_wrong=mean([*scored, *worst]),
        n_scored=len(scored),
        n_failed=len(worst),
        n_unscored=len(scores) - len(scored) - len(worst),
        n_documents=len(docs),
    )


def mean(scores: Sequence[Score]) -> float | None:
    total = sum(score.denominator for score in scores)
    return sum(score.numerator for score in scores) / total if total else None
