"""Secrets do not get into logs and errors, in whatever pieces they are printed."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from vlmhb.domain.answer import Answer, ErrorInfo, FailedAnswer, FailureReason
from vlmhb.worker.events import Answered, Loaded, LoadFailed, LoadProgress, Logged
from vlmhb.worker.redaction import Redaction

SECRET = "hf_aaabaaac"
OTHER = "hf_aaabaaacd"
REDACTION = Redaction([SECRET, OTHER, "short"])


def shown(redaction: Redaction, *pieces: bytes) -> bytes:
    out, held = b"", b""
    for piece in pieces:
        now, held = redaction.split(held + piece)
        out += now
    return out + held


@given(data=st.data(), before=st.text("hf_ab", max_size=12), after=st.text("acd", max_size=6))
def test_a_secret_is_hidden_wherever_the_stream_is_cut(
    data: st.DataObject, before: str, after: str
) -> None:
    whole = f"{before}{SECRET}{after}".encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=5)))
    edges = [0, *cuts, len(whole)]
    pieces = [whole[start:end] for start, end in itertools.pairwise(edges)]

    seen = shown(REDACTION, *pieces)

    assert SECRET.encode() not in seen
    assert b"[secret]" in seen


def test_what_is_no_secret_is_shown_at_once() -> None:
    assert (b"a line\n", b"") == REDACTION.split(b"a line\n")
    assert (b"a ", b"hf_aaab") == REDACTION.split(b"a hf_aaab")
    assert (b"short", b"") == REDACTION.split(b"short")
    assert (b"hf_aaab", b"") == Redaction().split(b"hf_aaab")


@given(data=st.data(), before=st.text("a:/ ", max_size=12))
def test_the_login_of_an_address_is_hidden_wherever_the_stream_is_cut_behind_its_scheme(
    data: st.DataObject, before: str
) -> None:
    address = b"https://user:pa55-word@host/a"
    whole = f"{before} ".encode() + address + b" b@c.de\n"
    first = len(whole) - len(address) + address.index(b"//") - 6
    cuts = sorted(data.draw(st.lists(st.integers(first, len(whole)), max_size=5)))
    pieces = [whole[start:end] for start, end in itertools.pairwise([0, *cuts, len(whole)])]

    for redaction in (Redaction(), REDACTION):
        seen = shown(redaction, *pieces)

        assert f"{before} https://...@host/a b@c.de\n".encode() == seen


def test_a_login_is_hidden_in_what_is_said_of_models() -> None:
    error = ErrorInfo("Error", "no http://me:pw@h/", "git+https://token@h/a.git")

    hidden = Redaction().event(LoadFailed(error))

    assert LoadFailed(ErrorInfo("Error", "no http://...@h/", "git+https://...@h/a.git")) == hidden


def test_errors_and_remarks_lose_the_secret_and_answers_stay() -> None:
    error = ErrorInfo("Error", f"key {OTHER}", f"header {SECRET}")
    hidden = ErrorInfo("Error", "key [secret]", "header [secret]")
    failed = FailedAnswer("r", FailureReason.MODEL_ERROR, error)
    answer = Answered(Answer("r", SECRET))

    assert LoadFailed(hidden) == REDACTION.event(LoadFailed(error))
    assert hidden == REDACTION.event(Answered(failed)).outcome.error  # type: ignore[union-attr]
    assert Logged("info", "[secret]") == REDACTION.event(Logged("info", SECRET))
    assert answer == REDACTION.event(answer)


def test_what_is_said_of_loading_loses_the_secret() -> None:
    facts = {"config": f"{{'key': '{SECRET}'}}", f"login {OTHER}": "yes"}
    hidden = {"config": "{'key': '[secret]'}", "login [secret]": "yes"}

    loaded = REDACTION.event(Loaded(1.0, 2, 1, None, facts))
    progress = REDACTION.event(LoadProgress(f"login with {SECRET}", 1, 2))

    assert Loaded(1.0, 2, 1, None, hidden) == loaded
    assert LoadProgress("login with [secret]", 1, 2) == progress
