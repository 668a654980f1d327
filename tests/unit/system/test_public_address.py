"""What of an address others may read."""

import pytest

from vlmhb.system.public_address import public_address


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://host.test/a/b.tsv", "https://host.test/a/b.tsv"),
        ("http://user:word@host.test:8765/b.tsv", "http://host.test:8765/b.tsv"),
        ("https://host.test/b.tsv?X-Signature=abc#part", "https://host.test/b.tsv"),
        ("https://user:w@rd@host.test?token=x", "https://host.test"),
        ("https://host.test/a@b.tsv", "https://host.test/a@b.tsv"),
        ("hub:Org/Name@main/a?b.tsv", "hub:Org/Name@main/a?b.tsv"),
        ("http://user:word@[broken/b", "http://[broken/b"),
    ],
)
def test_an_address_is_shown_without_its_secrets(url: str, expected: str):
    assert expected == public_address(url)
