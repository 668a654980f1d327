"""samples.parquet holds what the run asked, got and made of it, with its types."""

import io
from pathlib import Path

import pyarrow.parquet
import pytest

from tests.unit.report.exports.scored import QWEN, scored_run
from vlmhb.domain.decision import Decided, Decision
from vlmhb.domain.results import Results
from vlmhb.report import read_results
from vlmhb.report.exports import to_parquet
from vlmhb.report.exports.to_parquet import FILE, as_parquet
from vlmhb.store.decisions import decide


def table(results: Results) -> "pyarrow.Table":
    return pyarrow.parquet.read_table(io.BytesIO(as_parquet(results).contents[FILE]))


def test_a_row_holds_what_was_asked_and_what_came_of_it(tmp_path: Path):
    results = read_results(scored_run(tmp_path / "run", QWEN))

    right, lost, ours = table(results).to_pylist()

    assert ("qwen", "docvqa", "1", "ok") == tuple(
        right[name] for name in ("model", "task", "sample_id", "status")
    )
    assert ("Question 1; which?", "Question 1; which?", ["right"], "right") == tuple(
        right[name] for name in ("question", "prompt", "targets", "answer")
    )
    assert [
        {"metric": "cer", "status": "scored", "value": 0, "numerator": 0, "denominator": 5}
        | {"reason": None}
    ] == right["scores"]
    assert ("model_error", None, "RuntimeError: boom") == tuple(
        lost[name] for name in ("status", "answer", "error")
    )
    assert ("failed", None, "model_error") == tuple(
        lost["scores"][0][name] for name in ("status", "value", "reason")
    )
    assert ([{"letter": "A", "text": "x"}], "images/3.jpg") == (
        ours["choices"],
        ours["pages"][0]["path"],
    )


def test_what_utf8_cannot_hold_is_spelled_out_and_everything_else_is_as_it_was(tmp_path: Path):
    results = read_results(scored_run(tmp_path / "run", QWEN))

    ours = table(results).to_pylist()[2]

    assert (["x"], r"=1+1 \udc80") == (ours["targets"], ours["answer"])


def test_what_was_decided_about_the_model_is_in_its_rows(tmp_path: Path):
    run_dir = scored_run(tmp_path / "run", QWEN)
    before = table(read_results(run_dir))["decision"].to_pylist()
    decide(run_dir, Decision("qwen", Decided.CHOSEN, "why"))

    after = table(read_results(run_dir))["decision"].to_pylist()

    assert ([None] * 3, ["chosen"] * 3) == (before, after)


def test_what_was_not_measured_is_null_not_zero(tmp_path: Path):
    made = table(read_results(scored_run(tmp_path / "run", QWEN)))

    assert ("double", 3) == (str(made["generate_s"].type), made["generate_s"].null_count)
    assert ("int64", 3) == (str(made["prompt_tokens"].type), made["prompt_tokens"].null_count)


def test_the_file_names_its_run_and_version_and_is_the_same_every_time(results: Results):
    content = as_parquet(results).contents[FILE]

    assert content == as_parquet(results).contents[FILE]
    told = pyarrow.parquet.read_schema(io.BytesIO(content)).metadata
    assert (b"1", b"quickstart") == (told[b"vlmhb.schema_version"], told[b"vlmhb.run"])


@pytest.mark.parametrize("which", ["results", "hostile"])
def test_no_sample_is_lost_between_batches(
    which: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
):
    results = request.getfixturevalue(which)
    whole = table(results)
    monkeypatch.setattr(to_parquet, "ROWS_AT_ONCE", 7)

    made = table(results)

    assert whole.equals(made)
    assert len(made) == sum(len(one.requests) for one in results.plan.evaluations)
