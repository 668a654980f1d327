from dataclasses import replace

import pytest

from vlmhb.domain.envspec import EnvSpec
from vlmhb.env.lock import lock_path, platform_tag, read_lock, spec_sha256
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
