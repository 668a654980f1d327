from pathlib import Path

import pytest

from vlmhb.cli.checks.check import Status
from vlmhb.cli.checks.hub import hub

SECRET = "hf_canary_77aa"


@pytest.fixture(autouse=True)
def no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_TOKEN_PATH"):
        monkeypatch.delenv(name, raising=False)


def test_a_folder_that_is_not_made_yet_is_fine_and_not_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    home, token = hub()

    assert "not made yet" in home.found
    assert (Status.OK, True) == (token.status, token.found.startswith("none"))
    assert [] == list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_a_warning(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HF_HOME", "/proc/nowhere")
    home, _ = hub()

    assert (Status.WARN, True) == (home.status, "HF_HOME" in home.fix)


def test_a_token_that_others_may_read_is_a_warning_and_never_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    (tmp_path / "token").write_text(SECRET)
    (tmp_path / "token").chmod(0o644)
    checks = tuple(hub())

    assert (Status.WARN, f"chmod 600 {tmp_path}/token") == (checks[1].status, checks[1].fix)
    assert SECRET not in repr(checks)
