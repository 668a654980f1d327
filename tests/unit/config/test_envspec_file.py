"""What an envspec may and may not say."""

from pathlib import Path

import pytest

from tests.unit.config.files import write, write_tree
from vlmhb.config import load_envspec
from vlmhb.errors import ConfigError

COMMIT = "0123456789abcdef0123456789abcdef01234567"
HEAD = 'python: ">=3.10"\nimports: [a]\n'


def problem(folder: Path, text: str) -> str:
    tree = write_tree(folder)
    write(tree / "envspecs/light/envspec.yaml", text)
    with pytest.raises(ConfigError) as caught:
        load_envspec("light", tree)
    (issue,) = caught.value.issues
    return issue.removeprefix("envspecs/light/envspec.yaml:")


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (
            "requirements: ['a @ https://example.org/a.whl']\n",
            "3:16 requirements[0]: got 'a @",
        ),
        ("requirements: [a, a]\n", "each entry once"),
        ("no_deps: [a]\n", "3:11 no_deps[0]: got 'a', expected 'name==version' or"),
        ("no_deps: ['a>=1']\n", "'name==version' or"),
        ("no_deps: ['a @ git+https://example.org/a@main']\n", "<commit, 40 hex digits>"),
        ("build: {a: no wheel}\n", "3:8 build: got a mapping, expected packages of no_deps; put a"),
        (
            f"no_deps: ['a @ git+https://example.org/a@{COMMIT}']\nbuild: {{}}\n",
            "a reason for a in `build`",
        ),
        (f"no_deps: ['a @ git+https://example.org/a@{COMMIT}']\n", "a reason for a in `build`"),
        ("no_deps: [a==1]\nbuild: {a: ''}\n", "4:12 build.a: got '', expected text that is not"),
        ("variants: {gpu: {}}\n", "3:12 variants.gpu: got the key 'gpu', expected cpu, or cu"),
        ("variants: {rocm6: {}}\n", "got the key 'rocm6', expected cpu, or cu"),
        ("variables: {HF_TOKEN: x}\n", "got the key 'HF_TOKEN', expected a variable other than"),
        ("variables: {CUDA_VISIBLE_DEVICES: '0'}\n", "expected a variable other than HF_TOKEN"),
        (
            f"no_deps: ['a @ git+https://token@example.org/a@{COMMIT}']\n",
            "expected an address without a login",
        ),
        ("variants: {cpu: {torch: x}}\n", "3:18 variants.cpu.torch: got an unknown key"),
        ("variants: {cu124: {min_driver: new}}\n", "expected the version of an NVIDIA driver"),
        ("variants: {cpu: {overlay: nowhere}}\n", "expected a folder beside envspec.yaml"),
        ("overlay: ../light\n", "expected a folder beside envspec.yaml"),
        ("interpreter: /usr/bin/python3\n", "expected either `python`"),
        ("network: 1\n", "expected true or false"),
        ("interprter: /x\n", "got an unknown key; did you mean 'interpreter'?"),
    ],
)
def test_what_an_envspec_must_not_say_is_told_with_its_place(tmp_path, more: str, expected: str):
    assert expected in problem(tmp_path, HEAD + more)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("imports: [a]\n", "expected either `python`"),
        ("imports: [a]\ninterpreter: python3\n", "expected the absolute path"),
        (
            "imports: [a]\ninterpreter: /x/python\nrequirements: [a]\n",
            "expected no `requirements` beside `interpreter`",
        ),
        (
            "imports: [a]\ninterpreter: /x/python\nsystem_site_packages: true\n",
            "expected no `system_site_packages` beside `interpreter`",
        ),
    ],
)
def test_an_env_is_either_built_or_lent(tmp_path, text: str, expected: str):
    assert expected in problem(tmp_path, text)


@pytest.mark.parametrize(
    "url",
    [
        f"git+https://example.org/a.git@{COMMIT}",
        f"git+https://example.org/a@{COMMIT}#subdirectory=x/y",
        f"git+ssh://git@example.org/a@{COMMIT}",
    ],
)
def test_a_commit_is_accepted_from_where_git_can_fetch_it(tmp_path, url: str):
    tree = write_tree(tmp_path)
    more = f"no_deps: ['A_b @ {url}']\nbuild: {{A_b: no release}}\n"
    write(tree / "envspecs/light/envspec.yaml", HEAD + more)

    spec = load_envspec("light", tree)

    assert ((f"A_b @ {url}",), {"a-b": "no release"}) == (spec.no_deps, spec.build)
