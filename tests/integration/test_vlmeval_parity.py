"""Our scores of VLMEvalKit's benchmarks are those of its own evaluators."""

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.build import truth
from tests.oracles.answers import WORDS, choice_reply, random_text, yes_no_reply
from tests.oracles.tables import figures, read
from tests.oracles.vlmeval import VlmEvalKit
from vlmhb.metrics.vlmeval.mme import PERCEPTION, REASONING
from vlmhb.metrics.vlmeval.option import ANNOUNCED, named_option
from vlmhb.metrics.vlmeval.yes_no import yes_or_no

pytestmark = pytest.mark.uv


def test_named_options_are_those_of_can_infer(vlmevalkit: VlmEvalKit):
    """But for `answer is X`, a rule that is newer than the package: see the unit tests."""
    rng = random.Random(1)
    cases: list[Any] = []
    for _ in range(3000):
        texts = rng.sample(WORDS, rng.choice((2, 3, 4)))
        choices = dict(zip("ABCD", texts, strict=False))
        cases.append({"answer": choice_reply(rng, choices), "choices": choices})
    assert not any(ANNOUNCED.search(case["answer"]) for case in cases)

    results = vlmevalkit.results("can_infer", cases)

    assert 100 < sum(result is False for result in results) < 2900
    for case, result in zip(cases, results, strict=True):
        assert (result or "") == named_option(case["answer"], case["choices"]), case


def test_yes_and_no_are_extracted_alike(vlmevalkit: VlmEvalKit):
    rng = random.Random(2)
    marks = ". " * 40
    texts = [
        "Yes, no",
        "No.Yes",
        "yes.",
        f"{marks}.yes",
        f"{marks}no",
        "1,2 yes/no",
        "yes-no",
        "YES!",
    ]
    texts += [random_text(rng) for _ in range(2000)]

    results = vlmevalkit.results("yes_or_no", texts)

    assert {"Yes", "No", "Unknown"} == set(results)
    assert results == [yes_or_no(text) for text in texts]


def choice_rows(rng: random.Random, count: int) -> list[dict[str, Any]]:
    rows = []
    for index in range(count):
        choices = dict(zip("ABCD", rng.sample(WORDS, rng.choice((2, 4))), strict=False))
        rows.append(
            {
                "index": index,
                "question": f"question {index}",
                **choices,
                "answer": rng.choice([*choices]),
                "category": rng.choice(("x", "y")),
                "l2-category": rng.choice(("p", "q")),
                "split": rng.choice(("dev", "test")),
                "prediction": choice_reply(rng, choices),
            }
        )
    return rows


@pytest.mark.parametrize("dataset", ["SEEDBench_IMG", "BLINK"])
def test_choice_accuracy_and_its_groups(vlmevalkit: VlmEvalKit, tmp_path: Path, dataset: str):
    """Fractions per split, and in each split per category, are those of `report_acc`."""
    rows = choice_rows(random.Random(3), 400)
    keys = (("split",), ("split", "category"), ("split", "l2-category"))

    ours = figures(["mcq"], rows, read(tmp_path, rows), group_by=keys)

    for line in vlmevalkit.evaluate(dataset, rows)["table"]:
        split = line.pop("split")
        for column, value in line.items():
            level = "category" if column in "xy" else "l2-category"
            figure = (
                ours["mcq", "by_split", (split,)]
                if column == "Overall"
                else ours["mcq", f"by_split+{level}", (split, column)]
            )
            assert value == pytest.approx(figure, abs=1e-12), (split, column)


def test_open_questions_of_mmmu(vlmevalkit: VlmEvalKit, tmp_path: Path):
    """They become choices between the target, A, and `Other Answers`, B."""
    rng = random.Random(4)
    rows = choice_rows(rng, 600)
    for row in rows[::2]:
        for letter in "ABCD":
            row.pop(letter, None)
        row["answer"] = rng.choice(("42", "blue whale", "B", "C", "['24/7', '3.429']", "3.5"))
        row["prediction"] = rng.choice(
            (row["answer"], "It is " + row["answer"], "B", "A", "C", "24/7")
        )
    ours = figures(["mcq"], rows, read(tmp_path, rows), group_by=(("split",),))

    table = vlmevalkit.evaluate("MMMU_DEV_VAL", rows)["table"]

    for line in table:
        assert line["Overall"] == pytest.approx(ours["mcq", "by_split", (line["split"],)])


def rotations(rng: random.Random, questions: int) -> list[dict[str, Any]]:
    """Every question with each rotation of its options, one million apart."""
    rows = []
    for number, row in enumerate(choice_rows(rng, questions)):
        letters = [letter for letter in "ABCD" if letter in row]
        texts = [row[letter] for letter in letters]
        right = letters.index(row["answer"])
        for turn in range(len(letters)):
            options = dict(zip(letters, texts[turn:] + texts[:turn], strict=True))
            answer = letters[(right - turn) % len(letters)]
            reply = answer if rng.random() < 0.8 else choice_reply(rng, options)
            index = number + turn * 1_000_000
            rows.append({**row, **options, "index": index, "answer": answer, "prediction": reply})
    return rows


