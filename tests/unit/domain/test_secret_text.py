"""Secrets are taken out of text, and nothing else is."""

import re

import pytest

from vlmhb.domain.secret_text import has_user, without_user, without_users, without_values


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://me:pw@h/a", "https://...@h/a"),
        ("https://token@h/a and ftp://a:b@h", "https://...@h/a and ftp://...@h"),
        ("socks5://me:p%40w@h:1", "socks5://...@h:1"),
        ("git+https://me@h/a.git", "git+https://...@h/a.git"),
        ("https://h/a@b", "https://h/a@b"),
        ("https://git@h/a.git", "https://git@h/a.git"),
        ("ssh://git@h/a", "ssh://git@h/a"),
        ("mail a@b.de", "mail a@b.de"),
        ('{"site": "http://h", "mail": "a@b.de"}', '{"site": "http://h", "mail": "a@b.de"}'),
    ],
)
def test_logins_of_addresses_are_hidden(text: str, shown: str):
    assert shown == without_user(text)
    assert shown.encode() == without_users(text.encode())
    assert has_user(text) == (text != shown)


def test_long_values_are_hidden_and_words_are_not():
    assert "a [secret] b short" == without_values("a hf_123456 b short", ["hf_123456", "short"])
    assert "[secret]" == without_values("hf_12345678", ["hf_12345", "hf_12345678", "hf_12345678"])


@pytest.mark.parametrize("piece", ["a+", "a://", "http://a:", "://a:b", "a:", "http"])
def test_hostile_text_is_looked_through_once(piece: str):
    """Were it looked through from each of its places, this would take a day."""
    text = f"{piece * 400_000}@"

    assert not re.search("pw", without_user(text))
