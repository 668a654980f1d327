from dataclasses import replace

from tests.build import model
from vlmhb.domain.results import Results
from vlmhb.domain.run import LeftOut
from vlmhb.report.exports.published import Subject
from vlmhb.report.figures.leaderboard import leaderboard


def test_samples_that_were_not_asked_about_are_counted_for_whatever_reason(results: Results):
    left_out = LeftOut(tuned=1, filtered=20, limited=300, imageless=4_000, other_shards=50_000)
    task = replace(results.tasks[0], left_out=left_out)
    table = leaderboard(results).tables[0]

    assert 54_321 == Subject(table, table.rows[0], model(), task).skipped
