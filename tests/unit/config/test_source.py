from pathlib import Path

import pytest

from tests.unit.config.files import write
from vlmhb.config.source import Place, read_source
from vlmhb.errors import ConfigError


def issues(tmp_path: Path, content: str | bytes) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        read_source(write(tmp_path / "f.yaml", content), "f.yaml")
    return caught.value.issues


def test_values_keep_their_places_and_spelling(tmp_path: Path):
    source = read_source(write(tmp_path / "f.yaml", "a: 1\nb:\n  - no\n  - x\n"), "f.yaml")

    assert {"a": 1, "b": [False, "x"]} == source.values
    assert Place(3, 5) == source.value_places["b", 0]
    assert Place(2, 1) == source.key_places["b",]
    assert "no" == source.written["b", 0]


def test_a_byte_order_mark_is_not_part_of_the_first_key(tmp_path: Path):
    source = read_source(write(tmp_path / "f.yaml", b"\xef\xbb\xbfa: 1\n"), "f.yaml")

    assert {"a": 1} == source.values
    assert Place(1, 1) == source.key_places["a",]


def test_an_alias_is_the_value_it_names(tmp_path: Path):
    source = read_source(write(tmp_path / "f.yaml", "a: &x [1, 2]\nb: *x\n"), "f.yaml")

    assert [1, 2] == source.values["b"]


BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)
)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "f.yaml:1:1 got an empty file, expected `key: value` lines"),
        ("# nothing\n", "f.yaml:1:1 got an empty file, expected `key: value` lines"),
        ("- a\n", "f.yaml:1:1 got a list, expected `key: value` lines"),
        ("just words\n", "f.yaml:1:1 got a single value, expected `key: value` lines"),
        (b"a: 1\nb: \xff\n", "f.yaml:2:1 got bytes that are not UTF-8"),
        ("a: x\n".encode("utf-16"), "f.yaml:1:1 got bytes that are not UTF-8"),
        ("a: 1\nb: \x1b[31m\n", "f.yaml:2:4 not YAML: control character U+001B"),
        ("a: 1\nb: x\0\n", "f.yaml:2:5 not YAML: control character U+0000"),
        ("a: 1\na: 2\n", "f.yaml:2:1 got 'a' twice, the first time in line 1"),
        ("1: x\n", "f.yaml:1:1 got '1' as a key, expected text; put it in quotes"),
        ("? [a]\n: x\n", "f.yaml:1:3 got a list as a key, expected text; put it in quotes"),
        ("<<: {a: 1}\n", "f.yaml:1:1 got '<<' as a key, expected text; put it in quotes"),
        (
            "a: 2024-01-01\n",
            "f.yaml:1:4 got '2024-01-01' (timestamp), expected text; put it in quotes",
        ),
        (
            "a: !!python/object/apply:os.system [x]\n",
            "f.yaml:1:4 got tag 'tag:yaml.org,2002:python/object/apply:os.system', expected a"
            " plain mapping or list",
        ),
        ("a: !!int x\n", "f.yaml:1:4 got 'x', expected a int"),
        ("a: !!float ''\n", "f.yaml:1:4 got '', expected a float"),
        ("a: !!bool maybe\n", "f.yaml:1:4 got 'maybe', expected a bool"),
        ("a: .nan\n", "f.yaml:1:4 got '.nan', expected a finite number"),
        (
            "a: 9223372036854775808\n",
            "f.yaml:1:4 got '9223372036854775808', expected a number within 64 bits",
        ),
        (
            'a: "\\uD83D\\uDE00"\n',
            r"f.yaml:1:4 got '\ud83d\ude00', expected whole characters: \U and 8 digits for those"
            r" beyond \uFFFF",
        ),
        (
            '"\\uD83D": 1\n',
            r"f.yaml:1:1 got '\ud83d' as a key, expected whole characters: \U and 8 digits for"
            r" those beyond \uFFFF",
        ),
        ("a: &x [*x]\n", "f.yaml:1:4 got an alias of a value that holds it"),
        (BOMB, "f.yaml: got more than 10,000 values"),
        ("a: " + "[" * 40 + "]" * 40, "f.yaml: values are nested too deeply"),
        ("a: " + "[\n" * 2_000, "f.yaml: values are nested too deeply"),
        ("a: " + "x" * 300_000, "f.yaml: got more than 262,144 bytes, expected a short file"),
    ],
)
def test_what_is_no_plain_yaml_is_said_with_its_place(
    tmp_path: Path, content: str | bytes, expected: str
):
    assert (expected,) == issues(tmp_path, content)


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ("a: [1\nb: 2\n", "f.yaml:2:2 not YAML: "),
        ("a:\n\t- b\n", "f.yaml:2:1 not YAML: "),
        ("a: *nowhere\n", "f.yaml:1:4 not YAML: "),
        ('a: "open\n', "f.yaml:2:1 not YAML: "),
        ("a: 1\n---\nb: 2\n", "f.yaml:2:1 not YAML: "),
    ],
)
def test_broken_syntax_is_said_with_its_place(tmp_path: Path, content: str, place: str):
    (issue,) = issues(tmp_path, content)

    assert issue.startswith(place)


def test_every_value_that_is_not_plain_is_named(tmp_path: Path):
    assert 3 == len(issues(tmp_path, "a: .inf\na: 1\n2: b\n"))


def test_a_file_that_is_gone_is_said_without_a_traceback(tmp_path: Path):
    with pytest.raises(ConfigError) as caught:
        read_source(tmp_path / "gone.yaml", "gone.yaml")

    assert ("gone.yaml: cannot be read: No such file or directory",) == caught.value.issues
