"""VLMHyperBench's files, byte for byte, against its own libraries."""

import io
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.build import answer, failed
from tests.oracles.vhb_evaluator import Evaluator
from tests.unit.exchange.runs import recorded, row, task_of
from vlmhb.domain.answer import Outcome
from vlmhb.domain.sample import Sample
from vlmhb.domain.vhb_row import ANNOTATION
from vlmhb.errors import UsageError
from vlmhb.exchange.export_run import ForVhb, export_run
from vlmhb.exchange.recorded import evaluations_of
from vlmhb.exchange.to_vhb import AGGREGATORS, METRICS, answers_csv, metrics_csv
from vlmhb.store import read_run

STEM = "docs_Hugging Face_m_VQA_answers_20260102_030405"


def annotation_of(samples: list[Sample]) -> bytes:
    cells = [
        (
            *(one.metadata.get(name, "") for name in ("data_index", "split")),
            *(one.pages[0].path, one.question, one.targets[0], one.doc_class, one.question_type),
            one.metadata.get("answer_bbox", ""),
        )
        for one in samples
    ]
    content = io.BytesIO()
    frame = pd.DataFrame(cells, columns=list(ANNOTATION), dtype=object)
    frame.to_csv(content, sep=";", encoding="utf-8-sig", index=False)
    return content.getvalue()


def exported(folder: Path, samples: list[Sample], texts: Mapping[str, str]) -> dict[str, bytes]:
    outcomes = {sample_id: answer(text=text) for sample_id, text in texts.items()}
    run_dir = recorded(folder / "run", task_of(*samples), outcomes)
    found = export_run(run_dir, folder / "out", ForVhb("Hugging Face"))
    return {path.name: path.read_bytes() for path in found.files}


def check(folder: Path, samples: list[Sample], texts: Mapping[str, str]) -> None:
    files = exported(folder, samples, texts)
    evaluator = Evaluator(annotation_of(samples), files[f"{STEM}.csv"])
    for aggregator in AGGREGATORS:
        assert evaluator.csv(aggregator) == files[f"{STEM}_{aggregator}.csv"], aggregator


TARGETS = ["353-721-310 54", "Осипов", "д. Томпа", "09 октября 2012 года", "мужской"]
ANSWERS = ["353-721-310 54", "Фамилия: ОСИПОВ", "д. Томпа", "9 октября 2012\nгода", ""]


def rows_of(targets: list[str], **changes: object) -> list[Sample]:
    return [
        row(number, target, doc_class=f"c{number % 2}", question_type=f"q{number % 3}", **changes)
        for number, target in enumerate(targets)
    ]


def texts_of(answers: list[str]) -> dict[str, str]:
    return {str(number): text for number, text in enumerate(answers)}


def test_every_file_is_what_their_evaluator_makes_of_the_answers(tmp_path):
    check(tmp_path, rows_of(TARGETS), texts_of(ANSWERS))


@pytest.mark.parametrize(
    "targets",
    [
        ["007", "12", "5", "0", "1"],
        ["1.50", "2", "3", "4", "5"],
        ["40702810500000000001", "2", "3", "4", "5"],
        ["18446744073709551615", "2", "3", "4", "5"],
        ["0040702810500000000001", "2", "3", "4", "5"],
        ["", "12", "5", "0", "1"],
        ["", "a", "None", "nan", "NULL"],
        ["True", "false", "True", "TRUE", "False"],
        ["a;b", 'say "x"', " two  spaces ", "tab\there", "line\nbreak"],
        ["=1+1", "+7", "-5", "@x", "'"],
    ],
)
def test_texts_are_read_back_as_pandas_reads_them(tmp_path, targets):
    check(tmp_path, rows_of(targets), texts_of(ANSWERS))
    check(tmp_path / "other", rows_of(TARGETS), texts_of(targets))


