"""Every metric by name. Nothing is imported before it is asked for."""

import difflib
import importlib
from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points

from vlmhb.errors import UsageError
from vlmhb.metrics.interface import Metric

BUILT_IN: Mapping[str, str] = {
    "cer": "vlmhb.metrics.text.edit_rate:CER",
    "cer_ci": "vlmhb.metrics.text.edit_rate:CER_CI",
    "cer_norm": "vlmhb.metrics.text.edit_rate:CER_NORM",
    "wer": "vlmhb.metrics.text.edit_rate:WER",
    "wer_ci": "vlmhb.metrics.text.edit_rate:WER_CI",
    "wer_norm": "vlmhb.metrics.text.edit_rate:WER_NORM",
    "exact_match": "vlmhb.metrics.text.exact_match:EXACT_MATCH",
    "exact_match_raw": "vlmhb.metrics.text.exact_match:EXACT_MATCH_RAW",
    "anls": "vlmhb.metrics.text.anls:ANLS",
    "anls_paper": "vlmhb.metrics.text.anls:ANLS_PAPER",
    "anls_star": "vlmhb.metrics.structured.anls_star:ANLS_STAR",
    "bleu": "vlmhb.metrics.text.bleu:BLEU",
    "bleu_vhb": "vlmhb.metrics.text.bleu:BLEU_VHB",
    "chrf": "vlmhb.metrics.text.chrf:CHRF",
    "rouge_l": "vlmhb.metrics.text.overlap:ROUGE_L",
    "token_f1": "vlmhb.metrics.text.overlap:TOKEN_F1",
    "vqa_accuracy": "vlmhb.metrics.vlmeval.vqa_accuracy:VQA_ACCURACY",
    "accuracy": "vlmhb.metrics.vlmeval.short_reply:ACCURACY",
    "relaxed_accuracy": "vlmhb.metrics.vlmeval.short_reply:RELAXED_ACCURACY",
    "contains": "vlmhb.metrics.vlmeval.short_reply:CONTAINS",
    "field_found": "vlmhb.metrics.text.field_found:FIELD_FOUND",
    "values_found": "vlmhb.metrics.text.values_found:VALUES_FOUND",
    "answered": "vlmhb.metrics.answered:ANSWERED",
    "judge": "vlmhb.metrics.judge.judged:JUDGE",
    "mcq_judge": "vlmhb.metrics.judge.judged:MCQ_JUDGE",
    "yes_no_judge": "vlmhb.metrics.judge.judged:YES_NO_JUDGE",
    "mcq": "vlmhb.metrics.vlmeval.mcq:MCQ",
    "mcq_circular": "vlmhb.metrics.vlmeval.mcq:MCQ_CIRCULAR",
    "yes_no": "vlmhb.metrics.vlmeval.yes_no:YES_NO",
    "pope_f1": "vlmhb.metrics.vlmeval.pope:POPE_F1",
    "pope_accuracy": "vlmhb.metrics.vlmeval.pope:POPE_ACCURACY",
    "pope_precision": "vlmhb.metrics.vlmeval.pope:POPE_PRECISION",
    "pope_recall": "vlmhb.metrics.vlmeval.pope:POPE_RECALL",
    "hallusion_aacc": "vlmhb.metrics.vlmeval.hallusion:HALLUSION_AACC",
    "hallusion_facc": "vlmhb.metrics.vlmeval.hallusion:HALLUSION_FACC",
    "hallusion_qacc": "vlmhb.metrics.vlmeval.hallusion:HALLUSION_QACC",
    "mme": "vlmhb.metrics.vlmeval.mme:MME",
    "mme_perception": "vlmhb.metrics.vlmeval.mme:MME_PERCEPTION",
    "mme_reasoning": "vlmhb.metrics.vlmeval.mme:MME_REASONING",
    "naturalbench_acc": "vlmhb.metrics.vlmeval.naturalbench:NATURALBENCH_ACC",
    "naturalbench_qacc": "vlmhb.metrics.vlmeval.naturalbench:NATURALBENCH_QACC",
    "naturalbench_iacc": "vlmhb.metrics.vlmeval.naturalbench:NATURALBENCH_IACC",
    "naturalbench_gacc": "vlmhb.metrics.vlmeval.naturalbench:NATURALBENCH_GACC",
    "ocrbench": "vlmhb.metrics.vlmeval.ocrbench:OCRBENCH",
    "ccocr_f1_macro": "vlmhb.metrics.vlmeval.ccocr:CCOCR_F1_MACRO",
    "ccocr_f1_micro": "vlmhb.metrics.vlmeval.ccocr:CCOCR_F1_MICRO",
    "kie_f1": "vlmhb.metrics.structured.kie_f1:KIE_F1",
    "kie_f1_document": "vlmhb.metrics.structured.kie_f1:KIE_F1_DOCUMENT",
    "kie_f1_typed": "vlmhb.metrics.structured.kie_f1:KIE_F1_TYPED",
    "json_valid": "vlmhb.metrics.structured.fidelity:JSON_VALID",
    "json_repaired": "vlmhb.metrics.structured.fidelity:JSON_REPAIRED",
    "json_schema": "vlmhb.metrics.structured.json_schema:JSON_SCHEMA",
    "typed_field": "vlmhb.metrics.fields.typed_field:TYPED_FIELD",
    "check_digit": "vlmhb.metrics.fields.check_digit:CHECK_DIGIT",
    "teds": "vlmhb.metrics.tables.teds:TEDS",
    "teds_s": "vlmhb.metrics.tables.teds:TEDS_S",
    "teds_plain": "vlmhb.metrics.tables.teds:TEDS_PLAIN",
    "teds_s_plain": "vlmhb.metrics.tables.teds:TEDS_S_PLAIN",
    "kendall_tau": "vlmhb.metrics.ordering.order_metrics:KENDALL_TAU",
    "spearman_rho": "vlmhb.metrics.ordering.order_metrics:SPEARMAN_RHO",
    "order_accuracy": "vlmhb.metrics.ordering.order_metrics:ORDER_ACCURACY",
    "class_accuracy": "vlmhb.metrics.classes.class_metrics:CLASS_ACCURACY",
    "class_f1_weighted": "vlmhb.metrics.classes.class_metrics:CLASS_F1_WEIGHTED",
    "class_f1_macro": "vlmhb.metrics.classes.class_metrics:CLASS_F1_MACRO",
    "class_precision_weighted": "vlmhb.metrics.classes.class_metrics:CLASS_PRECISION_WEIGHTED",
    "class_recall_weighted": "vlmhb.metrics.classes.class_metrics:CLASS_RECALL_WEIGHTED",
    "edit_distance": "vlmhb.metrics.pages.edit_distance:EDIT_DISTANCE",
    "facts": "vlmhb.metrics.pages.facts:FACTS",
    "bbox_iou": "vlmhb.metrics.pages.bbox_iou:BBOX_IOU",
    "document_parsing": "vlmhb.metrics.pages.document_parsing:DOCUMENT_PARSING",
    "full_page_ocr": "vlmhb.metrics.pages.full_page_ocr:FULL_PAGE_OCR",
    "ocrbench_v2_vqa": "vlmhb.metrics.pages.ocrbench_v2:OCRBENCH_V2_VQA",
    "ocrbench_v2_kie": "vlmhb.metrics.pages.ocrbench_v2:OCRBENCH_V2_KIE",
    "mws_vision": "vlmhb.metrics.pages.mws_vision:MWS_VISION",
}

