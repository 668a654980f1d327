"""Why a file of a dataset is not to be had, and the way out that is told with it."""

from pathlib import Path

import pytest

from vlmhb.datasets.source_folder import Absent
from vlmhb.datasets.source_refusal import SourceRefusal, not_offline, unwritable
from vlmhb.domain.task import SourceFile
from vlmhb.errors import StorageError
from vlmhb.system.web import RefusedError, UntrustedError, WebError

HUB = "https://hub.invalid"
ON_HUB = SourceFile("hub:Org/Pages@main/a.tsv", "a.tsv")
ON_WEB = SourceFile("https://user:secret@web.invalid/a.tsv?key=secret", "b/a.tsv", md5="0" * 32)


def told(source: SourceFile, error: WebError, hub: str = "") -> str:
    return str(SourceRefusal("docs", source, Path("/cache")).refused(error, hub, token="hf_abc"))


@pytest.mark.parametrize("status", [401, 403])
def test_who_may_not_have_a_file_of_the_hub_is_told_whom_to_ask(status: int):
    text = told(ON_HUB, RefusedError("no, hf_abc", status=status), HUB)

    assert "the repo is gated, private or not there (no, [token])" in text
    assert f"look at {HUB}/datasets/Org/Pages, accept its terms, and set HF_TOKEN" in text


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_file_that_is_not_on_the_web_is_not_waited_for(status: int):
    text = told(ON_WEB, RefusedError("no", status=status))

    assert "it is not there, or not for everybody (no)" in text
    assert "correct `source` in the task file" in text
    assert "check the network" not in text


@pytest.mark.parametrize("status", [0, 402, 500])
def test_everything_else_may_be_the_network(status: int):
    text = told(ON_WEB, WebError("it ended", status=status))

    assert "it ended" in text
    assert "check the network and the proxy variables" in text


def test_a_certificate_that_is_not_trusted_is_told_with_the_variable_that_names_others():
    text = told(ON_WEB, UntrustedError("self-signed"))

    assert "the server's certificate is not trusted: self-signed" in text
    assert "SSL_CERT_FILE" in text
    assert "check the network" not in text


def test_a_refusal_tells_the_checksum_where_to_put_the_file_and_no_secret():
    text = told(ON_WEB, WebError("it ended"))

    assert "md5 " + "0" * 32 in text
    assert "Or put the file at /cache/b/a.tsv yourself" in text
    assert "secret" not in text
    assert "Expected" not in told(ON_HUB, WebError("it ended"))


@pytest.mark.parametrize("n_files", [8, 9])
def test_the_first_eight_files_that_are_missing_are_told(n_files: int):
    absent = [
        Absent(SourceFile(f"hub:O/P@main/{number}", f"{number}.tsv"), "" if number else "another")
        for number in range(n_files)
    ]

    lines = not_offline("docs", absent, Path("/cache"), ("elsewhere",)).got.split("\n  ")

    more = ["and 1 more"] if n_files > 8 else []
    assert ["missing", *more, "another", "elsewhere"] == [
        line for line in lines if "no checksum known" not in line
    ]
    assert 8 == sum(line.startswith("/cache/") for line in lines)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (StorageError("cannot write x", "no space"), "cannot write x: no space"),
        (OSError(28, "No space left on device", "/x"), "No space left on device: /x"),
        (PermissionError(), "PermissionError: the cache"),
    ],
)
def test_what_the_disk_refused_is_told(error: OSError | StorageError, expected: str):
    assert expected == unwritable("docs", error).got