@pytest.mark.parametrize("metrics", [("CER",), ("BLEU", "WER"), METRICS])
def test_only_the_wanted_metrics_are_there(tmp_path, metrics):
    samples = rows_of(TARGETS)
    outcomes: dict[str, Outcome] = {n: answer(text=t) for n, t in texts_of(ANSWERS).items()}
    (results,) = evaluations_of(read_run(recorded(tmp_path, task_of(*samples), outcomes)))

    evaluator = Evaluator(annotation_of(samples), answers_csv(results), metrics)
    for aggregator in AGGREGATORS:
        assert evaluator.csv(aggregator) == metrics_csv(results, aggregator, metrics)


def test_types_follow_from_all_of_the_annotation(tmp_path):
    samples = rows_of(["007", "12", "Осипов"])
    outcomes: dict[str, Outcome] = {"0": answer(text="7"), "1": answer(text="12")}
    task = task_of(*samples[:2])
    (results,) = evaluations_of(read_run(recorded(tmp_path, task, outcomes)))

    evaluator = Evaluator(annotation_of(samples), answers_csv(results))
    for aggregator in AGGREGATORS:
        assert evaluator.csv(aggregator) == metrics_csv(results, aggregator, METRICS, samples)
    assert evaluator.csv("by_id") != metrics_csv(results, "by_id")


def test_what_was_not_answered_is_left_out_and_what_failed_counts_as_wrong(tmp_path):
    samples = rows_of(TARGETS)
    outcomes: dict[str, Outcome] = {"0": answer(text="353"), "2": failed()}

    run_dir = recorded(tmp_path / "run", task_of(*samples), outcomes)
    found = export_run(run_dir, tmp_path / "out", ForVhb("Hugging Face"))
    files = {path.name: path.read_bytes() for path in found.files}

    assert "\ufeffid;model_answer\n0;353\n2;\n".encode() == files[f"{STEM}.csv"]
    evaluator = Evaluator(annotation_of(samples), files[f"{STEM}.csv"])
    assert evaluator.csv("general") == files[f"{STEM}_general.csv"]
    assert ("m/docs: 3 samples without an answer are left out",) == found.notes


def test_rows_without_a_class_are_in_no_group(tmp_path):
    samples = rows_of(TARGETS)
    samples[0] = row(0, TARGETS[0], doc_class="", question_type="q0")

    check(tmp_path, samples, texts_of(ANSWERS))


def test_classes_that_are_numbers_are_sorted_as_numbers(tmp_path):
    samples = [row(n, t, doc_class=str(20 - 9 * n)) for n, t in enumerate(TARGETS[:3])]

    check(tmp_path, samples, texts_of(ANSWERS[:3]))


def test_an_answer_with_a_lone_carriage_return_is_one_row(tmp_path):
    check(tmp_path, rows_of(TARGETS), texts_of(["353\r721", "\r", "d\r\nT", '"\r"', "a;\rb"]))


def test_two_exports_are_the_same(tmp_path):
    first = exported(tmp_path / "a", rows_of(TARGETS), texts_of(ANSWERS))
    second = exported(tmp_path / "b", rows_of(TARGETS), texts_of(ANSWERS))

    assert first == second


def test_a_target_that_their_evaluator_stops_at_is_named(tmp_path):
    with pytest.raises(UsageError, match="nothing but spaces"):
        exported(tmp_path, rows_of([" ", "a"]), {"0": "x", "1": "y"})


TEXT = st.text(
    st.characters(codec="utf-8", exclude_characters="\0\r\ufeff", exclude_categories=["Cs"]),
    max_size=12,
) | st.sampled_from(["1", "02", "1.5", "nan", "", "True", "-3", "1e5", "inf", "a;b", '"'])


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=5))
@settings(max_examples=20, deadline=None)
def test_any_texts_are_written_as_they_would_write_them(tmp_path_factory, pairs):
    targets = [target if target.strip() else "x" for target, _ in pairs]

    check(tmp_path_factory.mktemp("vhb"), rows_of(targets), texts_of([text for _, text in pairs]))
