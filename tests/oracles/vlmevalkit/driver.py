"""Runs VLMEvalKit's own evaluators, unmodified, inside the env that `envspec.yaml` describes.

Started as `python driver.py`. Every line on stdin is one question, {"ask": NAME, "cases": [...]};
the line on stdout is its answer, {"results": [...]}, one result per case, or {"error": TRACEBACK}.
NAME and what a case and a result look like: the functions in ASKED.

The packages around the evaluators import torch, model clients and some 300 datasets. So the
package objects that would do so are stood in for by empty ones with the same folders, and what
the evaluators take from them and never call here is None.
"""

import importlib
import importlib.util
import json
import os
import sys
import tempfile
import traceback
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

# What its table files are written as, between the steps of an evaluation.
os.environ["PRED_FORMAT"] = "tsv"


def stand_in(name: str, folder: Path | None = None, **members: Any) -> types.ModuleType:
    """Make `import name` give an empty module with these members."""
    module = types.ModuleType(name)
    if folder is not None:
        members["__path__"] = [str(folder)]
    vars(module).update(members)
    sys.modules[name] = module
    parent, _, own = name.rpartition(".")
    if parent in sys.modules:
        setattr(sys.modules[parent], own, module)
    return module


def stand_in_packages() -> None:
    """Every package on the way to the evaluators whose `__init__` imports the world."""
    found = importlib.util.find_spec("vlmeval")
    assert found
    assert found.origin
    root = Path(found.origin).parent
    stand_in("vlmeval", root)
    stand_in("huggingface_hub")
    stand_in("huggingface_hub.utils")
    stand_in("huggingface_hub.utils._cache_manager", _scan_cached_repo=None)
    stand_in("vlmeval.dataset", root / "dataset")
    utils = root / "dataset" / "utils"
    stand_in("vlmeval.dataset.utils", utils, DEBUG_MESSAGE="", build_judge=None)
    ccocr_package = stand_in("vlmeval.dataset.utils.ccocr_evaluator", utils / "ccocr_evaluator")
    ocr = importlib.import_module("vlmeval.dataset.utils.ccocr_evaluator.ocr_evaluator")
    groups = ("multi_lan_ocr", "multi_scene_ocr")
    evaluators = {group: ocr.OcrEvaluator(group) for group in groups}
    vars(ccocr_package)["evaluator_map_info"] = evaluators


def can_infer(case: Any) -> Any:
    """{"answer", "choices": {letter: text}} -> the letter, or False."""
    module = importlib.import_module("vlmeval.utils.matching_util")
    return module.can_infer(case["answer"], dict(case["choices"]))


def yes_or_no(case: Any) -> Any:
    """An answer -> Yes, No or Unknown."""
    return importlib.import_module("vlmeval.dataset.utils.yorn").YOrN_Extraction(case)


def process_answer(case: Any) -> Any:
    """A text -> the text that VQA accuracy compares."""
    return importlib.import_module("vlmeval.dataset.utils.vqa_eval").process_answer(case)


def vqa(case: Any) -> float:
    """{"method", "dataset", "answer": text or list as text, "prediction"} -> the row's score.

    `method` is vqa_score, anls, relaxed_accuracy or accuracy; `dataset` decides what the matches
    with the targets come to: TextVQA_VAL, DocVQA_VAL, ChartQA_TEST, ...
    """
    module = importlib.import_module("vlmeval.dataset.utils.vqa_eval")
    matches = module.process_line(case, method=case["method"])
    return float(module.hit_calculate([matches], case["dataset"])[0])


def naturalbench(case: Any) -> Any:
    """{"type", "answer"} -> 1 for yes or A, 0 for no or B, -1 for neither."""
    module = importlib.import_module("vlmeval.dataset.utils.naturalbench")
    return module.extract_answer(case["answer"], case["type"])


def ccocr(case: Any) -> Any:
    """{"group", "dataset", "rows": [{"answer", "prediction"}]} -> macro and micro F1."""
    evaluator = sys.modules["vlmeval.dataset.utils.ccocr_evaluator"].evaluator_map_info
    rows = case["rows"]
    targets = {str(place): row["answer"] for place, row in enumerate(rows)}
    answers = {str(place): row["prediction"] for place, row in enumerate(rows)}
    _, found = evaluator[case["group"]](answers, targets, dataset=case["dataset"])
    return found["summary"]


DATASETS = {
    "MMBench_DEV_EN": ("image_mcq", "ImageMCQDataset"),
    "SEEDBench_IMG": ("image_mcq", "ImageMCQDataset"),
    "BLINK": ("image_mcq", "ImageMCQDataset"),
    "MMMU_DEV_VAL": ("image_mcq", "MMMUDataset"),
    "NaturalBenchDataset": ("image_mcq", "NaturalBenchDataset"),
    "MME": ("image_yorn", "ImageYORNDataset"),
    "POPE": ("image_yorn", "ImageYORNDataset"),
    "HallusionBench": ("image_yorn", "ImageYORNDataset"),
    "OCRBench": ("image_vqa", "OCRBench"),
    "MTVQA_TEST": ("image_vqa", "MTVQADataset"),
    "CCOCR": ("image_ccocr", "CCOCRDataset"),
}


def evaluate(case: Any) -> Any:
    """{"dataset", "rows": [{column: value, "prediction": text}]} -> {"table", "rows"}.

    `table` is what the evaluation prints, as a list of rows or one object; `rows` are the input's
    with what it found out about each, where it writes that down.
    """
    pandas = importlib.import_module("pandas")
    module, name = DATASETS[case["dataset"]]
    kind = getattr(importlib.import_module(f"vlmeval.dataset.{module}"), name)
    dataset = kind.__new__(kind)
    rows = pandas.DataFrame(case["rows"])
    dataset.dataset_name = case["dataset"]
    dataset.data = rows.drop(columns="prediction")
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        # The circular evaluation writes a table into /tmp, named by the second: two sessions would
        # share it. With a folder in its name it is this one's alone, and goes with it.
        choices = importlib.import_module("vlmeval.dataset.utils.multiple_choice")
        vars(choices)["timestr"] = lambda: f"{Path(folder).name}/circular"
        # A pickle, so that answers arrive as they are: its tables turn `NA` and nothing into NaN.
        answers = Path(folder) / "answers.pkl"
        rows.to_pickle(answers)
        table = dataset.evaluate(str(answers), model="exact_matching", nproc=1)
        seen = [*Path(folder).glob("*_result.tsv"), *Path(folder).glob("*_auxmatch.tsv")]
        judged = [
            json.loads(pandas.read_csv(file, sep="\t").to_json(orient="records")) for file in seen
        ]
    if isinstance(table, pandas.DataFrame):
        table = json.loads(table.to_json(orient="records", double_precision=15))
    return {"table": table, "rows": judged[0] if judged else []}


ASKED: dict[str, Callable[[Any], Any]] = {
    "can_infer": can_infer,
    "yes_or_no": yes_or_no,
    "process_answer": process_answer,
    "vqa": vqa,
    "naturalbench": naturalbench,
    "ccocr": ccocr,
    "evaluate": evaluate,
}


def main() -> None:
    """Answer questions until stdin ends."""
    # Evaluators print; that must not get between the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    stand_in_packages()
    for line in sys.stdin:
        question = json.loads(line)
        try:
            answer: Any = {"results": [ASKED[question["ask"]](case) for case in question["cases"]]}
        except Exception:  # noqa: BLE001 - whatever an evaluator raises is its answer
            answer = {"error": traceback.format_exc()}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
