"""The long half of the payload: what is only read sample by sample, in blocks."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from json import JSONEncoder
from typing import Any

from vlmhb.domain.answer import Answer, FailedAnswer, Outcome, Timing, Usage
from vlmhb.domain.digest import Json
from vlmhb.domain.results import Results
from vlmhb.domain.run import Request
from vlmhb.domain.sample import Page, Sample, UnreadablePage
from vlmhb.report.entries import Entry
from vlmhb.report.page.diff import Diff, diff_of
from vlmhb.report.text import encodable

BLOCK_SAMPLES = 500
BLOCK_CHARS = 400_000
"""A block ends with the sample that reaches either: what one look at a sample unpacks."""
PASSAGE = "passage"

_ENCODER = JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)

RequestKey = tuple[str, str]
"""Model and request id."""


@dataclass(slots=True)
class Places:
    """Where the index finds samples and requests; complete when all blocks were made."""

    samples: dict[tuple[str, str], int] = field(default_factory=dict)
    """(task, sample id) -> its place among all samples of the run."""
    requests: dict[RequestKey, int] = field(default_factory=dict)
    """In the order in which the blocks have them."""
    outcomes: list[Outcome | None] = field(default_factory=list)
    """Of the requests."""
    first_samples: list[int] = field(default_factory=list)
    """Of each block."""
    first_requests: list[int] = field(default_factory=list)


class Texts:
    """Rows of samples, each with the requests that no sample before it had.

    A question beside the prompt that repeats it, and a target beside the answers to it, is what
    makes a block small.
    """

    def __init__(self, results: Results, entries: Sequence[Entry]) -> None:
        self.places = Places()
        self._thumbnails = results.thumbnails
        self._samples = [
            (loaded.task.name, sample) for loaded in results.tasks for sample in loaded.samples
        ]
        self._entries: defaultdict[tuple[str, str], list[Entry]] = defaultdict(list)
        uses: defaultdict[RequestKey, int] = defaultdict(int)
        for entry in entries:
            self._entries[entry.task.name, entry.sample.id].append(entry)
            uses[_key(entry)] += 1
        self._uses = uses

    def blocks(self) -> Iterator[str]:
        """JSON lists of rows, in the order of the samples."""
        rows: list[str] = []
        chars = 0
        for task, sample in self._samples:
            if not rows:
                self.places.first_samples.append(len(self.places.samples))
                self.places.first_requests.append(len(self.places.requests))
            rows.append(_ENCODER.encode(self._row(task, sample)))
            chars += len(rows[-1])
            if len(rows) == BLOCK_SAMPLES or chars >= BLOCK_CHARS:
                yield f"[{','.join(rows)}]"
                rows, chars = [], 0
        if rows:
            yield f"[{','.join(rows)}]"

    def _row(self, task: str, sample: Sample) -> dict[str, Json]:
        self.places.samples[task, sample.id] = len(self.places.samples)
        targets = [encodable(target) for target in sample.targets]
        requests, diffs = [], []
        for entry in self._entries.get((task, sample.id), ()):
            diff = _diff(entry, targets)
            diffs.append(diff)
            if _key(entry) not in self.places.requests:
                self.places.requests[_key(entry)] = len(self.places.requests)
                self.places.outcomes.append(entry.outcome)
                is_told = diff is not None and "added" in diff and self._uses[_key(entry)] == 1
                requests.append(self._request(entry.request, entry.outcome, is_told=is_told))
            elif diff is not None:
                diff.pop("added", None)
        return {
            "document": encodable(sample.document),
            "question": encodable(sample.question),
            "targets": list(targets),
            "requests": requests,
            "diffs": diffs,
        }

    def _request(
        self, request: Request, outcome: Outcome | None, *, is_told: bool
    ) -> dict[str, Json]:
        row: dict[str, Json] = {
            "prompt": encodable(request.prompt),
            "pages": [self._page(page) for page in request.pages],
        }
        if request.system_prompt:
            row["system_prompt"] = encodable(request.system_prompt)
        if request.prompt_source:
            row["prompt_source"] = encodable(request.prompt_source)
        return row | _outcome(outcome, is_told=is_told)

    def _page(self, page: Page) -> dict[str, Json]:
        row: dict[str, Json] = {"path": encodable(page.path)}
        if page.sha256 in self._thumbnails:
            row["picture"] = page.sha256
        if isinstance(page, UnreadablePage):
            row["problem"] = encodable(page.problem)
        return row


def _key(entry: Entry) -> RequestKey:
    return entry.evaluation.model, entry.request.id


def _diff(entry: Entry, targets: Sequence[str]) -> dict[str, Any] | None:
    if not isinstance(entry.outcome, Answer):
        return None
    answer = encodable(entry.outcome.text)
    diff = diff_of(answer, targets)
    if diff is None:
        return None
    row: dict[str, Any] = {"runs": list(diff.runs)}
    if diff.target:
        row["target"] = diff.target
    if diff.level == PASSAGE:
        return row | {"level": PASSAGE, "start": diff.start, "end": diff.end}
    if diff.level == "words":
        row["level"] = diff.level
    return row | {"added": _added(diff, answer)}


def _added(diff: Diff, answer: str) -> str:
    """What the answer has beyond the target: with the target and the runs, it is the answer."""
    parts = []
    position = 0
    for kept, added in zip(diff.runs[::3], diff.runs[2::3], strict=True):
        parts.append(answer[position + kept : position + kept + added])
        position += kept + added
    return "".join(parts)


def _outcome(outcome: Outcome | None, *, is_told: bool) -> dict[str, Json]:
    match outcome:
        case Answer():
            return _answer(outcome, is_told=is_told)
        case FailedAnswer(error=error):
            return {
                "error": {
                    "type": encodable(error.type),
                    "message": encodable(error.message),
                    "traceback": encodable(error.traceback),
                }
            }
        case None:
            return {}


def _answer(answer: Answer, *, is_told: bool) -> dict[str, Json]:
    """Without its text where the difference from the target tells it."""
    row: dict[str, Json] = {"finish_reason": answer.finish_reason.value}
    if not is_told:
        row["text"] = encodable(answer.text)
    if answer.full_length_chars is not None:
        row["full_length_chars"] = answer.full_length_chars
    if answer.degraded:
        row["degraded"] = [encodable(item) for item in answer.degraded]
    return row | {"figures": _figures(answer.timing, answer.usage)}


def _figures(timing: Timing, usage: Usage) -> Json:
    """Seconds to the millisecond, then tokens; None where nobody measured."""
    return [
        None if value is None else round(value, 3)
        for value in (timing.preprocess_s, timing.first_token_s, timing.generate_s)
    ] + [usage.prompt_tokens, usage.image_tokens, usage.completion_tokens]
