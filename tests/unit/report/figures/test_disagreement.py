import pytest

from tests.build import answer, failed, loaded, model, sample
from vlmhb.domain.answer import Outcome
from vlmhb.domain.results import Results
from vlmhb.domain.run import Evaluation, Request, RunPlan
from vlmhb.domain.score import SampleScore, Score, Unscored
from vlmhb.domain.task import AnswerKind, Generation
from vlmhb.report.entries import entries_of
from vlmhb.report.figures.disagreement import Disagreement, disagreements_of, normalised

BOTH = Disagreement.TEXT | Disagreement.SCORE


def answered(
    *outcomes: Outcome,
    scores: tuple[Score | Unscored, ...] = (),
    kinds: tuple[AnswerKind, ...] = (),
) -> list[Disagreement]:
    """Of models that were asked about one sample, and had these outcomes and scores."""
    one = sample()
    kinds = kinds or (AnswerKind.REPLY,) * len(outcomes)
    names = [f"m{place}" for place in range(len(outcomes))]
    results = Results(
        name="",
        models=tuple(model(name, kind) for name, kind in zip(names, kinds, strict=True)),
        unavailable={},
        tasks=(loaded((one,)),),
        plan=RunPlan(
            tuple(
                Evaluation(name, "fields", kind, ((one.id, name),))
                for name, kind in zip(names, kinds, strict=True)
            ),
            {n: (Request(n, n, "p", "", "/data", one.pages, Generation()),) for n in names},
        ),
        outcomes=dict(zip(names, outcomes, strict=True)),
        scores=tuple(
            SampleScore(name, "fields", one.id, "cer", score)
            for name, score in zip(names, scores, strict=False)
        ),
        summaries=(),
        thumbnails={},
        provenance={},
    )
    return list(disagreements_of(entries_of(results)))


@pytest.mark.parametrize(
    ("one", "other"), [("Total: 5", "total:  5\n"), ("５ ㎏", "5 kg"), ("Straße", "STRASSE")]
)
def test_form_alone_is_no_disagreement(one: str, other: str):
    assert normalised(one) == normalised(other)
    assert [Disagreement.NONE] * 2 == answered(answer("m0", one), answer("m1", other))


def test_different_texts_disagree():
    assert [Disagreement.TEXT] * 2 == answered(answer("m0", "5"), answer("m1", "6"))


def test_different_figures_disagree():
    scores = (Score(1, 10), Score(2, 10))

    found = answered(answer("m0", "5"), answer("m1", "5"), scores=scores)

    assert [Disagreement.SCORE] * 2 == found
    assert [BOTH] * 2 == answered(answer("m0", "5"), answer("m1", "6"), scores=scores)


def test_the_same_figure_is_no_disagreement():
    scores = (Score(1, 10), Score(2, 20), Unscored("nobody judged"))
    texts = (answer("m0", "5"), answer("m1", "5"), answer("m2", "5"))

    assert [Disagreement.NONE] * 3 == answered(*texts, scores=scores)


def test_a_failure_takes_no_part():
    found = answered(answer("m0", "5"), failed("m1"), answer("m2", "6"))

    assert [Disagreement.TEXT, Disagreement.NONE, Disagreement.TEXT] == found
    assert [Disagreement.NONE] * 2 == answered(answer("m0", "5"), failed("m1"))


def test_a_page_and_a_reply_are_not_compared():
    kinds = (AnswerKind.REPLY, AnswerKind.PAGE_TEXT)

    assert [Disagreement.NONE] * 2 == answered(answer("m0", "5"), answer("m1", "page"), kinds=kinds)