@pytest.mark.parametrize("with_groups", [True, False])
def test_circular_accuracy_and_its_groups(
    vlmevalkit: VlmEvalKit, tmp_path: Path, with_groups: bool
):
    rows = rotations(random.Random(5), 150)
    if with_groups:
        rows = [{**row, "g_index": row["index"] % 1_000_000} for row in rows]
    samples = read(tmp_path, rows, group_by="g_index" if with_groups else "circular")
    keys = (("split",), ("split", "category"))

    ours = figures(["mcq_circular"], rows, samples, group_by=keys)

    table = vlmevalkit.evaluate("MMBench_DEV_EN", rows)["table"]
    for line in table:
        split = line["split"]
        assert 0 < line["Overall"] < 1
        assert line["Overall"] == pytest.approx(ours["mcq_circular", "by_split", (split,)])
        for category in "xy":
            place = ("mcq_circular", "by_split+category", (split, category))
            assert line[category] == pytest.approx(ours[place])


def test_pope(vlmevalkit: VlmEvalKit, tmp_path: Path):
    """With several categories a sample counts as often, and an unknown answer counts as No."""
    rng = random.Random(6)
    categories = ("adversarial", "popular", "random", "adversarial,popular", "popular,random")
    rows = [
        {
            "index": index,
            "question": "?",
            "answer": rng.choice(("Yes", "No")),
            "category": rng.choice(categories),
            "prediction": yes_no_reply(rng),
        }
        for index in range(500)
    ]
    names = {
        "Overall": "pope_f1",
        "acc": "pope_accuracy",
        "precision": "pope_precision",
        "recall": "pope_recall",
    }
    ours = figures(
        list(names.values()),
        rows,
        read(tmp_path, rows, lists=["category"]),
        group_by=(("category",),),
        repeat_by=("category",),
    )

    overall, *by_category = vlmevalkit.evaluate("POPE", rows)["table"]

    for column, metric in names.items():
        assert overall[column] == pytest.approx(100 * (ours[metric, "general", ()] or 0)), column
        for line in by_category:
            figure = ours[metric, "by_category", (line["split"],)]
            assert line[column] == pytest.approx(100 * (figure or 0)), (column, line["split"])
    assert 3 == len(by_category)


def test_pope_without_a_single_yes(vlmevalkit: VlmEvalKit, tmp_path: Path):
    """VLMEvalKit prints 0 where a ratio has no denominator; here there is no figure."""
    row = {"index": 0, "question": "?", "answer": "No", "category": "x", "prediction": "No"}
    ours = figures(["pope_f1", "pope_accuracy"], [row], read(tmp_path, [row]))

    overall, *_ = vlmevalkit.evaluate("POPE", [row])["table"]

    assert (0, 100) == (overall["Overall"], overall["acc"])
    assert (None, 1) == (ours["pope_f1", "general", ()], ours["pope_accuracy", "general", ()])


def test_hallusionbench(vlmevalkit: VlmEvalKit, tmp_path: Path):
    rng = random.Random(7)
    rows = []
    for kind, level, name in (("VD", "figure", "VD_figure"), ("VS", "chart", "VS_chart")):
        for set_id in range(12):
            for figure_id in range(3):
                for question_id in range(3):
                    answer = rng.choice(("Yes", "No"))
                    rows.append(
                        {
                            "index": f"{name}_x_{set_id}_{figure_id}_{question_id}",
                            "question": "?",
                            "answer": answer,
                            "category": kind,
                            "l2-category": level,
                            "prediction": answer if rng.random() < 0.7 else yes_no_reply(rng),
                        }
                    )
    samples = read(tmp_path, rows, group_by="hallusionbench")
    names = {"aAcc": "hallusion_aacc", "fAcc": "hallusion_facc", "qAcc": "hallusion_qacc"}
    keys = (("category",), ("l2-category",))

    ours = figures(list(names.values()), rows, samples, group_by=keys)

    table = vlmevalkit.evaluate("HallusionBench", rows)["table"]
    assert 5 == len(table)
    for line in table:
        split = line["split"]
        level = "category" if split.isupper() else "l2-category"
        grouping, group = ("general", ()) if split == "Overall" else (f"by_{level}", (split,))
        for column, metric in names.items():
            figure = ours[metric, grouping, group]
            assert line[column] == pytest.approx(100 * (figure or 0)), (split, metric)


