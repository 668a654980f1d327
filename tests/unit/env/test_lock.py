from dataclasses import replace

import pytest

from vlmhb.domain.envspec import EnvSpec
from vlmhb.env.lock import (
    git_commits,
    lock_path,
    platform_tag,
    read_lock,
    release_dates,
    spec_sha256,
    write_lock,
)
from vlmhb.env.uv import Uv
from vlmhb.errors import EnvError

HASH = "--hash=sha256:" + "a" * 64


@pytest.fixture
def spec(tmp_path) -> EnvSpec:
    return EnvSpec(
        name="paddle",
        folder=str(tmp_path),
        python=">=3.10",
        requirements=("b==1", "a==1"),
        imports=("a",),
    )


def write(spec: EnvSpec, *lines: str) -> None:
    text = "\n".join([f"# envspec-sha256: {spec_sha256(spec)}", *lines, ""])
    lock_path(spec).write_text(text)


def test_a_lock_is_named_by_its_platform(spec):
    assert f"{platform_tag()}.lock" == lock_path(spec).name


def test_each_variant_has_a_lock_of_its_own(spec):
    assert f"{platform_tag()}-cu124.lock" == lock_path(replace(spec, variant="cu124")).name


def test_a_sound_lock_is_read_byte_for_byte(spec):
    write(
        spec,
        "# via something",
        f"torch==2.13.0+cpu ; python_full_version < '3.12' \\\n    {HASH} \\\n    {HASH}",
        f"uvicorn[standard]==0.1 {HASH}",
    )

    lock = read_lock(spec)

    assert lock_path(spec).read_bytes() == lock.content


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("six==1.17.0", r":2: no sha256: six==1\.17\.0"),
        ("six==1.17.0 --hash=md5:00", ":2: no sha256"),
        (f"six==1.17.0 {HASH} --index-url=x", ":2: no sha256"),
        (f"six>=1 {HASH}", ":2: not a pinned package"),
        (f"six @ https://example.org/six.whl {HASH}", ":2: not a pinned package"),
        ("--index-url https://example.org", ":2: not a pinned package"),
        (f"./six.whl {HASH}", ":2: not a pinned package"),
        ("-e .", ":2: not a pinned package"),
    ],
)
def test_a_line_that_names_no_exact_file_is_refused_with_its_number(spec, line, expected):
    write(spec, line)

    with pytest.raises(EnvError, match=expected):
        read_lock(spec)


def test_all_bad_lines_are_told_at_once(spec):
    write(spec, "six==1", f"a==1 {HASH}", "seven==1")

    with pytest.raises(EnvError) as caught:
        read_lock(spec)

    name = lock_path(spec)
    assert [f"{name}:2: no sha256: six==1", f"{name}:4: no sha256: seven==1"] == (
        caught.value.got.splitlines()
    )


@pytest.mark.parametrize(
    "change",
    [
        {"requirements": ("a==2",)},
        {"overrides": ("c==1",)},
        {"python": ">=3.11"},
        {"constraints": ("d<2",)},
        {"no_deps": ("e==1",)},
        {"build": {"e": "only an sdist"}},
    ],
)
def test_a_lock_older_than_its_spec_is_refused(spec, change):
    write(spec, f"a==1 {HASH}")

    with pytest.raises(EnvError, match="vlmhb env lock paddle"):
        read_lock(replace(spec, **change))


def test_what_does_not_concern_the_resolver_leaves_the_lock_valid(spec):
    write(spec, f"a==1 {HASH}")

    read_lock(replace(spec, notes="new", imports=("b",), requirements=("a==1", "b==1")))


def test_a_missing_lock_names_the_command_that_writes_it(spec):
    with pytest.raises(EnvError, match=f"no lock for {platform_tag()}") as caught:
        read_lock(spec)

    assert "vlmhb env lock paddle" in str(caught.value.next_step)


def test_a_byte_that_is_no_utf_8_does_no_harm_in_a_comment(spec):
    write(spec, f"b==1 {HASH}", f"a==1 {HASH}")
    path = lock_path(spec)
    path.write_bytes(path.read_bytes() + b"# released: 2026-01-01 a==1\n# \xff\n# git: b c\xff\n")

    lock = read_lock(spec)

    assert f"a===1 {HASH}\nb===1 {HASH}\n" == "".join((lock.pins({"a"}), lock.pins_without({"a"})))
    assert {"a==1": "2026-01-01"} == release_dates(lock.content)
    assert {"b": "c\\xff"} == git_commits(lock.content)


def test_a_byte_that_is_no_utf_8_is_refused_in_a_pin(spec):
    write(spec)
    path = lock_path(spec)
    path.write_bytes(path.read_bytes() + f"a==1 {HASH}".encode().replace(b"a", b"\xff", 1))

    with pytest.raises(EnvError, match=":2: not a pinned package"):
        read_lock(spec)


@pytest.mark.parametrize("use", ["read", "write"])
def test_a_folder_in_the_place_of_a_lock_is_said(spec, use: str):
    lock_path(spec).mkdir()

    with pytest.raises(EnvError, match="cannot read the lock") as caught:
        read_lock(spec) if use == "read" else write_lock(spec, Uv.installed())

    assert f"{lock_path(spec)}: Is a directory" == caught.value.got
    assert "vlmhb env lock paddle" in str(caught.value.next_step)
