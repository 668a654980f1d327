import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from tests.build import truth
from vlmhb.config import load_task as find_task
from vlmhb.datasets import DatasetCache, load_task
from vlmhb.domain.score import Score, Unscored
from vlmhb.metrics.pages.mws_vision import MWS_VISION


@pytest.mark.parametrize(
    ("question_type", "answer", "target", "expected"),
    [
        ("text grounding ru", "[10, 10, 20, 20]", "[10, 10, 20, 20]", 1),
        ("reasoning VQA ru", "Ответ: 5", "5", 1),
        ("full-page OCR ru", "", "а б в", 0),
        ("document parsing ru", "# a\nb", "# в\nг", 1),
        ("key information extraction en", '{"a": "1"}', '{"a": "1", "b": "2"}', 0.5),
    ],
)
def test_each_type_of_question_has_its_rule(question_type, answer, target, expected):
    sample = truth(target, question_type=question_type)

    assert Score(expected, 1) == MWS_VISION.score(answer, sample)
    assert Score(0, 1) == MWS_VISION.worst(sample)


def test_an_unknown_type_is_unscored():
    sample = truth("5", question_type="antifraud ru")

    assert Unscored('unknown question type "antifraud ru"') == MWS_VISION.score("5", sample)
    assert MWS_VISION.score("5", sample) == MWS_VISION.worst(sample)


def test_four_numbers_are_the_box_that_is_looked_for():
    sample = truth("398", "65", "467.5", "140", question_type="text grounding ru")

    assert Score(1, 1) == MWS_VISION.score("[398, 65, 467.5, 140]", sample)


def test_a_copy_of_the_benchmark_is_read_as_its_authors_publish_it(tmp_path: Path):
    answers = {
        "text grounding ru": ["10", "20", "30", "40"],
        "reasoning VQA ru": ["сорок два", "42"],
        "full-page OCR ru": ["Договор поставки № 5 от 1 мая"],
        "document parsing ru": ["# Договор\n\nПредмет"],
        "key information extraction ru": ['{"ИНН": "7707083893"}'],
    }
    picture = io.BytesIO()
    Image.new("RGB", (40, 20)).save(picture, "PNG")
    rows = {
        "id": [str(number) for number in range(5)],
        "type": list(answers),
        "dataset_name": ["business"] * 5,
        "question": ["Прочти."] * 5,
        "answers": list(answers.values()),
        "image": [{"bytes": picture.getvalue(), "path": "a.png"}] * 5,
    }
    folder = tmp_path / "configs/data/mws-vision-bench/data"
    folder.mkdir(parents=True)
    pq.write_table(pa.table(rows), folder / "train-00000-of-00001.parquet")

    task = find_task("mws-vision-bench", tmp_path)
    samples = load_task(task, DatasetCache(tmp_path / "cache")).samples

    texts = ["[10, 20, 30, 40]", "42", *(answer[0] for answer in list(answers.values())[2:])]
    scores = [MWS_VISION.score(text, one) for text, one in zip(texts, samples, strict=True)]
    assert [1.0] * 5 == [
        pytest.approx(score.value, abs=0.01) for score in scores if isinstance(score, Score)
    ]
    assert list(answers) == [one.question_type for one in samples]
    assert "Прочти." == samples[0].question
