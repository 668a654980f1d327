import pytest

from vlmhb.env.bundle import Bundle, BundledEnv, BundledFile
from vlmhb.errors import EnvError

LOCK = "envspecs/toy/linux-x86_64.lock"
FILE = BundledFile(sha256="0" * 64, size_bytes=3)
BUILT = f"wheels/built/{'0' * 16}-3.11/toy_b-1.0-py3-none-any.whl"
BUNDLE = Bundle(
    format=1,
    platform="linux-x86_64",
    libc="glibc 2.36",
    vlmhb="0.1.0",
    uv="0.9.0",
    envs=(
        BundledEnv(
            name="toy",
            lock=LOCK,
            lock_sha256="0" * 64,
            python=">=3.10",
            interpreter="3.11.7",
            wheels=("wheels/toy-1.0+cpu-py3-none-any.whl",),
            built=(BUILT,),
        ),
    ),
    files={
        LOCK: FILE,
        BUILT: FILE,
        "wheels/toy-1.0+cpu-py3-none-any.whl": FILE,
        "envspecs/toy/overlay/a file.py": FILE,
    },
)


def test_a_bundle_s_list_comes_back_as_it_was_written():
    assert BUNDLE == Bundle.from_json(BUNDLE.to_json(), "bundle.tar")
    assert 12 == BUNDLE.size_bytes


@pytest.mark.parametrize(
    "path",
    [
        "bundle.json",
        "wheels/x.txt",
        "wheels/a b.whl",
        "wheels/built/x.whl",
        f"wheels/built/{'0' * 16}/x.whl",
        "envspecs/x.yaml",
        "envspecs/toy/../../x",
        "envspecs/toy/./x",
        "envspecs/toy//x",
        "envspecs/toy/a\\b",
        "envspecs/toy/a\nb",
        "/envspecs/toy/x",
        "../envspecs/toy/x",
        "",
    ],
)
def test_a_path_that_leads_anywhere_else_is_refused(path):
    bundle = BUNDLE.model_copy(update={"files": {**BUNDLE.files, path: FILE}})

    with pytest.raises(EnvError, match=r"is no name for a file of a bundle"):
        Bundle.from_json(bundle.to_json(), "bundle.tar")


@pytest.mark.parametrize("char", ["\x1b", "\x9b", "\u202e", "\u2066"])
def test_a_name_that_a_terminal_would_act_on_is_refused(char):
    bundle = BUNDLE.model_copy(update={"files": {**BUNDLE.files, f"envspecs/toy/{char}x": FILE}})

    with pytest.raises(EnvError, match=r"is no name for a file of a bundle") as caught:
        Bundle.from_json(bundle.to_json(), "bundle.tar")

    assert char not in str(caught.value)


@pytest.mark.parametrize("field", ["platform", "libc", "vlmhb", "uv", "python", "interpreter"])
def test_text_that_a_terminal_would_act_on_is_refused(field):
    text = f"{getattr(BUNDLE, field, '') or getattr(BUNDLE.envs[0], field)}\x1b]0;title\x07"
    if hasattr(BUNDLE, field):
        bundle = BUNDLE.model_copy(update={field: text})
    else:
        env = BUNDLE.envs[0].model_copy(update={field: text})
        bundle = BUNDLE.model_copy(update={"envs": (env,)})

    with pytest.raises(EnvError, match=rf"bundle\.json (envs\.0\.)?{field}"):
        Bundle.from_json(bundle.to_json(), "bundle.tar")


@pytest.mark.parametrize("name", ["..", "a/b", "", ".hidden", "a@b@c", "a@../b", "-x"])
def test_an_env_with_a_name_that_is_none_is_refused(name):
    env = BUNDLE.envs[0].model_copy(update={"name": name})
    bundle = BUNDLE.model_copy(update={"envs": (env,)})

    with pytest.raises(EnvError, match=r"bundle\.json envs\.0\.name"):
        Bundle.from_json(bundle.to_json(), "bundle.tar")


def test_something_else_is_refused_with_what_it_should_be():
    with pytest.raises(EnvError, match="vlmhb env pack"):
        Bundle.from_json(b"[]", "bundle.tar")