ENTRY_POINT_GROUP = "vlmhb.metrics"
"""For metrics in packages of their own. A built-in name cannot be taken over."""


def names() -> tuple[str, ...]:
    """Every name `find` knows: the built-in ones first, then installed ones by name."""
    return (*BUILT_IN, *sorted(installed().keys() - BUILT_IN.keys()))


def find(name: str) -> Metric:
    """The metric called `name`.

    Raises:
        UsageError: there is none, or its package cannot be imported.
    """
    try:
        metric = load(name)
    except UsageError:
        raise
    except (Exception, SystemExit) as error:  # a package may raise anything
        problem = f"{type(error).__name__}: {error}"
        raise UsageError(f'cannot load metric "{name}"', problem) from error
    if not isinstance(metric, Metric):
        raise UsageError(
            f'cannot use metric "{name}"',
            f"{type(metric).__module__}.{type(metric).__qualname__}",
            expected="an object with the members of vlmhb.metrics.interface.Metric",
        )
    return metric


def load(name: str) -> object:
    """Whatever the catalog or an installed package has under `name`."""
    if name in BUILT_IN:
        module, _, attribute = BUILT_IN[name].partition(":")
        return getattr(importlib.import_module(module), attribute)
    foreign = installed()
    if name in foreign:
        return foreign[name].load()
    near = difflib.get_close_matches(name, names())
    raise UsageError(
        "cannot find a metric",
        f'unknown metric "{name}"',
        expected=f"one of {', '.join(names())}",
        next_step=f"did you mean {' or '.join(near)}?" if near else None,
    )


def installed() -> Mapping[str, EntryPoint]:
    """What other packages offer, by name."""
    return {entry.name: entry for entry in entry_points(group=ENTRY_POINT_GROUP)}
