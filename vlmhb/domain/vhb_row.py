"""An evaluation as VLMHyperBench's tables have it: its row in user_config.csv, its columns."""

from dataclasses import dataclass

VQA = "VQA"
"""What VLMHyperBench calls questions about single pages, the one task its evaluator knows."""

ANNOTATION = (
    "data_index",
    "split",
    "image_path",
    "question",
    "answer",
    "doc_class",
    "question_type",
    "answer_bbox",
)
"""The columns of annotation.csv, which the files it leaves repeat."""


@dataclass(frozen=True, slots=True)
class VhbRow:
    """A row of user_config.csv."""

    model: str
    """In this run."""
    task: str
    """In this run."""
    vhb_task: str
    """`VQA`, `RPOClassification` or `RPOSorting`."""
    stem: str
    """`dataset_framework_model_task`: what the names of its files begin with."""
    answers: str
    """Absolute path of the folder for answers."""
    metrics: str
    """Absolute path of the folder for metrics."""
    wanted: tuple[str, ...]
    """Of WER, CER and BLEU."""
    aggregators: tuple[str, ...]
    given: str = ""
    """Absolute path of the answers that are only evaluated; empty when the model is asked."""
