"""The two runs that the tests of the report look at."""

import pytest

from tests.unit.report.hostile import hostile_results
from tests.unit.report.sample_results import sample_results
from vlmhb.domain.results import Results
from vlmhb.report.write import documents_of


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return sample_results(tmp_path_factory.mktemp("pages"))


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return hostile_results(tmp_path_factory.mktemp("pages"))


@pytest.fixture(scope="session")
def documents(results: Results) -> dict[str, bytes]:
    return documents_of(results)


@pytest.fixture(scope="session")
def hostile_documents(hostile: Results) -> dict[str, bytes]:
    return documents_of(hostile)
