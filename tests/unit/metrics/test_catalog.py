import subprocess
import sys
from pathlib import Path

import pytest

from tests.build import truth
from vlmhb.domain.score import Direction, Score
from vlmhb.errors import UsageError
from vlmhb.metrics import catalog
from vlmhb.metrics.interface import Metric

PLUGIN = """
from vlmhb.metrics.best_target import BestTarget
from tests.build import truth

COUNT = BestTarget("count", "Count", "", "raw", lambda answer, target: answer.count(target))
NOT_A_METRIC = object()
"""
ENTRY_POINTS = """
[vlmhb.metrics]
count = counting_plugin:COUNT
cer = counting_plugin:COUNT
broken = counting_plugin:ABSENT
homeless = no_such_package_at_all:COUNT
wrong = counting_plugin:NOT_A_METRIC
"""


@pytest.fixture
def plugin(tmp_path: Path):
    """An installed package that offers metrics."""
    (tmp_path / "counting_plugin.py").write_text(PLUGIN)
    metadata = tmp_path / "counting_plugin-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: counting-plugin\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text(ENTRY_POINTS)
    sys.path.append(str(tmp_path))
    yield
    sys.path.remove(str(tmp_path))
    sys.modules.pop("counting_plugin", None)


@pytest.mark.parametrize("name", catalog.BUILT_IN)
def test_every_built_in_metric_is_complete(name):
    metric = catalog.find(name)

    assert isinstance(metric, Metric)
    assert name == metric.name
    assert metric.title
    assert metric.summary.endswith(".")
    assert metric.normalisation
    assert metric.kinds


def test_errors_edits_and_repairs_are_the_only_things_to_have_less_of():
    lower = {name for name in catalog.BUILT_IN if Direction.LOWER == catalog.find(name).direction}

    rates = {"cer", "cer_ci", "cer_norm", "wer", "wer_ci", "wer_norm"}
    assert {*rates, "edit_distance", "json_repaired"} == lower


def test_an_unknown_name_is_refused_with_the_nearest_one():
    with pytest.raises(UsageError) as caught:
        catalog.find("anl")

    assert 'unknown metric "anl"' in str(caught.value)
    assert "anls" in (caught.value.next_step or "")
    assert "exact_match" in (caught.value.expected or "")


def test_a_name_like_no_other_is_refused_without_a_guess():
    with pytest.raises(UsageError) as caught:
        catalog.find("zzzzzz")

    assert caught.value.next_step is None


def test_an_installed_metric_is_found_and_listed_last(plugin):
    score = catalog.find("count").score("аба", truth("а"))

    assert Score(2, 1) == score
    assert (*catalog.BUILT_IN, "broken", "count", "homeless", "wrong") == catalog.names()


def test_an_installed_metric_cannot_take_a_built_in_name(plugin):
    assert "vlmhb.metrics.text.edit_rate" == type(catalog.find("cer")).__module__


@pytest.mark.parametrize(
    ("name", "expected"),
    [("broken", "ABSENT"), ("homeless", "no_such_package_at_all"), ("wrong", "builtins.object")],
)
def test_an_unusable_installed_metric_is_refused_with_the_cause(plugin, name, expected):
    with pytest.raises(UsageError, match=expected):
        catalog.find(name)


@pytest.mark.parametrize(
    "raises", ["raise RuntimeError('no licence')", "import sys; sys.exit(7)", "("]
)
def test_a_package_that_does_not_even_import_is_refused_with_the_cause(
    tmp_path: Path, plugin, raises
):
    (tmp_path / "counting_plugin.py").write_text(raises)

    with pytest.raises(UsageError, match=r"no licence|SystemExit: 7|SyntaxError") as caught:
        catalog.find("count")

    assert 'cannot load metric "count"' == caught.value.doing


def test_a_foreign_object_is_refused_with_what_a_metric_is(plugin):
    with pytest.raises(UsageError) as caught:
        catalog.find("wrong")

    assert "vlmhb.metrics.interface.Metric" in (caught.value.expected or "")


def test_listing_names_imports_no_metric():
    """So that `vlmhb --help` stays fast."""
    code = (
        "import sys, vlmhb.metrics.catalog as catalog; catalog.names(); "
        "print(sorted({'numpy', 'rapidfuzz'} & sys.modules.keys()))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "[]\n" == done.stdout
