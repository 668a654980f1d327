"""Secrets that are written into files of a run."""

from pathlib import Path

import pytest

from tests.unit.config.files import ENVSPEC, MODEL, write
from vlmhb.config import load_model
from vlmhb.domain.model import ModelSpec
from vlmhb.domain.secret_text import without_user
from vlmhb.errors import ConfigError

OPAQUE = "x7Kq92mTzLw84VbNc0Ry"


def model_with(folder: Path, params: str, more: str = "") -> ModelSpec:
    write(folder / "envspecs/light/envspec.yaml", ENVSPEC)
    write(folder / "configs/models/m.yaml", f"{MODEL}{more}params:\n  {params}\n")
    return load_model("m", cwd=folder)


@pytest.mark.parametrize(
    ("params", "place", "expected"),
    [
        (f"base_url: https://me:{OPAQUE}@h/v1", "params.base_url", "an address without a login"),
        (f"base_url: https://{OPAQUE}@h/v1", "params.base_url", "an address without a login"),
        (f"base_url: https://h/v1?api_key={OPAQUE}", "params.base_url", "without a secret in its"),
        (f"api_key: {OPAQUE}", "params.api_key", "name its environment variable under `secrets`"),
        (f"api_key_secret: {OPAQUE}", "params.api_key_secret", "under `secrets`"),
        (f"extra: {{Authorization: {OPAQUE}}}", "params.extra.Authorization", "under `secrets`"),
        (f"a: [{{token: {OPAQUE}}}]", "params.a[0].token", "under `secrets`"),
        (f"note: hf_{OPAQUE * 2}", "params.note", "no token: it would be kept in run.json"),
        (f"note: sk-proj-a_{OPAQUE}", "params.note", "no token"),
        (f"note: 'x Bearer {OPAQUE}'", "params.note", "no token"),
    ],
)
def test_a_secret_in_a_model_file_is_refused_and_not_told(tmp_path, params, place, expected):
    with pytest.raises(ConfigError) as caught:
        model_with(tmp_path, params)

    (issue,) = caught.value.issues
    assert f" {place}: got what looks like a secret, expected " in issue
    assert expected in issue
    assert OPAQUE not in str(caught.value)


def test_secrets_are_told_with_all_other_problems(tmp_path):
    with pytest.raises(ConfigError) as caught:
        model_with(tmp_path, f"password: {OPAQUE}", "load_timeout_s: 0\n")

    assert ["load_timeout_s", "params.password"] == [
        issue.split(": ")[0].split(" ")[-1] for issue in caught.value.issues
    ]


def test_a_secret_in_the_place_of_something_else_is_not_told_either(tmp_path):
    with pytest.raises(ConfigError) as caught:
        model_with(tmp_path, "a: 1", f"weights: {{repo: 'https://me:{OPAQUE}@h/a'}}\n")

    assert OPAQUE not in str(caught.value)


@pytest.mark.parametrize(
    "params",
    [
        "base_url: https://host:8000/v1",
        "path: git+ssh://git@host/repo.git",
        "stop_token: '<|end|>'",
        "max_tokens_name: max_tokens",
        "image_token: '<image>'",
        "token: true",
        "api_key: ''",
        "prompt: 'write to me@example.org: https://example.org/a?b=c@d'",
        "note: 'sk-2 and hf_x are short'",
        "repo: org/sk-roberta-large-2-multilingual",
        "note: the Bearer Konstantinopolskij signs",
        "package: git+https://git@host/a.git@1",
        "token: </s>",
        """prompt: '{"site":"https://a.org","mail":"me@a.org"} {"db":"pg://a:1","mail":"me@a.org"}'""",
        "api_key: EMPTY",
        "api_key_secret: our_key",
    ],
)
def test_what_is_no_secret_is_let_through(tmp_path, params):
    assert "m" == model_with(tmp_path, params, "secrets: [our_key]\n").name


def test_a_login_is_taken_out_of_an_address():
    assert "git+https://...@host/a.git@1" == without_user(f"git+https://{OPAQUE}@host/a.git@1")