@pytest.mark.parametrize("absent", [(), ("artwork", "code_reasoning")])
def test_mme(vlmevalkit: VlmEvalKit, tmp_path: Path, absent: Sequence[str]):
    """A category that is not there adds nothing, to the totals of either."""
    rng = random.Random(8)
    rows: list[dict[str, Any]] = []
    for category in (*PERCEPTION, *REASONING):
        for image in range(0 if category in absent else rng.randrange(3, 9)):
            for answer in ("Yes", "No"):
                reply = answer if rng.random() < 0.6 else yes_no_reply(rng)
                rows.append(
                    {
                        "index": len(rows),
                        "question": "?",
                        "answer": answer,
                        "category": category,
                        "image_path": f"{image}.jpg",
                        "prediction": reply,
                    }
                )
    samples = read(tmp_path, rows, group_by="mme")
    metrics = ["mme", "mme_perception", "mme_reasoning"]

    ours = figures(metrics, rows, samples, group_by=(("category",),))

    (line,) = vlmevalkit.evaluate("MME", rows)["table"]
    total = line["perception"] + line["reasoning"]
    assert total == pytest.approx(ours["mme", "general", ()])
    assert line["perception"] == pytest.approx(ours["mme_perception", "general", ()])
    assert line["reasoning"] == pytest.approx(ours["mme_reasoning", "general", ()])
    for category in {row["category"] for row in rows}:
        assert line[category] == pytest.approx(ours["mme", "by_category", (category,)])


def test_naturalbench(vlmevalkit: VlmEvalKit, tmp_path: Path):
    """Its evaluation takes all of the 7,600 rows or none."""
    rng = random.Random(9)
    rows = []
    for index in range(7600):
        kind = ("yes_no", "multiple_choice")[index // 4 % 2]
        positive = index % 4 in (0, 3)
        answers = {"yes_no": ("No", "Yes"), "multiple_choice": ("B", "A")}[kind]
        answer = answers[positive]
        reply = answer if rng.random() < 0.7 else rng.choice((*answers, yes_no_reply(rng), "a B"))
        row = {"index": index, "question": "?", "type": kind, "answer": answer}
        rows.append({**row, "prediction": reply})
    samples = read(tmp_path, rows, group_by="naturalbench")
    names = {
        "Acc": "naturalbench_acc",
        "Q_Acc": "naturalbench_qacc",
        "I_Acc": "naturalbench_iacc",
        "G_Acc": "naturalbench_gacc",
    }

    ours = figures(list(names.values()), rows, samples)

    table = vlmevalkit.evaluate("NaturalBenchDataset", rows)["table"]
    for column, metric in names.items():
        assert 0 < table[column] < 1
        assert table[column] == pytest.approx(ours[metric, "general", ()]), column


def test_ocrbench(vlmevalkit: VlmEvalKit, tmp_path: Path):
    rng = random.Random(10)
    formula = "Handwritten Mathematical Expression Recognition"
    categories = ("Regular Text Recognition", "Doc-oriented VQA", formula)
    rows = []
    for index in range(400):
        known = (random_text(rng), "a b", "X + y", "x +y", "кот\nпёс", "")
        targets = rng.choices(known, k=2)
        replies = (targets[1], f"it is {targets[0].upper()}", "(x+ y)", random_text(rng))
        rows.append(
            {
                "index": index,
                "question": "?",
                "answer": repr(targets),
                "category": rng.choice(categories),
                "prediction": rng.choice(replies),
            }
        )
    ours = figures(["ocrbench"], rows, read(tmp_path, rows), group_by=(("category",),))

    table = vlmevalkit.evaluate("OCRBench", rows)["table"]

    assert table["Final Score"] == pytest.approx((ours["ocrbench", "general", ()] or 0) * len(rows))
    for category, column in zip(categories, ("Text Recognition", *categories[1:]), strict=True):
        count = sum(row["category"] == category for row in rows)
        share = ours["ocrbench", "by_category", (category,)] or 0
        assert table[column] == pytest.approx(share * count)


PAGES = (
    *(
        "привет мир",
        "합계 금액 1,000 원",
        "東京 都 ### ***",
        "Total: 1 000,00\n\tITEM  x",
        "مرحبا بك",
    ),
    *("", " ", "a\u00a0b\u2028c", "Straße İstanbul", "***###", "x x x y", "3.5 % (net)"),
)


@pytest.mark.parametrize("dataset", ["Russian", "Korean", "Arabic", "zh_doc", "IC15"])
@pytest.mark.parametrize("group", ["multi_lan_ocr", "multi_scene_ocr"])
def test_ccocr(vlmevalkit: VlmEvalKit, dataset: str, group: str):
    """Its F1 has 1e-9 added to every denominator, which shows in the eighth digit."""
    rng = random.Random(11)
    rows: list[dict[str, Any]] = []
    for index in range(200):
        target = " ".join(rng.choices(PAGES, k=rng.randrange(4)))
        reply = " ".join(rng.choices((target, target[1:], *PAGES), k=rng.randrange(3)))
        rows.append(
            {
                "index": index,
                "answer": target,
                "category": group,
                "split": dataset,
                "prediction": reply,
            }
        )
    samples = [replace(truth(row["answer"]), id=str(row["index"]), metadata=row) for row in rows]
    ours = figures(["ccocr_f1_macro", "ccocr_f1_micro"], rows, samples)

    case = {"group": group, "dataset": dataset, "rows": rows}
    (theirs,) = vlmevalkit.results("ccocr", [case])

    assert theirs["macro_f1_score"] == pytest.approx(
        ours["ccocr_f1_macro", "general", ()], abs=1e-7
    )
    assert theirs["mirco_f1_score"] == pytest.approx(
        ours["ccocr_f1_micro", "general", ()], abs=1e-7
    )
