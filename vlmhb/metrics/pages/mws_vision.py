"""MWS-Vision-Bench: each type of question by its own rule.

Source: https://github.com/mts-ai/MWS-Vision-Bench; the overall figure is the mean of the types, a
macro figure by `question_type`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from vlmhb.domain.sample import Sample
from vlmhb.domain.score import Direction, Score, Unscored
from vlmhb.domain.task import AnswerKind
from vlmhb.metrics.interface import Metric
from vlmhb.metrics.pages.bbox_iou import BBOX_IOU
from vlmhb.metrics.pages.document_parsing import DOCUMENT_PARSING
from vlmhb.metrics.pages.full_page_ocr import FULL_PAGE_OCR
from vlmhb.metrics.pages.ocrbench_v2 import OCRBENCH_V2_KIE, OCRBENCH_V2_VQA

RULES: Mapping[str, Metric] = {
    "text grounding": BBOX_IOU,
    "reasoning VQA": OCRBENCH_V2_VQA,
    "full-page OCR": FULL_PAGE_OCR,
    "document parsing": DOCUMENT_PARSING,
    "key information extraction": OCRBENCH_V2_KIE,
}


@dataclass(frozen=True, slots=True)
class MwsVision:
    """The score of the rule that a question's type has."""

    name: str = "mws_vision"
    title: str = "MWS-Vision-Bench"
    summary: str = (
        "Text grounding by box overlap, reasoning by the answer found, full pages by their text, "
        "document parsing by the outline, key information by right keys: out of 1 each."
    )
    normalisation: str = "by type of question"
    direction: Direction = Direction.HIGHER
    kinds: frozenset[AnswerKind] = frozenset({AnswerKind.REPLY})

    def score(self, text: str, sample: Sample) -> Score | Unscored:
        """By the rule for the sample's `question_type`, such as `full-page OCR ru`."""
        rule = RULES.get(type_of(sample))
        return unknown(sample) if rule is None else rule.score(text, sample)

    def worst(self, sample: Sample) -> Score | Unscored:
        """The worst of that rule."""
        rule = RULES.get(type_of(sample))
        return unknown(sample) if rule is None else rule.worst(sample)


def type_of(sample: Sample) -> str:
    """The type of a question, whatever the language after it."""
    return sample.question_type.removesuffix(" ru").removesuffix(" en")


def unknown(sample: Sample) -> Unscored:
    """Why a question of an unknown type gets no score."""
    return Unscored(f'unknown question type "{sample.question_type}"')


MWS_VISION = MwsVision()
